use crate::found::MotionWindow;
use crate::image::SummedArea;
use crate::motion::MeanMotion;

/// The distance of two windows, in pixels.
const STEP: usize = 4;

/// Half the side of a small window, a part of a person, in heights of a person.
const PART: f64 = 0.15;

/// Half the side of a large window, a whole body.
const BODY: f64 = 0.3;

/// The least share of a window that moves.
const PART_SHARE: f64 = 0.35;
const BODY_SHARE: f64 = 0.3;

/// The smallest half side, in pixels.
const SMALLEST: f64 = 2.0;

/// Measures motion in windows around a grid of moving pixels.
#[derive(Debug, Default)]
pub(crate) struct WindowFinder {
    mask: SummedArea,
    dx: SummedArea,
    dy: SummedArea,
    speed: SummedArea,
}

impl WindowFinder {
    /// The windows of a frame: its cleaned mask, the mean motion of the mask's pixels, and the height of a person whose centre
    /// is in each row.
    pub(crate) fn find(
        &mut self,
        mask: &[u8],
        width: usize,
        motion: &MeanMotion,
        heights: &[f64],
    ) -> Vec<MotionWindow> {
        let height = mask.len() / width;
        // Motion is 0 outside the mask.
        self.mask
            .fill(mask.iter().copied().map(f32::from), width, height);
        self.dx.fill(motion.dx.iter().copied(), width, height);
        self.dy.fill(motion.dy.iter().copied(), width, height);
        let pairs = motion.dx.iter().zip(&motion.dy);
        let speeds = pairs.map(|(dx, dy)| if *dx == 0.0 { dy.abs() } else { dx.hypot(*dy) });
        self.speed.fill(speeds, width, height);
        let mut windows = Vec::new();
        for y in (STEP / 2..height).step_by(STEP) {
            for x in (STEP / 2..width).step_by(STEP) {
                if mask[y * width + x] == 0 {
                    continue;
                }
                // The centre moves, but a window that hardly moves lies on the outline of an object, where flow is unreliable.
                let part = Square::new(x, y, PART * heights[y], width, height);
                let marked = part.sum(&self.mask);
                if marked / part.area() <= PART_SHARE {
                    continue;
                }
                // The larger window is compared by speed alone: limbs move in all directions, a body as a whole at one speed.
                let body = Square::new(x, y, BODY * heights[y], width, height);
                let covered = body.sum(&self.mask);
                let moves = covered / body.area() > BODY_SHARE;
                windows.push(MotionWindow {
                    x: x as u16,
                    y: y as u16,
                    dx: (part.sum(&self.dx) / marked.max(1.0)) as f32,
                    dy: (part.sum(&self.dy) / marked.max(1.0)) as f32,
                    body: if moves {
                        (body.sum(&self.speed) / covered.max(1.0)) as f32
                    } else {
                        0.0
                    },
                });
            }
        }
        windows
    }
}

/// A square window, cut at the edges of the picture.
struct Square {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Square {
    fn new(x: usize, y: usize, half_side: f64, width: usize, height: usize) -> Self {
        let reach = half_side.round_ties_even().max(SMALLEST) as usize;
        Self {
            left: x.saturating_sub(reach),
            top: y.saturating_sub(reach),
            right: (x + reach + 1).min(width),
            bottom: (y + reach + 1).min(height),
        }
    }

    fn area(&self) -> f64 {
        ((self.right - self.left) * (self.bottom - self.top)) as f64
    }

    fn sum(&self, area: &SummedArea) -> f64 {
        area.sum(self.left, self.top, self.right, self.bottom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_lie_on_the_grid_inside_objects() {
        let (width, height) = (24, 20);
        // An object of 12 by 12 pixels that moves right, its lower half faster.
        let mut mask = vec![0; width * height];
        let mut motion = MeanMotion {
            dx: vec![0.0; width * height],
            dy: vec![0.0; width * height],
        };
        for y in 4..16 {
            for x in 4..16 {
                mask[y * width + x] = 1;
                motion.dx[y * width + x] = if y < 10 { 1.0 } else { 3.0 };
            }
        }
        let found = WindowFinder::default().find(&mask, width, &motion, &vec![10.0; height]);
        assert_eq!(found.len(), 9);
        let middle = found.iter().find(|w| (w.x, w.y) == (10, 10)).unwrap();
        // Rows 8 to 12: two of five are slow.
        assert_eq!((middle.dx, middle.dy), (2.2, 0.0));
        assert!((middle.body - (3.0 + 4.0 * 3.0) / 7.0).abs() < 1e-6);
    }
}
