use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_nn::{Error, InferenceBuilder, Kernels, Linear, LinearConfig};

/// A dense bottleneck: a linear layer from an image or a volume to a few features, and one back.
#[derive(Module, Debug)]
pub(crate) struct Latent<B: Backend> {
    /// From all values to the features.
    pub(crate) squeeze: Linear<B>,
    /// From the features to all values.
    pub(crate) expand: Linear<B>,
}

impl<B: Backend> Latent<B> {
    /// A bottleneck of `features` for items of `values` values, without an activation.
    ///
    /// # Errors
    /// When a size is zero.
    pub(crate) fn new(values: usize, features: usize, device: &B::Device) -> Result<Self, Error> {
        Ok(Self {
            squeeze: LinearConfig::new(values, features).init(device)?,
            expand: LinearConfig::new(features, values).init(device)?,
        })
    }

    /// Appends the bottleneck to an inference chain that outputs items of this shape.
    ///
    /// # Errors
    /// When the items have another number of values.
    pub(crate) fn append_to(
        &self,
        chain: InferenceBuilder,
        item: &[usize],
    ) -> Result<InferenceBuilder, Error> {
        chain
            .flatten()
            .linear(&self.squeeze)?
            .linear(&self.expand)?
            .unflatten(item)
    }
}

impl<B: Kernels> Latent<B> {
    /// Applies the bottleneck.
    ///
    /// # Shapes
    /// `[batch, ...]`, the same out.
    ///
    /// # Panics
    /// When the items have another number of values.
    pub(crate) fn forward<const D: usize>(&self, items: Tensor<B, D>) -> Tensor<B, D> {
        let shape = items.dims();
        let rows = items.reshape([shape[0] as i64, -1]);
        self.expand
            .forward::<2>(self.squeeze.forward(rows))
            .reshape(shape)
    }
}
