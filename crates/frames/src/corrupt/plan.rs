use oddframe_core::{Error as CoreError, FrameNumber, FrameSource, Random, Video, VideoId};

use super::runs::mark_flips;
use super::segments::mark_noise;
use super::{DamageOptions, Damaged, NoiseChannels, video_key};
use crate::Error;

/// What happens to one frame that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameDamage {
    /// Its index in the undamaged source.
    pub index: usize,
    /// Its number, which it keeps.
    pub number: FrameNumber,
    /// Whether noise is added.
    pub noisy: bool,
    /// Whether it is upside down.
    pub flipped: bool,
}

/// What happens to one video: the ground truth of its damage.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoDamage {
    pub(super) video: VideoId,
    pub(super) seed: u64,
    pub(super) amplitude: f64,
    pub(super) channels: NoiseChannels,
    pub(super) frames: Vec<FrameDamage>,
}

impl VideoDamage {
    /// The video.
    pub fn video(&self) -> &VideoId {
        &self.video
    }

    /// The frames that are kept, in order.
    pub fn frames(&self) -> &[FrameDamage] {
        &self.frames
    }

    /// Damages a source as planned.
    ///
    /// # Errors
    /// When it is not the video that was planned for: another name, or other frames.
    pub fn of<S: FrameSource>(&self, source: S) -> Result<Damaged<S>, Error> {
        Damaged::new(source, self.clone())
    }
}

/// A plan of damage for a set of videos: which frames are lost, noisy, or upside down.
///
/// It hangs on the seed, the options and the videos' names and frames, not on the order in which they are given.
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
    /// Plans the damage of a set.
    ///
    /// # Errors
    /// When an option makes no sense, two videos have one name, or as many frames as asked for cannot be turned
    /// upside down without two runs touching.
    pub fn plan(videos: &[&Video], options: DamageOptions, seed: u64) -> Result<Self, Error> {
        options.check()?;
        let mut videos = videos.to_vec();
        videos.sort_by_key(|video| video.id());
        if let Some(pair) = videos.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
            return Err(CoreError::DuplicateVideo { video: pair[1].id().clone() }.into());
        }
        let mut kept: Vec<_> = videos.iter().map(|video| Kept::draw(video, options, seed)).collect();
        mark_noise(&mut kept, options, seed);
        mark_flips(&mut kept, options, seed)?;
        let video = |(video, kept): (&&Video, Kept)| VideoDamage {
            video: video.id().clone(),
            seed,
            amplitude: options.noise,
            channels: options.channels,
            frames: kept.frames,
        };
        Ok(Self { videos: videos.iter().zip(kept).map(video).collect() })
    }

    /// The videos, in natural order.
    pub fn videos(&self) -> &[VideoDamage] {
        &self.videos
    }

    /// One video by name.
    pub fn video(&self, id: &VideoId) -> Option<&VideoDamage> {
        self.videos.binary_search_by(|video| video.video.cmp(id)).ok().map(|place| &self.videos[place])
    }
}

/// What a random stream is for, so that one draw more here moves nothing there.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Late,
    Drops,
    Segments,
    Flips,
    Noise,
}

/// The frames of one video that are kept, while their damage is being marked.
pub(super) struct Kept {
    pub(super) key: u64,
    pub(super) frames: Vec<FrameDamage>,
}

impl Kept {
    /// Draws how late the video starts and which frames inside it are lost.
    fn draw(video: &Video, options: DamageOptions, seed: u64) -> Self {
        let key = video_key(video.id());
        let (least, most) = options.late_frames;
        let mut random = Random::stream(seed, &[key, Purpose::Late as u64]);
        let late = random.chance(options.late_share) && video.len() / 2 > most;
        let start = if late { least + random.below((most - least) as u64 + 1) as usize } else { 0 };

        let mut random = Random::stream(seed, &[key, Purpose::Drops as u64]);
        let mut inside: Vec<usize> = (start + 1..video.len().saturating_sub(1)).collect();
        random.shuffle(&mut inside);
        inside.truncate((options.drop_share * (video.len() - start) as f64).round() as usize);
        inside.sort_unstable();

        let frame = |(index, number): (usize, &FrameNumber)| FrameDamage {
            index,
            number: *number,
            noisy: false,
            flipped: false,
        };
        let there = video.numbers().iter().enumerate().skip(start);
        let kept = there.filter(|(index, _)| inside.binary_search(index).is_err());
        Self { key, frames: kept.map(frame).collect() }
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameShape, PixelFormat};
    use proptest::prelude::*;

    use super::*;

    fn video(id: &str, frames: u64) -> Video {
        let shape = FrameShape::new(4, 4, PixelFormat::Gray).unwrap();
        // Numbers with gaps, so that taking a position for a number shows.
        Video::new(id.into(), shape, (0..frames).map(|i| FrameNumber(100 + 3 * i)).collect()).unwrap()
    }

