use oddframe_core::{FrameNumber, Labels, Video, VideoId, VideoLabels, VideoScores};

use crate::Error;
use crate::first_number::FirstNumber;

/// A video that labels are wanted for, and the frames it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoFrames {
    /// Its name.
    pub id: VideoId,
    /// Which frames exist, rising.
    pub numbers: Vec<FrameNumber>,
}

impl From<&Video> for VideoFrames {
    fn from(video: &Video) -> Self {
        Self { id: video.id().clone(), numbers: video.numbers().to_vec() }
    }
}

impl From<&VideoScores> for VideoFrames {
    fn from(scores: &VideoScores) -> Self {
        Self { id: scores.id().clone(), numbers: scores.numbers().to_vec() }
    }
}

/// The videos that labels are wanted for, checked and in natural order.
#[derive(Debug)]
pub(crate) struct VideoSet<'a> {
    videos: Vec<&'a VideoFrames>,
    /// The number of every video's first frame, where the caller says so.
    first_number: Option<u64>,
}

impl<'a> VideoSet<'a> {
    pub(crate) fn new(videos: &'a [VideoFrames], first_number: Option<u64>) -> Result<Self, Error> {
        if let Some(first @ 2..) = first_number {
            return Err(Error::FirstNumber { first });
        }
        let mut videos: Vec<_> = videos.iter().collect();
        videos.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(w) = videos.windows(2).find(|w| w[0].id == w[1].id) {
            return Err(oddframe_core::Error::DuplicateVideo { video: w[1].id.clone() }.into());
        }
        for VideoFrames { id, numbers } in &videos {
            if numbers.is_empty() {
                return Err(oddframe_core::Error::EmptyVideo { video: id.clone() }.into());
            }
            if let Some(w) = numbers.windows(2).find(|w| w[0] >= w[1]) {
                let (before, after) = (w[0], w[1]);
                return Err(oddframe_core::Error::FrameOrder { video: id.clone(), before, after }.into());
            }
        }
        let zero = |v: &&&VideoFrames| v.numbers.first() == Some(&FrameNumber(0));
        if let (Some(1), Some(video)) = (first_number, videos.iter().find(zero)) {
            return Err(Error::FrameZero { video: video.id.clone() });
        }
        Ok(Self { videos, first_number })
    }

    /// The videos, in natural order, where a format names none itself.
    pub(crate) fn named(&self) -> Result<&[&'a VideoFrames], Error> {
        if self.videos.is_empty() { Err(Error::NoVideos) } else { Ok(&self.videos) }
    }

    /// The frame number that a label file's first place means: what the caller says, else 0 where a video has
    /// that frame, else what the `lengths` of the videos' lists say, else a guess.
    pub(crate) fn first_number<'v>(
        &self,
        lengths: impl IntoIterator<Item = (&'v VideoId, usize)>,
    ) -> FirstNumber {
        let smallest = self.videos.iter().filter_map(|v| v.numbers.first()).min().map(|n| n.0);
        if let Some(first) = self.first_number.or(smallest.filter(|n| *n == 0)) {
            return FirstNumber::known(first);
        }
        let ends = lengths.into_iter().filter_map(|(id, length)| Some((self.last_number(id)?.0, length)));
        FirstNumber::from_lengths(ends).unwrap_or_else(|| FirstNumber::guess(smallest))
    }

    /// The largest number wanted of a video.
    pub(crate) fn last_number(&self, id: &VideoId) -> Option<FrameNumber> {
        let place = self.videos.binary_search_by(|v| v.id.cmp(id)).ok()?;
        self.videos[place].numbers.last().copied()
    }

    /// Makes sure that every frame of these videos has a label.
    pub(crate) fn check_covered(&self, labels: &Labels) -> Result<(), Error> {
        for VideoFrames { id, numbers } in &self.videos {
            let known = labels.video(id).ok_or_else(|| unknown(id, labels.videos()))?;
            let lacks = |n: &&FrameNumber| known.get(**n).is_none();
            if let Some(frame) = numbers.iter().find(lacks) {
                let missing = numbers.iter().filter(lacks).count();
                return Err(Error::Unlabelled { video: id.clone(), frame: *frame, missing });
            }
        }
        Ok(())
    }
}

fn unknown(video: &VideoId, labels: &[VideoLabels]) -> Error {
    let known = match labels {
        [] => "none".to_string(),
        [only] => only.id().to_string(),
        [first, .., last] => format!("{} videos, {} to {}", labels.len(), first.id(), last.id()),
    };
    Error::UnknownVideo { video: video.clone(), known }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(id: &str, numbers: &[u64]) -> VideoFrames {
        VideoFrames { id: id.into(), numbers: numbers.iter().copied().map(FrameNumber).collect() }
    }

    #[test]
    fn the_caller_then_frame_zero_then_lengths_then_the_smallest_number() {
        let first = |asked, videos: &[VideoFrames], lengths: &[(&str, usize)]| {
            let lengths: Vec<(VideoId, usize)> = lengths.iter().map(|(id, n)| ((*id).into(), *n)).collect();
            let set = VideoSet::new(videos, asked).unwrap();
            let first = set.first_number(lengths.iter().map(|(id, n)| (id, *n)));
            (first.value(), first.guessed_one())
        };
        let late = [video("1", &[1, 2]), video("2", &[7])];
        assert_eq!(first(None, &late, &[]), (1, Some(1)));
        assert_eq!(first(None, &late, &[("1", 9), ("3", 3)]), (1, Some(1)));
        assert_eq!(first(None, &late, &[("01", 3)]), (0, None));
        assert_eq!(first(None, &late, &[("2", 7)]), (1, None));
        assert_eq!(first(Some(0), &late, &[("2", 7)]), (0, None));
        assert_eq!(first(Some(1), &late, &[]), (1, None));
        assert_eq!(first(None, &[video("1", &[1, 2]), video("2", &[0])], &[("1", 2)]), (0, None));
        assert_eq!(first(None, &[video("1", &[939, 940])], &[]), (0, None));
        assert_eq!(first(None, &[], &[("1", 2)]), (0, None));
    }

    #[test]
    fn impossible_sets_are_refused() {
        let error = |videos: &[VideoFrames]| VideoSet::new(videos, None).unwrap_err().to_string();
        assert!(error(&[video("1", &[0]), video("01", &[0])]).contains("appears twice"));
        assert!(error(&[video("1", &[])]).contains("no frames"));
        assert!(error(&[video("1", &[3, 3])]).contains("must rise"));
        assert!(matches!(VideoSet::new(&[], None).unwrap().named(), Err(Error::NoVideos)));
        let zero = [video("1", &[1]), video("2", &[0])];
        let error = |first| VideoSet::new(&zero, Some(first)).unwrap_err().to_string();
        assert_eq!(error(2), "frames are counted from 0 or 1, not from 2");
        assert_eq!(error(1), "video 2 has a frame 0, so its frames are not counted from 1");
    }
}
