use super::labelled::LabelledScores;
use crate::auc::roc_auc;
use crate::bootstrap::{BootstrapOptions, share_higher};
use crate::error::Error;
use crate::metric::Metric;

/// The micro AUC when each score is compared with the label of another frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShiftedAuc {
    /// How many frames later the label is taken from; negative for an earlier frame.
    pub shift: i64,
    /// The micro AUC, over the frames that have a label at every shift.
    pub auc: f64,
    /// The share of resamples of whole videos in which this AUC is higher than the unshifted one. Computed only for the
    /// best shift, if it is not 0 and there are at least two videos.
    pub share_higher: Option<f64>,
}

/// Labels that count from another first frame are off by one; two frames show whether the AUC keeps rising.
const MAX_SHIFT: usize = 2;

/// The labels and scores of one video after its labels are shifted; both have the same length.
type Series<'a> = (&'a [bool], &'a [f64]);

/// The micro AUC for each shift from -2 to 2; empty if no video is long enough or a shift leaves one class.
pub(crate) fn compare_shifts(
    labelled: &LabelledScores<'_>,
    bootstrap: BootstrapOptions,
) -> Result<Vec<ShiftedAuc>, Error> {
    let mut shifted = Vec::new();
    for shift in -(MAX_SHIFT as i64)..=MAX_SHIFT as i64 {
        let (labels, scores) = join(&shift_labels(labelled, shift));
        match roc_auc(&labels, &scores) {
            Ok(auc) => shifted.push(ShiftedAuc {
                shift,
                auc,
                share_higher: None,
            }),
            Err(Error::Empty | Error::OneClass { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
    }
    // Of equal values the middle one wins: an unshifted list needs no explanation.
    let best = (0..shifted.len()).max_by(|a, b| {
        let (a, b) = (&shifted[*a], &shifted[*b]);
        let nearer = b.shift.unsigned_abs().cmp(&a.shift.unsigned_abs());
        a.auc.total_cmp(&b.auc).then(nearer)
    });
    if let Some(best) = best
        && shifted[best].shift != 0
    {
        let (moved, unmoved) = (
            shift_labels(labelled, shifted[best].shift),
            shift_labels(labelled, 0),
        );
        if moved.len() > 1 {
            let share = share_higher(&moved, &unmoved, Metric::RocAuc, bootstrap);
            shifted[best].share_higher = match share {
                Ok(share) => Some(share),
                Err(Error::NoResample { .. }) => None,
                Err(error) => return Err(error),
            };
        }
    }
    Ok(shifted)
}

/// The frames of each video that have a label at every shift, with the label `shift` frames later. The frames are the same
/// for every shift, so that the values differ by nothing but the labels.
fn shift_labels<'a>(labelled: &'a LabelledScores<'_>, shift: i64) -> Vec<Series<'a>> {
    let mut videos = Vec::new();
    for (video, labels) in labelled.videos() {
        let Some(frames) = video.len().checked_sub(2 * MAX_SHIFT).filter(|n| *n > 0) else {
            continue;
        };
        // Between 0 and 2 * MAX_SHIFT.
        let first = (MAX_SHIFT as i64 + shift) as usize;
        videos.push((
            &labels[first..first + frames],
            &video.values()[MAX_SHIFT..MAX_SHIFT + frames],
        ));
    }
    videos
}

fn join(videos: &[Series<'_>]) -> (Vec<bool>, Vec<f64>) {
    let labels = videos.iter().flat_map(|(labels, _)| *labels).copied();
    let scores = videos.iter().flat_map(|(_, scores)| *scores).copied();
    (labels.collect(), scores.collect())
}