    fn count(damage: &Damage, of: impl Fn(&FrameDamage) -> bool) -> usize {
        damage.videos().iter().flat_map(VideoDamage::frames).filter(|frame| of(frame)).count()
    }

    #[test]
    fn shares_are_met() {
        let videos: Vec<_> = (1..=12).map(|i| video(&format!("{i:02}"), 120 + 10 * i)).collect();
        let videos: Vec<_> = videos.iter().collect();
        let damage = Damage::plan(&videos, DamageOptions::new().with_late_starts(0.0, 5, 30), 7).unwrap();
        let all: usize = videos.iter().map(|v| v.len()).sum();
        let drops: usize = videos.iter().map(|v| (0.02 * v.len() as f64).round() as usize).sum();
        let kept = count(&damage, |_| true);
        assert_eq!(kept, all - drops);
        assert_eq!(count(&damage, |f| f.noisy), (0.4 * kept as f64).round() as usize);
        assert_eq!(count(&damage, |f| f.flipped), (0.1 * kept as f64).round() as usize);
        // Every video has its part: 40% of the frames would else fill the first five.
        assert!(damage.videos()[6..].iter().any(|video| video.frames().iter().any(|f| f.noisy)));
        for (planned, video) in damage.videos().iter().zip(videos) {
            let frames = planned.frames();
            assert!(frames.iter().all(|f| f.number == video.numbers()[f.index]));
            assert_eq!((frames[0].index, frames[frames.len() - 1].index), (0, video.len() - 1));
            // A segment ends where its video does or where the next, clean one begins: never alone, never tiny,
            // but for the one that is cut short.
            let noisy = frames.split(|f| !f.noisy).filter(|run| !run.is_empty());
            assert!(noisy.filter(|run| run.len() < 20).count() <= 2);
        }
    }

    #[test]
    fn every_kind_can_be_asked_for_alone() {
        let videos = [video("1", 300), video("2", 300)];
        let plan = |options| Damage::plan(&[&videos[0], &videos[1]], options, 3).unwrap();
        let damage = plan(DamageOptions::none());
        assert_eq!((count(&damage, |f| f.noisy || f.flipped), count(&damage, |_| true)), (0, 600));
        let damage = plan(DamageOptions::none().with_noise(10.0, 1.0));
        assert_eq!(count(&damage, |f| f.noisy && !f.flipped), 600);
        let damage = plan(DamageOptions::none().with_drops(1.0));
        assert_eq!(count(&damage, |_| true), 4);
        let damage = plan(DamageOptions::none().with_late_starts(1.0, 40, 40));
        assert_eq!(damage.video(&"01".into()).unwrap().frames()[0].number, FrameNumber(100 + 3 * 40));
        assert!(damage.video(&"3".into()).is_none());
    }

    #[test]
    fn late_starts_come_in_their_share_and_range() {
        let videos: Vec<_> = (0..400).map(|i| video(&i.to_string(), 100)).collect();
        let videos: Vec<_> = videos.iter().collect();
        let options = DamageOptions::none().with_late_starts(0.34, 5, 30);
        let damage = Damage::plan(&videos, options, 1).unwrap();
        let starts: Vec<_> = damage.videos().iter().map(|v| v.frames()[0].index).filter(|s| *s > 0).collect();
        assert!((100..170).contains(&starts.len()), "{}", starts.len());
        assert!(starts.iter().all(|s| (5..=30).contains(s)) && starts.contains(&5) && starts.contains(&30));
        // Too short to lose that much.
        let short = video("1", 60);
        let damage = Damage::plan(&[&short], options.with_late_starts(1.0, 5, 30), 1).unwrap();
        assert_eq!(count(&damage, |_| true), 60);
    }

    #[test]
    fn the_seed_decides_and_the_order_of_the_videos_does_not() {
        let videos = [video("1", 200), video("2", 150), video("10", 180)];
        let [a, b, c] = &videos;
        let plan = |videos: &[&Video], seed| Damage::plan(videos, DamageOptions::new(), seed).unwrap();
        assert_eq!(plan(&[a, b, c], 5), plan(&[c, a, b], 5));
        let frames =
            |damage: &Damage| damage.videos().iter().map(|v| v.frames().to_vec()).collect::<Vec<_>>();
        assert_ne!(frames(&plan(&[a, b, c], 5)), frames(&plan(&[a, b, c], 6)));
        let error = Damage::plan(&[a, &video("01", 9)], DamageOptions::new(), 5).unwrap_err();
        assert!(matches!(error, Error::Core(CoreError::DuplicateVideo { .. })));
    }

    proptest! {
        #[test]
        fn tiny_and_odd_sets_do_not_panic(
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
