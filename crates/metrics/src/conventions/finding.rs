use std::fmt;

use oddframe_core::{Scope, VideoId};

use super::options::Normalisation;
use crate::Interval;

/// Something that inflates a figure, or makes it say less than it seems to. `Display` states what was found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// The scores went through a normalisation that needs whole test videos.
    NormalisedOverTestVideos {
        /// The normalisation.
        normalisation: Normalisation,
    },
    /// The range of the scores is exactly 0..1, so they were probably normalised.
    LooksNormalised {
        /// Whether that holds for each video, or for all scores together.
        scope: Scope,
    },
    /// The best F1 uses the threshold that is best for the test labels.
    ThresholdFromTestLabels {
        /// The threshold.
        threshold: f64,
        /// The F1 there.
        f1: f64,
    },
    /// The scores hardly jump at the borders between videos, as if all videos had been smoothed as one series.
    LooksSmoothedAcrossVideos {
        /// The jumps, relative to their mean over random orders of the videos.
        ratio: f64,
        /// The share of orders with jumps as small.
        share_as_small: f64,
    },
    /// Videos of one class.
    OneClassVideos {
        /// The videos without an abnormal frame.
        normal: usize,
        /// The videos without a normal frame.
        abnormal: usize,
        /// The number of all videos.
        videos: usize,
        /// The share of frames in videos of one class.
        frame_share: f64,
    },
    /// The AUC is higher when each score is compared with the label of another frame.
    ShiftedLabels {
        /// How many frames later the label is taken from; negative for an earlier frame.
        shift: i64,
        /// The AUC at that shift.
        auc: f64,
        /// The AUC of the same frames without a shift.
        unshifted: f64,
        /// The share of resamples of whole videos in which the shifted AUC is higher.
        share_higher: f64,
        /// Whether this is the largest shift that was tried, so that the AUC may rise further.
        still_rising: bool,
    },
    /// Videos whose frames all have the same score.
    ConstantVideos {
        /// The videos.
        videos: Vec<VideoId>,
    },
    /// Videos with exactly the scores of another video.
    EqualVideos {
        /// Each video with an earlier one that has its scores.
        pairs: Vec<(VideoId, VideoId)>,
    },
    /// Many pairs of an abnormal and a normal frame have equal scores.
    TiedScores {
        /// The number of distinct scores.
        distinct: usize,
        /// The share of such pairs.
        pair_share: f64,
        /// The AUC if every tie counted as wrong.
        low: f64,
        /// The AUC if every tie counted as right.
        high: f64,
    },
    /// The interval of the micro AUC is wide.
    WideInterval {
        /// The interval.
        interval: Interval,
        /// The videos with an abnormal frame.
        abnormal_videos: usize,
    },
    /// Videos whose names are those of training videos.
    TrainingVideos {
        /// The videos.
        videos: Vec<VideoId>,
    },
}

/// How many videos a message names.
const LISTED: usize = 5;

impl Finding {
    /// A stable name for machine-readable output.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NormalisedOverTestVideos { .. } => "normalised_over_test_videos",
            Self::LooksNormalised { .. } => "looks_normalised",
            Self::ThresholdFromTestLabels { .. } => "threshold_from_test_labels",
            Self::LooksSmoothedAcrossVideos { .. } => "looks_smoothed_across_videos",
            Self::OneClassVideos { .. } => "one_class_videos",
            Self::ShiftedLabels { .. } => "shifted_labels",
            Self::ConstantVideos { .. } => "constant_videos",
            Self::EqualVideos { .. } => "equal_videos",
            Self::TiedScores { .. } => "tied_scores",
            Self::WideInterval { .. } => "wide_interval",
            Self::TrainingVideos { .. } => "training_videos",
        }
    }

    /// One sentence: why this matters.
    pub fn why(&self) -> &'static str {
        match self {
            Self::NormalisedOverTestVideos { normalisation } => {
                normalisation_reason(normalisation.scope)
            }
            Self::LooksNormalised { scope } => normalisation_reason(*scope),
            Self::ThresholdFromTestLabels { .. } => {
                "no threshold chosen without test labels can do better, so this F1 is an upper bound and not what a deployed \
                 system reaches"
            }
            Self::LooksSmoothedAcrossVideos { .. } => {
                "the end of one video then changes the scores of the next; consecutive parts of one recording look the same"
            }
            Self::OneClassVideos { .. } => {
                "they have no AUC of their own, so they count nothing in the macro AUC, but all their frames count in the micro AUC"
            }
            Self::ShiftedLabels {
                still_rising: true, ..
            } => {
                "the AUC may rise further, which suits scores that come late or early, as after smoothing with a lag, better than a \
                 list of labels that is off by one"
            }
            Self::ShiftedLabels { .. } => {
                "labels that count frames from another first number look like this, and so do scores that belong to a neighbouring \
                 frame, as in frame prediction; the shift alone does not tell which, and it was found with the test labels"
            }
            Self::ConstantVideos { .. } => {
                "such a video was probably not scored, and its AUC is 0.5 whatever is in it"
            }
            Self::EqualVideos { .. } => {
                "two recordings do not get the same scores, so one of them was probably scored twice under two names"
            }
            Self::TiedScores { .. } => {
                "each tie counts one half here; a program that breaks ties by the order of the frames reports another value in that range"
            }
            Self::WideInterval { .. } => {
                "differences between systems that are smaller than the interval are not shown by this test set"
            }
            Self::TrainingVideos { .. } => {
                "frames that a system was fitted on are normal and get low scores, which raises every figure"
            }
        }
    }

    /// One sentence: what to do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NormalisedOverTestVideos { .. } | Self::LooksNormalised { .. } => {
                "report the figure of the raw scores, or normalise with values of the training videos"
            }
            Self::ThresholdFromTestLabels { .. } => {
                "choose the threshold on normal training scores, such as a quantile, and report the F1 there"
            }
            Self::LooksSmoothedAcrossVideos { .. } => "smooth each video by itself (`per video`)",
            Self::OneClassVideos { .. } => {
                "report both figures and how many videos the macro AUC covers"
            }
            Self::ShiftedLabels { .. } => {
                "compare the first frame number of labels and scores (--count-from), and never choose a shift by its AUC"
            }
            Self::ConstantVideos { .. } => "score these videos again",
            Self::EqualVideos { .. } => "compare the files of these videos, and score them again",
            Self::TiedScores { .. } => {
                "report how ties are treated, and write scores with all their digits"
            }
            Self::WideInterval { .. } => {
                "report the interval beside the figure, and compare systems on the same videos or on more of them"
            }
            Self::TrainingVideos { .. } => "evaluate test videos only",
        }
    }
}

