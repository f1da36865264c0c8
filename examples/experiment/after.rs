use anyhow::Result;
use oddframe::core::{PostStep, ScoreTable};
use oddframe::post::Chain;

/// The scores after these steps, `gaussian(sigma=3) per video | minmax` for example.
pub(crate) fn after(steps: &str, scores: &ScoreTable) -> Result<ScoreTable> {
    let mut changed = scores.clone();
    for warning in steps.parse::<Chain>()?.apply(&mut changed)? {
        eprintln!("note: {warning}");
    }
    Ok(changed)
}
