use std::path::Path;

use burn::module::AutodiffModule;
use burn::tensor::backend::AutodiffBackend;
use oddframe_core::{Event, FrameSource, Observer};
use oddframe_nn::Kernels;
use oddframe_train::{FitOptions, Fitted, Trainer};

use crate::{Error, FlipConfig, FlipExamples, FlipInference, FlipNet};

/// A tenth of the documented test frames is flipped: who errs more often turns over more good frames than bad ones.
const LEAST_ACCURACY: f64 = 0.9;

impl FlipConfig {
    /// How the documents train it: Adam at 0.001, 5 epochs, 64 frames at a time.
    pub const fn fit_options() -> FitOptions {
        FitOptions::new(5, 64, 1e-3)
    }
}

/// Trains a classifier on normal videos, all of them upright: their frames label themselves.
///
/// Checkpoints, devices and chance are [`oddframe_train::fit`]'s. `watch` is warned where the classifier errs on more
/// than a tenth of the very frames it learned from: few frames need more epochs or smaller batches than the documents'.
///
/// # Errors
/// When the config or an option makes no sense, there is no video, a frame cannot be read, or as
/// [`oddframe_train::fit`].
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
    // Before the frames are prepared, which takes a while.
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
    let accuracy = examples.accuracy(&mut FlipInference::new(&fitted.model.valid())?)?;
    if accuracy < LEAST_ACCURACY {
        let message = format!(
            "the flip classifier is right on only {:.0}% of the frames it learned from and would do more harm than \
             good; train it for more epochs, with smaller batches, or on more video",
            100.0 * accuracy
        );
        watch.tell(Event::Warned { message: &message })?;
    }
    Ok((fitted, accuracy))
}
