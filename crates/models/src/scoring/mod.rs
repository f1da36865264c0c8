//! The forms that only score.

mod chain;
mod on_device;
mod predictor;
mod sequences;
mod unet;
mod volumes;

use std::ops::Range;

use burn::tensor::Tensor;
use oddframe_core::{ClipShape, Error};
use oddframe_nn::Kernels;

pub(crate) use chain::Chain;
pub use on_device::OnDevice;
pub(crate) use predictor::FrozenPredictor;
pub(crate) use sequences::FrozenSequences;
pub(crate) use unet::FrozenUnet;
pub(crate) use volumes::FrozenVolumes;

/// Whether this device's tensors go through our kernels.
pub(crate) fn has_kernels<B: Kernels>(device: &B::Device) -> bool {
    B::fused(&Tensor::<B, 1>::zeros([1], device).into_primitive().tensor())
}

/// For `map_err`: what a layer of this network says while it scores.
pub(crate) fn failed(kind: &'static str) -> impl Fn(oddframe_nn::Error) -> Error + Copy {
    move |source| Error::System { system: kind, source: source.into() }
}

/// Refuses clips, and a number of values for their versions, that are not what their shapes say, and a batch of no clip.
pub(crate) fn check(
    clip: ClipShape,
    explained: &Range<usize>,
    batch: usize,
    clips: &[f32],
    versions: usize,
) -> Result<(), Error> {
    if batch == 0 {
        return Err(Error::Nothing { what: "clip to score" });
    }
    let image = clip.frame_values();
    for (what, frames, found) in
        [("clips to score", clip.frames, clips.len()), ("versions of a batch", explained.len(), versions)]
    {
        let expected = batch.saturating_mul(frames).saturating_mul(image);
        if expected != found {
            return Err(Error::Length { what, expected, found });
        }
    }
    Ok(())
}
