//! How the moving pixels of a frame move: the flow without the motion of the camera, averaged over neighbouring frames.

use oddframe_flow::Flow;

use crate::statistics::median;

/// Frames before and after a frame whose flow is averaged with its own.
pub(crate) const REACH: usize = 4;

/// Every so many pixels in both directions count for the motion of the camera.
const STRIDE: usize = 4;

/// The motion of the moving pixels of one frame.
#[derive(Debug, Clone, Default)]
pub(crate) struct Motion {
    /// 1 where something moves.
    pub(crate) moving: Vec<u8>,
    /// Motion to the right, without that of the camera; 0 where nothing moves.
    dx: Vec<f32>,
    dy: Vec<f32>,
}

impl Motion {
    /// The motion of the pixels of a mask, given the flow of the frame. The flow is divided by `frames`, the frames of time
    /// from the frame before.
    pub(crate) fn new(moving: Vec<u8>, flow: &Flow, frames: f32) -> Self {
        let (camera_x, camera_y) = camera_motion(&moving, flow, frames);
        Self {
            dx: relative_motion(flow.dx(), &moving, frames, camera_x),
            dy: relative_motion(flow.dy(), &moving, frames, camera_y),
            moving,
        }
    }
}

/// One component of the motion of the moving pixels against that of the camera.
fn relative_motion(flow: &[f32], moving: &[u8], frames: f32, camera: f32) -> Vec<f32> {
    let pixels = flow.iter().zip(moving);
    pixels
        .map(|(motion, moving)| f32::from(*moving) * (motion / frames - camera))
        .collect()
}

/// The median motion of the pixels where nothing moves; none where everything moves.
fn camera_motion(moving: &[u8], flow: &Flow, frames: f32) -> (f32, f32) {
    // Only the background tells how the camera moves, and the median ignores the few pixels whose flow is wrong. A sixteenth
    // of the pixels suffices for it.
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let width = flow.width();
    for row in (0..flow.height()).step_by(STRIDE) {
        for place in (row * width..(row + 1) * width).step_by(STRIDE) {
            if moving[place] == 0 {
                x.push(flow.dx()[place] / frames);
                y.push(flow.dy()[place] / frames);
            }
        }
    }
    (median(&mut x), median(&mut y))
}

/// The mean motion over a window of frames, at the pixels of a mask; 0 elsewhere.
#[derive(Debug, Default)]
pub(crate) struct MeanMotion {
    pub(crate) dx: Vec<f32>,
    pub(crate) dy: Vec<f32>,
}

impl MeanMotion {
    /// Averages the motion of `window` at the pixels of `mask`. Each pixel is averaged over the frames in which it moves.
    pub(crate) fn fill(&mut self, window: &[&Motion], mask: &[u8]) {
        self.dx.clear();
        self.dx.resize(mask.len(), 0.0);
        self.dy.clear();
        self.dy.resize(mask.len(), 0.0);
        // Few pixels move, so only these are summed.
        for place in (0..mask.len()).filter(|place| mask[*place] != 0) {
            let (mut x, mut y, mut count) = (0.0, 0.0, 0.0_f32);
            for motion in window {
                x += motion.dx[place];
                y += motion.dy[place];
                count += f32::from(motion.moving[place]);
            }
            self.dx[place] = x / count.max(1.0);
            self.dy[place] = y / count.max(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(dx: f32, object: f32) -> Flow {
        let mut flow = Flow::new(8, 4);
        flow.planes_mut().0.fill(dx);
        flow.planes_mut().0[9] = object;
        flow
    }

    fn mask() -> Vec<u8> {
        (0..32).map(|place| u8::from(place == 9)).collect()
    }

    #[test]
    fn the_motion_of_the_camera_is_removed_and_gaps_divide() {
        let motion = Motion::new(mask(), &flow(2.0, 8.0), 2.0);
        assert_eq!((motion.dx[9], motion.dy[9], motion.dx[8]), (3.0, 0.0, 0.0));
        // Where everything moves nothing says how the camera moves.
        let motion = Motion::new(vec![1; 32], &flow(2.0, 8.0), 1.0);
        assert_eq!((motion.dx[9], motion.dx[8]), (8.0, 2.0));
    }

    #[test]
    fn frames_in_which_a_pixel_does_not_move_do_not_count() {
        let (fast, slow) = (
            Motion::new(mask(), &flow(0.0, 6.0), 1.0),
            Motion::new(mask(), &flow(0.0, 2.0), 1.0),
        );
        let still = Motion::new(vec![0; 32], &flow(0.0, 9.0), 1.0);
        let mut mean = MeanMotion::default();
        mean.fill(&[&fast, &still, &slow], &mask());
        assert_eq!((mean.dx[9], mean.dx[10]), (4.0, 0.0));
    }
}
