//! Smoothed gray pictures: what the background is made of.

use oddframe_core::{Frame, FrameShape, PixelFormat};

use crate::Error;

/// Gray pictures of a frame, smoothed against the noise of the sensor.
#[derive(Debug, Default)]
pub(super) struct Smoother {
    gray: Vec<u8>,
    /// The picture after smoothing its rows, 16 times as large.
    rows: Vec<u16>,
}

impl Smoother {
    /// Writes the smoothed gray picture of `frame` into `out`.
    pub(super) fn smooth_into(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        let (width, height) = (frame.shape().width(), frame.shape().height());
        self.gray.clear();
        match frame.shape().format() {
            PixelFormat::Gray => self.gray.extend_from_slice(frame.pixels()),
            // The usual weights of the eye, 0.299, 0.587 and 0.114, in 256ths.
            PixelFormat::Rgb => self.gray.extend(frame.pixels().chunks_exact(3).map(|p| {
                ((77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2]) + 128) >> 8)
                    as u8
            })),
        }
        // The binomial kernel 1 4 6 4 1 is a Gaussian of sigma 1 in whole numbers. Pixels outside are those at the edge.
        self.rows.clear();
        for row in self.gray.chunks_exact(width) {
            let last = width - 1;
            self.rows.extend((0..width).map(|x| {
                weigh_five(
                    [
                        row[x.saturating_sub(2)],
                        row[x.saturating_sub(1)],
                        row[x],
                        row[(x + 1).min(last)],
                        row[(x + 2).min(last)],
                    ]
                    .map(u16::from),
                )
            }));
        }
        out.clear();
        let last = height - 1;
        for y in 0..height {
            let near = [
                y.saturating_sub(2),
                y.saturating_sub(1),
                y,
                (y + 1).min(last),
                (y + 2).min(last),
            ];
            let near = near.map(|y| &self.rows[y * width..][..width]);
            // At most 255 * 256 + 128, so the sums fit into 16 bits.
            out.extend((0..width).map(|x| {
                let sum = weigh_five(near.map(|row| row[x]));
                ((u32::from(sum) + 128) >> 8) as u8
            }));
        }
    }
}

/// Refuses a frame with a size other than that of the background.
pub(super) fn check_size(expected: FrameShape, frame: &Frame) -> Result<(), Error> {
    let found = frame.shape();
    if (found.width(), found.height()) == (expected.width(), expected.height()) {
        return Ok(());
    }
    Err(Error::FrameSize {
        video: None,
        frame: frame.number(),
        expected,
        found,
    })
}

fn weigh_five([a, b, c, d, e]: [u16; 5]) -> u16 {
    a + e + 4 * (b + d) + 6 * c
}

#[cfg(test)]
mod tests {
    use oddframe_core::FrameNumber;

    use super::*;

    #[test]
    fn flat_frames_stay_as_they_are_and_a_point_is_spread() {
        let shape = FrameShape::new(7, 5, PixelFormat::Gray).unwrap();
        let (mut smoother, mut out) = (Smoother::default(), Vec::new());
        let white = Frame::from_pixels(shape, FrameNumber(0), vec![255; 35]).unwrap();
        smoother.smooth_into(&white, &mut out);
        assert_eq!(out, vec![255; 35]);
        let mut pixels = vec![0; 35];
        pixels[2 * 7 + 3] = 255;
        let point = Frame::from_pixels(shape, FrameNumber(0), pixels).unwrap();
        smoother.smooth_into(&point, &mut out);
        // 255 * 6 * 6 / 256 in the middle, 255 * 6 * 4 / 256 beside it.
        assert_eq!((out[2 * 7 + 3], out[2 * 7 + 2]), (36, 24));
        assert_eq!(out[2 * 7], 0);
    }

    #[test]
    fn colours_are_weighted_as_the_eye_does() {
        let shape = FrameShape::new(1, 1, PixelFormat::Rgb).unwrap();
        let (mut smoother, mut out) = (Smoother::default(), Vec::new());
        for (colour, gray) in [
            ([255, 255, 255], 255),
            ([255, 0, 0], 77),
            ([0, 255, 0], 149),
            ([0, 0, 255], 29),
        ] {
            let frame = Frame::from_pixels(shape, FrameNumber(0), colour.to_vec()).unwrap();
            smoother.smooth_into(&frame, &mut out);
            assert_eq!(out, [gray]);
        }
    }
}
