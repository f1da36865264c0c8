use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_nn::{Error, Freezer, Kernels, Linear, LinearConfig};

/// A dense bottleneck: an image or a volume becomes a few numbers, and they become one again.
#[derive(Module, Debug)]
pub struct Latent<B: Backend> {
    /// From all values to the few.
    pub squeeze: Linear<B>,
    /// From the few to all.
    pub expand: Linear<B>,
}

impl<B: Backend> Latent<B> {
    /// From items of so many values to so many numbers and back, without an activation.
    ///
    /// # Errors
    /// When a size is zero.
    pub fn new(values: usize, numbers: usize, device: &B::Device) -> Result<Self, Error> {
        Ok(Self {
            squeeze: LinearConfig::new(values, numbers).init(device)?,
            expand: LinearConfig::new(numbers, values).init(device)?,
        })
    }

    /// Puts it behind a frozen chain that gives these items.
    ///
    /// # Errors
    /// When the items have other values.
    pub fn freeze(&self, chain: Freezer, item: &[usize]) -> Result<Freezer, Error> {
        chain.flatten().linear(&self.squeeze)?.linear(&self.expand)?.unflatten(item)
    }
}

impl<B: Kernels> Latent<B> {
    /// Applies it.
    ///
    /// # Shapes
    /// `[batch, ...]`, the same out.
    ///
    /// # Panics
    /// When the items have other values.
    pub fn forward<const D: usize>(&self, items: Tensor<B, D>) -> Tensor<B, D> {
        let shape = items.dims();
        let rows = items.reshape([shape[0] as i64, -1]);
        self.expand.forward::<2>(self.squeeze.forward(rows)).reshape(shape)
    }
}
