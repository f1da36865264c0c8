use oddframe_core::{Labels, ScoreTable};
use oddframe_metrics::{Error as MetricsError, roc_auc};

use crate::{Error, Truth};

/// What a score reacts to: ROC AUCs over all frames, each none where it is not known or all frames are of one kind.
///
/// A score that finds the noise and the flips better than the anomaly is one of damage. How well it does on intact
/// frames shows what is left without it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reaction {
    /// How well it tells abnormal frames from normal ones.
    pub anomaly: Option<f64>,
    /// How well it tells noisy frames from clean ones.
    pub noise: Option<f64>,
    /// How well it tells frames upside down from upright ones.
    pub flip: Option<f64>,
    /// How well it tells abnormal frames from normal ones, among those neither noisy nor upside down.
    pub intact: Option<f64>,
    /// How many frames those are.
    pub intact_frames: usize,
}

impl Reaction {
    /// What these scores react to.
    ///
    /// # Errors
    /// When a scored frame is not among the labels or the truth.
    pub fn of(scores: &ScoreTable, labels: Option<&Labels>, truth: &Truth) -> Result<Self, Error> {
        let values: Vec<f64> = scores.values().collect();
        let flags = |labels: Option<&Labels>| -> Result<Option<Vec<bool>>, Error> {
            labels.map(|labels| Ok(labels.align(scores)?.videos.concat())).transpose()
        };
        let (abnormal, noisy) = (flags(labels)?, flags(truth.noisy.as_ref())?);
        let flipped = flags(truth.flipped.as_ref())?;
        let whole = |flags: &Option<Vec<bool>>| flags.as_ref().map_or(Ok(None), |flags| auc(flags, &values));
        let set = |flags: &Option<Vec<bool>>, place: usize| flags.as_ref().is_some_and(|flags| flags[place]);
        let intact: Vec<usize> =
            (0..values.len()).filter(|place| !set(&noisy, *place) && !set(&flipped, *place)).collect();
        let among_intact = match &abnormal {
            None => None,
            Some(abnormal) => {
                let labels: Vec<bool> = intact.iter().map(|place| abnormal[*place]).collect();
                auc(&labels, &intact.iter().map(|place| values[*place]).collect::<Vec<_>>())?
            }
        };
        Ok(Self {
            anomaly: whole(&abnormal)?,
            noise: whole(&noisy)?,
            flip: whole(&flipped)?,
            intact: among_intact,
            intact_frames: intact.len(),
        })
    }
}

fn auc(flags: &[bool], values: &[f64]) -> Result<Option<f64>, Error> {
    match roc_auc(flags, values) {
        Ok(auc) => Ok(Some(auc)),
        Err(MetricsError::OneClass { .. } | MetricsError::Empty) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, Origin, VideoLabels, VideoScores};

    use super::*;

    const FRAMES: usize = 8;

    fn numbers() -> Vec<FrameNumber> {
        (0..FRAMES as u64).map(FrameNumber).collect()
    }

    fn labels(set: &[usize]) -> Labels {
        let flags = (0..FRAMES).map(|place| set.contains(&place)).collect();
        Labels::new(vec![VideoLabels::new("1".into(), numbers(), flags).unwrap()]).unwrap()
    }

    fn scores(values: [f64; FRAMES]) -> ScoreTable {
        let origins = vec![Origin::Computed; FRAMES];
        let video = VideoScores::from_parts("1".into(), numbers(), values.to_vec(), origins).unwrap();
        ScoreTable::new(vec![video]).unwrap()
    }

    #[test]
    fn a_score_of_noise_is_found_out() {
        // Frames 0 to 3 are abnormal, 0, 1, 4 and 5 noisy: the score sees noise, and the anomaly where there is none.
        let score = scores([0.9, 0.8, 0.3, 0.2, 0.85, 0.95, 0.1, 0.0]);
        let truth = Truth { noisy: Some(labels(&[0, 1, 4, 5])), flipped: Some(labels(&[])) };
        let found = Reaction::of(&score, Some(&labels(&[0, 1, 2, 3])), &truth).unwrap();
        assert_eq!((found.noise, found.flip, found.intact), (Some(1.0), None, Some(1.0)));
        assert_eq!((found.anomaly, found.intact_frames), (Some(0.5625), 4));
    }

    #[test]
    fn what_is_not_known_is_left_open() {
        let score = scores([0.9, 0.8, 0.3, 0.2, 0.85, 0.95, 0.1, 0.0]);
        let none = Reaction::of(&score, None, &Truth::default()).unwrap();
        assert_eq!(none, Reaction { intact_frames: FRAMES, ..Reaction::default() });
        let elsewhere = VideoLabels::new("2".into(), numbers(), vec![true; FRAMES]).unwrap();
        let elsewhere = Labels::new(vec![elsewhere]).unwrap();
        assert!(Reaction::of(&score, Some(&elsewhere), &Truth::default()).is_err());
    }
}
