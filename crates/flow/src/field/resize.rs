use super::Flow;
use crate::Error;
use crate::resample::Resampler;

/// How motion vectors change when a flow is resized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResizeVectors {
    /// Vectors keep their values, in pixels of the size before. Systems that feed a resized flow to a network do this.
    Keep,
    /// Vectors are scaled with the frame, so that they are in pixels of the new size.
    Rescale,
}

impl Flow {
    /// Resizes the flow bilinearly, as OpenCV's `resize` with `INTER_LINEAR`: no blur before a reduction.
    ///
    /// ```
    /// use oddframe_flow::{Flow, ResizeVectors};
    ///
    /// let mut flow = Flow::new(360, 240);
    /// flow.planes_mut().0.fill(9.0);
    /// let mut small = Flow::default();
    /// flow.resize_into(120, 120, ResizeVectors::Keep, &mut small)?;
    /// assert_eq!((small.width(), small.height(), small.dx()[0]), (120, 120, 9.0));
    /// flow.resize_into(120, 120, ResizeVectors::Rescale, &mut small)?;
    /// assert_eq!(small.dx()[0], 3.0);
    /// # Ok::<(), oddframe_flow::Error>(())
    /// ```
    ///
    /// # Errors
    /// When this flow or the new size has no pixels.
    pub fn resize_into(
        &self,
        width: usize,
        height: usize,
        vectors: ResizeVectors,
        out: &mut Self,
    ) -> Result<(), Error> {
        for (width, height) in [(self.width, self.height), (width, height)] {
            if width == 0 || height == 0 {
                return Err(Error::EmptyFlow { width, height });
            }
        }
        out.reset(width, height);
        let (gain_x, gain_y) = match vectors {
            ResizeVectors::Keep => (1.0, 1.0),
            ResizeVectors::Rescale => (
                width as f32 / self.width as f32,
                height as f32 / self.height as f32,
            ),
        };
        let mut resampler = Resampler::linear((self.width, self.height), (width, height));
        resampler.run(&self.dx, gain_x, &mut out.dx, width);
        resampler.run(&self.dy, gain_y, &mut out.dy, width);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_interpolated_between_pixel_centres() {
        let mut flow = Flow::new(2, 1);
        flow.planes_mut().0.copy_from_slice(&[0.0, 4.0]);
        let mut out = Flow::default();
        flow.resize_into(4, 2, ResizeVectors::Keep, &mut out)
            .unwrap();
        assert_eq!(out.dx(), [0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 3.0, 4.0]);
        flow.resize_into(4, 1, ResizeVectors::Rescale, &mut out)
            .unwrap();
        assert_eq!(out.dx(), [0.0, 2.0, 6.0, 8.0]);
    }

    #[test]
    fn sizes_without_pixels_are_refused() {
        let mut out = Flow::default();
        let flow = Flow::new(3, 3);
        assert!(matches!(
            flow.resize_into(0, 3, ResizeVectors::Keep, &mut out),
            Err(Error::EmptyFlow {
                width: 0,
                height: 3
            })
        ));
        let empty = Flow::default();
        assert!(
            empty
                .resize_into(3, 3, ResizeVectors::Keep, &mut out)
                .is_err()
        );
    }
}
