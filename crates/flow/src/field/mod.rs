pub(crate) mod blocks;
mod picture;
pub(crate) mod resize;

/// Dense optical flow: the motion of every pixel from one frame to the next, in pixels.
///
/// ```
/// use oddframe_flow::Flow;
///
/// // Everything moves three pixels to the right and four down.
/// let mut flow = Flow::new(64, 48);
/// let (dx, dy) = flow.planes_mut();
/// dx.fill(3.0);
/// dy.fill(4.0);
/// assert_eq!(flow.mean_magnitude(), 5.0);
///
/// // What an autoencoder on flow sees: clipped to ±20 pixels and divided by 20 has the range -1 to 1.
/// flow.clip(20.0);
/// flow.scale(1.0 / 20.0);
/// assert_eq!((flow.dx()[0], flow.dy()[0]), (0.15, 0.2));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flow {
    width: usize,
    height: usize,
    dx: Vec<f32>,
    dy: Vec<f32>,
}

impl Flow {
    /// A flow of zeros.
    pub fn new(width: usize, height: usize) -> Self {
        let mut flow = Self::default();
        flow.reset(width, height);
        flow
    }

    /// Gives the flow another size, keeping its memory; the values are unspecified.
    pub fn reset(&mut self, width: usize, height: usize) {
        self.dx.resize(width * height, 0.0);
        self.dy.resize(width * height, 0.0);
        (self.width, self.height) = (width, height);
    }

    /// Makes this flow a copy of another one, keeping its memory.
    pub fn copy_from(&mut self, other: &Self) {
        self.reset(other.width, other.height);
        self.dx.copy_from_slice(&other.dx);
        self.dy.copy_from_slice(&other.dy);
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Motion to the right, row by row.
    pub fn dx(&self) -> &[f32] {
        &self.dx
    }

    /// Motion downwards, row by row.
    pub fn dy(&self) -> &[f32] {
        &self.dy
    }

    /// Both planes, to write: motion to the right, and downwards.
    pub fn planes_mut(&mut self) -> (&mut [f32], &mut [f32]) {
        (&mut self.dx, &mut self.dy)
    }

    /// The length of every motion vector, row by row.
    pub fn magnitudes(&self) -> impl ExactSizeIterator<Item = f32> {
        self.dx.iter().zip(&self.dy).map(|(dx, dy)| dx.hypot(*dy))
    }

    /// The mean length of the motion vectors; 0 for a flow without pixels.
    pub fn mean_magnitude(&self) -> f32 {
        let sum: f64 = self.magnitudes().map(f64::from).sum();
        (sum / self.dx.len().max(1) as f64) as f32
    }

    /// The length of the longest motion vector; 0 for a flow without pixels.
    pub fn max_magnitude(&self) -> f32 {
        self.magnitudes().fold(0.0, f32::max)
    }

    /// Limits both components of every vector to the range from `-limit` to `limit`.
    ///
    /// # Panics
    /// When `limit` is negative or not a number.
    pub fn clip(&mut self, limit: f32) {
        for value in self.dx.iter_mut().chain(&mut self.dy) {
            *value = value.clamp(-limit, limit);
        }
    }

    /// Multiplies every vector by a factor.
    pub fn scale(&mut self, factor: f32) {
        for value in self.dx.iter_mut().chain(&mut self.dy) {
            *value *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_limits_each_component() {
        let mut flow = Flow::new(2, 1);
        let (dx, dy) = flow.planes_mut();
        dx.copy_from_slice(&[-30.0, 3.0]);
        dy.copy_from_slice(&[25.0, -4.0]);
        flow.clip(20.0);
        assert_eq!(
            (flow.dx(), flow.dy()),
            (&[-20.0, 3.0][..], &[20.0, -4.0][..])
        );
    }

    #[test]
    fn an_empty_flow_has_no_motion() {
        let flow = Flow::default();
        assert_eq!((flow.mean_magnitude(), flow.max_magnitude()), (0.0, 0.0));
    }
}
