use anyhow::Result;
use oddframe::burn::backend::Autodiff;
use oddframe::burn::module::AutodiffModule;
use oddframe::clips::{ClipSet, Examples};
use oddframe::nn::{ClipLoss, Kernels, Reconstruct};
use oddframe::train::{FitOptions, Trainer, TrivialErrors, measure_trivial_errors};

use super::Progress;

/// The number of clips in a batch when a trained network is measured: few enough for the largest network.
const MEASURED_BATCH: usize = 8;

/// How one network of an experiment is trained.
pub(crate) struct Training<'a> {
    /// The name of the network in messages.
    name: &'a str,
    options: FitOptions,
    /// The clips that early stopping and the choice of the best epoch are based on.
    validation: Option<&'a ClipSet<'a>>,
}

impl<'a> Training<'a> {
    pub(crate) fn new(name: &'a str, options: FitOptions) -> Self {
        Self {
            name,
            options,
            validation: None,
        }
    }

    pub(crate) fn with_validation(self, clips: &'a ClipSet<'a>) -> Self {
        Self {
            validation: Some(clips),
            ..self
        }
    }

    /// Trains a network on clips, and prints its error beside two trivial errors.
    ///
    /// The result is the network without automatic differentiation, ready to be turned into a scorer.
    pub(crate) fn fit<B, M>(
        &self,
        network: M,
        clips: &ClipSet<'_>,
        device: &B::Device,
        progress: &mut Progress,
    ) -> Result<M::InnerModule>
    where
        B: Kernels,
        M: AutodiffModule<Autodiff<B>, InnerModule: ClipLoss<B> + Reconstruct<B>>
            + ClipLoss<Autodiff<B>>
            + 'static,
    {
        let devices = [device.clone()];
        let fitted = Trainer::<Autodiff<B>>::new(self.options, &devices)?
            .with_validation(self.validation.map(|clips| clips as &dyn Examples))
            .fit(network, clips, progress)?;
        let network = fitted.model.valid();
        let errors = measure_trivial_errors::<B, _>(&network, clips, MEASURED_BATCH, progress)?;
        print_trivial_errors(self.name, errors);
        Ok(network)
    }
}

/// Prints the error of a network beside those of predicting zeros and the mean frame. A network that does not
/// beat both has learned nothing useful.
pub(crate) fn print_trivial_errors(name: &str, errors: TrivialErrors) {
    let TrivialErrors {
        network,
        zero,
        mean_frame,
    } = errors;
    println!(
        "{name}: mean squared error {network:.3e}; predicting zeros {zero:.3e}, \
         predicting the mean frame {mean_frame:.3e}"
    );
}
