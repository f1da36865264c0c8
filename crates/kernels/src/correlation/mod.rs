//! The correlation of two feature maps, and how RAFT reads it.

mod patch;
mod pool;
#[cfg(test)]
mod tests;

use crate::activation::Activation;
use crate::conv::Conv;
use crate::error::{Error, check_length};
use crate::partition::for_each_part;
use crate::simd::{Simd, dot_rows};
use crate::volumes::Volumes;
use crate::window::Window;
use crate::workspace::Workspace;
use patch::{PATCH, Patch, SIDE};

/// Positions that one task looks up: some tens of microseconds of work.
const TASK_POSITIONS: usize = if cfg!(miri) { 2 } else { 32 };

/// The correlation of every position of one feature map with every position of another, looked up around given centres, as
/// in RAFT (Z. Teed and J. Deng, 2020).
///
/// The correlation of two positions is the dot product of their features over the square root of the number of channels.
/// A pyramid of [`LEVELS`](Self::LEVELS) holds it: each level averages squares of two by two positions of the second map
/// of the level before. A lookup reads, at each level, 9 by 9 values around a centre, one position apart, with bilinear
/// interpolation; values beyond the edge are zero.
///
/// There are two ways to the same values, up to rounding. The *volume* holds all pairs: one matrix product, and every
/// lookup only interpolates, but the memory is that of `positions²`. On demand, a lookup computes the products it needs from
/// the *pooled features* of the second map, because the mean of products with one vector is the product with the mean:
/// that takes about as many operations per lookup as the volume takes in all, and little memory.
///
/// ```
/// use oddframe_kernels::{Correlation, Workspace};
///
/// let correlation = Correlation::new([16, 16], 8)?;
/// let (first, second) = (vec![0.5; 256 * 8], vec![1.0; 256 * 8]);
/// let centres = vec![7.5; 256 * 2]; // x and y for each position of the first map
///
/// let mut volume = vec![0.0; correlation.volume_len()];
/// correlation.fill_volume(&first, &second, &mut volume, &mut Workspace::new())?;
/// let mut values = vec![0.0; 256 * Correlation::VALUES];
/// correlation.look_up(&volume, &centres, &mut values)?;
/// assert!((values[40] - 0.5 * 8.0 / 8.0_f32.sqrt()).abs() < 1e-5);
///
/// let mut pooled = vec![0.0; correlation.pooled_len()];
/// correlation.pool_features(&second, &mut pooled)?;
/// let mut on_demand = vec![0.0; values.len()];
/// correlation.look_up_on_demand(&first, &pooled, &centres, &mut on_demand)?;
/// assert!(values.iter().zip(&on_demand).all(|(a, b)| (a - b).abs() < 1e-5));
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Correlation {
    /// Height and width of the second map at each level.
    sizes: [[usize; 2]; Self::LEVELS],
    channels: usize,
    /// The matrix product of the maps: a linear layer whose weights are the second map.
    product: Conv,
    simd: Simd,
}

impl Correlation {
    /// Levels of the pyramid.
    pub const LEVELS: usize = 4;
    /// Values of one position: all levels, and at each the square of offsets, column by column.
    pub const VALUES: usize = Self::LEVELS * SIDE * SIDE;
    /// Least height and width of a map: its last level has two rows and columns.
    pub const LEAST_SIDE: usize = 2 << (Self::LEVELS - 1);

