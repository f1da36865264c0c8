use oddframe_core::{Labels, ScoreTable};
use oddframe_metrics::{Error as MetricsError, roc_auc};
use serde::{Deserialize, Serialize};

use crate::{Error, Truth};

/// What scores react to: ROC AUCs over all frames. Each is none when it is not known or all frames are of one class.
///
/// Scores that separate noisy or flipped frames better than abnormal ones detect damage, not anomalies. The AUC on intact
/// frames shows how well they detect anomalies without that help.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Reaction {
    /// Abnormal frames against normal ones.
    pub anomaly: Option<f64>,
    /// Noisy frames against clean ones.
    pub noise: Option<f64>,
    /// Frames that are upside down against upright ones.
    pub flip: Option<f64>,
    /// Abnormal frames against normal ones, among the frames that are neither noisy nor upside down.
    pub intact: Option<f64>,
    /// The number of those frames.
    pub intact_frames: usize,
}

impl Reaction {
    /// Computes what these scores react to.
    ///
    /// # Errors
    /// When a scored frame is not among the labels or the truth.
    pub fn of(scores: &ScoreTable, labels: Option<&Labels>, truth: &Truth) -> Result<Self, Error> {
        let values: Vec<f64> = scores.values().collect();
        let abnormal = frame_flags(scores, labels)?;
        let noisy = frame_flags(scores, truth.noisy.as_ref())?;
        let flipped = frame_flags(scores, truth.flipped.as_ref())?;
        // Where noise or flips are not known, no frame counts as damaged in that way.
        let damaged = |place: usize| {
            [&noisy, &flipped]
                .into_iter()
                .flatten()
                .any(|flags| flags[place])
        };
        let intact: Vec<usize> = (0..values.len()).filter(|place| !damaged(*place)).collect();
        let intact_values: Vec<f64> = intact.iter().map(|place| values[*place]).collect();
        let intact_abnormal = abnormal
            .as_ref()
            .map(|flags| intact.iter().map(|place| flags[*place]).collect::<Vec<_>>());
        Ok(Self {
            anomaly: auc_of(abnormal.as_deref(), &values)?,
            noise: auc_of(noisy.as_deref(), &values)?,
            flip: auc_of(flipped.as_deref(), &values)?,
            intact: auc_of(intact_abnormal.as_deref(), &intact_values)?,
            intact_frames: intact.len(),
        })
    }
}

/// The flag of every scored frame, where flags are known.
fn frame_flags(scores: &ScoreTable, labels: Option<&Labels>) -> Result<Option<Vec<bool>>, Error> {
    labels
        .map(|labels| Ok(labels.align(scores)?.videos.concat()))
        .transpose()
}

fn auc_of(flags: Option<&[bool]>, values: &[f64]) -> Result<Option<f64>, Error> {
    let Some(flags) = flags else { return Ok(None) };
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
        Labels::new(vec![
            VideoLabels::new("1".into(), numbers(), flags).unwrap(),
        ])
        .unwrap()
    }

    fn scores(values: [f64; FRAMES]) -> ScoreTable {
        let origins = vec![Origin::Computed; FRAMES];
        let video =
            VideoScores::from_parts("1".into(), numbers(), values.to_vec(), origins).unwrap();
        ScoreTable::new(vec![video]).unwrap()
    }

    #[test]
    fn a_score_of_noise_is_found_out() {
        // Frames 0 to 3 are abnormal, 0, 1, 4 and 5 noisy: the score sees noise, and the anomaly where there is none.
        let score = scores([0.9, 0.8, 0.3, 0.2, 0.85, 0.95, 0.1, 0.0]);
        let truth = Truth {
            noisy: Some(labels(&[0, 1, 4, 5])),
            flipped: Some(labels(&[])),
        };
        let found = Reaction::of(&score, Some(&labels(&[0, 1, 2, 3])), &truth).unwrap();
        assert_eq!(
            (found.noise, found.flip, found.intact),
            (Some(1.0), None, Some(1.0))
        );
        assert_eq!((found.anomaly, found.intact_frames), (Some(0.5625), 4));
    }

    #[test]
    fn what_is_not_known_is_left_open() {
        let score = scores([0.9, 0.8, 0.3, 0.2, 0.85, 0.95, 0.1, 0.0]);
        let none = Reaction::of(&score, None, &Truth::default()).unwrap();
        assert_eq!(
            none,
            Reaction {
                intact_frames: FRAMES,
                ..Reaction::default()
            }
        );
        let elsewhere = VideoLabels::new("2".into(), numbers(), vec![true; FRAMES]).unwrap();
        let elsewhere = Labels::new(vec![elsewhere]).unwrap();
        assert!(Reaction::of(&score, Some(&elsewhere), &Truth::default()).is_err());
    }
}
