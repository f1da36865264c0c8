use anyhow::Result;
use oddframe::burn::backend::Autodiff;
use oddframe::burn::module::AutodiffModule;
use oddframe::core::{FrameSource, Labels};
use oddframe::flip::{
    Decisions, FlipConfig, FlipJudge, FlipReport, Upright, UprightOptions, decide, fit_flip_net,
};
use oddframe::nn::Kernels;
use oddframe::train::FitOptions;

use super::{Progress, sources};

/// The videos turned back where they are upside down, as a classifier finds that learned on the normal ones; says how
/// rightly, where that is known.
pub(crate) fn upright<B: Kernels, S: FrameSource>(
    normal: &[&dyn FrameSource],
    videos: Vec<S>,
    learning: &FitOptions,
    truth: Option<&Labels>,
    device: &B::Device,
    progress: &mut Progress,
) -> Result<Vec<Upright<S>>> {
    let devices = [device.clone()];
    let config = FlipConfig::default();
    let fitted = fit_flip_net::<Autodiff<B>>(&config, normal, learning, &devices, None, progress)?;
    let mut judge = FlipJudge::new(&fitted.model.valid())?;
    let decisions = decide(&sources(&videos), &mut judge, UprightOptions::new(), progress)?;
    match truth {
        Some(truth) => println!("flips: {}", FlipReport::new(&decisions, truth)?),
        None => {
            println!("flips: {} frames turned back", decisions.iter().map(Decisions::flipped).sum::<usize>());
        }
    }
    let repaired = videos.into_iter().zip(decisions);
    Ok(repaired
        .map(|(video, decisions)| Upright::with_decisions(video, decisions))
        .collect::<Result<_, _>>()?)
}
