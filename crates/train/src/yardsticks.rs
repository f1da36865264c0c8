use burn::module::Module;
use burn::tensor::ElementConversion;
use burn::tensor::backend::Backend;
use oddframe_clips::Examples;
use oddframe_core::{ClipShape, Error as CoreError, Event, Observer};
use oddframe_nn::{ErrorMapper, clips_to_tensor};

use crate::Error;
use crate::filling::{for_each_batch, values};
use crate::learning::guarded;
use crate::steps::{Shapes, dims};

/// As many examples as are looked at: enough for two digits.
const EXAMPLES: usize = 256;

/// A network's mean squared error beside that of two answers which need no network.
///
/// A network that has not passed them has learned nothing that could tell odd frames from normal ones, however well its
/// scores may look: they then come from the frames alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Yardsticks {
    /// The network's own version of the frames it explains.
    pub model: f64,
    /// Zeros everywhere.
    pub zero: f64,
    /// The mean of all wanted frames, the same for every frame.
    pub mean_frame: f64,
}

impl Yardsticks {
    /// Whether the network is nearer to the frames than both.
    pub fn passed(&self) -> bool {
        self.model < self.zero.min(self.mean_frame)
    }

    /// What to say of a network that has not passed.
    pub fn warning(&self) -> Option<String> {
        let Self { model, zero, mean_frame } = *self;
        let passed = match (model < zero, model < mean_frame) {
            (true, true) => return None,
            (true, false) => "the mean frame, though nearer than zeros",
            (false, true) => "zeros, though nearer than the mean frame",
            (false, false) => "zeros or the mean frame",
        };
        Some(format!(
            "the network is no nearer to the frames than {passed} (mean squared error: network {model:.3e}, zeros \
             {zero:.3e}, mean frame {mean_frame:.3e}): it has learned nothing of use, and its scores say what the \
             frames alone do; train it longer, or with another learning rate"
        ))
    }
}

/// Measures a trained network against the yardsticks on up to 256 examples, evenly chosen, without chance; warns the
/// observer when it has not passed them.
///
/// # Errors
/// When there is no example or none at a time, one cannot be read, the network refuses it, or the observer asks to stop.
pub fn yardsticks<B, M>(
    model: &M,
    examples: &dyn Examples,
    batch: usize,
    watch: &mut dyn Observer,
) -> Result<Yardsticks, Error>
where
    B: Backend,
    M: Module<B> + ErrorMapper<B>,
{
    if examples.is_empty() {
        return Err(CoreError::Nothing { what: "example to measure the network on" }.into());
    }
    if batch == 0 {
        return Err(Error::Option { name: "batch", value: 0.0, must: "at least 1" });
    }
    let device = model.devices().into_iter().next().unwrap_or_default();
    let shapes = Shapes::of(examples);
    let mut frames = Frames::new(shapes.wanted)?;
    let (mut error, mut step) = (0.0, 0);
    for_each_batch(examples, 0, &evenly(examples.len()), batch, |filled| -> Result<(), Error> {
        step += 1;
        let count = filled.count;
        frames.add(&filled.wanted);
        let seen = clips_to_tensor::<B>(filled.seen, count, shapes.seen, &device)?;
        let wanted = clips_to_tensor::<B>(filled.wanted, count, shapes.wanted, &device)?;
        let squared =
            guarded(|| (model.reconstruct(seen) - wanted).square().sum().into_scalar().elem::<f64>());
        error += squared.map_err(|message| Error::Network {
            batch: dims(shapes.seen, count),
            epoch: 0,
            step,
            message,
        })?;
        Ok(())
    })?;
    let yardsticks = frames.yardsticks(error);
    if let Some(message) = yardsticks.warning() {
        watch.tell(Event::Warned { message: &message })?;
    }
    Ok(yardsticks)
}

/// Up to [`EXAMPLES`] of so many, the first among them.
fn evenly(examples: usize) -> Vec<usize> {
    let chosen = examples.min(EXAMPLES);
    (0..chosen).map(|at| at * examples / chosen).collect()
}

/// Sums over frames, pixel by pixel.
struct Frames {
    count: usize,
    sum: Vec<f64>,
    squares: f64,
}

impl Frames {
    fn new(shape: ClipShape) -> Result<Self, CoreError> {
        values(shape)?;
        Ok(Self { count: 0, sum: vec![0.0; shape.frame_values()], squares: 0.0 })
    }

    fn add(&mut self, frames: &[f32]) {
        for frame in frames.chunks_exact(self.sum.len()) {
            self.count += 1;
            for (sum, value) in self.sum.iter_mut().zip(frame) {
                *sum += f64::from(*value);
                self.squares += f64::from(*value).powi(2);
            }
        }
    }

    fn yardsticks(&self, error: f64) -> Yardsticks {
        let (frames, values) = (self.count as f64, (self.count * self.sum.len()) as f64);
        // The squared distance to the mean is the squares less what the mean explains; rounding must not take it below
        // zero.
        let explained: f64 = self.sum.iter().map(|sum| sum * sum / frames).sum();
        Yardsticks {
            model: error / values,
            zero: self.squares / values,
            mean_frame: (self.squares - explained).max(0.0) / values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_chosen_evenly_and_once() {
        assert_eq!(evenly(3), [0, 1, 2]);
        let chosen = evenly(1000);
        assert_eq!((chosen.len(), chosen[0]), (EXAMPLES, 0));
        assert!(chosen.windows(2).all(|pair| (3..=4).contains(&(pair[1] - pair[0]))) && chosen[255] > 990);
    }

    #[test]
    fn the_mean_frame_is_taken_pixel_by_pixel() {
        let mut frames = Frames::new(ClipShape { frames: 2, channels: 1, height: 1, width: 2 }).unwrap();
        // Two clips of two frames; the second pixel never changes.
        frames.add(&[1.0, 2.0, 3.0, 2.0]);
        frames.add(&[1.0, 2.0, 3.0, 2.0]);
        let found = frames.yardsticks(8.0);
        assert_eq!(found, Yardsticks { model: 1.0, zero: 4.5, mean_frame: 0.5 });
        assert!(!found.passed());
        assert!(found.warning().unwrap().contains("the mean frame, though nearer than zeros"));
        let good = Yardsticks { model: 0.4, ..found };
        assert!(good.passed() && good.warning().is_none());
        assert!(!Yardsticks { model: f64::NAN, ..found }.passed());
    }
}
