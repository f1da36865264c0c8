use crate::{Error, Video, VideoId, VideoScores};

/// The scores that a step treats as one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Each video by itself.
    PerVideo,
    /// All videos together.
    WholeSet,
}

/// One finite score for every frame of every video, in natural order of the videos.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreTable {
    videos: Vec<VideoScores>,
}

impl ScoreTable {
    /// Builds a table of these videos and sorts them.
    ///
    /// # Errors
    /// When there is none, or two have the same name.
    pub fn new(mut videos: Vec<VideoScores>) -> Result<Self, Error> {
        if videos.is_empty() {
            return Err(Error::Nothing {
                what: "scored video",
            });
        }
        videos.sort_by(|a, b| a.id().cmp(b.id()));
        // Videos whose names are equal in natural order, such as `01` and `1`, are neighbours after sorting.
        match videos.windows(2).find(|w| w[0].id() == w[1].id()) {
            Some(w) => Err(Error::DuplicateVideo {
                video: w[1].id().clone(),
            }),
            None => Ok(Self { videos }),
        }
    }

    /// The videos, in natural order.
    pub fn videos(&self) -> &[VideoScores] {
        &self.videos
    }

    /// The scores of one video.
    pub fn video(&self, id: &VideoId) -> Option<&VideoScores> {
        self.videos
            .binary_search_by(|v| v.id().cmp(id))
            .ok()
            .map(|i| &self.videos[i])
    }

    /// How many frames there are in all videos.
    #[expect(clippy::len_without_is_empty, reason = "a table is never empty")]
    pub fn len(&self) -> usize {
        self.videos.iter().map(VideoScores::len).sum()
    }

    /// All scores, video after video.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.videos.iter().flat_map(|v| v.values().iter().copied())
    }

    /// Changes the scores, one video at a time or all together; frame numbers and origins are unchanged.
    ///
    /// # Errors
    /// When a new score is not finite; the table is then unchanged.
    pub fn update(
        &mut self,
        scope: Scope,
        mut change: impl FnMut(&mut [f64]),
    ) -> Result<(), Error> {
        // The change works on a copy. The table is written only after all new values are known to be finite.
        let mut all: Vec<f64> = self.values().collect();
        match scope {
            Scope::WholeSet => change(&mut all),
            Scope::PerVideo => self.split(&mut all).into_iter().for_each(change),
        }
        self.set_values(&all)
    }

    /// Replaces the score of every frame, video after video; frame numbers and origins are unchanged.
    ///
    /// # Errors
    /// When their number differs or one is not finite; the table is then unchanged.
    pub fn set_values(&mut self, values: &[f64]) -> Result<(), Error> {
        Error::check_length("scores of a table", self.len(), values.len())?;
        // Two passes: check every part, then copy. A single pass would leave the table half changed on an
        // error.
        let mut rest = values;
        let mut parts = Vec::with_capacity(self.videos.len());
        for video in &self.videos {
            let (part, after) = rest.split_at(video.len());
            video.check_finite(part)?;
            parts.push(part);
            rest = after;
        }
        for (video, part) in self.videos.iter_mut().zip(parts) {
            video.set_values(part);
        }
        Ok(())
    }

    /// Makes sure that every frame of these videos has a score.
    ///
    /// # Errors
    /// When a video or a frame is missing; the error names the first one.
    pub fn check_covers(&self, videos: &[&Video]) -> Result<(), Error> {
        for video in videos {
            let scores = self.video(video.id()).ok_or_else(|| Error::MissingVideo {
                video: video.id().clone(),
            })?;
            let lacks = |n: &&crate::FrameNumber| scores.numbers().binary_search(n).is_err();
            if let Some(frame) = video.numbers().iter().find(lacks) {
                let missing = video.numbers().iter().filter(lacks).count();
                return Err(Error::Unscored {
                    video: video.id().clone(),
                    frame: *frame,
                    missing,
                });
            }
        }
        Ok(())
    }

    fn split<'a>(&self, mut all: &'a mut [f64]) -> Vec<&'a mut [f64]> {
        let mut parts = Vec::with_capacity(self.videos.len());
        for video in &self.videos {
            let (part, rest) = all.split_at_mut(video.len());
            parts.push(part);
            all = rest;
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FrameNumber, FrameShape, Origin, PixelFormat};

    fn scores(id: &str, values: &[f64]) -> VideoScores {
        let numbers = (0..values.len() as u64).map(FrameNumber).collect();
        VideoScores::from_parts(
            id.into(),
            numbers,
            values.to_vec(),
            vec![Origin::Computed; values.len()],
        )
        .unwrap()
    }

    #[test]
    fn videos_are_in_natural_order_and_unique() {
        let table = ScoreTable::new(vec![scores("10", &[3.0]), scores("2", &[1.0, 2.0])]).unwrap();
        assert_eq!(table.values().collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
        assert_eq!(table.video(&"010".into()).unwrap().values(), [3.0]);
        let twice = ScoreTable::new(vec![scores("01", &[3.0]), scores("1", &[1.0])]);
        assert!(matches!(twice, Err(Error::DuplicateVideo { .. })));
        assert!(matches!(
            ScoreTable::new(vec![]),
            Err(Error::Nothing { .. })
        ));
    }

    #[test]
    fn updates_keep_to_their_scope_and_to_finite_values() {
        let mut table =
            ScoreTable::new(vec![scores("1", &[1.0, 2.0]), scores("2", &[5.0])]).unwrap();
        table.update(Scope::PerVideo, <[f64]>::reverse).unwrap();
        assert_eq!(table.values().collect::<Vec<_>>(), [2.0, 1.0, 5.0]);
        table.update(Scope::WholeSet, <[f64]>::reverse).unwrap();
        assert_eq!(table.values().collect::<Vec<_>>(), [5.0, 1.0, 2.0]);
        let error = table
            .update(Scope::WholeSet, |v| v[1] = f64::NAN)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "video 1: the score of frame 1 is NaN; scores must be finite"
        );
        assert_eq!(table.values().collect::<Vec<_>>(), [5.0, 1.0, 2.0]);
        assert!(table.set_values(&[1.0]).is_err());
    }

    #[test]
    fn missing_videos_and_frames_are_named() {
        let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
        let video = |id: &str, n: u64| {
            Video::new(id.into(), shape, (0..n).map(FrameNumber).collect()).unwrap()
        };
        let table = ScoreTable::new(vec![scores("1", &[1.0, 2.0])]).unwrap();
        assert!(table.check_covers(&[&video("01", 2)]).is_ok());
        assert!(matches!(
            table.check_covers(&[&video("1", 4)]),
            Err(Error::Unscored { missing: 2, .. })
        ));
        assert!(matches!(
            table.check_covers(&[&video("2", 1)]),
            Err(Error::MissingVideo { .. })
        ));
    }
}
