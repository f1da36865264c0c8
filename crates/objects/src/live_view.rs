use oddframe_boxes::RunningMedian;
use oddframe_core::{Frame, VideoId};

use crate::Error;
use crate::camera::Camera;
use crate::image::Plane;
use crate::masks::View;
use crate::registration::SteadyBlur;

/// The smallest step by which the running median follows the video, in gray levels.
const ADAPTATION: f32 = 0.1;

/// The view is renewed after 1, 2, 4, … frames and then after every so many.
const PERIOD: usize = 64;

/// The latest frames that the noise is measured in, one from each renewal.
const NOISE_FRAMES: usize = 8;

/// What the frames of a video are compared with while the video is still running: its running median stands for its median.
#[derive(Debug, Default)]
pub(crate) struct LiveView {
    median: Option<RunningMedian>,
    blur: SteadyBlur,
    blurred: Vec<u8>,
    frames: usize,
    samples: Vec<Frame>,
    view: View,
}

impl LiveView {
    /// Takes the next frame, shrunk.
    pub(crate) fn follow(
        &mut self,
        mut frame: Frame,
        camera: &Camera,
        video: &VideoId,
    ) -> Result<(), Error> {
        self.blur.blur_into(
            frame.pixels_mut(),
            camera.width(),
            &self.view.landmarks,
            &mut self.blurred,
        );
        let median = match &mut self.median {
            Some(median) => {
                median.follow(frame.pixels(), ADAPTATION);
                median
            }
            None => self
                .median
                .insert(RunningMedian::from_frame(frame.pixels())),
        };
        self.frames += 1;
        let is_young = self.frames < PERIOD && self.frames.is_power_of_two();
        if !is_young && !self.frames.is_multiple_of(PERIOD) {
            return Ok(());
        }
        if self.samples.len() == NOISE_FRAMES {
            self.samples.remove(0);
        }
        self.samples.push(frame);
        let median = Plane::from_values(camera.width(), median.levels().to_vec());
        let samples: Vec<&[u8]> = self.samples.iter().map(Frame::pixels).collect();
        self.view = camera.view(&median, &samples, video)?;
        Ok(())
    }

    pub(crate) fn view(&self) -> &View {
        &self.view
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, FrameShape, PixelFormat};

    use super::*;
    use crate::camera::VideoMedian;

    #[test]
    fn the_view_becomes_that_of_the_median() {
        let shape = FrameShape::new(24, 16, PixelFormat::Gray).unwrap();
        let empty: Vec<u8> = (0..shape.bytes())
            .map(|i| (60 + i * 37 % 90) as u8)
            .collect();
        let picture = Plane::from_values(24, empty.iter().copied().map(f32::from).collect());
        let camera = Camera::learn(&[VideoMedian {
            video: "1".into(),
            frames: 9,
            picture: picture.clone(),
        }])
        .unwrap();
        let mut live = LiveView::default();
        for number in 0..200 {
            let mut pixels = empty.clone();
            if number % 3 == 2 {
                pixels[40..60].fill(250);
            }
            let frame = Frame::from_pixels(shape, FrameNumber(number), pixels).unwrap();
            live.follow(frame, &camera, &"1".into()).unwrap();
        }
        let expected = camera.view(&picture, &[&empty], &"1".into()).unwrap();
        let worst = live
            .view()
            .own
            .iter()
            .zip(&expected.own)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(worst < 3.0, "{worst}");
    }
}
