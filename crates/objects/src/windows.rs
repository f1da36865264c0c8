use crate::image::SummedArea;
use crate::motion::MeanMotion;

/// The motion of a place of a moving object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MotionWindow {
    pub(crate) x: u16,
    pub(crate) y: u16,
    /// The mean motion of the small window around the place, in pixels per frame.
    pub(crate) dx: f32,
    pub(crate) dy: f32,
    /// The mean motion of the windows that lie within a body around the place.
    pub(crate) body_dx: f32,
    pub(crate) body_dy: f32,
}

/// The distance of two windows, in pixels.
const STEP: usize = 4;

/// Half the side of a small window, a part of a person, in heights of a person.
const PART: f64 = 0.15;

/// Half the side of a body, in heights of a person.
const BODY: f64 = 0.3;

/// The least share of a window that moves.
const LEAST_SHARE: f64 = 0.35;

/// The smallest half side, in pixels.
const SMALLEST: f64 = 2.0;

/// Measures motion in windows around a grid of moving pixels.
#[derive(Debug, Default)]
pub(crate) struct WindowFinder {
    mask: SummedArea,
    dx: SummedArea,
    dy: SummedArea,
    /// On the grid: which places have a window, and the motion of each.
    places: Vec<f32>,
    grid_dx: Vec<f32>,
    grid_dy: Vec<f32>,
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
        self.mask.fill(mask, width);
        self.dx.fill(&motion.dx, width);
        self.dy.fill(&motion.dy, width);
        let mut windows = Vec::new();
        for y in (STEP / 2..height).step_by(STEP) {
            for x in (STEP / 2..width).step_by(STEP) {
                if mask[y * width + x] == 0 {
                    continue;
                }
                // The centre moves, but a window that hardly moves lies on the outline of an object, where flow is unreliable.
                let part = Square::new((x, y), PART * heights[y], SMALLEST, (width, height));
                let marked = part.sum(&self.mask);
                if marked / part.area() <= LEAST_SHARE {
                    continue;
                }
                windows.push(MotionWindow {
                    x: x as u16,
                    y: y as u16,
                    dx: (part.sum(&self.dx) / marked.max(1.0)) as f32,
                    dy: (part.sum(&self.dy) / marked.max(1.0)) as f32,
                    body_dx: 0.0,
                    body_dy: 0.0,
                });
            }
        }
        self.average_bodies(&mut windows, (width, height), heights);
        windows
    }

    /// Gives each window the mean motion of those within a body around it: limbs move in all directions and at all speeds, a
    /// body as a whole in one way.
    fn average_bodies(
        &mut self,
        windows: &mut [MotionWindow],
        (width, height): (usize, usize),
        heights: &[f64],
    ) {
        // From 2 on every fourth pixel.
        let grid = ((width + 1) / STEP, (height + 1) / STEP);
        for values in [&mut self.places, &mut self.grid_dx, &mut self.grid_dy] {
            values.clear();
            values.resize(grid.0 * grid.1, 0.0);
        }
        for window in &*windows {
            let at = usize::from(window.y) / STEP * grid.0 + usize::from(window.x) / STEP;
            self.places[at] = 1.0;
            self.grid_dx[at] = window.dx;
            self.grid_dy[at] = window.dy;
        }
        // The sums of the whole picture are no longer needed.
        self.mask.fill(&self.places, grid.0);
        self.dx.fill(&self.grid_dx, grid.0);
        self.dy.fill(&self.grid_dy, grid.0);
        for window in windows {
            let place = (usize::from(window.x) / STEP, usize::from(window.y) / STEP);
            let reach = BODY * heights[usize::from(window.y)] / STEP as f64;
            let body = Square::new(place, reach, 1.0, grid);
            let count = body.sum(&self.mask);
            window.body_dx = (body.sum(&self.dx) / count) as f32;
            window.body_dy = (body.sum(&self.dy) / count) as f32;
        }
    }
}

/// A square, cut at the edges of an area.
struct Square {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Square {
    /// Around a place, with half a side that is rounded and at least `smallest`, cut at the edges of an area of this size.
    fn new(
        (x, y): (usize, usize),
        half_side: f64,
        smallest: f64,
        (width, height): (usize, usize),
    ) -> Self {
        let reach = half_side.round_ties_even().max(smallest) as usize;
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
        // The body is all nine windows: rows 4 to 8, 8 to 12 and 12 to 16 of the picture.
        let upper = found.iter().find(|w| (w.x, w.y) == (10, 6)).unwrap();
        let lower = found.iter().find(|w| (w.x, w.y) == (10, 14)).unwrap();
        let mean = (upper.dx + middle.dx + lower.dx) / 3.0;
        assert!((middle.body_dx - mean).abs() < 1e-6 && middle.body_dy == 0.0);
        // At the edge of the object two rows of windows are within reach.
        assert!((upper.body_dx - f32::midpoint(upper.dx, middle.dx)).abs() < 1e-6);
    }
}
