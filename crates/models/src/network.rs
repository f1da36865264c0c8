use burn::module::Module;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_nn::{ClipLoss, Kernels, Reconstruct, device_has_native_kernels, parameter_count};

use crate::error::Error;
use crate::generic_inference::GenericInference;

/// A network that reconstructs or predicts frames of clips, has a training loss, and an inference form.
///
/// [`Reconstruct`] and [`ClipLoss`] describe the network; this trait adds its name, the clips it takes, and
/// [`to_inference`](Self::to_inference). The inference form is generic by default: the network as it is, on its backend.
/// A network may override [`fused_inference`](Self::fused_inference) with a faster one for native kernels.
///
/// ```
/// use burn::backend::Flex;
/// use burn::module::Module;
/// use burn::tensor::Tensor;
/// use burn::tensor::backend::Backend;
/// use oddframe_core::ClipShape;
/// use oddframe_models::Network;
/// use oddframe_nn::{ClipLoss, Kernels, Linear, LinearConfig, Reconstruct, mean_squared_error};
///
/// const CLIP: ClipShape = ClipShape { frames: 2, channels: 1, height: 4, width: 4 };
///
/// /// Reconstructs each row of pixels from itself.
/// #[derive(Module, Debug)]
/// struct Rows<B: Backend> {
///     layer: Linear<B>,
/// }
///
/// impl<B: Kernels> Reconstruct<B> for Rows<B> {
///     fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
///         self.layer.forward(clips)
///     }
/// }
///
/// impl<B: Kernels> ClipLoss<B> for Rows<B> {
///     fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
///         mean_squared_error(self.reconstruct(input), target)
///     }
/// }
///
/// impl<B: Kernels> Network<B> for Rows<B> {
///     fn kind(&self) -> &'static str {
///         "rows"
///     }
///
///     fn clip_shape(&self) -> ClipShape {
///         CLIP
///     }
/// }
///
/// let network = Rows::<Flex> { layer: LinearConfig::new(4, 4).init(&Default::default())? };
/// let mut scorer = network.to_inference()?;
/// let mut output = [0.0; 2 * 16];
/// scorer.reconstruct(&[0.5; 2 * 16], 1, &mut output)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Network<B: Kernels>: Module<B> + Reconstruct<B> + ClipLoss<B> + Sized + 'static {
    /// Its name in recipes and errors.
    fn kind(&self) -> &'static str;

    /// The clips it takes.
    fn clip_shape(&self) -> ClipShape;

    /// An inference form on native kernels, with weights packed and batch normalisation folded, if the network has one.
    /// Only called for a device whose backend has native kernels.
    ///
    /// # Errors
    /// When a weight cannot be read.
    fn fused_inference(&self, device: &B::Device) -> Result<Option<Box<dyn ClipScorer>>, Error> {
        let _ = device;
        Ok(None)
    }

    /// The inference form on the device of the weights: fused if the backend has native kernels and the network a form
    /// for them, a [`GenericInference`] otherwise.
    ///
    /// Later training does not change it. A generic form shares the running statistics of batch normalisation with this
    /// network, as every clone does: do not load other weights into the network afterwards.
    ///
    /// # Errors
    /// When the network is in training form (call it on [`valid()`](burn::module::AutodiffModule::valid)), or a weight
    /// cannot be read.
    fn to_inference(&self) -> Result<Box<dyn ClipScorer>, Error> {
        // A network without parameters has no device of its own.
        let device = self.devices().into_iter().next().unwrap_or_default();
        if B::ad_enabled(&device) {
            return Err(Error::Training { kind: self.kind() });
        }
        // A fused form works on plain slices of the CPU: on another backend it would download every batch.
        if device_has_native_kernels::<B>(&device)
            && let Some(fused) = self.fused_inference(&device)?
        {
            return Ok(fused);
        }
        // A clone shares the weights with the network; nothing here changes them.
        Ok(Box::new(GenericInference::new(
            self.clone(),
            self.kind(),
            self.clip_shape(),
            device,
        )))
    }

    /// The number of learnable parameters, as PyTorch counts them.
    fn parameter_count(&self) -> usize {
        parameter_count(self)
    }
}
