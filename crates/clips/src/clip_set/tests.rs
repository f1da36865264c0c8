use oddframe_core::{FrameSource, PixelFormat, Silent};
use oddframe_frames::{Each, FirstFrame, UniformNoise};

use super::*;
use crate::Look;
use crate::testing::Noise;

fn look() -> Look {
    Look::new(5, 3, PixelFormat::Gray).unwrap()
}

fn videos() -> Vec<Noise> {
    vec![Noise::new("1", 0..10), Noise::new("2", 0..20), Noise::new("3", 5..9)]
}

fn sources(videos: &[Noise]) -> Vec<&dyn FrameSource> {
    videos.iter().map(|v| v as &dyn FrameSource).collect()
}

fn set<'a>(videos: &[&'a dyn FrameSource], frames: usize, stride: usize) -> ClipSet<'a> {
    let store = FrameStore::load(videos, look(), &mut Silent).unwrap();
    ClipSet::new(Arc::new(store), WindowSpec::new(frames, stride).unwrap()).unwrap()
}

fn example(set: &ClipSet<'_>, epoch: u64, index: usize) -> (Vec<f32>, Vec<f32>) {
    let values = |shape: ClipShape| vec![0.0; shape.frames * shape.frame_values()];
    let (mut seen, mut wanted) = (values(set.seen()), values(set.wanted()));
    set.fill(epoch, index, &mut seen, &mut wanted).unwrap();
    (seen, wanted)
}

#[test]
fn clips_are_the_windows_of_the_prepared_frames() {
    let videos = videos();
    let set = set(&sources(&videos), 4, 3);
    // Starts 0 3 6, then 0 3 .. 15 and 16, then 0.
    assert_eq!(set.len(), 3 + 7 + 1);
    let prepared = look().of(&videos[1]).unwrap();
    let mut frame = vec![0.0; 15];
    look().scale().fill(&prepared.read(5).unwrap(), &mut frame).unwrap();
    let (seen, wanted) = example(&set, 1, 3 + 1);
    assert_eq!(seen[2 * 15..3 * 15], frame);
    assert_eq!(seen, wanted);
    let last = set.clone().with_explained(3..4).unwrap();
    assert_eq!(example(&last, 1, 4).1, seen[3 * 15..]);
    assert!(set.clone().with_explained(3..5).is_err() && set.with_explained(2..2).is_err());
}

#[test]
fn frames_that_do_not_fit_the_budget_are_read_anew_and_are_the_same() {
    let videos = videos();
    let looks =
        [look(), look().with_difference(FirstFrame::Next), Look::new(2, 2, PixelFormat::Rgb).unwrap()];
    let load = |budget| FrameStore::load_all(&sources(&videos), &looks, budget, &mut Silent).unwrap();
    let windows = WindowSpec::new(3, 2).unwrap();
    // 34 frames of 15, 15 and 12 bytes: nothing, the smallest, all.
    for budget in [0, 34 * 20, 1 << 20] {
        for (kept, other) in load(usize::MAX).into_iter().zip(load(budget)) {
            let [kept, other] = [kept, other].map(|s| ClipSet::new(Arc::new(s), windows).unwrap());
            for index in 0..kept.len() {
                assert_eq!(example(&kept, 0, index), example(&other, 0, index), "budget {budget}");
            }
        }
    }
    let held = |budget| load(budget).iter().map(|s| s.videos[0].frames.len()).collect::<Vec<_>>();
    assert_eq!(held(0), [0, 0, 0]);
    assert_eq!(held(34 * 20), [0, 0, 10]);
    assert_eq!(held(34 * 42), [10, 10, 10]);
}

#[test]
fn chance_comes_anew_each_epoch_and_leaves_validation_alone() {
    let videos = videos();
    let noise = UniformNoise::new(0.2, 1.0, Each::Cuboid).unwrap();
    let plain = set(&sources(&videos), 4, 1);
    let same = plain.clone().with_augment(Augment::new(1).with_noise(noise), Target::Same);
    let clean = plain.clone().with_augment(Augment::new(1).with_noise(noise), Target::Clean);
    let original = example(&plain, 0, 2);
    assert_eq!(example(&same, 0, 2), original);
    let (first, second) = (example(&same, 1, 2), example(&same, 2, 2));
    assert_ne!(first, second);
    assert_eq!(first, example(&same, 1, 2));
    assert_eq!(first.0, first.1);
    assert_ne!(first.0, original.0);
    assert_eq!(example(&clean, 1, 2), (first.0, original.1));
}

#[test]
fn validation_takes_whole_videos() {
    let videos = videos();
    let all = set(&sources(&videos), 2, 1);
    let mut sides = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let (learned, measured) = all.clone().split(0.25, seed).unwrap();
        assert_eq!(learned.len() + measured.len(), all.len());
        assert!(!learned.is_empty() && !measured.is_empty());
        assert!(learned.videos().iter().all(|video| !measured.videos().contains(video)));
        sides.insert(measured.videos());
    }
    assert!(sides.len() > 1, "the seed decides");
    let (one, _) = all.clone().split(0.5, 1).unwrap();
    assert_eq!(one.videos(), all.clone().split(0.5, 1).unwrap().0.videos());
    for share in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(matches!(all.clone().split(share, 0), Err(crate::Error::Share { .. })));
    }
    let single = set(&sources(&videos)[..1], 2, 1);
    assert_eq!(single.split(0.2, 0).unwrap_err(), crate::Error::SingleVideo);
}

#[test]
fn nothing_to_learn_from_is_an_error() {
    assert!(FrameStore::load(&[], look(), &mut Silent).is_err());
    let videos = videos();
    let store = Arc::new(FrameStore::load(&sources(&videos), look(), &mut Silent).unwrap());
    let windows = WindowSpec::new(50, 1).unwrap();
    assert!(ClipSet::new(store.clone(), windows.with_short(oddframe_core::ShortVideo::Skip)).is_err());
    assert_eq!(ClipSet::new(store, windows).unwrap().len(), 3);
    let set = set(&sources(&videos), 2, 1);
    let mut clip = vec![0.0; 30];
    assert!(set.fill(0, set.len(), &mut clip.clone(), &mut clip).is_err());
    assert!(set.fill(0, 0, &mut clip[1..].to_vec(), &mut clip).is_err());
}
