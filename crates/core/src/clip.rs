use crate::Error;

/// Frames, channels, rows and columns of a clip: the order in which its values lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClipShape {
    /// Frames (T).
    pub frames: usize,
    /// Values a pixel (C).
    pub channels: usize,
    /// Rows (H).
    pub height: usize,
    /// Pixels in a row (W).
    pub width: usize,
}

impl ClipShape {
    /// Values of one frame.
    pub const fn frame_values(self) -> usize {
        self.channels * self.height * self.width
    }
}

/// T prepared frames of one video, `[T,C,H,W]`, `f32`: what a model sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    shape: ClipShape,
    values: Vec<f32>,
}

impl Clip {
    /// A clip of zeros.
    ///
    /// # Errors
    /// When a side is zero or the clip cannot be addressed.
    pub fn new(shape: ClipShape) -> Result<Self, Error> {
        let ClipShape {
            frames,
            channels,
            height,
            width,
        } = shape;
        // Checked products: four large sides could wrap around to a small, wrong allocation.
        let values = [frames, channels, height, width]
            .iter()
            .try_fold(1_usize, |n, side| n.checked_mul(*side));
        match values.filter(|n| (1..=isize::MAX as usize / size_of::<f32>()).contains(n)) {
            Some(values) => Ok(Self {
                shape,
                values: vec![0.0; values],
            }),
            None => Err(Error::InvalidShape { width, height }),
        }
    }

    /// The four sides.
    pub fn shape(&self) -> ClipShape {
        self.shape
    }

    /// All values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, to write.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The values of one frame, `[C,H,W]`.
    ///
    /// # Panics
    /// When `place` is not below the number of frames.
    pub fn frame(&self, place: usize) -> &[f32] {
        &self.values[place * self.shape.frame_values()..][..self.shape.frame_values()]
    }

    /// The values of one frame to write, `[C,H,W]`.
    ///
    /// # Panics
    /// When `place` is not below the number of frames.
    pub fn frame_mut(&mut self, place: usize) -> &mut [f32] {
        &mut self.values[place * self.shape.frame_values()..][..self.shape.frame_values()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_lie_behind_each_other() {
        let mut clip = Clip::new(ClipShape {
            frames: 3,
            channels: 2,
            height: 2,
            width: 2,
        })
        .unwrap();
        clip.frame_mut(1).fill(1.0);
        assert_eq!(clip.values().iter().position(|v| *v == 1.0), Some(8));
        assert_eq!(clip.values().iter().sum::<f32>(), 8.0);
        assert_eq!(clip.frame(2), [0.0; 8]);
    }

    #[test]
    fn impossible_clips_are_refused() {
        for frames in [0, usize::MAX] {
            assert!(
                Clip::new(ClipShape {
                    frames,
                    channels: 3,
                    height: 2,
                    width: 2
                })
                .is_err()
            );
        }
    }
}
