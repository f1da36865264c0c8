//! What the training videos show, and how they are divided into folds.
//!
//! Normal video is scored as if it were new: each fold by what the others taught. With 4 to 16 videos every video is a fold;
//! more are pooled into 16; fewer are cut into runs of at least 64 frames.

use std::ops::Range;

use half::f16;

use crate::color::Palette;
use crate::direction::ObjectMotion;
use crate::dwell::SparseDwell;
use crate::found::FrameFindings;
use crate::shape::MEASURES;
use crate::windows::MotionWindow;

/// The most folds.
const MOST_FOLDS: usize = 16;

/// From so many videos on, each is a fold of its own.
const ENOUGH_VIDEOS: usize = 4;

/// The fewest frames of a fold that is a part of a video.
const FRAMES_IN_FOLD: usize = 64;

/// Consecutive frames of a video that belong to one fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) video: usize,
    pub(crate) frames: Range<usize>,
    pub(crate) fold: usize,
}

/// The findings of all training videos.
#[derive(Debug, Default)]
pub(crate) struct Training {
    /// For each video its frames. Dwell times are kept apart.
    pub(crate) videos: Vec<Vec<FrameFindings>>,
    pub(crate) dwell: Vec<Vec<SparseDwell>>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) folds: usize,
}

impl Training {
    /// For videos of so many frames, before any is analysed.
    pub(crate) fn new(lengths: &[usize]) -> Self {
        let segments = divide(lengths);
        Self {
            folds: segments
                .iter()
                .map(|segment| segment.fold + 1)
                .max()
                .unwrap_or(0),
            segments,
            ..Self::default()
        }
    }

    /// Adds the findings of the next video.
    pub(crate) fn add_video(&mut self, mut frames: Vec<FrameFindings>) {
        let dwell = frames.iter_mut().map(|frame| {
            // Few cells are ever covered.
            SparseDwell::new(&std::mem::take(&mut frame.dwell))
        });
        self.dwell.push(dwell.collect());
        self.videos.push(frames);
    }

    /// The frames of a segment.
    pub(crate) fn frames(&self, segment: &Segment) -> &[FrameFindings] {
        &self.videos[segment.video][segment.frames.clone()]
    }

    /// The numbers of the frames of each video.
    pub(crate) fn numbers(&self) -> Vec<Vec<u64>> {
        let videos = self.videos.iter();
        videos
            .map(|frames| frames.iter().map(|frame| frame.number).collect())
            .collect()
    }

    pub(crate) fn windows_by_fold(&self) -> Vec<Vec<&[MotionWindow]>> {
        self.by_fold(|frame| frame.windows.as_slice())
    }

    pub(crate) fn looks_by_fold(&self) -> Vec<Vec<&[f16]>> {
        self.by_fold(|frame| frame.looks.as_slice())
    }

    pub(crate) fn shapes_by_fold(&self) -> Vec<Vec<&[[f32; MEASURES]]>> {
        self.by_fold(|frame| frame.shapes.as_slice())
    }

    pub(crate) fn palettes_by_fold(&self) -> Vec<Vec<&[Palette]>> {
        self.by_fold(|frame| frame.palettes.as_slice())
    }

    pub(crate) fn motions_by_fold(&self) -> Vec<Vec<&[ObjectMotion]>> {
        self.by_fold(|frame| frame.motions.as_slice())
    }

    /// The number of objects in each frame of each video.
    pub(crate) fn object_counts(&self) -> Vec<Vec<f32>> {
        let videos = self.videos.iter();
        videos
            .map(|frames| {
                frames
                    .iter()
                    .map(|frame| frame.objects.len() as f32)
                    .collect()
            })
            .collect()
    }

    fn by_fold<'a, T>(&'a self, part: fn(&'a FrameFindings) -> &'a [T]) -> Vec<Vec<&'a [T]>> {
        let mut folds = vec![Vec::new(); self.folds];
        for segment in &self.segments {
            folds[segment.fold].extend(self.frames(segment).iter().map(part));
        }
        folds
    }

    /// The longest dwell time of each cell in each fold.
    pub(crate) fn longest_dwell(&self, cells: usize) -> Vec<Vec<f32>> {
        let mut folds = vec![vec![0.0; cells]; self.folds];
        for segment in &self.segments {
            for dwell in &self.dwell[segment.video][segment.frames.clone()] {
                dwell.raise(&mut folds[segment.fold]);
            }
        }
        folds
    }

    /// The fold that does not count when a frame of this fold is scored. A single fold is scored by itself: without it
    /// nothing would be left.
    pub(crate) fn left_out(&self, fold: usize) -> Option<usize> {
        (self.folds > 1).then_some(fold)
    }
}

/// Divides videos of so many frames into folds.
fn divide(lengths: &[usize]) -> Vec<Segment> {
    let videos = lengths.len();
    let mut segments = Vec::new();
    for (video, length) in lengths.iter().copied().enumerate() {
        if videos >= ENOUGH_VIDEOS {
            segments.push(Segment {
                video,
                frames: 0..length,
                fold: video % MOST_FOLDS,
            });
            continue;
        }
        let parts = (length / FRAMES_IN_FOLD).clamp(1, MOST_FOLDS / videos);
        for part in 0..parts {
            segments.push(Segment {
                video,
                frames: part * length / parts..(part + 1) * length / parts,
                fold: segments.len(),
            });
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folds(lengths: &[usize]) -> Vec<(usize, Range<usize>, usize)> {
        let segments = divide(lengths).into_iter();
        segments.map(|s| (s.video, s.frames, s.fold)).collect()
    }

    #[test]
    fn a_single_video_is_cut_into_runs() {
        assert_eq!(folds(&[150]), [(0, 0..75, 0), (0, 75..150, 1)]);
        assert_eq!(folds(&[100]), [(0, 0..100, 0)]);
        assert_eq!(folds(&[64 * 50]).len(), 16);
    }

    #[test]
    fn few_videos_are_cut_and_many_are_pooled() {
        let three = folds(&[200, 64, 10]);
        assert_eq!(
            three.iter().map(|s| s.0).collect::<Vec<_>>(),
            [0, 0, 0, 1, 2]
        );
        assert_eq!(three.last().unwrap().2, 4);
        assert_eq!(folds(&[9, 9, 9, 9])[3], (3, 0..9, 3));
        let many = folds(&[20; 40]);
        assert_eq!((many.len(), many[16].2, many[39].2), (40, 0, 7));
    }
}
