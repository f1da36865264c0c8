use oddframe_core::{
    FrameNumber, Labels, Origin, PostStep, Scope, ScoreTable, VideoId, VideoScores,
};

use super::convention::Convention;
use super::finding::Finding;
use super::labelled::LabelledScores;
use super::lint::find_pitfalls;
use super::options::ConventionOptions;
use super::shift::{ShiftedAuc, compare_shifts};
use crate::bootstrap::{Interval, bootstrap_table};
use crate::error::Error;
use crate::evaluation::{Evaluation, evaluate, padded_macro_auc};
use crate::metric::Metric;

/// One figure of a [`ConventionReport`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConventionFigure {
    /// The convention.
    pub convention: Convention,
    /// The figure; `None` if the convention has none for these scores: no frames remain, or only one class.
    pub value: Option<f64>,
    /// The number of frames that it covers, the artificial frames of padding not counted.
    pub frames: usize,
    /// The number of videos that it covers.
    pub videos: usize,
}

/// The same scores under several conventions, and what may inflate their figures.
#[derive(Debug, Clone, PartialEq)]
pub struct ConventionReport {
    /// The usual figures.
    pub evaluation: Evaluation,
    /// One figure for each convention; those that do not apply are left out.
    pub figures: Vec<ConventionFigure>,
    /// The smoothing of the smoothed figures, as text.
    pub smoothing: Option<String>,
    /// The interval of the micro AUC by drawing whole videos; `None` if there are too few videos.
    pub interval: Option<Interval>,
    /// The AUC with labels shifted by -2 to 2 frames; empty if the videos are too short.
    pub shifts: Vec<ShiftedAuc>,
    /// What may inflate a figure, in no particular order of weight.
    pub findings: Vec<Finding>,
}

impl ConventionReport {
    /// The figure of a convention.
    pub fn figure(&self, convention: Convention) -> Option<&ConventionFigure> {
        self.figures
            .iter()
            .find(|figure| figure.convention == convention)
    }

    /// The difference of a figure to that of its [reference](Convention::reference).
    pub fn change(&self, figure: &ConventionFigure) -> Option<f64> {
        let reference = self.figure(figure.convention.reference()?)?;
        Some(figure.value? - reference.value?)
    }
}

/// Evaluates scores under every convention in use, and looks for what inflates their figures.
///
/// The scores are taken as they are. Smoothing and min-max are applied to copies, so the table shows how much a figure
/// owes to its convention.
///
/// ```
/// use oddframe_core::{FrameNumber, Labels, Origin, ScoreTable, VideoLabels, VideoScores};
/// use oddframe_metrics::{Convention, ConventionOptions, compare_conventions};
///
/// let numbers: Vec<_> = (0..5).map(FrameNumber).collect();
/// let scores = vec![0.9, 0.8, 0.1, 0.2, 0.3];
/// let scores = VideoScores::from_parts("1".into(), numbers.clone(), scores, vec![Origin::Computed; 5])?;
/// let labels = VideoLabels::new("1".into(), numbers, vec![false, false, true, true, true])?;
/// let (scores, labels) = (ScoreTable::new(vec![scores])?, Labels::new(vec![labels])?);
///
/// // The ranking is completely inverted, and padding makes it look like chance.
/// let report = compare_conventions(&scores, &labels, &ConventionOptions::new())?;
/// let value = |convention| report.figure(convention).and_then(|figure| figure.value);
/// assert_eq!(value(Convention::MacroAuc), Some(0.0));
/// assert_eq!(value(Convention::PaddedMacroAuc), Some(0.5));
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// When a scored frame has no label, all scored frames have the same class, an option is out of range, or the smoothing
/// cannot be applied.
pub fn compare_conventions(
    scores: &ScoreTable,
    labels: &Labels,
    options: &ConventionOptions<'_>,
) -> Result<ConventionReport, Error> {
    let evaluation = evaluate(scores, labels)?;
    let labelled = LabelledScores::new(scores, labels)?;
    // One video cannot be resampled; the figures stay useful without an interval.
    let interval = match bootstrap_table(scores, labels, Metric::RocAuc, options.bootstrap) {
        Ok(interval) => Some(interval),
        Err(Error::TooFewVideos { .. } | Error::NoResample { .. }) => None,
        Err(error) => return Err(error),
    };
    let shifts = compare_shifts(&labelled, options.bootstrap)?;
    let findings = find_pitfalls(&labelled, &evaluation, interval, &shifts, options);
    Ok(ConventionReport {
        figures: compute_figures(&labelled, labels, &evaluation, options)?,
        smoothing: options.smoothing.map(ToString::to_string),
        evaluation,
        interval,
        shifts,
        findings,
    })
}

