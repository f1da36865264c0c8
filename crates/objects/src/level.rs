//! The level of a cue in a video: some videos are a little unusual all through, because of their light, their people, or because
//! the training covers their scene thinly. Half of what is usual in a video so far is taken off its values.

use std::collections::VecDeque;

use crate::statistics::{median_f64, percentile_of_sorted};

/// The share of the level that is taken off.
const SHARE: f64 = 0.5;

/// Values of the training that count beside those of the video, so that its first frames do not make the level.
const PRIOR: usize = 25;

/// The frames that a level looks back.
const MEMORY: usize = 4096;

/// The levels of normal videos.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct UsualLevels {
    /// The lowest and the highest. The level of a new video stays between them: one that is abnormal all through must not
    /// become its own measure.
    range: (f64, f64),
    /// Values spread evenly over the sorted values of all normal frames.
    prior: Vec<f64>,
}

impl UsualLevels {
    pub(crate) fn of_videos(videos: &[Vec<f64>]) -> Self {
        let with_frames = videos.iter().filter(|video| !video.is_empty());
        let levels: Vec<f64> = with_frames
            .map(|video| median_f64(&mut video.clone()))
            .collect();
        let mut values = videos.concat();
        values.sort_unstable_by(f64::total_cmp);
        let Some(last) = values.len().checked_sub(1) else {
            return Self::default();
        };
        Self {
            range: (
                levels.iter().copied().fold(f64::INFINITY, f64::min),
                levels.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            ),
            prior: (0..PRIOR)
                .map(|place| values[place * last / (PRIOR - 1)])
                .collect(),
        }
    }

    pub(crate) fn start_video(&self) -> VideoLevel {
        VideoLevel {
            range: self.range,
            sorted: self.prior.clone(),
            recent: VecDeque::new(),
        }
    }
}

/// The level of a video up to a frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct VideoLevel {
    range: (f64, f64),
    /// The prior values and the recent ones.
    sorted: Vec<f64>,
    /// The values of the last frames, in order.
    recent: VecDeque<f64>,
}

impl VideoLevel {
    /// Takes the value of the next frame. Returns what is to be taken off it.
    pub(crate) fn follow(&mut self, value: f64) -> f64 {
        if self.recent.len() == MEMORY
            && let Some(oldest) = self.recent.pop_front()
        {
            let place = self.sorted.partition_point(|other| *other < oldest);
            self.sorted.remove(place);
        }
        self.recent.push_back(value);
        let place = self.sorted.partition_point(|other| *other < value);
        self.sorted.insert(place, value);
        self.current()
    }

    /// What is to be taken off the values of the last frame.
    pub(crate) fn current(&self) -> f64 {
        let (low, high) = self.range;
        SHARE * percentile_of_sorted(&self.sorted, 50.0).clamp(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_follows_the_video_within_the_usual_range() {
        let videos = [vec![1.0; 60], vec![3.0; 60]];
        let levels = UsualLevels::of_videos(&videos);
        let mut level = levels.start_video();
        // At first the training decides: 13 of its 25 values are 1, the others 3.
        assert_eq!(level.follow(2.0), SHARE * 1.5);
        for _ in 0..100 {
            level.follow(2.5);
        }
        assert_eq!(level.follow(2.5), SHARE * 2.5);
        for _ in 0..1000 {
            level.follow(9.0);
        }
        assert_eq!(level.follow(9.0), SHARE * 3.0);
    }

    #[test]
    fn old_frames_are_forgotten_and_memory_is_bounded() {
        let levels = UsualLevels::of_videos(&[vec![1.0; 60], vec![5.0; 60]]);
        let mut level = levels.start_video();
        for _ in 0..MEMORY {
            level.follow(1.5);
        }
        for _ in 0..MEMORY {
            level.follow(4.0);
        }
        assert_eq!(level.follow(4.0), SHARE * 4.0);
        assert_eq!(level.sorted.len(), MEMORY + PRIOR);
        assert!(level.sorted.is_sorted());
    }

    #[test]
    fn without_normal_videos_nothing_is_taken_off() {
        let mut level = UsualLevels::of_videos(&[]).start_video();
        assert_eq!(level.follow(7.0), 0.0);
    }
}
