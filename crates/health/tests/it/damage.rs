//! Problems made on purpose, in frames of any size. The example `detection` makes them the same way.

use oddframe_core::{Error, Frame, FrameSource, Random, Video};

/// A video whose frames are changed on the way.
pub(crate) struct Changed<'a, F> {
    pub(crate) source: &'a dyn FrameSource,
    pub(crate) change: F,
}

impl<F: Fn(usize, &mut Frame) + Send + Sync> FrameSource for Changed<'_, F> {
    fn video(&self) -> &Video {
        self.source.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.source.read_into(index, out)?;
        (self.change)(index, out);
        Ok(())
    }
}

pub(crate) fn add_noise(frame: &mut Frame, deviation: f64, seed: u64) {
    let mut random = Random::stream(seed, &[frame.number().0]);
    for pixel in frame.pixels_mut() {
        // The sum of twelve uniform numbers is nearly normal.
        let sum: f64 = (0..12).map(|_| random.unit()).sum();
        *pixel = (f64::from(*pixel) + deviation * (sum - 6.0))
            .round()
            .clamp(0.0, 255.0) as u8;
    }
}

/// Moves the picture to the right by a share of its width; the left edge is repeated.
pub(crate) fn shift(frame: &mut Frame, share: f64) {
    let (shape, channels) = (frame.shape(), frame.shape().channels());
    let by = (share * shape.width() as f64).round() as usize * channels;
    for row in frame.pixels_mut().chunks_exact_mut(shape.row_bytes()) {
        let edge: Vec<u8> = row[..channels].to_vec();
        row.copy_within(..shape.row_bytes() - by, by);
        for (place, pixel) in row[..by].iter_mut().enumerate() {
            *pixel = edge[place % channels];
        }
    }
}

pub(crate) fn turn_over(frame: &mut Frame) {
    oddframe_frames::flip_vertically(frame);
}

/// Blurs with a Gaussian whose standard deviation is a share of the width.
pub(crate) fn blur(frame: &mut Frame, share: f64) {
    let shape = frame.shape();
    let sigma = share * shape.width() as f64;
    let reach = (3.0 * sigma).ceil() as i64;
    let kernel: Vec<f64> = (-reach..=reach)
        .map(|offset| (-0.5 * (offset as f64 / sigma).powi(2)).exp())
        .collect();
    let whole: f64 = kernel.iter().sum();
    let (width, height, channels) = (
        shape.width() as i64,
        shape.height() as i64,
        shape.channels(),
    );
    for (dx, dy) in [(1, 0), (0, 1)] {
        let before = frame.pixels().to_vec();
        let value = |x: i64, y: i64, channel: usize| {
            let (x, y) = (x.clamp(0, width - 1), y.clamp(0, height - 1));
            f64::from(before[(y * width + x) as usize * channels + channel])
        };
        for y in 0..height {
            for x in 0..width {
                for channel in 0..channels {
                    let taps = (-reach..=reach).zip(&kernel);
                    let sum: f64 = taps
                        .map(|(offset, tap)| tap * value(x + offset * dx, y + offset * dy, channel))
                        .sum();
                    let place = (y * width + x) as usize * channels + channel;
                    frame.pixels_mut()[place] = (sum / whole).round() as u8;
                }
            }
        }
    }
}

pub(crate) fn scale(frame: &mut Frame, factor: f64) {
    for pixel in frame.pixels_mut() {
        *pixel = (f64::from(*pixel) * factor).round().clamp(0.0, 255.0) as u8;
    }
}

pub(crate) fn cover(frame: &mut Frame, level: u8) {
    frame.pixels_mut().fill(level);
    add_noise(frame, 3.0, 1);
}
