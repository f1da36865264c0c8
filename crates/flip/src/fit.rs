use std::path::Path;

use burn::module::AutodiffModule;
use burn::tensor::backend::AutodiffBackend;
use oddframe_core::{Event, FrameSource, Observer};
use oddframe_nn::Kernels;
use oddframe_train::{FitOptions, Fitted, Trainer};

use crate::examples::FlipExamples;
use crate::{Error, FlipConfig, FlipInference, FlipNet};

/// Below this accuracy on its own training frames a classifier is warned about. In the documented test videos a tenth of
/// the frames is flipped, so a classifier that errs more often flips more upright frames than it repairs.
const ACCURACY_WITHOUT_WARNING: f64 = 0.9;

impl FlipConfig {
    /// The documented training: 5 epochs of Adam with a learning rate of 0.001 and batches of 64 frames.
    pub const fn fit_options() -> FitOptions {
        FitOptions::new(5, 64, 1e-3)
    }
}

/// Trains a classifier on normal videos, all of them upright. No labels are needed: every frame is shown once upright
/// and once flipped.
///
/// Checkpoints, devices and random numbers work as in [`Trainer::fit`]. `watch` receives a warning when the classifier is
/// wrong on more than a tenth of its own training frames. Few frames need more epochs or smaller batches than the
/// documented ones.
///
/// # Errors
/// When the config or an option is out of range, there is no video, a frame cannot be read, or training fails as in
/// [`Trainer::fit`].
pub fn fit_flip_net<B>(
    config: &FlipConfig,
    normal: &[&dyn FrameSource],
    options: &FitOptions,
    devices: &[B::Device],
    checkpoint: Option<&Path>,
    watch: &mut dyn Observer,
) -> Result<Fitted<FlipNet<B>>, Error>
where
    B: AutodiffBackend<InnerBackend: Kernels> + Kernels,
{
    // Preparing the frames takes a while, so the options are checked first.
    options.check()?;
    let device = devices
        .first()
        .ok_or(Error::from(oddframe_train::Error::NoDevice))?;
    let net = config.init::<B>(device)?;
    let examples = FlipExamples::new(normal, config.input()?, watch)?;
    Ok(fit_on_examples(net, &examples, options, devices, checkpoint, watch)?.0)
}

/// Trains a classifier, and measures the share of its training frames that it gets right.
pub(crate) fn fit_on_examples<B>(
    net: FlipNet<B>,
    examples: &FlipExamples,
    options: &FitOptions,
    devices: &[B::Device],
    checkpoint: Option<&Path>,
    watch: &mut dyn Observer,
) -> Result<(Fitted<FlipNet<B>>, f64), Error>
where
    B: AutodiffBackend<InnerBackend: Kernels> + Kernels,
{
    let trainer = Trainer::<B>::new(*options, devices)?.with_checkpoint(checkpoint);
    let fitted = trainer.fit(net, examples, watch)?;
    // Measured on the training frames: no others are labelled. A classifier that fails on them fails on new ones; one
    // that succeeds on them may still fail on new ones.
    let accuracy = examples.accuracy(&mut FlipInference::new(&fitted.model.valid())?)?;
    if accuracy < ACCURACY_WITHOUT_WARNING {
        let message = format!(
            "the flip classifier is right on only {:.0}% of the frames it learned from and would do more harm than \
             good; train it for more epochs, with smaller batches, or on more video",
            100.0 * accuracy
        );
        watch.tell(Event::Warned { message: &message })?;
    }
    Ok((fitted, accuracy))
}
