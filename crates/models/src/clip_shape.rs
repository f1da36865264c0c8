//! Clips as the layers read them, and the checks of clips and parameters that the networks share.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::Activation;

use crate::error::Error;

/// The most values of a clip: 4 GiB of 32-bit floats, 43 RGB frames of 3840x2160. A failed allocation ends the
/// process, so larger clips are refused before.
const MAX_CLIP_VALUES: usize = 1 << 30;

/// Checks that no size of the clip or of a layer is zero, and that the clip has at most [`MAX_CLIP_VALUES`] values.
pub(crate) fn check_sizes(
    kind: &'static str,
    clip: ClipShape,
    sizes: &[(&'static str, usize)],
) -> Result<(), Error> {
    let ClipShape {
        frames,
        channels,
        height,
        width,
    } = clip;
    let of_clip = [
        ("the number of frames of a clip", frames),
        ("the number of channels of a frame", channels),
        ("the height of a frame", height),
        ("the width of a frame", width),
    ];
    if let Some(&(what, _)) = of_clip.iter().chain(sizes).find(|(_, size)| *size == 0) {
        return Err(Error::Zero { kind, what });
    }
    // Checked multiplication: a recipe may name any size.
    let values = of_clip
        .iter()
        .try_fold(1_usize, |values, (_, size)| values.checked_mul(*size));
    match values.filter(|values| *values <= MAX_CLIP_VALUES) {
        Some(_) => Ok(()),
        None => Err(Error::TooLarge { kind, clip }),
    }
}

/// Checks that there is a layer, and that none has zero channels.
pub(crate) fn check_channels(
    kind: &'static str,
    channels: &[usize],
    example: &'static str,
) -> Result<(), Error> {
    if channels.is_empty() {
        return Err(Error::NoLayers { kind, example });
    }
    if channels.contains(&0) {
        return Err(Error::Zero {
            kind,
            what: "one of `channels`",
        });
    }
    Ok(())
}

/// Checks that a size can be halved `halvings` times without a remainder.
pub(crate) fn check_halvings(
    kind: &'static str,
    what: &'static str,
    found: usize,
    halvings: usize,
) -> Result<(), Error> {
    // 2 to the power of `halvings`, or a number that divides no size if that does not fit.
    let divisor = u32::try_from(halvings)
        .ok()
        .and_then(|n| 1_usize.checked_shl(n))
        .unwrap_or(usize::MAX);
    if found.is_multiple_of(divisor) {
        Ok(())
    } else {
        Err(Error::Side {
            kind,
            what,
            found,
            halvings,
            divisor,
        })
    }
}

/// Checks that both sides of a frame can be halved `halvings` times.
pub(crate) fn check_sides(
    kind: &'static str,
    clip: ClipShape,
    halvings: usize,
) -> Result<(), Error> {
    check_halvings(kind, "rows", clip.height, halvings)?;
    check_halvings(kind, "columns", clip.width, halvings)
}

/// Checks a dropout probability.
pub(crate) fn check_dropout(kind: &'static str, value: f64) -> Result<(), Error> {
    let must = "at least 0 and below 1";
    if (0.0..1.0).contains(&value) {
        Ok(())
    } else {
        Err(Error::Parameter {
            kind,
            name: "dropout",
            value,
            must,
        })
    }
}

/// The range of frames that a network with this output activation is trained on: [-1, 1] for tanh, [0, 1] otherwise.
pub(crate) fn input_scale(last: Activation) -> Scale {
    match last {
        Activation::Tanh => Scale::Signed,
        _ => Scale::Unit,
    }
}

/// Whether this output activation covers the values of frames in this range, and no others of a bounded kind.
///
/// Sigmoid and `ReLU` cannot output negative values. Tanh can output [0, 1], but half of its range would lie unused: the
/// documented networks pair it with [-1, 1]. Identity and leaky `ReLU` are unbounded on both sides.
pub(crate) fn supports_scale(last: Activation, scale: Scale) -> bool {
    match last {
        Activation::Identity | Activation::LeakyRelu(_) => true,
        Activation::Relu | Activation::Relu6 | Activation::Sigmoid | Activation::Tanh => {
            scale == input_scale(last)
        }
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
    fn more_halvings_than_bits_are_refused() {
        assert!(check_halvings("x", "rows", 64, 6).is_ok());
        assert!(check_halvings("x", "rows", 64, 7).is_err());
        for halvings in [63, 64, 65, usize::MAX] {
            assert!(check_halvings("x", "rows", 64, halvings).is_err());
        }
    }

    #[test]
    fn clips_that_are_too_large_are_refused() {
        let check = |frames, channels| {
            let clip = ClipShape {
                frames,
                channels,
                height: 16,
                width: 16,
            };
            check_sizes("x", clip, &[])
        };
        assert!(check(1 << 20, 4).is_ok());
        for (frames, channels) in [(1 << 20, 5), (1 << 40, 1), (1 << 40, 1 << 20)] {
            assert!(matches!(
                check(frames, channels),
                Err(Error::TooLarge { .. })
            ));
        }
    }
}