fn normalisation_reason(scope: Scope) -> &'static str {
    match scope {
        Scope::PerVideo => {
            "it needs each whole test video before its first score, and it tells the metric that every video has both a lowest and \
             a highest frame, which no live system knows"
        }
        Scope::WholeSet => {
            "it needs all test videos before the first score; it leaves the AUC of one system unchanged, but decides how much each \
             system counts in a fusion and where a fixed threshold lies"
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NormalisedOverTestVideos { normalisation } => write!(
                f,
                "`{}` ({}) normalised the scores with the scores of {}",
                normalisation.step,
                normalisation.place,
                match normalisation.scope {
                    Scope::PerVideo => "each test video",
                    Scope::WholeSet => "all test videos",
                }
            ),
            Self::LooksNormalised {
                scope: Scope::PerVideo,
            } => f.write_str(
                "the lowest score of every video is 0 and the highest is 1: the scores look normalised per video",
            ),
            Self::LooksNormalised {
                scope: Scope::WholeSet,
            } => f.write_str(
                "the lowest score is 0 and the highest is 1: the scores look normalised over all test videos",
            ),
            Self::ThresholdFromTestLabels { threshold, f1 } => write!(
                f,
                "the threshold {threshold:?} of the best F1, {f1:.4}, was chosen with the test labels"
            ),
            Self::LooksSmoothedAcrossVideos {
                ratio,
                share_as_small,
            } => write!(
                f,
                "the scores look smoothed across videos: their jumps from one video to the next are {ratio:.2} times those of \
                 random orders of the videos ({:.1}% of orders have jumps as small)",
                100.0 * share_as_small
            ),
            Self::OneClassVideos {
                normal,
                abnormal,
                videos,
                frame_share,
            } => write!(
                f,
                "{} of {videos} videos have one class ({normal} only normal frames, {abnormal} only abnormal ones), with {:.1}% \
                 of all frames",
                normal + abnormal,
                100.0 * frame_share
            ),
            Self::ShiftedLabels {
                shift,
                auc,
                unshifted,
                share_higher,
                ..
            } => write!(
                f,
                "the micro AUC rises from {unshifted:.4} to {auc:.4} when each score is compared with the label {} frame{} {}, and \
                 in {:.1}% of draws of videos",
                shift.unsigned_abs(),
                if shift.unsigned_abs() == 1 { "" } else { "s" },
                if *shift > 0 { "later" } else { "earlier" },
                100.0 * share_higher
            ),
            Self::ConstantVideos { videos } => write!(
                f,
                "all frames have the same score in {}",
                list_videos(videos.iter())
            ),
            Self::EqualVideos { pairs } => {
                let (earlier, later) = &pairs[0];
                write!(
                    f,
                    "video {later} has exactly the scores of video {earlier}"
                )?;
                match pairs.len() {
                    1 => Ok(()),
                    count => write!(f, ", and {} more videos repeat another one", count - 1),
                }
            }
            Self::TiedScores {
                distinct,
                pair_share,
                low,
                high,
            } => write!(
                f,
                "{:.1}% of the pairs of an abnormal and a normal frame have equal scores ({distinct} distinct scores), so the micro \
                 AUC lies between {low:.4} and {high:.4}",
                100.0 * pair_share
            ),
            Self::WideInterval {
                interval,
                abnormal_videos,
            } => write!(
                f,
                "the {:.0}% interval of the micro AUC is wide, {:.4} to {:.4}: abnormal frames lie in {abnormal_videos} \
                 independent video{} only",
                100.0 * interval.level,
                interval.low,
                interval.high,
                if *abnormal_videos == 1 { "" } else { "s" }
            ),
            Self::TrainingVideos { videos } => write!(
                f,
                "the names of {} are those of training videos",
                list_videos(videos.iter())
            ),
        }
    }
}

/// The names of some videos, and the number of all.
fn list_videos<'a>(videos: impl ExactSizeIterator<Item = &'a VideoId>) -> String {
    let count = videos.len();
    let names: Vec<&str> = videos.take(LISTED).map(VideoId::name).collect();
    let more = if count > LISTED { ", …" } else { "" };
    format!(
        "{count} video{} ({}{more})",
        if count == 1 { "" } else { "s" },
        names.join(", ")
    )
}
