use crate::kernel::{Fill, reduce_pair};
use crate::{Channels, Distance, Error, Pair};

/// Writes the error map of a pair to a buffer, so that many maps can share one allocation.
///
/// # Shapes
/// `out`: `[height, width]` of the pair.
///
/// # Errors
/// When `out` has another length.
///
/// ```
/// use oddframe_score::{Channels, Distance, Pair, error_map_into};
/// let mut map = [0.0; 2];
/// let pair = Pair::new(&[0.0, 0.5, 1.0, 1.0], &[0.0; 4], 2, 2, 1)?;
/// error_map_into(pair, Distance::Absolute, Channels::Mean, &mut map)?;
/// assert_eq!(map, [0.5, 0.75]);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
pub fn error_map_into(
    pair: Pair<'_>,
    distance: Distance,
    channels: Channels,
    out: &mut [f32],
) -> Result<(), Error> {
    if out.len() != pair.pixels() {
        return Err(Error::Length {
            what: "the buffer for an error map",
            expected: pair.pixels(),
            found: out.len(),
        });
    }
    reduce_pair(
        Fill {
            out,
            divisor: channels.sum_divisor(pair.channels()) as f32,
        },
        pair,
        distance,
        channels,
    );
    Ok(())
}

/// The error map of a pair, `[height, width]`.
///
/// ```
/// use oddframe_score::{Channels, Distance, Pair, error_map};
/// let pair = Pair::new(&[0.0, 0.5, 1.0, 1.0], &[0.0, 0.0, 1.0, 0.75], 1, 2, 2)?;
/// assert_eq!(error_map(pair, Distance::Squared, Channels::Sum), [0.0, 0.25, 0.0, 0.0625]);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
pub fn error_map(pair: Pair<'_>, distance: Distance, channels: Channels) -> Vec<f32> {
    let mut out = vec![0.0; pair.pixels()];
    let divisor = channels.sum_divisor(pair.channels()) as f32;
    reduce_pair(
        Fill {
            out: &mut out,
            divisor,
        },
        pair,
        distance,
        channels,
    );
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{self, Images};

    #[test]
    fn channels_are_combined_pixel_by_pixel() {
        let input = [0.0, 1.0, 0.5, 2.0, -1.0, 0.0];
        let pair = Pair::new(&input, &[0.0; 6], 3, 2, 1).unwrap();
        assert_eq!(
            error_map(pair, Distance::Absolute, Channels::Sum),
            [1.5, 3.0]
        );
        assert_eq!(
            error_map(pair, Distance::Absolute, Channels::Mean),
            [0.5, 1.0]
        );
        assert_eq!(
            error_map(pair, Distance::Absolute, Channels::Max),
            [1.0, 2.0]
        );
        assert_eq!(
            error_map(pair, Distance::Squared, Channels::Max),
            [1.0, 4.0]
        );
    }

    #[test]
    fn a_buffer_of_another_size_is_refused() {
        let pair = Pair::new(&[0.0; 6], &[0.0; 6], 3, 2, 1).unwrap();
        let error =
            error_map_into(pair, Distance::Squared, Channels::Sum, &mut [0.0; 3]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the buffer for an error map: expected 2 values, found 3"
        );
    }

    proptest! {
        #[test]
        fn maps_agree_with_the_reference(images in Images::any(), (distance, channels) in reference::any_mode()) {
            let expected = reference::error_map(images.pair(), distance, channels);
            let map = error_map(images.pair(), distance, channels);
            prop_assert_eq!(map.len(), expected.len());
            for (value, expected) in map.iter().zip(expected) {
                prop_assert!(reference::is_close(f64::from(*value), expected), "{} {}", value, expected);
            }
        }
    }
}
