use crate::error::Error;
use crate::simd::Simd;
use crate::volumes::Volumes;

/// Values of a strip that are computed from pixels and those that become pixels: 1 MiB together, of which the
/// second-level cache holds what the current step reads.
const STRIP_LEN: usize = 1 << 18;
/// Least number of tiles of a strip, so that reading the weights costs less than multiplying with them.
const LEAST_STRIP: usize = if cfg!(miri) { 3 } else { 24 };
/// With fewer strips than this, threads share the work on one strip.
const LEAST_STRIPS: usize = 12;
/// Values of a strip that threads share, at most, unless a strip of the least size has more: 64 MiB.
const SHARED_LEN: usize = 1 << 24;
/// Values between the ends of one frequency's rows and the next frequency's: without them, all frequencies of a tile would
/// often lie at the same place of a page, and thus compete for the same few lines of the first-level cache.
const GAP: usize = 16;

/// How the tiles of a layer are cut into strips, and where the values of a strip lie.
#[derive(Debug, Clone)]
pub(super) struct StripPlan {
    pub(super) input: Volumes,
    pub(super) output: Volumes,
    /// Pixels along a side of a tile's output.
    pub(super) side: usize,
    /// Tiles along the height and the width of an image.
    tiles: [usize; 2],
    /// Tiles of a strip.
    pub(super) strip: usize,
    /// Whether threads share the work on a strip.
    pub(super) shared: bool,
    /// Values of a tile at one frequency: its channels, padded to whole vectors.
    pub(super) input_wide: usize,
    pub(super) output_wide: usize,
    /// Values from one frequency to the next.
    pub(super) input_plane: usize,
    pub(super) output_plane: usize,
    pub(super) simd: Simd,
}

impl StripPlan {
    /// Cuts the tiles of a layer. The cut depends on shapes alone, so that results do not depend on the number of threads.
    pub(super) fn new(
        input: Volumes,
        outputs: usize,
        side: usize,
        simd: Simd,
    ) -> Result<Self, Error> {
        let [depth, height, width] = input.size();
        if depth != 1 {
            return Err(Error::Parameter {
                what: "the depth of images",
                value: depth.to_string(),
                must: "1",
            });
        }
        let output = Volumes::images(input.batch(), height, width, outputs)?;
        let lanes = simd.lanes();
        let input_wide = input.channels().next_multiple_of(lanes);
        let output_wide = outputs.next_multiple_of(lanes);
        let tiles = [height, width].map(|side_len| side_len.div_ceil(side));
        let count = input.batch() * tiles[0] * tiles[1];
        // Every tile has (side + 2)^2 frequencies of both sides.
        let tile_len = (side + 2) * (side + 2) * (input_wide + output_wide);
        let mut strip = (STRIP_LEN / tile_len).max(LEAST_STRIP);
        let shared = count < LEAST_STRIPS * strip;
        if shared {
            strip = strip.max(SHARED_LEN / tile_len);
        }
        // Nearly even strips.
        let strip = count.div_ceil(count.div_ceil(strip));
        Ok(Self {
            input,
            output,
            side,
            tiles,
            strip,
            shared,
            input_wide,
            output_wide,
            input_plane: strip * input_wide + GAP,
            output_plane: strip * output_wide + GAP,
            simd,
        })
    }

    /// Number of tiles of the whole batch.
    pub(super) fn tile_count(&self) -> usize {
        self.input.batch() * self.tiles[0] * self.tiles[1]
    }

    /// The image of a tile, and the row and column of its first output.
    pub(super) fn first_pixel(&self, tile: usize) -> (usize, usize, usize) {
        let [down, across] = self.tiles;
        let (line, column) = (tile / across, tile % across);
        (line / down, line % down * self.side, column * self.side)
    }
}
