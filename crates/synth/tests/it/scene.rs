//! The public interface of the scene: frames, labels, masks and tracks agree, and the bytes never
//! change.

use std::collections::BTreeSet;

use oddframe_core::{Error, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat};
use oddframe_synth::{AnomalyKind, FrameDamage, Preset, Scene, SceneVideo};

fn fnv1a(bytes: &[u8], hash: u64) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// One number for a few frames of every video.
fn fingerprint(scene: &Scene) -> u64 {
    scene
        .train()
        .iter()
        .chain(scene.test())
        .fold(0xCBF2_9CE4_8422_2325, |hash, video| {
            let last = video.numbers().len() - 1;
            [0, last / 2, last].into_iter().fold(hash, |hash, index| {
                fnv1a(video.read(index).unwrap().pixels(), hash)
            })
        })
}

fn all(scene: &Scene) -> impl Iterator<Item = &SceneVideo> {
    scene.train().iter().chain(scene.test())
}

#[test]
fn the_bytes_of_frames_do_not_change() {
    let scene = Scene::new(Preset::PixelPlay, 42);
    let video = &scene.test()[1];
    let both = FrameDamage {
        noisy: true,
        flipped: true,
    };
    let damaged = (0..video.numbers().len())
        .find(|index| video.damage(*index) == both)
        .unwrap();
    let found = [
        fingerprint(&Scene::new(Preset::Tiny, 42)),
        fingerprint(&Scene::new(Preset::Small, 42)),
        fnv1a(video.read(damaged).unwrap().pixels(), 0),
    ];
    // A change here changes every example's numbers: change it knowingly.
    assert_eq!(
        found,
        [
            0xFBA1_B820_C42D_A55A,
            0x90A0_6E97_21B1_2861,
            0xE476_340A_14EB_0520
        ]
    );
}

#[test]
fn the_ground_truth_does_not_change() {
    let labels = Scene::new(Preset::Small, 42).labels();
    let mut hash = 0;
    for track in labels.tracks() {
        for (frame, b) in &track.boxes {
            let sides = [b.left, b.top, b.right, b.bottom].map(|side| side as u64);
            let row = [[track.id, frame.0].as_slice(), &sides].concat();
            hash = row
                .iter()
                .fold(hash, |hash, value| fnv1a(&value.to_le_bytes(), hash));
        }
    }
    assert_eq!((labels.positives(), hash), (342, 0x1C0B_151E_BEF9_3AC1));
}

#[test]
fn different_seeds_give_different_scenes() {
    let scene = |seed| fingerprint(&Scene::new(Preset::Tiny, seed));
    assert_ne!(scene(1), scene(2));
}

#[test]
fn frames_do_not_depend_on_the_order_of_reading() {
    let scene = Scene::new(Preset::Tiny, 5);
    let other = Scene::new(Preset::Tiny, 5);
    let mut frame = Frame::new(FrameShape::new(3, 3, PixelFormat::Gray).unwrap());
    for (video, again) in all(&scene).zip(all(&other)) {
        let forwards: Vec<Frame> = (0..40).map(|i| video.read(i).unwrap()).collect();
        // 17 and 40 have no common factor, so that every frame is read once.
        for step in 0..40 {
            let index = (step * 17 + 5) % 40;
            again.read_into(index, &mut frame).unwrap();
            assert_eq!(frame, forwards[index]);
        }
    }
}

#[test]
fn reading_a_missing_frame_is_an_error() {
    let scene = Scene::new(Preset::Tiny, 1);
    let video = &scene.test()[0];
    assert!(matches!(
        video.read(40),
        Err(Error::NoSuchIndex {
            index: 40,
            len: 40,
            ..
        })
    ));
    assert!(video.mask(40).is_empty());
    assert_eq!(
        (video.damage(40), video.event_at(usize::MAX)),
        (FrameDamage::default(), None)
    );
}

