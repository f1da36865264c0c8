use oddframe_core::Error;
use oddframe_flow::{Flow, ResizeVectors};

use super::reader::flow_error;
use crate::FlowInput;

/// Turns flow into what a network sees: resizes it, clips it, and lays its two directions out as channels.
#[derive(Debug)]
pub(crate) struct FlowResizer {
    input: FlowInput,
    resized: Flow,
}

impl FlowResizer {
    pub(crate) fn new(input: FlowInput) -> Self {
        Self {
            input,
            resized: Flow::default(),
        }
    }

    /// Writes what the network sees of a flow, `[2,H,W]`.
    pub(crate) fn write_values(&mut self, flow: &Flow, out: &mut [f32]) -> Result<(), Error> {
        let clip = self.input.clip(1);
        Error::check_length("values of a flow", clip.frame_values(), out.len())?;
        flow.resize_into(
            clip.width,
            clip.height,
            ResizeVectors::Keep,
            &mut self.resized,
        )
        .map_err(flow_error)?;
        if let Some(limit) = self.input.limit() {
            self.resized.clip(limit);
            self.resized.scale(1.0 / limit);
        }
        let (to_right, down) = out.split_at_mut(clip.height * clip.width);
        to_right.copy_from_slice(self.resized.dx());
        down.copy_from_slice(self.resized.dy());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameInput, PixelFormat};

    use super::*;

    fn resize(flow: &Flow, width: usize, height: usize) -> Vec<f32> {
        let frames = FrameInput::unresized(PixelFormat::Gray);
        let mut out = vec![f32::NAN; 2 * width * height];
        FlowResizer::new(FlowInput::new(frames, width, height).unwrap())
            .write_values(flow, &mut out)
            .unwrap();
        out
    }

    fn flow(width: usize, height: usize, dx: &[f32]) -> Flow {
        let mut flow = Flow::new(width, height);
        let (to_right, down) = flow.planes_mut();
        to_right.copy_from_slice(dx);
        down.iter_mut()
            .zip(dx)
            .for_each(|(down, dx)| *down = -10.0 * dx);
        flow
    }

    #[test]
    fn vectors_are_interpolated_and_keep_their_length() {
        // OpenCV: cv2.resize(np.float32([[0, 1, 2, 3]]), (2, 1)) is [[0.5, 2.5]], and to (8, 1) as below.
        let four = flow(4, 1, &[0.0, 1.0, 2.0, 3.0]);
        assert_eq!(resize(&four, 2, 1), [0.5, 2.5, -5.0, -25.0]);
        let eight = [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0];
        assert_eq!(resize(&four, 8, 1)[..8], eight);
        let column = flow(1, 4, &[0.0, 1.0, 2.0, 3.0]);
        assert_eq!(resize(&column, 1, 8)[..8], eight);
        assert_eq!(resize(&four, 4, 1)[..4], [0.0, 1.0, 2.0, 3.0]);
        // Weights of a tap add up to one but for the last bit.
        for value in &resize(&flow(2, 2, &[1.5; 4]), 5, 3)[..15] {
            assert!((value - 1.5).abs() <= 2.0 * f32::EPSILON, "{value}");
        }
    }

    #[test]
    fn a_limit_clips_and_divides() {
        let frames = FrameInput::unresized(PixelFormat::Gray);
        let input = FlowInput::new(frames, 3, 1).unwrap();
        let mut out = [0.0; 6];
        FlowResizer::new(input.with_limit(20.0).unwrap())
            .write_values(&flow(3, 1, &[1.0, -30.0, 5.0]), &mut out)
            .unwrap();
        assert_eq!(out, [0.05, -1.0, 0.25, -0.5, 1.0, -1.0]);
        for limit in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let error = input.with_limit(limit).unwrap_err().to_string();
            assert!(error.contains("must be above 0"), "{error}");
        }
    }
}
