use super::Flow;
use crate::Error;

/// The mean motion of one block of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BlockMotion {
    /// Mean motion to the right.
    pub dx: f32,
    /// Mean motion downwards.
    pub dy: f32,
    /// Mean length of the vectors. It is larger than the length of the mean vector where vectors differ in direction.
    pub magnitude: f32,
}

/// The mean motion of square blocks of a flow, row by row.
///
/// ```
/// use oddframe_flow::Flow;
///
/// let mut flow = Flow::new(40, 24);
/// flow.planes_mut().0[..16].fill(8.0); // the first 16 pixels of the first row
/// let blocks = flow.blocks(16)?;
/// // The last column is 8 pixels wide, the last row 8 pixels high.
/// assert_eq!((blocks.columns(), blocks.rows()), (3, 2));
/// assert_eq!((blocks.get(0, 0).dx, blocks.get(1, 0).dx), (0.5, 0.0));
/// # Ok::<(), oddframe_flow::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FlowBlocks {
    columns: usize,
    rows: usize,
    motions: Vec<BlockMotion>,
}

impl FlowBlocks {
    /// Blocks in a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows of blocks.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All blocks, row by row.
    pub fn motions(&self) -> &[BlockMotion] {
        &self.motions
    }

    /// One block.
    ///
    /// # Panics
    /// When there is no such block.
    pub fn get(&self, column: usize, row: usize) -> BlockMotion {
        assert!(column < self.columns, "no block in column {column}");
        self.motions[row * self.columns + column]
    }
}

impl Flow {
    /// The mean motion of blocks of `size` times `size` pixels. Blocks at the right and the lower edge may be smaller.
    ///
    /// # Errors
    /// When `size` is 0.
    pub fn blocks(&self, size: usize) -> Result<FlowBlocks, Error> {
        Error::check_option("size of blocks", size as f64, size > 0, "at least 1")?;
        let columns = self.width.div_ceil(size);
        let rows = self.height.div_ceil(size);
        let mut motions = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                motions.push(self.mean_motion(column * size, row * size, size));
            }
        }
        Ok(FlowBlocks {
            columns,
            rows,
            motions,
        })
    }

    /// The mean over a block whose upper left pixel is inside.
    fn mean_motion(&self, left: usize, top: usize, size: usize) -> BlockMotion {
        let right = (left + size).min(self.width);
        let bottom = (top + size).min(self.height);
        let mut sums = [0.0_f64; 3];
        for y in top..bottom {
            let row = y * self.width;
            let dx = &self.dx[row + left..row + right];
            let dy = &self.dy[row + left..row + right];
            for (&dx, &dy) in dx.iter().zip(dy) {
                sums[0] += f64::from(dx);
                sums[1] += f64::from(dy);
                sums[2] += f64::from(dx.hypot(dy));
            }
        }
        let pixels = ((right - left) * (bottom - top)) as f64;
        let [dx, dy, magnitude] = sums.map(|sum| (sum / pixels) as f32);
        BlockMotion { dx, dy, magnitude }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_blocks_average_their_own_pixels() {
        let mut flow = Flow::new(5, 3);
        let (dx, dy) = flow.planes_mut();
        for (i, (dx, dy)) in dx.iter_mut().zip(dy).enumerate() {
            *dx = (i % 5) as f32;
            *dy = if i < 10 { 0.0 } else { -2.0 };
        }
        let blocks = flow.blocks(2).unwrap();
        assert_eq!((blocks.columns(), blocks.rows()), (3, 2));
        assert_eq!(
            blocks.get(0, 0),
            BlockMotion {
                dx: 0.5,
                dy: 0.0,
                magnitude: 0.5
            }
        );
        assert_eq!(
            blocks.get(2, 0),
            BlockMotion {
                dx: 4.0,
                dy: 0.0,
                magnitude: 4.0
            }
        );
        let corner = blocks.get(2, 1);
        assert_eq!((corner.dx, corner.dy), (4.0, -2.0));
        assert!((corner.magnitude - 20.0_f32.sqrt()).abs() < 1e-6);
        assert_eq!(blocks.motions().len(), 6);
    }

    #[test]
    fn blocks_of_no_size_are_refused() {
        assert!(matches!(
            Flow::new(4, 4).blocks(0),
            Err(Error::InvalidOption { .. })
        ));
    }

    #[test]
    fn an_empty_flow_has_no_blocks() {
        assert!(Flow::default().blocks(8).unwrap().motions().is_empty());
    }
}
