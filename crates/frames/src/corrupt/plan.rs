//! Planning the damage of a set of videos.

use oddframe_core::{Error as CoreError, Video, VideoId};

use super::options::DamageOptions;
use super::runs::mark_flips;
use super::segments::mark_noise;
use super::video_damage::{Kept, VideoDamage};
use crate::Error;

/// A plan of damage for a set of videos: which frames are dropped, noisy or upside down.
///
/// The plan depends on the seed, the options and the names and frames of the videos, but not on the
/// order of the videos.
///
/// ```
/// # use oddframe_core::{FrameNumber, FrameShape, PixelFormat, Video};
/// use oddframe_frames::{Damage, DamageOptions};
/// # let shape = FrameShape::new(4, 4, PixelFormat::Gray)?;
/// # let video = Video::new("01".into(), shape, (0..200).map(FrameNumber).collect())?;
/// let damage = Damage::plan(&[&video], DamageOptions::none().with_flips(0.1), 2026)?;
/// let flipped = damage.videos()[0].frames().iter().filter(|frame| frame.flipped);
/// assert_eq!(flipped.count(), 20);
/// # Ok::<(), oddframe_frames::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Damage {
    videos: Vec<VideoDamage>,
}

impl Damage {
    /// Plans the damage of a set of videos.
    ///
    /// # Errors
    /// When an option is outside its range, two videos have the same name, or the requested number
    /// of frames cannot be flipped without two runs touching each other.
    pub fn plan(videos: &[&Video], options: DamageOptions, seed: u64) -> Result<Self, Error> {
        options.check_ranges()?;
        // In natural order, so that choices over all videos do not depend on the order in which they are given.
        let mut videos = videos.to_vec();
        videos.sort_by_key(|video| video.id());
        if let Some(pair) = videos.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
            return Err(CoreError::DuplicateVideo {
                video: pair[1].id().clone(),
            }
            .into());
        }
        // Frames are dropped first: the shares of noisy and flipped frames are shares of those that remain.
        let mut kept: Vec<_> = videos
            .iter()
            .map(|video| Kept::draw_frames(video, options, seed))
            .collect();
        mark_noise(&mut kept, options, seed);
        mark_flips(&mut kept, options, seed)?;
        let mut planned = Vec::with_capacity(videos.len());
        for (video, kept) in videos.iter().zip(kept) {
            planned.push(VideoDamage {
                video: video.id().clone(),
                seed,
                amplitude: options.noise,
                channels: options.channels,
                frames: kept.frames,
            });
        }
        Ok(Self { videos: planned })
    }

    /// The videos, in natural order.
    pub fn videos(&self) -> &[VideoDamage] {
        &self.videos
    }

    /// The damage of a video, by its name.
    pub fn video(&self, id: &VideoId) -> Option<&VideoDamage> {
        self.videos
            .binary_search_by(|video| video.video.cmp(id))
            .ok()
            .map(|place| &self.videos[place])
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, FrameShape, PixelFormat};
    use proptest::prelude::*;

    use super::*;
    use crate::FrameDamage;

    fn video(id: &str, frames: u64) -> Video {
        let shape = FrameShape::new(4, 4, PixelFormat::Gray).unwrap();
        // Numbers with gaps, so that a position used as a number is noticed.
        Video::new(
            id.into(),
            shape,
            (0..frames).map(|i| FrameNumber(100 + 3 * i)).collect(),
        )
        .unwrap()
    }

    fn count(damage: &Damage, of: impl Fn(&FrameDamage) -> bool) -> usize {
        damage
            .videos()
            .iter()
            .flat_map(VideoDamage::frames)
            .filter(|frame| of(frame))
            .count()
    }

    #[test]
    fn shares_of_damaged_frames_are_exact() {
        let videos: Vec<_> = (1..=12)
            .map(|i| video(&format!("{i:02}"), 120 + 10 * i))
            .collect();
        let videos: Vec<_> = videos.iter().collect();
        let damage = Damage::plan(
            &videos,
            DamageOptions::new().with_late_starts(0.0, 5, 30),
            7,
        )
        .unwrap();
        let all: usize = videos.iter().map(|v| v.len()).sum();
        let drops: usize = videos
            .iter()
            .map(|v| (0.02 * v.len() as f64).round() as usize)
            .sum();
        let kept = count(&damage, |_| true);
        assert_eq!(kept, all - drops);
        assert_eq!(
            count(&damage, |f| f.noisy),
            (0.4 * kept as f64).round() as usize
        );
        assert_eq!(
            count(&damage, |f| f.flipped),
            (0.1 * kept as f64).round() as usize
        );
        // The noise is spread over all videos, instead of filling the first five.
        assert!(
            damage.videos()[6..]
                .iter()
                .any(|video| video.frames().iter().any(|f| f.noisy))
        );
        for (planned, video) in damage.videos().iter().zip(videos) {
            let frames = planned.frames();
            assert!(frames.iter().all(|f| f.number == video.numbers()[f.index]));
            assert_eq!(
                (frames[0].index, frames[frames.len() - 1].index),
                (0, video.len() - 1)
            );
            // Segments are at least 20 frames long, except at the end of a video and for the one
            // that is cut short.
            let noisy = frames.split(|f| !f.noisy).filter(|run| !run.is_empty());
            assert!(noisy.filter(|run| run.len() < 20).count() <= 2);
        }
    }

    #[test]
    fn every_kind_of_damage_can_be_planned_alone() {
        let videos = [video("1", 300), video("2", 300)];
        let plan = |options| Damage::plan(&[&videos[0], &videos[1]], options, 3).unwrap();
        let damage = plan(DamageOptions::none());
        assert_eq!(
            (
                count(&damage, |f| f.noisy || f.flipped),
                count(&damage, |_| true)
            ),
            (0, 600)
        );
        let damage = plan(DamageOptions::none().with_noise(10.0, 1.0));
        assert_eq!(count(&damage, |f| f.noisy && !f.flipped), 600);
        let damage = plan(DamageOptions::none().with_drops(1.0));
        assert_eq!(count(&damage, |_| true), 4);
        let damage = plan(DamageOptions::none().with_late_starts(1.0, 40, 40));
        assert_eq!(
            damage.video(&"01".into()).unwrap().frames()[0].number,
            FrameNumber(100 + 3 * 40)
        );
        assert!(damage.video(&"3".into()).is_none());
    }

    #[test]
    fn late_starts_have_their_share_and_range() {
        let videos: Vec<_> = (0..400).map(|i| video(&i.to_string(), 100)).collect();
        let videos: Vec<_> = videos.iter().collect();
        let options = DamageOptions::none().with_late_starts(0.34, 5, 30);
        let damage = Damage::plan(&videos, options, 1).unwrap();
        let starts: Vec<_> = damage
            .videos()
            .iter()
            .map(|v| v.frames()[0].index)
            .filter(|s| *s > 0)
            .collect();
        assert!((100..170).contains(&starts.len()), "{}", starts.len());
        assert!(
            starts.iter().all(|s| (5..=30).contains(s))
                && starts.contains(&5)
                && starts.contains(&30)
        );
        // The video is too short for a late start.
        let short = video("1", 60);
        let damage = Damage::plan(&[&short], options.with_late_starts(1.0, 5, 30), 1).unwrap();
        assert_eq!(count(&damage, |_| true), 60);
    }

    #[test]
    fn plans_depend_on_the_seed_and_not_on_the_order_of_videos() {
        let videos = [video("1", 200), video("2", 150), video("10", 180)];
        let [a, b, c] = &videos;
        let plan =
            |videos: &[&Video], seed| Damage::plan(videos, DamageOptions::new(), seed).unwrap();
        assert_eq!(plan(&[a, b, c], 5), plan(&[c, a, b], 5));
        let frames = |damage: &Damage| {
            damage
                .videos()
                .iter()
                .map(|v| v.frames().to_vec())
                .collect::<Vec<_>>()
        };
        assert_ne!(frames(&plan(&[a, b, c], 5)), frames(&plan(&[a, b, c], 6)));
        let error = Damage::plan(&[a, &video("01", 9)], DamageOptions::new(), 5).unwrap_err();
        assert!(matches!(
            error,
            Error::Core(CoreError::DuplicateVideo { .. })
        ));
    }

    proptest! {
        #[test]
        fn tiny_and_unusual_sets_do_not_panic(
            lengths in proptest::collection::vec(1_u64..40, 0..4),
            options in (0.0..=1.0_f64, 0.0..=0.5_f64, 0.0..=1.0_f64, 0.0..=1.0_f64, 1_usize..50, 0_usize..50),
            seed in any::<u64>(),
        ) {
            let videos: Vec<_> = lengths.iter().zip(["a", "b", "c"]).map(|(n, id)| video(id, *n)).collect();
            let (noise, flips, drops, late, most, least_late) = options;
            let options = DamageOptions::new()
                .with_noise(255.0, noise).with_segments(1, most).with_flips(flips).with_runs(most, usize::MAX)
                .with_drops(drops).with_late_starts(late, least_late, 50);
            if let Ok(damage) = Damage::plan(&videos.iter().collect::<Vec<_>>(), options, seed) {
                prop_assert!(damage.videos().iter().all(|video| !video.frames().is_empty()));
            }
        }
    }
}
