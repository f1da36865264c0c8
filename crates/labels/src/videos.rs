use oddframe_core::{FrameNumber, Labels, Video, VideoId, VideoLabels, VideoScores};

use crate::Error;

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
    first: u64,
}

impl<'a> VideoSet<'a> {
    pub(crate) fn new(videos: &'a [VideoFrames]) -> Result<Self, Error> {
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
        let smallest = videos.iter().filter_map(|v| v.numbers.first()).min();
        let first = u64::from(smallest == Some(&FrameNumber(1)));
        Ok(Self { videos, first })
    }

    /// The videos, in natural order.
    pub(crate) fn videos(&self) -> &[&'a VideoFrames] {
        &self.videos
    }

    /// The videos, where a format names none itself.
    pub(crate) fn named(&self) -> Result<&[&'a VideoFrames], Error> {
        if self.videos.is_empty() { Err(Error::NoVideos) } else { Ok(&self.videos) }
    }

    /// The frame number that a label file's first place means: 1 where the smallest number of the whole set is
    /// 1, else 0. A set that starts late, or has gaps, counts from 0 like the videos it was cut from.
    pub(crate) fn first_number(&self) -> u64 {
        self.first
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
    fn sets_count_from_one_only_where_their_smallest_number_is_one() {
        let first = |videos: &[VideoFrames]| VideoSet::new(videos).unwrap().first_number();
        assert_eq!(first(&[video("1", &[1, 2]), video("2", &[7])]), 1);
        assert_eq!(first(&[video("1", &[1, 2]), video("2", &[0])]), 0);
        assert_eq!(first(&[video("1", &[939, 940])]), 0);
        assert_eq!(first(&[]), 0);
    }

    #[test]
    fn impossible_sets_are_refused() {
        let error = |videos: &[VideoFrames]| VideoSet::new(videos).unwrap_err().to_string();
        assert!(error(&[video("1", &[0]), video("01", &[0])]).contains("appears twice"));
        assert!(error(&[video("1", &[])]).contains("no frames"));
        assert!(error(&[video("1", &[3, 3])]).contains("must rise"));
        assert!(matches!(VideoSet::new(&[]).unwrap().named(), Err(Error::NoVideos)));
    }
}
