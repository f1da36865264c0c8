use oddframe_core::{FrameNumber, Labels, Video, VideoId, VideoLabels, VideoScores};

use crate::Error;
use crate::first_number::FirstNumber;

/// A video that needs labels, and its frames.
///
/// ```
/// use oddframe_core::{FrameNumber, Origin, VideoScores};
/// use oddframe_labels::VideoFrames;
///
/// let numbers = vec![FrameNumber(3), FrameNumber(4)];
/// let scores = VideoScores::from_parts("01".into(), numbers.clone(), vec![0.1, 0.9], vec![Origin::Computed; 2])?;
/// assert_eq!(VideoFrames::from(&scores), VideoFrames { id: "01".into(), numbers });
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoFrames {
    /// The name of the video.
    pub id: VideoId,
    /// The numbers of its frames, rising.
    pub numbers: Vec<FrameNumber>,
}

impl From<&Video> for VideoFrames {
    fn from(video: &Video) -> Self {
        Self {
            id: video.id().clone(),
            numbers: video.numbers().to_vec(),
        }
    }
}

impl From<&VideoScores> for VideoFrames {
    fn from(scores: &VideoScores) -> Self {
        Self {
            id: scores.id().clone(),
            numbers: scores.numbers().to_vec(),
        }
    }
}

/// The videos that need labels, checked and in natural order.
#[derive(Debug)]
pub(crate) struct VideoSet<'a> {
    videos: Vec<&'a VideoFrames>,
    /// The number of every video's first frame, if the caller gave it.
    first_number: Option<u64>,
}

impl<'a> VideoSet<'a> {
    pub(crate) fn new(videos: &'a [VideoFrames], first_number: Option<u64>) -> Result<Self, Error> {
        if let Some(first @ 2..) = first_number {
            return Err(Error::FirstNumber { first });
        }
        let mut videos: Vec<_> = videos.iter().collect();
        // Natural order is the order in which lists and scripts store the videos.
        videos.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(w) = videos.windows(2).find(|w| w[0].id == w[1].id) {
            return Err(oddframe_core::Error::DuplicateVideo {
                video: w[1].id.clone(),
            }
            .into());
        }
        for VideoFrames { id, numbers } in &videos {
            if numbers.is_empty() {
                return Err(oddframe_core::Error::EmptyVideo { video: id.clone() }.into());
            }
            if let Some(w) = numbers.windows(2).find(|w| w[0] >= w[1]) {
                let (before, after) = (w[0], w[1]);
                return Err(oddframe_core::Error::FrameOrder {
                    video: id.clone(),
                    before,
                    after,
                }
                .into());
            }
        }
        let with_zero = videos
            .iter()
            .find(|v| v.numbers.first() == Some(&FrameNumber(0)));
        if let (Some(1), Some(video)) = (first_number, with_zero) {
            return Err(Error::FrameZero {
                video: video.id.clone(),
            });
        }
        Ok(Self {
            videos,
            first_number,
        })
    }

    /// The videos in natural order, for formats that name no videos. Without any the labels cannot be
    /// assigned.
    pub(crate) fn named_videos(&self) -> Result<&[&'a VideoFrames], Error> {
        if self.videos.is_empty() {
            Err(Error::NoVideos)
        } else {
            Ok(&self.videos)
        }
    }

    /// The frame number of the first entry of a label list.
    ///
    /// The first source that decides is taken: the caller, a video with a frame 0, the `lengths` of the
    /// videos' lists, an assumption from the smallest frame number.
    pub(crate) fn first_number<'v>(
        &self,
        lengths: impl IntoIterator<Item = (&'v VideoId, usize)>,
    ) -> FirstNumber {
        // A frame 0 anywhere decides for all videos: a data set counts its videos alike.
        let smallest = self
            .videos
            .iter()
            .filter_map(|v| v.numbers.first())
            .min()
            .map(|n| n.0);
        if let Some(first) = self.first_number.or(smallest.filter(|n| *n == 0)) {
            return FirstNumber::known(first);
        }
        let ends = lengths
            .into_iter()
            .filter_map(|(id, length)| Some((self.last_number(id)?.0, length)));
        FirstNumber::from_lengths(ends).unwrap_or_else(|| FirstNumber::guess(smallest))
    }

