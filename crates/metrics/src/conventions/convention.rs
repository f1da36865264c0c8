use std::fmt;

/// A way of turning the scores of all frames into one figure. `Display` prints its label.
///
/// ```
/// use oddframe_metrics::Convention;
///
/// let padded = Convention::PaddedMacroAuc;
/// assert_eq!((padded.name(), padded.reference()), ("macro_auc_padded", Some(Convention::MicroAuc)));
/// assert_eq!(Convention::MicroAucWithoutFirst { frames: 4 }.to_string(), "micro AUC without the first 4 frames");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Convention {
    /// The ROC AUC of all frames of all videos in one list.
    MicroAuc,
    /// The mean ROC AUC of the videos that have both classes.
    MacroAuc,
    /// The mean ROC AUC of all videos, each padded by one normal frame of score 0 and one abnormal frame of the highest
    /// score: see [`padded_macro_auc`](crate::padded_macro_auc).
    PaddedMacroAuc,
    /// The micro AUC after the scores of each video were scaled to 0..1.
    MicroAucMinMaxPerVideo,
    /// The micro AUC after smoothing each video by itself.
    MicroAucSmoothedPerVideo,
    /// The micro AUC after smoothing all videos as one long series, across the borders between videos.
    MicroAucSmoothedAcross,
    /// The micro AUC without the first frames of each video, which prediction networks have no score for.
    MicroAucWithoutFirst {
        /// The number of frames left out at the start of each video.
        frames: usize,
    },
    /// The micro AUC without the first and last frames of each video, which windows centred on a frame leave out.
    MicroAucWithoutEdges {
        /// The number of frames left out at the start and at the end of each video.
        frames: usize,
    },
    /// The micro AUC of the frames whose score was computed, without borrowed and constant scores.
    MicroAucComputedOnly,
    /// The average precision as a step-wise sum.
    Ap,
    /// The area under the precision-recall curve by trapezoids.
    PrAuc,
    /// The equal error rate on the interpolated ROC curve.
    Eer,
    /// The equal error rate at the nearest point of the ROC curve.
    EerNearest,
    /// The highest F1 over all thresholds.
    BestF1,
}

impl Convention {
    /// A stable name for machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::MicroAuc => "micro_auc",
            Self::MacroAuc => "macro_auc",
            Self::PaddedMacroAuc => "macro_auc_padded",
            Self::MicroAucMinMaxPerVideo => "micro_auc_minmax_per_video",
            Self::MicroAucSmoothedPerVideo => "micro_auc_smoothed_per_video",
            Self::MicroAucSmoothedAcross => "micro_auc_smoothed_across_videos",
            Self::MicroAucWithoutFirst { .. } => "micro_auc_without_first",
            Self::MicroAucWithoutEdges { .. } => "micro_auc_without_edges",
            Self::MicroAucComputedOnly => "micro_auc_computed_only",
            Self::Ap => "ap",
            Self::PrAuc => "pr_auc",
            Self::Eer => "eer",
            Self::EerNearest => "eer_nearest",
            Self::BestF1 => "best_f1",
        }
    }

    /// The convention that this one is compared with; `None` for the usual form of a metric.
    pub fn reference(self) -> Option<Self> {
        match self {
            Self::MicroAuc | Self::Ap | Self::Eer | Self::BestF1 => None,
            Self::PrAuc => Some(Self::Ap),
            Self::EerNearest => Some(Self::Eer),
            _ => Some(Self::MicroAuc),
        }
    }
}

impl fmt::Display for Convention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MicroAuc => "micro AUC",
            Self::MacroAuc => "macro AUC",
            Self::PaddedMacroAuc => "macro AUC, padded",
            Self::MicroAucMinMaxPerVideo => "micro AUC after min-max per video",
            Self::MicroAucSmoothedPerVideo => "micro AUC, smoothed per video",
            Self::MicroAucSmoothedAcross => "micro AUC, smoothed across videos",
            Self::MicroAucWithoutFirst { frames } => {
                return match frames {
                    1 => f.write_str("micro AUC without the first frame"),
                    _ => write!(f, "micro AUC without the first {frames} frames"),
                };
            }
            Self::MicroAucWithoutEdges { frames } => {
                return match frames {
                    1 => f.write_str("micro AUC without the first and last frame"),
                    _ => write!(f, "micro AUC without the first and last {frames} frames"),
                };
            }
            Self::MicroAucComputedOnly => "micro AUC of computed scores only",
            Self::Ap => "AP, step-wise",
            Self::PrAuc => "AP by trapezoids (PR-AUC)",
            Self::Eer => "EER, interpolated",
            Self::EerNearest => "EER, nearest point",
            Self::BestF1 => "best F1",
        })
    }
}
