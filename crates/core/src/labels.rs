use std::collections::BTreeMap;

use crate::video::check_numbers;
use crate::{Error, FrameNumber, Mask, ScoreTable, Track, VideoId};

/// Which frames of one video are abnormal.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoLabels {
    id: VideoId,
    numbers: Vec<FrameNumber>,
    abnormal: Vec<bool>,
    masks: Vec<Mask>,
}

impl VideoLabels {
    /// Labels of these frames.
    ///
    /// # Errors
    /// When there is none, numbers do not rise, or lengths differ.
    pub fn new(id: VideoId, numbers: Vec<FrameNumber>, abnormal: Vec<bool>) -> Result<Self, Error> {
        check_numbers(&id, &numbers)?;
        Error::check_length("labels of a video", numbers.len(), abnormal.len())?;
        Ok(Self {
            id,
            numbers,
            abnormal,
            masks: Vec::new(),
        })
    }

    /// Labels made from pixel masks: a frame is abnormal when any of its pixels is.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn from_masks(
        id: VideoId,
        numbers: Vec<FrameNumber>,
        masks: Vec<Mask>,
    ) -> Result<Self, Error> {
        let abnormal = masks.iter().map(|m| !m.is_empty()).collect();
        Ok(Self {
            masks,
            ..Self::new(id, numbers, abnormal)?
        })
    }

    /// The video.
    pub fn id(&self) -> &VideoId {
        &self.id
    }

    /// Which frames have a label, in order.
    pub fn numbers(&self) -> &[FrameNumber] {
        &self.numbers
    }

    /// The labels, true where a frame is abnormal.
    pub fn abnormal(&self) -> &[bool] {
        &self.abnormal
    }

    /// The mask of each frame; none at all where the data has no masks.
    pub fn masks(&self) -> &[Mask] {
        &self.masks
    }

    /// The label of one frame.
    pub fn get(&self, frame: FrameNumber) -> Option<bool> {
        self.numbers
            .binary_search(&frame)
            .ok()
            .map(|i| self.abnormal[i])
    }
}

/// Which frames of a data set are abnormal, with masks and tracks where it has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    videos: Vec<VideoLabels>,
    tracks: Vec<Track>,
}

/// Labels in the order of a score table, one for each score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlignedLabels {
    /// For each video of the table, whether each of its frames is abnormal.
    pub videos: Vec<Vec<bool>>,
    /// Labelled frames that the table does not have; they were left out.
    pub unused: usize,
}

impl Labels {
    /// Labels of these videos, sorted naturally.
    ///
    /// # Errors
    /// When there is none, or two have the same name.
    pub fn new(mut videos: Vec<VideoLabels>) -> Result<Self, Error> {
        if videos.is_empty() {
            return Err(Error::Nothing {
                what: "labelled video",
            });
        }
        videos.sort_by(|a, b| a.id.cmp(&b.id));
        match videos.windows(2).find(|w| w[0].id == w[1].id) {
            Some(w) => Err(Error::DuplicateVideo {
                video: w[1].id.clone(),
            }),
            None => Ok(Self {
                videos,
                tracks: Vec::new(),
            }),
        }
    }

    /// The same labels with tracks.
    #[must_use]
    pub fn with_tracks(self, tracks: Vec<Track>) -> Self {
        Self { tracks, ..self }
    }

    /// The videos, in natural order.
    pub fn videos(&self) -> &[VideoLabels] {
        &self.videos
    }

    /// The tracks of abnormal objects, where the data has them.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// How many frames have a label.
    #[expect(clippy::len_without_is_empty, reason = "labels are never empty")]
    pub fn len(&self) -> usize {
        self.videos.iter().map(|v| v.numbers.len()).sum()
    }

    /// How many frames are abnormal.
    pub fn positives(&self) -> usize {
        self.videos
            .iter()
            .flat_map(|v| &v.abnormal)
            .filter(|a| **a)
            .count()
    }

    /// Finds the labels of a video.
    ///
    /// Names are compared first. When no name is equal, the last number in the name is compared (`Test001` and `1`),
    /// provided that one of the two names has no other number (`02_0014` is not `01_0014`) and only one labelled
    /// video has this number.
    pub fn video(&self, id: &VideoId) -> Option<&VideoLabels> {
        if let Ok(i) = self.videos.binary_search_by(|v| v.id.cmp(id)) {
            return Some(&self.videos[i]);
        }
        // Data sets name one video differently on disk and in label files: `Test001` and `1`. The number in
        // the name is a guess, so it counts only where it cannot be wrong.
        let number = id.number()?;
        // With several numbers in both names, equal last numbers are a coincidence: ShanghaiTech's `01_0014`
        // and `02_0014` come from different cameras.
        let simple = |id: &VideoId| {
            id.name()
                .split(|c: char| !c.is_ascii_digit())
                .filter(|r| !r.is_empty())
                .count()
                == 1
        };
        let agrees =
            |v: &&VideoLabels| v.id.number() == Some(number) && (simple(id) || simple(&v.id));
        // Two candidates are as bad as none.
        let mut same = self.videos.iter().filter(agrees);
        same.next().filter(|_| same.next().is_none())
    }

