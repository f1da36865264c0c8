//! What all inference forms check, and how their errors name the network.

use std::ops::Range;

use oddframe_core::{ClipShape, Error};

/// For `map_err`: an error of a layer of this network during scoring.
pub(crate) fn scoring_error(kind: &'static str) -> impl Fn(oddframe_nn::Error) -> Error + Copy {
    move |source| Error::System {
        system: kind,
        source: source.into(),
    }
}

/// Checks that a batch has clips, and that the numbers of input and output values are those of its shape.
pub(crate) fn check_batch(
    clip: ClipShape,
    predicted: &Range<usize>,
    batch: usize,
    clips: &[f32],
    outputs: usize,
) -> Result<(), Error> {
    if batch == 0 {
        return Err(Error::Nothing {
            what: "clip to score",
        });
    }
    let image = clip.frame_values();
    for (what, frames, found) in [
        ("clips to score", clip.frames, clips.len()),
        ("outputs of a batch", predicted.len(), outputs),
    ] {
        // Saturating: a batch too large to count is an error, not an overflow.
        let expected = batch.saturating_mul(frames).saturating_mul(image);
        if expected != found {
            return Err(Error::Length {
                what,
                expected,
                found,
            });
        }
    }
    Ok(())
}
