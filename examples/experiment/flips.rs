use anyhow::Result;
use oddframe::burn::backend::Autodiff;
use oddframe::burn::module::AutodiffModule;
use oddframe::core::{FrameSource, Labels};
use oddframe::flip::{
    Decisions, FlipClassifier, FlipConfig, FlipInference, FlipReport, Upright, UprightOptions,
    detect_flips, fit_flip_net,
};
use oddframe::nn::Kernels;
use oddframe::train::FitOptions;

use super::{Progress, as_sources};

/// Trains the classifier that finds frames that are upside down. It learns from normal frames, shown as they
/// are and flipped.
pub(crate) fn fit_flip_classifier<B: Kernels>(
    normal: &[&dyn FrameSource],
    options: &FitOptions,
    device: &B::Device,
    progress: &mut Progress,
) -> Result<FlipInference<B>> {
    let devices = [device.clone()];
    let config = FlipConfig::default();
    let fitted = fit_flip_net::<Autodiff<B>>(&config, normal, options, &devices, None, progress)?;
    Ok(FlipInference::new(&fitted.model.valid())?)
}

/// The videos with the frames flipped back that the classifier finds upside down. Prints how many of its
/// decisions are right where the truth is known.
pub(crate) fn flip_back<S: FrameSource>(
    videos: Vec<S>,
    classifier: &mut dyn FlipClassifier,
    truth: Option<&Labels>,
    progress: &mut Progress,
) -> Result<Vec<Upright<S>>> {
    let decisions = detect_flips(
        &as_sources(&videos),
        classifier,
        UprightOptions::new(),
        progress,
    )?;
    if let Some(truth) = truth {
        println!("flips: {}", FlipReport::new(&decisions, truth)?);
    } else {
        let flipped: usize = decisions.iter().map(Decisions::flipped_count).sum();
        println!("flips: {flipped} frames flipped back");
    }
    let mut upright = Vec::new();
    for (video, decisions) in videos.into_iter().zip(decisions) {
        upright.push(Upright::with_decisions(video, decisions)?);
    }
    Ok(upright)
}
