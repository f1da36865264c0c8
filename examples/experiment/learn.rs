use anyhow::Result;
use oddframe::burn::backend::Autodiff;
use oddframe::burn::module::AutodiffModule;
use oddframe::clips::{ClipSet, Examples};
use oddframe::nn::{ClipLoss, ErrorMapper, Kernels};
use oddframe::train::{FitOptions, Yardsticks, fit, yardsticks};

/// Clips at once when a trained network is measured: few enough for the largest of them.
const MEASURED_AT_ONCE: usize = 8;

/// Trains a network, says how much better than nothing it has become, and gives it without its gradients.
///
/// Where clips are kept aside, the epochs are judged by those.
pub(crate) fn learn<B, M>(
    name: &str,
    network: M,
    learned: &ClipSet<'_>,
    measured: Option<&ClipSet<'_>>,
    options: &FitOptions,
    device: &B::Device,
    progress: &mut super::Progress,
) -> Result<M::InnerModule>
where
    B: Kernels,
    M: AutodiffModule<Autodiff<B>, InnerModule: ClipLoss<B> + ErrorMapper<B>>
        + ClipLoss<Autodiff<B>>
        + 'static,
{
    let measured = measured.map(|clips| clips as &dyn Examples);
    let devices = [device.clone()];
    let fitted = fit::<Autodiff<B>, _>(network, learned, measured, options, &devices, None, progress)?;
    let network = fitted.model.valid();
    tell_yardsticks(name, yardsticks::<B, _>(&network, learned, MEASURED_AT_ONCE, progress)?);
    Ok(network)
}

/// Says how much better than nothing a network has become.
pub(crate) fn tell_yardsticks(name: &str, found: Yardsticks) {
    let Yardsticks { model, zero, mean_frame } = found;
    println!(
        "{name}: mean squared error {model:.3e}, of zeros {zero:.3e}, of the mean frame {mean_frame:.3e}"
    );
}