    /// The number of the last frame of a video.
    pub(crate) fn last_number(&self, id: &VideoId) -> Option<FrameNumber> {
        let place = self.videos.binary_search_by(|v| v.id.cmp(id)).ok()?;
        self.videos[place].numbers.last().copied()
    }

    /// Checks that every frame of these videos has a label.
    pub(crate) fn check_covered(&self, labels: &Labels) -> Result<(), Error> {
        for VideoFrames { id, numbers } in &self.videos {
            let known = labels
                .video(id)
                .ok_or_else(|| unknown_video(id, labels.videos()))?;
            let mut unlabelled = numbers
                .iter()
                .filter(|number| known.get(**number).is_none());
            if let Some(frame) = unlabelled.next() {
                let missing = 1 + unlabelled.count();
                return Err(Error::Unlabelled {
                    video: id.clone(),
                    frame: *frame,
                    missing,
                });
            }
        }
        Ok(())
    }
}

fn unknown_video(video: &VideoId, labels: &[VideoLabels]) -> Error {
    let known = match labels {
        [] => "none".to_string(),
        [only] => only.id().to_string(),
        [first, .., last] => format!("{} videos, {} to {}", labels.len(), first.id(), last.id()),
    };
    Error::UnknownVideo {
        video: video.clone(),
        known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(id: &str, numbers: &[u64]) -> VideoFrames {
        VideoFrames {
            id: id.into(),
            numbers: numbers.iter().copied().map(FrameNumber).collect(),
        }
    }

    fn first_number(
        asked: Option<u64>,
        videos: &[VideoFrames],
        lengths: &[(&str, usize)],
    ) -> (u64, Option<u64>) {
        let lengths: Vec<(VideoId, usize)> =
            lengths.iter().map(|(id, n)| ((*id).into(), *n)).collect();
        let set = VideoSet::new(videos, asked).unwrap();
        let first = set.first_number(lengths.iter().map(|(id, n)| (id, *n)));
        (first.value(), first.guessed_one())
    }

    #[test]
    fn the_first_source_that_knows_the_first_number_decides() {
        let late = [video("1", &[1, 2]), video("2", &[7])];
        assert_eq!(first_number(None, &late, &[]), (1, Some(1)));
        assert_eq!(
            first_number(None, &late, &[("1", 9), ("3", 3)]),
            (1, Some(1))
        );
        assert_eq!(first_number(None, &late, &[("01", 3)]), (0, None));
        assert_eq!(first_number(None, &late, &[("2", 7)]), (1, None));
        assert_eq!(first_number(Some(0), &late, &[("2", 7)]), (0, None));
        assert_eq!(first_number(Some(1), &late, &[]), (1, None));
        assert_eq!(
            first_number(None, &[video("1", &[1, 2]), video("2", &[0])], &[("1", 2)]),
            (0, None)
        );
        assert_eq!(
            first_number(None, &[video("1", &[939, 940])], &[]),
            (0, None)
        );
        assert_eq!(first_number(None, &[], &[("1", 2)]), (0, None));
    }

    fn error_message(videos: &[VideoFrames]) -> String {
        VideoSet::new(videos, None).unwrap_err().to_string()
    }

    #[test]
    fn impossible_sets_are_refused() {
        assert!(error_message(&[video("1", &[0]), video("01", &[0])]).contains("appears twice"));
        assert!(error_message(&[video("1", &[])]).contains("no frames"));
        assert!(error_message(&[video("1", &[3, 3])]).contains("must rise"));
        assert!(matches!(
            VideoSet::new(&[], None).unwrap().named_videos(),
            Err(Error::NoVideos)
        ));
        let zero = [video("1", &[1]), video("2", &[0])];
        let two = VideoSet::new(&zero, Some(2)).unwrap_err().to_string();
        assert_eq!(two, "the first frame number must be 0 or 1, not 2");
        let one = VideoSet::new(&zero, Some(1)).unwrap_err().to_string();
        assert_eq!(
            one,
            "video 2 has a frame 0, so its frames cannot count from 1"
        );
    }
}
