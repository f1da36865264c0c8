use burn::module::Module;
use burn::tensor::ElementConversion;
use burn::tensor::backend::Backend;
use oddframe_clips::Examples;
use oddframe_core::{ClipShape, Error as CoreError, Event, Observer};
use oddframe_nn::{Reconstruct, clips_to_tensor};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::batches::{ExampleShapes, count_values, for_each_batch};
use crate::options::require_count;
use crate::panics::catch_panic;
use crate::step_runner::StepId;

/// The number of examples that are measured at most: the mean of 256 errors has two reliable digits.
const MAX_EXAMPLES: usize = 256;

/// The mean squared error of a network and of two predictions that need no network.
///
/// A network whose error is not below both has learned nothing that separates anomalous frames from normal ones,
/// however good its scores look: the scores then depend on the frames alone.
///
/// ```
/// use oddframe_train::TrivialErrors;
/// let errors = TrivialErrors { network: 0.003, zero: 0.16, mean_frame: 0.07 };
/// assert!(errors.is_beaten() && errors.warning().is_none());
/// let untrained = TrivialErrors { network: 0.12, ..errors };
/// assert!(untrained.warning().unwrap().contains("mean frame"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrivialErrors {
    /// The error of the network's reconstruction or prediction.
    pub network: f64,
    /// The error of predicting zeros.
    pub zero: f64,
    /// The error of predicting the mean of all target frames, the same for every frame.
    pub mean_frame: f64,
}

impl TrivialErrors {
    /// Whether the network's error is below both trivial errors.
    pub fn is_beaten(&self) -> bool {
        self.network < self.zero.min(self.mean_frame)
    }

    /// The warning for a network that does not beat both, with the errors and what to do; none for one that does.
    pub fn warning(&self) -> Option<String> {
        let Self {
            network,
            zero,
            mean_frame,
        } = *self;
        let not_beaten = match (network < zero, network < mean_frame) {
            (true, true) => return None,
            (true, false) => "the mean frame",
            (false, true) => "zeros",
            (false, false) => "zeros or the mean frame",
        };
        Some(format!(
            "the network's error is not lower than that of predicting {not_beaten} (mean squared error: network \
             {network:.3e}, zeros {zero:.3e}, mean frame {mean_frame:.3e}): it has learned nothing useful, and its \
             scores depend on the frames alone; train it for more epochs, or with another learning rate"
        ))
    }
}

/// Measures a trained network's error beside the trivial errors, and warns the observer if it does not beat both.
///
/// Up to 256 examples are measured, evenly spaced and without augmentation.
///
/// # Errors
/// When there is no example, `batch` is 0, an example cannot be read, the network does not accept it, or the observer
/// cancels.
pub fn measure_trivial_errors<B, M>(
    model: &M,
    examples: &dyn Examples,
    batch: usize,
    observer: &mut dyn Observer,
) -> Result<TrivialErrors, Error>
where
    B: Backend,
    M: Module<B> + Reconstruct<B>,
{
    if examples.is_empty() {
        return Err(CoreError::Nothing {
            what: "example to measure the network on",
        }
        .into());
    }
    require_count("batch", batch as u64)?;
    // A network without parameters is on no device; its inputs then go to the backend's default.
    let device = model.devices().into_iter().next().unwrap_or_default();
    let shapes = ExampleShapes::of(examples);
    let mut sums = FrameSums::new(shapes.target)?;
    let (mut squared_error, mut step) = (0.0, 0);
    let chosen = choose_evenly(examples.len());
    for_each_batch(examples, 0, &chosen, batch, |batch| -> Result<(), Error> {
        step += 1;
        let count = batch.count;
        sums.add_frames(&batch.targets);
        let inputs = clips_to_tensor::<B>(batch.inputs, count, shapes.input, &device)?;
        let targets = clips_to_tensor::<B>(batch.targets, count, shapes.target, &device)?;
        // Summed, not averaged, so that the smaller last batch has its right weight.
        let squared = catch_panic(|| {
            (model.reconstruct(inputs) - targets)
                .square()
                .sum()
                .into_scalar()
                .elem::<f64>()
        });
        squared_error += squared.map_err(|message| {
            StepId { epoch: 0, step }.network_error(shapes.input, count, message)
        })?;
        Ok(())
    })?;
    let errors = sums.trivial_errors(squared_error);
    if let Some(message) = errors.warning() {
        observer.tell(Event::Warned { message: &message })?;
    }
    Ok(errors)
}

/// Up to [`MAX_EXAMPLES`] evenly spaced indices below `examples`, the first one included.
fn choose_evenly(examples: usize) -> Vec<usize> {
    let chosen = examples.min(MAX_EXAMPLES);
    (0..chosen).map(|at| at * examples / chosen).collect()
}

/// Sums over target frames, from which both trivial errors follow in one pass.
struct FrameSums {
    frames: usize,
    /// The sum of each pixel over the frames.
    pixel_sums: Vec<f64>,
    /// The sum of all squared values.
    squares: f64,
}

impl FrameSums {
    fn new(shape: ClipShape) -> Result<Self, CoreError> {
        count_values(shape)?;
        Ok(Self {
            frames: 0,
            pixel_sums: vec![0.0; shape.frame_values()],
            squares: 0.0,
        })
    }

    fn add_frames(&mut self, values: &[f32]) {
        for frame in values.chunks_exact(self.pixel_sums.len()) {
            self.frames += 1;
            // In f64: 256 examples of many pixels would lose digits in f32.
            for (sum, value) in self.pixel_sums.iter_mut().zip(frame) {
                *sum += f64::from(*value);
                self.squares += f64::from(*value).powi(2);
            }
        }
    }

    fn trivial_errors(&self, squared_error: f64) -> TrivialErrors {
        let (frames, values) = (
            self.frames as f64,
            (self.frames * self.pixel_sums.len()) as f64,
        );
        // For each pixel, Σ (x − mean)² = Σ x² − (Σ x)² / n. Rounding can take the difference just below zero, where
        // the frames are all alike.
        let explained: f64 = self.pixel_sums.iter().map(|sum| sum * sum / frames).sum();
        TrivialErrors {
            network: squared_error / values,
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
        assert_eq!(choose_evenly(3), [0, 1, 2]);
        let chosen = choose_evenly(1000);
        assert_eq!((chosen.len(), chosen[0]), (MAX_EXAMPLES, 0));
        assert!(
            chosen
                .windows(2)
                .all(|pair| (3..=4).contains(&(pair[1] - pair[0])))
                && chosen[255] > 990
        );
    }

    #[test]
    fn the_mean_frame_is_taken_pixel_by_pixel() {
        let mut sums = FrameSums::new(ClipShape {
            frames: 2,
            channels: 1,
            height: 1,
            width: 2,
        })
        .unwrap();
        // Two clips of two frames; the second pixel never changes.
        sums.add_frames(&[1.0, 2.0, 3.0, 2.0]);
        sums.add_frames(&[1.0, 2.0, 3.0, 2.0]);
        let found = sums.trivial_errors(8.0);
        assert_eq!(
            found,
            TrivialErrors {
                network: 1.0,
                zero: 4.5,
                mean_frame: 0.5
            }
        );
        assert!(!found.is_beaten());
        assert!(
            found
                .warning()
                .unwrap()
                .contains("not lower than that of predicting the mean frame (")
        );
        let good = TrivialErrors {
            network: 0.4,
            ..found
        };
        assert!(good.is_beaten() && good.warning().is_none());
        assert!(
            !TrivialErrors {
                network: f64::NAN,
                ..found
            }
            .is_beaten()
        );
    }
}
