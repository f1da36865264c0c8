use oddframe_core::{Error, Frame, FrameInput, FrameNumber, ScoreMap, Settled};
use oddframe_score::{AnyPool, Channels, Distance, Pair, PairPool, error_map};

/// Compares gray frames of one size with an image: squared differences, pooled into one number.
#[derive(Debug)]
pub(crate) struct Comparison {
    system: &'static str,
    input: FrameInput,
    pool: AnyPool,
    width: usize,
    height: usize,
    /// The current frame, row by row, from 0 to 1.
    values: Vec<f32>,
}

impl Comparison {
    /// Compares gray frames of this width and height that were prepared for `input`; errors name `system`.
    pub(crate) fn new(
        system: &'static str,
        input: FrameInput,
        (width, height): (usize, usize),
        pool: AnyPool,
    ) -> Self {
        Self {
            system,
            input,
            pool,
            width,
            height,
            values: vec![0.0; width * height],
        }
    }

    pub(crate) fn input(&self) -> FrameInput {
        self.input
    }

    /// Makes `frame` the current frame.
    pub(crate) fn load_frame(&mut self, frame: &Frame) -> Result<(), Error> {
        self.input.scale().fill(frame, &mut self.values)
    }

    /// The current frame's score against `image`. Where `settled` wants maps, also settles the squared differences.
    pub(crate) fn score_against(
        &self,
        image: &[f32],
        number: FrameNumber,
        settled: &mut Settled,
    ) -> Result<f64, Error> {
        let pair = Pair::new(&self.values, image, 1, self.width, self.height).map_err(|e| {
            Error::System {
                system: self.system,
                source: e.into(),
            }
        })?;
        if settled.wants_maps() {
            let values = error_map(pair, Distance::Squared, Channels::Sum);
            settled.push_map(
                0,
                ScoreMap {
                    number,
                    width: self.width,
                    values,
                },
            );
        }
        // Gray images have one channel, so the sum over the channels is the channel itself.
        // Without a map in between: the pool reads both images once.
        Ok(self.pool.pool_pair(pair, Distance::Squared, Channels::Sum))
    }

    /// Exchanges the current frame with the image in `other`, without a copy.
    pub(crate) fn swap_frame(&mut self, other: &mut Vec<f32>) {
        std::mem::swap(&mut self.values, other);
    }
}