#[test]
fn masks_boxes_labels_and_kinds_agree() {
    for preset in [Preset::Tiny, Preset::Small] {
        let scene = Scene::new(preset, 42);
        let labels = scene.labels();
        let mut abnormal = 0;
        for video in scene.test() {
            let masked = video.labels_with_masks().unwrap();
            assert_eq!(
                masked.abnormal(),
                labels.video(video.id()).unwrap().abnormal()
            );
            for (index, (number, mask)) in video.numbers().iter().zip(masked.masks()).enumerate() {
                let tracks = labels.tracks().iter().filter(|t| t.video == *video.id());
                let boxes: Vec<_> = tracks
                    .flat_map(|t| &t.boxes)
                    .filter(|b| b.0 == *number)
                    .map(|b| b.1)
                    .collect();
                let label = labels.video(video.id()).unwrap().get(*number).unwrap();
                assert_eq!((label, label), (!mask.is_empty(), !boxes.is_empty()));
                assert_eq!(label, video.event_at(index).is_some());
                let width = mask.width();
                let pixels = mask.to_pixels();
                let inside = |i: usize| {
                    let (x, y) = ((i % width) as f64, (i / width) as f64);
                    boxes
                        .iter()
                        .any(|b| x >= b.left && x < b.right && y >= b.top && y < b.bottom)
                };
                assert!((0..pixels.len()).filter(|i| pixels[*i] == 1).all(inside));
                // A box of one thing touches its mask on all four sides.
                if let [b] = boxes[..] {
                    let column = |x: f64| {
                        pixels
                            .iter()
                            .skip(x as usize)
                            .step_by(width)
                            .any(|p| *p == 1)
                    };
                    let row = |y: f64| pixels[y as usize * width..][..width].contains(&1);
                    assert!(
                        column(b.left)
                            && column(b.right - 1.0)
                            && row(b.top)
                            && row(b.bottom - 1.0)
                    );
                }
                abnormal += usize::from(label);
            }
        }
        let share = abnormal as f64 / labels.len() as f64;
        assert!((0.25..0.4).contains(&share), "{preset} {share}");
    }
}

#[test]
fn masks_cover_the_pixels_that_differ_from_the_normal_scene() {
    // Inside the mask, the frame differs from the mean of the training frames far more than
    // outside.
    let scene = Scene::new(Preset::Tiny, 42);
    let mut mean = vec![0.0; 3 * 96 * 64];
    for video in scene.train() {
        for index in 0..40 {
            let frame = video.read(index).unwrap();
            mean.iter_mut()
                .zip(frame.pixels())
                .for_each(|(m, p)| *m += f64::from(*p) / 120.0);
        }
    }
    let (mut inside, mut outside) = ((0.0, 0), (0.0, 0));
    for video in scene.test() {
        for index in 0..40 {
            let (frame, mask) = (video.read(index).unwrap(), video.mask(index));
            for (i, set) in mask
                .to_pixels()
                .into_iter()
                .enumerate()
                .filter(|_| !mask.is_empty())
            {
                let sum = if set == 1 { &mut inside } else { &mut outside };
                sum.0 += (f64::from(frame.pixels()[3 * i + 1]) - mean[3 * i + 1]).abs();
                sum.1 += 1;
            }
        }
    }
    let (inside, outside) = (
        inside.0 / f64::from(inside.1),
        outside.0 / f64::from(outside.1),
    );
    assert!(inside > 4.0 * outside, "{inside} {outside}");
}

#[test]
fn every_kind_occurs_in_small_with_normal_frames_around_it() {
    for seed in [0, 1, 42] {
        let scene = Scene::new(Preset::Small, seed);
        let mut kinds = BTreeSet::new();
        let mut tracks = BTreeSet::new();
        for video in scene.test() {
            assert_eq!(video.event_at(0), None);
            let normal = (0..150).filter(|i| video.event_at(*i).is_none()).count();
            assert!(normal >= 60, "seed {seed}, video {}: {normal}", video.id());
            for event in video.events() {
                kinds.insert(event.kind);
                assert!(tracks.insert(event.track) && event.first <= event.last);
                let seen = (0..150)
                    .filter(|i| video.event_at(*i) == Some(event.kind))
                    .count();
                assert!(seen >= 8, "seed {seed}: {} for {seen} frames", event.kind);
            }
        }
        assert_eq!(
            kinds.into_iter().collect::<Vec<_>>(),
            AnomalyKind::ALL,
            "seed {seed}"
        );
        assert!(scene.test().iter().any(|video| video.events().is_empty()));
    }
}

#[test]
fn training_videos_are_normal_and_undamaged() {
    for preset in Preset::ALL {
        for video in Scene::new(preset, 3).train() {
            assert!(
                video.events().is_empty() && !video.labels().unwrap().abnormal().contains(&true)
            );
            assert!((0..video.numbers().len()).all(|i| video.damage(i) == FrameDamage::default()));
        }
    }
}

#[test]
fn the_mean_picture_is_stable() {
    let scene = Scene::new(Preset::Tiny, 9);
    let mean = |video: &SceneVideo| {
        let sum = (0..40)
            .flat_map(|i| video.read(i).unwrap().pixels().to_vec())
            .map(f64::from)
            .sum::<f64>();
        sum / (40.0 * 3.0 * 96.0 * 64.0)
    };
    let means: Vec<f64> = all(&scene).map(mean).collect();
    let (low, high) = means
        .iter()
        .fold((255.0_f64, 0.0_f64), |(l, h), m| (l.min(*m), h.max(*m)));
    assert!(
        low > 90.0 && high < 160.0 && high - low < 0.06 * low,
        "{means:?}"
    );
    assert!(
        high - low > 0.1,
        "the light does not change at all: {means:?}"
    );
}