fn compute_figures(
    labelled: &LabelledScores<'_>,
    labels: &Labels,
    evaluation: &Evaluation,
    options: &ConventionOptions<'_>,
) -> Result<Vec<ConventionFigure>, Error> {
    let scores = labelled.table;
    let mut figures = Figures {
        labelled,
        evaluation,
        list: Vec::new(),
    };
    figures.add(Convention::MicroAuc, Some(evaluation.micro_auc));
    figures.list.push(ConventionFigure {
        convention: Convention::MacroAuc,
        value: evaluation.macro_auc,
        frames: count_frames_of_both_classes(labelled),
        videos: evaluation.macro_videos,
    });
    let padded = padded_macro_auc(scores, labels)?;
    figures.add(Convention::PaddedMacroAuc, Some(padded));
    figures.add_micro_auc(
        Convention::MicroAucMinMaxPerVideo,
        &scale_each_video(scores)?,
    )?;
    if let Some(step) = options.smoothing {
        let mut each = scores.clone();
        smooth(step, &mut each)?;
        figures.add_micro_auc(Convention::MicroAucSmoothedPerVideo, &each)?;
        let across = apply_across_videos(step, scores)?;
        figures.add_micro_auc(Convention::MicroAucSmoothedAcross, &across)?;
    }
    let frames = options.edge_frames;
    if frames > 0 {
        figures.add_part(Convention::MicroAucWithoutFirst { frames }, |_, index| {
            index >= frames
        })?;
        figures.add_part(
            Convention::MicroAucWithoutEdges { frames },
            |video, index| index >= frames && video.len() - index > frames,
        )?;
    }
    if scores.videos().iter().any(|video| !is_computed(video)) {
        figures.add_part(Convention::MicroAucComputedOnly, |video, index| {
            video.origins()[index] == Origin::Computed
        })?;
    }
    figures.add(Convention::Ap, Some(evaluation.ap));
    figures.add(Convention::PrAuc, Some(evaluation.pr_auc));
    figures.add(Convention::Eer, Some(evaluation.eer));
    figures.add(Convention::EerNearest, Some(evaluation.eer_nearest));
    figures.add(Convention::BestF1, Some(evaluation.best_f1));
    Ok(figures.list)
}

/// Collects the figures of the same scores.
struct Figures<'a> {
    labelled: &'a LabelledScores<'a>,
    evaluation: &'a Evaluation,
    list: Vec<ConventionFigure>,
}

impl Figures<'_> {
    /// Adds a figure of all frames.
    fn add(&mut self, convention: Convention, value: Option<f64>) {
        self.list.push(ConventionFigure {
            convention,
            value,
            frames: self.evaluation.frames,
            videos: self.evaluation.videos,
        });
    }

    /// Adds the micro AUC of other scores of all frames.
    fn add_micro_auc(&mut self, convention: Convention, scores: &ScoreTable) -> Result<(), Error> {
        let value = self.labelled.micro_auc_of(scores)?;
        self.add(convention, value);
        Ok(())
    }

    /// Adds the micro AUC of some frames. `keep` gets a video and the index of a frame in it.
    fn add_part(
        &mut self,
        convention: Convention,
        keep: impl Fn(&VideoScores, usize) -> bool,
    ) -> Result<(), Error> {
        let (frames, value) = self.labelled.micro_auc_where(&keep)?;
        let videos = self.labelled.table.videos().iter();
        let videos = videos.filter(|video| (0..video.len()).any(|index| keep(video, index)));
        self.list.push(ConventionFigure {
            convention,
            value,
            frames,
            videos: videos.count(),
        });
        Ok(())
    }
}

/// Whether every score of a video was computed.
fn is_computed(video: &VideoScores) -> bool {
    let mut origins = video.origins().iter();
    origins.all(|origin| *origin == Origin::Computed)
}

fn count_frames_of_both_classes(labelled: &LabelledScores<'_>) -> usize {
    labelled
        .labels
        .iter()
        .filter(|labels| labels.contains(&true) && labels.contains(&false))
        .map(Vec::len)
        .sum()
}

/// Scales the scores of each video to 0..1; a constant video becomes 0.
fn scale_each_video(scores: &ScoreTable) -> Result<ScoreTable, Error> {
    let mut scaled = scores.clone();
    scaled.update(Scope::PerVideo, |series| {
        let low = series.iter().copied().fold(f64::INFINITY, f64::min);
        let high = series.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // The range of two finite scores may overflow; that of their halves cannot.
        let factor = if (high - low).is_finite() { 1.0 } else { 0.5 };
        let range = factor * high - factor * low;
        for score in series {
            *score = if range > 0.0 {
                (factor * *score - factor * low) / range
            } else {
                0.0
            };
        }
    })?;
    Ok(scaled)
}

fn smooth(step: &dyn PostStep, scores: &mut ScoreTable) -> Result<(), Error> {
    // The warnings are about constant series, which have a finding of their own.
    match step.apply(scores) {
        Ok(_) => Ok(()),
        Err(source) => Err(Error::Smoothing {
            step: step.to_string(),
            source,
        }),
    }
}

/// Applies a step to all videos joined to one, in the order of the table.
fn apply_across_videos(step: &dyn PostStep, scores: &ScoreTable) -> Result<ScoreTable, Error> {
    // Steps that smooth stop at the borders of videos. In a table of one video there are none.
    let values: Vec<f64> = scores.values().collect();
    let numbers = (0..values.len() as u64).map(FrameNumber).collect();
    let origins = vec![Origin::Computed; values.len()];
    let joined = VideoScores::from_parts(VideoId::new("all"), numbers, values, origins)?;
    let mut joined = ScoreTable::new(vec![joined])?;
    smooth(step, &mut joined)?;
    let mut smoothed = scores.clone();
    smoothed.set_values(&joined.values().collect::<Vec<_>>())?;
    Ok(smoothed)
}
