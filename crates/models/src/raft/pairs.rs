use super::options::KIND;
use super::parts::FACTOR;
use crate::error::Error;

/// The least height and width of a frame: the last level of the correlation pyramid then has 2 by 2 positions.
const LEAST_SIDE: usize = 128;

/// A batch of pairs of frames, as both forms of the network take it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pairs<'a> {
    pub(super) count: usize,
    /// Height and width, multiples of eight.
    pub(super) size: [usize; 2],
    /// `[2 * count, height, width, 3]`: all first frames, then all second frames, from -1 to 1.
    pub(super) pixels: &'a [f32],
    /// Whether this is one pair whose first frame was the second one of the call before, of the same size.
    pub(super) continues: bool,
}

/// Refuses frames that the network does not take. Padded frames are multiples of eight.
pub(super) fn check_size([height, width]: [usize; 2]) -> Result<(), Error> {
    if height.min(width) < LEAST_SIDE {
        return Err(Error::TooSmall {
            kind: KIND,
            height,
            width,
            least: LEAST_SIDE,
        });
    }
    for (what, found) in [("rows", height), ("columns", width)] {
        if found % FACTOR != 0 {
            return Err(Error::Side {
                kind: KIND,
                what,
                found,
                halvings: 3,
                divisor: FACTOR,
            });
        }
    }
    Ok(())
}
