//! Clips as the layers take them, and what must be true of them.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::Activation;

use crate::Error;

/// Refuses a clip or a layer of size zero, and a clip whose values cannot be counted.
pub(crate) fn check(
    kind: &'static str,
    clip: ClipShape,
    sizes: &[(&'static str, usize)],
) -> Result<(), Error> {
    let ClipShape { frames, channels, height, width } = clip;
    let of_clip = [
        ("the number of frames of a clip", frames),
        ("the number of channels of a frame", channels),
        ("the height of a frame", height),
        ("the width of a frame", width),
    ];
    if let Some(&(what, _)) = of_clip.iter().chain(sizes).find(|(_, size)| *size == 0) {
        return Err(Error::Zero { kind, what });
    }
    // Half of what can be counted, so that a layer's input and output can be as well.
    let values = of_clip.iter().try_fold(1_usize, |values, (_, size)| values.checked_mul(*size));
    match values.filter(|values| *values <= usize::MAX / 2) {
        Some(_) => Ok(()),
        None => Err(Error::TooLarge { kind, clip }),
    }
}

/// Refuses channels that are zero or none at all.
pub(crate) fn check_channels(
    kind: &'static str,
    channels: &[usize],
    example: &'static str,
) -> Result<(), Error> {
    if channels.is_empty() {
        return Err(Error::NoLayers { kind, example });
    }
    if channels.contains(&0) {
        return Err(Error::Zero { kind, what: "one of `channels`" });
    }
    Ok(())
}

/// Refuses a size that cannot be halved so often without a remainder.
pub(crate) fn check_halvings(
    kind: &'static str,
    what: &'static str,
    found: usize,
    halvings: usize,
) -> Result<(), Error> {
    // A shift by the whole width is none: no size is a multiple of that.
    let divisor = u32::try_from(halvings).ok().and_then(|n| 1_usize.checked_shl(n)).unwrap_or(usize::MAX);
    if found.is_multiple_of(divisor) {
        Ok(())
    } else {
        Err(Error::Side { kind, what, found, halvings, divisor })
    }
}

/// Refuses frames whose sides cannot be halved so often.
pub(crate) fn check_sides(kind: &'static str, clip: ClipShape, halvings: usize) -> Result<(), Error> {
    check_halvings(kind, "rows", clip.height, halvings)?;
    check_halvings(kind, "columns", clip.width, halvings)
}

/// Refuses a share that is not one of dropped channels.
pub(crate) fn check_dropout(kind: &'static str, value: f64) -> Result<(), Error> {
    let must = "at least 0 and below 1";
    if (0.0..1.0).contains(&value) {
        Ok(())
    } else {
        Err(Error::Parameter { kind, name: "dropout", value, must })
    }
}

/// The numbers of images that end in this activation.
pub(crate) fn scale_of(last: Activation) -> Scale {
    match last {
        Activation::Tanh => Scale::Signed,
        _ => Scale::Unit,
    }
}

/// The frames of all clips as images: `[batch, T, C, H, W]` to `[batch * T, C, H, W]`.
pub(crate) fn frames_as_images<B: Backend>(clips: Tensor<B, 5>) -> Tensor<B, 4> {
    let [batch, frames, channels, height, width] = clips.dims();
    clips.reshape([batch * frames, channels, height, width])
}

/// Each clip as one image: `[batch, T, C, H, W]` to `[batch, T * C, H, W]`.
pub(crate) fn clips_as_images<B: Backend>(clips: Tensor<B, 5>) -> Tensor<B, 4> {
    let [batch, frames, channels, height, width] = clips.dims();
    clips.reshape([batch, frames * channels, height, width])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_halvings_than_bits_fit_nothing() {
        assert!(check_halvings("x", "rows", 64, 6).is_ok());
        assert!(check_halvings("x", "rows", 64, 7).is_err());
        for halvings in [63, 64, 65, usize::MAX] {
            assert!(check_halvings("x", "rows", 64, halvings).is_err());
        }
    }

    #[test]
    fn clips_that_cannot_be_counted_are_refused() {
        let clip = ClipShape { frames: 1 << 40, channels: 1 << 20, height: 16, width: 16 };
        assert!(matches!(check("x", clip, &[]), Err(Error::TooLarge { .. })));
    }
}
