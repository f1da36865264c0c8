//! What two scores without any learning reach on the scene: the difference to the frame before, and the
//! distance to the mean training frame. A learned system is worth its training only above these.
//!
//! `cargo run --release -p oddframe-synth --example difficulty [preset] [seed]`

use std::time::Instant;

use oddframe_core::{Frame, FrameSource};
use oddframe_synth::{AnomalyKind, Preset, Scene, SceneVideo};

/// Side of the gray picture that is compared.
const SIDE: usize = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let preset: Preset = words.next().as_deref().unwrap_or("small").parse()?;
    let seed: u64 = words.next().as_deref().unwrap_or("42").parse()?;
    let scene = Scene::new(preset, seed);
    let started = Instant::now();
    let train: Vec<Vec<Vec<f32>>> = scene.train().iter().map(pictures).collect::<Result<_, _>>()?;
    let test: Vec<Vec<Vec<f32>>> = scene.test().iter().map(pictures).collect::<Result<_, _>>()?;
    let frames = train.iter().chain(&test).map(Vec::len).sum::<usize>();
    println!("{preset}, seed {seed}: {frames} frames in {:.2} s", started.elapsed().as_secs_f64());

    let mut mean = vec![0.0_f32; SIDE * SIDE];
    let all: Vec<&Vec<f32>> = train.iter().flatten().collect();
    for picture in &all {
        mean.iter_mut().zip(*picture).for_each(|(m, p)| *m += p / all.len() as f32);
    }
    let mut by_difference = Vec::new();
    let mut by_distance = Vec::new();
    let mut kinds = Vec::new();
    for (video, pictures) in scene.test().iter().zip(&test) {
        for index in 0..pictures.len() {
            // The first frame borrows the second one's difference.
            let here = index.max(1);
            by_difference.push(distance(&pictures[here], &pictures[here - 1]));
            by_distance.push(distance(&pictures[index], &mean));
            kinds.push(video.event_at(index));
        }
    }
    let abnormal = kinds.iter().filter(|k| k.is_some()).count();
    println!("abnormal: {abnormal} of {} test frames", kinds.len());
    let any = |kind: Option<AnomalyKind>| kind.is_some();
    let (difference, mean_frame) = (auc(&by_difference, &kinds, any), auc(&by_distance, &kinds, any));
    println!("AUC            difference {difference:.3}  mean frame {mean_frame:.3}");
    for kind in AnomalyKind::ALL {
        let frames = kinds.iter().filter(|k| **k == Some(kind)).count();
        if frames > 0 {
            let is = |k: Option<AnomalyKind>| k == Some(kind);
            let (d, m) = (auc(&by_difference, &kinds, is), auc(&by_distance, &kinds, is));
            println!("{kind:>10} {frames:>4} difference {d:.3}  mean frame {m:.3}");
        }
    }
    if preset == Preset::Small {
        assert!((0.55..0.85).contains(&difference) && (0.55..0.85).contains(&mean_frame));
    }
    Ok(())
}

/// Every frame of a video as a gray picture of `SIDE` by `SIDE` box means.
fn pictures(video: &SceneVideo) -> Result<Vec<Vec<f32>>, oddframe_core::Error> {
    let mut frame = Frame::new(video.shape());
    (0..video.numbers().len())
        .map(|index| {
            video.read_into(index, &mut frame)?;
            Ok(shrink(&frame))
        })
        .collect()
}

fn shrink(frame: &Frame) -> Vec<f32> {
    let (width, height) = (frame.shape().width(), frame.shape().height());
    let (mut sums, mut counts) = (vec![0.0; SIDE * SIDE], vec![0.0; SIDE * SIDE]);
    for y in 0..height {
        for (x, rgb) in frame.row(y).chunks_exact(3).enumerate() {
            let cell = y * SIDE / height * SIDE + x * SIDE / width;
            sums[cell] += 0.299 * f32::from(rgb[0]) + 0.587 * f32::from(rgb[1]) + 0.114 * f32::from(rgb[2]);
            counts[cell] += 255.0;
        }
    }
    sums.iter().zip(&counts).map(|(s, n)| s / n).collect()
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from((a - b) * (a - b))).sum::<f64>() / a.len() as f64
}

/// How often an abnormal frame of the wanted kinds scores above a normal one.
fn auc(scores: &[f64], kinds: &[Option<AnomalyKind>], wanted: impl Fn(Option<AnomalyKind>) -> bool) -> f64 {
    let of = |keep: &dyn Fn(Option<AnomalyKind>) -> bool| -> Vec<f64> {
        scores.iter().zip(kinds).filter(|(_, kind)| keep(**kind)).map(|(score, _)| *score).collect()
    };
    let (odd, normal) = (of(&|kind| wanted(kind)), of(&|kind| kind.is_none()));
    let above = odd.iter().map(|o| {
        normal.iter().map(|n| f64::from(u8::from(o > n)) + 0.5 * f64::from(u8::from(o == n))).sum::<f64>()
    });
    above.sum::<f64>() / (odd.len() * normal.len()) as f64
}
