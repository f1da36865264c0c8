use std::collections::BTreeMap;
use std::fmt;

use oddframe_core::{Error as CoreError, Labels, VideoId};
use serde::{Deserialize, Serialize};

use crate::{Decisions, Error};

/// Counts how well flipped frames were found, from labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FlipReport {
    /// Flipped frames that were found.
    pub found: usize,
    /// Flipped frames that were missed.
    pub missed: usize,
    /// Upright frames that were flipped by mistake.
    pub mistaken: usize,
    /// Upright frames that were left alone.
    pub left_alone: usize,
    /// Labelled frames without a decision; they do not count.
    pub unused: usize,
}

impl FlipReport {
    /// Compares decisions with labels that are true where a frame is upside down.
    ///
    /// # Errors
    /// When there is no decision, a decided frame has no label, or two videos match the labels of one.
    pub fn new<'a>(
        decisions: impl IntoIterator<Item = &'a Decisions>,
        truth: &Labels,
    ) -> Result<Self, Error> {
        let mut report = Self::default();
        let mut claimed: BTreeMap<&VideoId, &VideoId> = BTreeMap::new();
        for decisions in decisions {
            // Labels find their video by name or by the number in it, so that two videos may match the labels of one:
            // counting both would count those labels twice.
            let known = truth.video(decisions.id());
            if let Some(known) = known
                && let Some(other) = claimed.insert(known.id(), decisions.id())
            {
                let (video, other, labels) =
                    (decisions.id().clone(), other.clone(), known.id().clone());
                return Err(CoreError::SharedLabels {
                    video,
                    other,
                    labels,
                }
                .into());
            }
            for decision in decisions.frames() {
                let count = match (
                    known.and_then(|known| known.get(decision.number)),
                    decision.flipped,
                ) {
                    (Some(true), true) => &mut report.found,
                    (Some(true), false) => &mut report.missed,
                    (Some(false), true) => &mut report.mistaken,
                    (Some(false), false) => &mut report.left_alone,
                    (None, _) => {
                        return Err(Error::Unlabelled {
                            video: decisions.id().clone(),
                            frame: decision.number,
                        });
                    }
                };
                *count += 1;
            }
        }
        if report.frames() == 0 {
            return Err(CoreError::Nothing {
                what: "decision to compare with the truth",
            }
            .into());
        }
        report.unused = truth.len() - report.frames();
        Ok(report)
    }

    /// The number of frames with a decision.
    pub fn frames(&self) -> usize {
        self.found + self.missed + self.mistaken + self.left_alone
    }

    /// The share of the flagged frames that are flipped; `None` if no frame was flagged.
    pub fn precision(&self) -> Option<f64> {
        share(self.found, self.found + self.mistaken)
    }

    /// The share of the flipped frames that were found; `None` if no frame is flipped.
    pub fn recall(&self) -> Option<f64> {
        share(self.found, self.found + self.missed)
    }

    /// The harmonic mean of precision and recall; `None` if no frame is flipped or flagged.
    pub fn f1(&self) -> Option<f64> {
        // F1 = 2 found / (2 found + missed + mistaken): equal to the harmonic mean of precision and recall, but also
        // defined when one of the two would divide by zero.
        share(2 * self.found, 2 * self.found + self.missed + self.mistaken)
    }

    /// The share of correct decisions.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.found + self.left_alone, self.frames())
    }
}

impl fmt::Display for FlipReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            found,
            missed,
            mistaken,
            ..
        } = self;
        write!(
            f,
            "{found} of {} flipped frames found, {mistaken} upright ones taken for flipped",
            found + missed
        )?;
        let figures = [
            ("precision", self.precision()),
            ("recall", self.recall()),
            ("F1", self.f1()),
        ];
        for (name, figure) in figures {
            if let Some(figure) = figure {
                write!(f, ", {name} {figure:.4}")?;
            }
        }
        Ok(())
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, FrameShape, PixelFormat, Video, VideoLabels};

    use super::*;
    use crate::UprightOptions;

    fn video(name: &str, frames: u64) -> Video {
        let shape = FrameShape::new(4, 4, PixelFormat::Gray).unwrap();
        Video::new(name.into(), shape, (0..frames).map(FrameNumber).collect()).unwrap()
    }

    fn decided(name: &str, bits: &[u8]) -> Decisions {
        let probabilities: Vec<f64> = bits.iter().map(|bit| f64::from(*bit)).collect();
        Decisions::new(
            &video(name, bits.len() as u64),
            &probabilities,
            UprightOptions::new(),
        )
        .unwrap()
    }

    fn truth(videos: &[(&str, &[u8])]) -> Labels {
        let labels = |(name, bits): &(&str, &[u8])| {
            let numbers = (0..bits.len() as u64).map(FrameNumber).collect();
            VideoLabels::new(
                (*name).into(),
                numbers,
                bits.iter().map(|bit| *bit == 1).collect(),
            )
            .unwrap()
        };
        Labels::new(videos.iter().map(labels).collect()).unwrap()
    }

    #[test]
    fn frames_are_counted_over_all_videos() {
        let truth = truth(&[("01", &[1, 1, 1, 0]), ("2", &[0, 0, 1, 0, 1])]);
        let decisions = [decided("2", &[0, 1, 1, 0]), decided("1", &[1, 1, 0, 0])];
        let report = FlipReport::new(&decisions, &truth).unwrap();
        let expected = FlipReport {
            found: 3,
            missed: 1,
            mistaken: 1,
            left_alone: 3,
            unused: 1,
        };
        assert_eq!(report, expected);
        let figures = [
            report.precision(),
            report.recall(),
            report.f1(),
            report.accuracy(),
        ];
        assert_eq!(figures, [Some(0.75); 4]);
        assert_eq!(
            report.to_string(),
            "3 of 4 flipped frames found, 1 upright ones taken for flipped, precision 0.7500, recall 0.7500, F1 0.7500"
        );
    }

    #[test]
    fn what_is_not_defined_is_not_a_number() {
        let report = FlipReport::new(&[decided("1", &[0, 0])], &truth(&[("1", &[0, 0])])).unwrap();
        assert_eq!(
            [
                report.precision(),
                report.recall(),
                report.f1(),
                report.accuracy()
            ],
            [None, None, None, Some(1.0)]
        );
        assert_eq!(
            report.to_string(),
            "0 of 0 flipped frames found, 0 upright ones taken for flipped"
        );
        let report = FlipReport::new(&[decided("1", &[0, 0])], &truth(&[("1", &[1, 0])])).unwrap();
        assert_eq!(
            [report.precision(), report.recall(), report.f1()],
            [None, Some(0.0), Some(0.0)]
        );
    }

    #[test]
    fn a_frame_without_truth_is_an_error() {
        let error = |decisions: &[Decisions], truth: &Labels| {
            FlipReport::new(decisions, truth).unwrap_err()
        };
        let truth = truth(&[("1", &[0, 1])]);
        let found = error(&[decided("1", &[0, 1, 1])], &truth).to_string();
        assert!(found.contains("frame 2 of video 1"), "{found}");
        assert!(matches!(
            error(&[decided("2", &[0])], &truth),
            Error::Unlabelled { .. }
        ));
        let twice = [decided("1", &[0]), decided("cam1", &[0])];
        assert!(matches!(
            error(&twice, &truth),
            Error::Core(CoreError::SharedLabels { .. })
        ));
        assert!(matches!(
            error(&[], &truth),
            Error::Core(CoreError::Nothing { .. })
        ));
    }
}
