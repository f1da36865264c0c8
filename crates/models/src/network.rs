use burn::module::Module;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_nn::{ClipLoss, ErrorMapper, Kernels, parameter_count};

use crate::Error;
use crate::scoring::{OnDevice, has_kernels};

/// A network of the zoo: it explains frames of clips, has a loss to learn by, and a form that only scores.
pub trait Network<B: Kernels>: Module<B> + ErrorMapper<B> + ClipLoss<B> + Sized + 'static {
    /// Its name in recipes and errors.
    fn kind(&self) -> &'static str;

    /// The clips it takes.
    fn clip(&self) -> ClipShape;

    /// Its layers on our kernels, weights packed, batch normalisation folded.
    ///
    /// # Errors
    /// When a weight cannot be read.
    fn frozen(&self, device: &B::Device) -> Result<Box<dyn ClipScorer>, Error>;

    /// The form that only scores: on our kernels where the device has them, on the device elsewhere. Weights are those
    /// of now: what is trained later does not reach it. Without kernels it shares the running statistics of batch
    /// normalisation with this network, as every clone does: load no other weights into that.
    ///
    /// # Errors
    /// When the network is one in training ([`valid`](burn::module::AutodiffModule::valid) gives the other), or a
    /// weight cannot be read.
    fn freeze(&self) -> Result<Box<dyn ClipScorer>, Error> {
        let device = self.devices().into_iter().next().unwrap_or_default();
        if B::ad_enabled(&device) {
            return Err(Error::Training { kind: self.kind() });
        }
        if has_kernels::<B>(&device) {
            return self.frozen(&device);
        }
        Ok(Box::new(OnDevice::new(self.clone(), self.kind(), self.clip(), device)))
    }

    /// How many numbers it learns, as PyTorch counts them.
    fn parameter_count(&self) -> usize {
        parameter_count(self)
    }
}
