//! How much of its pictures and curves a page shows.

use std::fs;

use oddframe_core::FrameNumber;
use oddframe_pipeline::FramePicture;

use crate::contents::{Contents, VideoContents};

/// A level of detail. The first one shows everything; the others are tried until a page fits into its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level {
    /// Of the small pictures of a video every so many are shown; none of them when it is 0.
    pub(crate) every: usize,
    /// Whether the top moments have pictures.
    pub(crate) moments: bool,
    /// The most points of a curve.
    pub(crate) points: usize,
}

/// More points than a screen shows.
const POINTS: usize = 1200;
/// The points of all curves together, so that the curves of hundreds of videos stay small.
const ALL_POINTS: usize = 100_000;
/// Enough to see where a curve rises.
const FEW_POINTS: usize = 80;

/// The levels from the most detailed to the barest.
pub(crate) fn levels(videos: usize) -> impl Iterator<Item = Level> {
    let points = (ALL_POINTS / videos.max(1)).clamp(FEW_POINTS, POINTS);
    let level = move |every, moments, points| Level {
        every,
        moments,
        points,
    };
    [1, 2, 4, 8, 16]
        .map(|every| level(every, true, points))
        .into_iter()
        .chain([
            level(0, true, points),
            level(0, false, points),
            level(0, false, FEW_POINTS),
        ])
}

impl Level {
    /// The small pictures of a video that this level shows.
    pub(crate) fn pictures<'v>(
        self,
        contents: &Contents<'_>,
        video: &'v VideoContents,
    ) -> Vec<&'v FramePicture> {
        if self.every == 0 || !contents.pictures {
            return Vec::new();
        }
        // The large ones are few, and show the moments that matter.
        let mut small = 0;
        let shown = video.pictures.iter().filter(|picture| {
            small += usize::from(!picture.large);
            picture.large || small % self.every == 0
        });
        shown.collect()
    }

    /// At least how many bytes the pictures of a page need, from the sizes of their files.
    pub(crate) fn picture_bytes(self, contents: &Contents<'_>) -> usize {
        let mut bytes = 0;
        for video in &contents.videos {
            for picture in self.pictures(contents, video) {
                let frame = FrameNumber(picture.frame);
                let path = contents.folder.picture_file(video.scores.id(), frame);
                // Base64 writes three bytes as four letters.
                bytes += fs::metadata(path).map_or(0, |file| file.len() as usize / 3 * 4);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_get_barer_and_many_videos_have_shorter_curves() {
        let few: Vec<Level> = levels(3).collect();
        assert_eq!((few[0].every, few[0].points), (1, POINTS));
        let last = few.last().unwrap();
        assert_eq!(
            (last.every, last.moments, last.points),
            (0, false, FEW_POINTS)
        );
        assert_eq!(levels(1000).next().unwrap().points, 100);
    }
}