    /// The correlation of two maps of `[height, width]` positions.
    ///
    /// # Errors
    /// A side below [`LEAST_SIDE`](Self::LEAST_SIDE), no channels, or more values than can be addressed.
    pub fn new([height, width]: [usize; 2], channels: usize) -> Result<Self, Error> {
        if height.min(width) < Self::LEAST_SIDE {
            return Err(Error::Parameter {
                what: "the size of feature maps to correlate",
                value: format!("{height} x {width}"),
                must: "at least 16 x 16, so that the last of four levels has 2 x 2 positions",
            });
        }
        let positions = Volumes::images(1, height, width, channels)?.positions();
        let product = Conv::new(
            Volumes::rows(positions, channels)?,
            positions,
            Window::point(),
        )?;
        let mut sizes = [[height, width]; Self::LEVELS];
        for level in 1..Self::LEVELS {
            sizes[level] = sizes[level - 1].map(|side| side / 2);
        }
        Ok(Self {
            sizes,
            channels,
            product,
            simd: Simd::detect(),
        })
    }

    #[cfg(test)]
    fn with_simd(self, simd: Simd) -> Self {
        Self { simd, ..self }
    }

    fn positions(&self) -> usize {
        self.sizes[0][0] * self.sizes[0][1]
    }

    /// Values of a map.
    fn map_len(&self) -> usize {
        self.positions() * self.channels
    }

    /// Positions of all levels of the second map.
    fn pyramid_positions(&self) -> usize {
        self.sizes
            .iter()
            .map(|[height, width]| height * width)
            .sum()
    }

    /// Number of values of the volume: about 4/3 of the number of pairs of positions.
    pub fn volume_len(&self) -> usize {
        // The layer's output, `positions²` values, can be addressed; a larger number than addressable fails to allocate.
        self.positions().saturating_mul(self.pyramid_positions())
    }

    /// Number of values of the pooled features of a map: about 4/3 of its values.
    pub fn pooled_len(&self) -> usize {
        self.pyramid_positions() * self.channels
    }

    /// Fills the volume: `[positions of the first map, positions of the second map]` for each level in turn, not divided
    /// by the square root of the channels yet, which a lookup does.
    ///
    /// # Shapes
    /// `first` and `second`: `[height, width, channels]`
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn fill_volume(
        &self,
        first: &[f32],
        second: &[f32],
        volume: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        check_length("the first map", first.len(), self.map_len())?;
        check_length("the second map", second.len(), self.map_len())?;
        check_length("the volume", volume.len(), self.volume_len())?;
        let positions = self.positions();
        let (mut from, mut rest) = volume.split_at_mut(positions * positions);
        // All dot products are one matrix product: the second map takes the place of the weights of a linear layer.
        self.product.forward_unpacked(
            first,
            second,
            None,
            Activation::Identity,
            from,
            workspace,
        )?;
        // The coarser levels average the finer ones: the mean of dot products with one vector is the dot product with the
        // mean, so that nothing is multiplied again.
        for level in 1..Self::LEVELS {
            let [height, width] = self.sizes[level];
            let (to, after) = rest.split_at_mut(positions * height * width);
            pool::halve_images(from, to, self.sizes[level - 1], 1);
            (from, rest) = (to, after);
        }
        Ok(())
    }