    /// Finds the label of every score of a table.
    ///
    /// # Errors
    /// When a scored frame has no label.
    pub fn align(&self, table: &ScoreTable) -> Result<AlignedLabels, Error> {
        let mut claimed: BTreeMap<&VideoId, &VideoId> = BTreeMap::new();
        let mut first_missing = None;
        let (mut missing, mut used) = (0, 0);
        let mut videos = Vec::with_capacity(table.videos().len());
        for scores in table.videos() {
            // The map of claimed labels guards the fallback above: scores of `1` and of `Test001` must not
            // both be evaluated against the same video.
            let labels = self.video(scores.id());
            if let Some(labels) = labels
                && let Some(other) = claimed.insert(&labels.id, scores.id())
            {
                let (video, other) = (scores.id().clone(), other.clone());
                return Err(Error::SharedLabels {
                    video,
                    other,
                    labels: labels.id.clone(),
                });
            }
            let mut aligned = Vec::with_capacity(scores.len());
            for frame in scores.numbers() {
                // All frames are visited even after the first one without a label: the error states how many
                // there are.
                if let Some(label) = labels.and_then(|l| l.get(*frame)) {
                    aligned.push(label);
                } else {
                    missing += 1;
                    first_missing.get_or_insert((scores.id(), *frame));
                }
            }
            used += aligned.len();
            videos.push(aligned);
        }
        match first_missing {
            Some((video, frame)) => Err(Error::Unlabelled {
                video: video.clone(),
                frame,
                missing,
            }),
            None => Ok(AlignedLabels {
                videos,
                unused: self.len() - used,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Origin, VideoScores};

    fn labels(id: &str, numbers: &[u64], abnormal: &[bool]) -> VideoLabels {
        let numbers = numbers.iter().copied().map(FrameNumber).collect();
        VideoLabels::new(id.into(), numbers, abnormal.to_vec()).unwrap()
    }

    fn table(videos: &[(&str, &[u64])]) -> ScoreTable {
        let scores = |id: &str, numbers: &[u64]| {
            let n = numbers.len();
            let numbers = numbers.iter().copied().map(FrameNumber).collect();
            VideoScores::from_parts(id.into(), numbers, vec![0.5; n], vec![Origin::Computed; n])
                .unwrap()
        };
        ScoreTable::new(videos.iter().map(|(id, n)| scores(id, n)).collect()).unwrap()
    }

    #[test]
    fn extra_labels_are_counted_and_missing_ones_named() {
        let all = Labels::new(vec![
            labels("1", &[0, 1, 2], &[false, true, true]),
            labels("2", &[0], &[false]),
        ]);
        let all = all.unwrap();
        assert_eq!((all.len(), all.positives()), (4, 2));
        let aligned = all.align(&table(&[("01", &[1, 2])])).unwrap();
        assert_eq!(
            aligned,
            AlignedLabels {
                videos: vec![vec![true, true]],
                unused: 2
            }
        );
        let error = all
            .align(&table(&[("01", &[2, 3, 4]), ("3", &[0])]))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "3 scored frames have no label; the first is frame 3 of video 01"
        );
    }

    #[test]
    fn names_match_by_number_only_when_that_is_unambiguous() {
        let plain = Labels::new(vec![
            labels("1", &[0], &[true]),
            labels("2", &[0], &[false]),
        ])
        .unwrap();
        assert_eq!(
            plain
                .align(&table(&[("Test001", &[0]), ("Test002", &[0])]))
                .unwrap()
                .unused,
            0
        );
        let cameras = Labels::new(vec![
            labels("01_0014", &[0], &[true]),
            labels("02_0014", &[0], &[false]),
        ]);
        let cameras = cameras.unwrap();
        assert_eq!(cameras.video(&"02_14".into()).unwrap().abnormal(), [false]);
        assert!(cameras.video(&"14".into()).is_none());
        let one = Labels::new(vec![labels("01_0014", &[0], &[true])]).unwrap();
        assert!(
            one.video(&"02_0014".into()).is_none(),
            "another camera's video"
        );
        assert!(one.video(&"14".into()).is_some());
    }

    #[test]
    fn two_scored_videos_never_share_one_label_list() {
        let plain = Labels::new(vec![labels("1", &[0], &[true])]).unwrap();
        let error = plain
            .align(&table(&[("a1", &[0]), ("b1", &[0])]))
            .unwrap_err();
        assert!(matches!(error, Error::SharedLabels { .. }));
    }

    #[test]
    fn a_mask_makes_its_frame_abnormal() {
        let masks = vec![Mask::empty(2, 1), Mask::from_pixels(2, 1, &[0, 1]).unwrap()];
        let video =
            VideoLabels::from_masks("1".into(), vec![FrameNumber(0), FrameNumber(1)], masks)
                .unwrap();
        assert_eq!(video.abnormal(), [false, true]);
        assert_eq!(video.get(FrameNumber(2)), None);
    }
}