#[test]
fn pixelplay_has_the_documented_numbers() {
    let scene = Scene::new(Preset::PixelPlay, 7);
    let lengths: Vec<usize> = scene.test().iter().map(|v| v.numbers().len()).collect();
    assert_eq!(
        lengths,
        [
            499, 1211, 737, 947, 1007, 627, 588, 36, 359, 722, 472, 735, 528, 496, 732, 740, 417,
            275, 229, 273, 76
        ]
    );
    assert_eq!(lengths.iter().sum::<usize>(), 11_706);
    assert_eq!(
        scene
            .train()
            .iter()
            .map(|v| v.numbers().len())
            .collect::<Vec<_>>()
            .len(),
        16
    );
    assert_eq!(
        scene
            .train()
            .iter()
            .map(|v| v.numbers().len())
            .sum::<usize>(),
        9_204
    );
    let late: Vec<(u64, u64)> = scene
        .test()
        .iter()
        .filter_map(|v| Some((v.id().number()?, v.numbers()[0].0)).filter(|(_, first)| *first > 0))
        .collect();
    assert_eq!(
        late,
        [(1, 939), (3, 173), (6, 639), (10, 91), (12, 521), (15, 251)]
    );
    assert_eq!(scene.test()[20].numbers().last(), Some(&FrameNumber(75)));
    let gaps = scene
        .test()
        .iter()
        .filter(|v| v.numbers().windows(2).any(|w| w[1].0 != w[0].0 + 1))
        .count();
    assert!(gaps >= 8, "{gaps}");
    assert_eq!(
        scene.test()[0].shape(),
        FrameShape::new(640, 360, PixelFormat::Rgb).unwrap()
    );

    let damage: Vec<FrameDamage> = scene
        .test()
        .iter()
        .flat_map(|v| (0..v.numbers().len()).map(|i| v.damage(i)))
        .collect();
    assert_eq!(damage.iter().filter(|d| d.flipped).count(), 1_195);
    let noisy = damage.iter().filter(|d| d.noisy).count() as f64 / 11_706.0;
    assert!((0.4..0.41).contains(&noisy), "{noisy}");
}

#[test]
fn damage_changes_a_frame_as_declared() {
    let scene = Scene::new(Preset::PixelPlay, 7);
    let video = &scene.test()[1];
    let find = |noisy, flipped| {
        (0..video.numbers().len())
            .find(|i| video.damage(*i) == FrameDamage { noisy, flipped })
            .unwrap()
    };
    // The facade above is redder than the pavement below.
    let red = |frame: &Frame, rows: std::ops::Range<usize>| {
        let row = |y| {
            frame
                .row(y)
                .chunks_exact(3)
                .map(|p| f64::from(p[0]) - f64::from(p[2]))
                .sum::<f64>()
        };
        rows.map(row).sum::<f64>()
    };
    let rough = |frame: &Frame| {
        let pairs = frame
            .pixels()
            .chunks_exact(6)
            .map(|p| f64::from(p[1]) - f64::from(p[4]));
        pairs.map(|d| d * d).sum::<f64>() / (frame.pixels().len() / 6) as f64
    };
    let [clean, noisy, flipped] =
        [find(false, false), find(true, false), find(false, true)].map(|i| video.read(i).unwrap());
    assert!(
        red(&clean, 0..100) > red(&clean, 260..360)
            && red(&flipped, 0..100) < red(&flipped, 260..360)
    );
    // Two independent uniform draws of ±35 differ by a variance of 2 · 35² / 3.
    let added = rough(&noisy) - rough(&clean);
    assert!((added - 2.0 * 35.0 * 35.0 / 3.0).abs() < 40.0, "{added}");
}

#[test]
fn pixelplay_has_normal_videos_and_every_kind() {
    let scene = Scene::new(Preset::PixelPlay, 42);
    let labels = scene.labels();
    let share = labels.positives() as f64 / labels.len() as f64;
    assert!((0.25..0.35).contains(&share), "{share}");
    let normal = labels
        .videos()
        .iter()
        .filter(|v| !v.abnormal().contains(&true))
        .count();
    assert_eq!(normal, 3);
    let kinds: BTreeSet<AnomalyKind> = scene
        .test()
        .iter()
        .flat_map(SceneVideo::events)
        .map(|event| event.kind)
        .collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), AnomalyKind::ALL);
}