    /// Pools the features of the second map: `[height, width, channels]` for each level in turn.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn pool_features(&self, second: &[f32], pooled: &mut [f32]) -> Result<(), Error> {
        check_length("the second map", second.len(), self.map_len())?;
        check_length("the pooled features", pooled.len(), self.pooled_len())?;
        let (mut from, mut rest) = pooled.split_at_mut(second.len());
        from.copy_from_slice(second);
        for level in 1..Self::LEVELS {
            let [height, width] = self.sizes[level];
            let (to, after) = rest.split_at_mut(height * width * self.channels);
            pool::halve_images(from, to, self.sizes[level - 1], self.channels);
            (from, rest) = (to, after);
        }
        Ok(())
    }

    /// Looks the correlation up around the centres, in the volume.
    ///
    /// # Shapes
    /// - `centres`: `[height, width, 2]`, the x and y of a place in the second map for each position of the first one
    /// - `values`: `[height, width, 4 * 81]`: at each level, the offset to the right, then the one downwards, from -4 to 4
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn look_up(
        &self,
        volume: &[f32],
        centres: &[f32],
        values: &mut [f32],
    ) -> Result<(), Error> {
        check_length("the volume", volume.len(), self.volume_len())?;
        let positions = self.positions();
        let starts = self.level_starts().map(|start| start * positions);
        self.look_up_patches(centres, values, |position, level, patch, square| {
            let [height, width] = self.sizes[level];
            let area = height * width;
            let image = &volume[starts[level] + position * area..][..area];
            for (row, y) in patch.rows() {
                let columns = patch.columns();
                square[row][columns.clone()]
                    .copy_from_slice(&image[y * width + patch.first_column()..][..columns.len()]);
            }
        })
    }

    /// Looks the correlation up around the centres, from the first map and the pooled features of the second one.
    ///
    /// # Shapes
    /// Those of [`look_up`](Self::look_up); `first`: `[height, width, channels]`
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn look_up_on_demand(
        &self,
        first: &[f32],
        pooled: &[f32],
        centres: &[f32],
        values: &mut [f32],
    ) -> Result<(), Error> {
        check_length("the first map", first.len(), self.map_len())?;
        check_length("the pooled features", pooled.len(), self.pooled_len())?;
        let channels = self.channels;
        let starts = self.level_starts().map(|start| start * channels);
        self.look_up_patches(centres, values, |position, level, patch, square| {
            let one = &first[position * channels..][..channels];
            let [height, width] = self.sizes[level];
            let map = &pooled[starts[level]..][..height * width * channels];
            for (row, y) in patch.rows() {
                // The positions of a row of the patch are neighbours in memory.
                let columns = patch.columns();
                let start = (y * width + patch.first_column()) * channels;
                let features = &map[start..][..columns.len() * channels];
                dot_rows(self.simd, one, features, &mut square[row][columns]);
            }
        })
    }

    /// The first position of each level.
    fn level_starts(&self) -> [usize; Self::LEVELS] {
        let mut starts = [0; Self::LEVELS];
        for level in 1..Self::LEVELS {
            let [height, width] = self.sizes[level - 1];
            starts[level] = starts[level - 1] + height * width;
        }
        starts
    }

    /// Interpolates the values of all positions; `read` fills the part of a patch that lies on the map.
    fn look_up_patches(
        &self,
        centres: &[f32],
        values: &mut [f32],
        read: impl Fn(usize, usize, &Patch, &mut [[f32; PATCH]; PATCH]) + Sync,
    ) -> Result<(), Error> {
        let positions = self.positions();
        check_length("the centres", centres.len(), 2 * positions)?;
        check_length("the values", values.len(), Self::VALUES * positions)?;
        let scale = (self.channels as f64).sqrt().recip() as f32;
        let parts = centres
            .chunks(2 * TASK_POSITIONS)
            .zip(values.chunks_mut(Self::VALUES * TASK_POSITIONS))
            .enumerate();
        for_each_part(parts, |(part, (centres, values))| {
            let places = centres
                .chunks_exact(2)
                .zip(values.chunks_exact_mut(Self::VALUES))
                .enumerate();
            for (at, (centre, values)) in places {
                let position = part * TASK_POSITIONS + at;
                for (level, values) in values
                    .as_chunks_mut::<{ SIDE * SIDE }>()
                    .0
                    .iter_mut()
                    .enumerate()
                {
                    // A level has half as many positions along each side as the one before.
                    let shrink = 1.0 / (1_u32 << level) as f32;
                    let centre = [centre[0] * shrink, centre[1] * shrink];
                    // Only the part on the map is read; what remains zero stands for positions beyond the edge.
                    let mut square = [[0.0; PATCH]; PATCH];
                    if let Some(patch) = Patch::around(centre, self.sizes[level]) {
                        read(position, level, &patch, &mut square);
                        patch.interpolate(&square, scale, values);
                    } else {
                        values.fill(0.0);
                    }
                }
            }
        });
        Ok(())
    }
}
