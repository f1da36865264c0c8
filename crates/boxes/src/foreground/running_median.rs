/// The first step by which the background follows a new video, in gray levels.
const FIRST_STEP: f32 = 64.0;

/// The running median of each pixel.
///
/// Each frame moves the background by one step towards it, whatever the distance: the background comes to rest where as
/// many frames are brighter as are darker, which is the median (Robbins and Monro's stochastic approximation). The step
/// falls as 1/n from the first frame on, and then stays at the settings' `adaptation`, so that the background keeps following
/// the light.
///
/// ```
/// use oddframe_boxes::RunningMedian;
/// let mut background = RunningMedian::from_frame(&[100, 100]);
/// for frame in 0..200 {
///     // Something bright passes the second pixel now and then.
///     background.follow(&[100, if frame % 4 == 0 { 250 } else { 90 }], 0.1);
/// }
/// assert_eq!(background.levels()[0], 100.0);
/// assert!((background.levels()[1] - 90.0).abs() < 2.0);
/// ```
#[derive(Debug, Clone)]
pub struct RunningMedian {
    pub(super) levels: Vec<f32>,
    /// The frames that were seen; a learned background counts as many.
    frames: f32,
}

impl RunningMedian {
    /// Begins with a first frame.
    pub fn from_frame(picture: &[u8]) -> Self {
        Self {
            levels: picture.iter().copied().map(f32::from).collect(),
            frames: 1.0,
        }
    }

    /// Begins with a background that was learned beforehand.
    pub(super) fn from_learned(picture: &[u8]) -> Self {
        Self {
            frames: f32::INFINITY,
            ..Self::from_frame(picture)
        }
    }

    /// The median of each pixel, in gray levels.
    pub fn levels(&self) -> &[f32] {
        &self.levels
    }

    /// Follows a frame. The steps do not become smaller than `adaptation` gray levels.
    pub fn follow(&mut self, picture: &[u8], adaptation: f32) {
        self.frames += 1.0;
        let step = (FIRST_STEP / self.frames).max(adaptation);
        for (level, pixel) in self.levels.iter_mut().zip(picture) {
            *level += (f32::from(*pixel) - *level).clamp(-step, step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_becomes_the_median() {
        // One frame in four shows something bright, also the first.
        let mut background = RunningMedian::from_frame(&[200]);
        for frame in 1..400 {
            let level = if frame % 4 == 0 { 200 } else { 80 };
            background.follow(&[level], 0.1);
        }
        assert!((background.levels[0] - 80.0).abs() < 1.0);
    }

    #[test]
    fn a_learned_background_moves_slowly() {
        let mut background = RunningMedian::from_learned(&[100]);
        background.follow(&[200], 0.1);
        assert_eq!(background.levels, [100.1]);
    }
}
