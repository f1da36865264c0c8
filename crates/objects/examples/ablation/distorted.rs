use oddframe_core::{Error, Frame, FrameSource, Random, Video};

/// Where the pixels of a distorted frame come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Distortion {
    /// Strong perspective: the far end, at the top, is shrunk to 40 % of its width.
    Perspective,
    /// A camera that shakes: each frame is moved in both directions by up to so many pixels.
    Shaking(f64),
}

/// A distorted video. What lies beyond the picture repeats its edge.
pub(crate) struct Distorted<'a> {
    source: Box<dyn FrameSource + 'a>,
    video: Video,
    distortion: Distortion,
}

impl<'a> Distorted<'a> {
    pub(crate) fn new(source: Box<dyn FrameSource + 'a>, distortion: Distortion) -> Self {
        Self {
            video: source.video().clone(),
            source,
            distortion,
        }
    }
}

impl FrameSource for Distorted<'_> {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let frame = self.source.read(index)?;
        out.copy_from(&frame);
        // The same movement whenever the frame is read.
        let mut random = Random::stream(0, &[index as u64]);
        let [right, down] = [(); 2].map(|()| 2.0 * random.unit() - 1.0);
        let (width, height) = (frame.shape().width(), frame.shape().height());
        let channels = frame.shape().format().channels();
        for (place, pixel) in out.pixels_mut().chunks_exact_mut(channels).enumerate() {
            let (x, y) = (place % width, place / width);
            let (x, y) = match self.distortion {
                Distortion::Perspective => perspective_source(x, y, width, height),
                Distortion::Shaking(pixels) => {
                    (x as f64 - pixels * right, y as f64 - pixels * down)
                }
            };
            for (channel, level) in pixel.iter_mut().enumerate() {
                *level = interpolate_level(&frame, channel, x, y);
            }
        }
        Ok(())
    }
}

/// The point of the recorded picture that a pixel shows under strong perspective. Straight lines stay straight: the corners of the
/// recorded picture move to (30 %, 10 %), (70 %, 10 %) and the two lower corners.
fn perspective_source(x: usize, y: usize, width: usize, height: usize) -> (f64, f64) {
    let middle = width as f64 / 2.0;
    let down = y as f64 / height as f64;
    let depth = (down - 0.1) / (0.3 + 0.6 * down);
    let shrunk = 0.4 / (1.0 - 0.6 * depth);
    (middle + (x as f64 - middle) / shrunk, depth * height as f64)
}

/// The level of a channel between four pixels; the edge is repeated outside.
fn interpolate_level(frame: &Frame, channel: usize, x: f64, y: f64) -> u8 {
    let shape = frame.shape();
    let channels = shape.format().channels();
    let (right, bottom) = ((shape.width() - 1) as f64, (shape.height() - 1) as f64);
    let at = |x: f64, y: f64| {
        let (x, y) = (x.clamp(0.0, right), y.clamp(0.0, bottom));
        f64::from(frame.row(y as usize)[x as usize * channels + channel])
    };
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (x - left, y - top);
    let upper = at(left, top) * (1.0 - across) + at(left + 1.0, top) * across;
    let lower = at(left, top + 1.0) * (1.0 - across) + at(left + 1.0, top + 1.0) * across;
    (upper * (1.0 - down) + lower * down).round() as u8
}
