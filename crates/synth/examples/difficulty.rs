//! The AUC of two scores that need no training: the difference to the previous frame, and the
//! distance to the mean training frame. A trained system is useful only if it scores higher.
//!
//! `cargo run --release -p oddframe-synth --example difficulty [preset] [seed]`

use std::time::Instant;

use oddframe_core::{Frame, FrameSource};
use oddframe_synth::{AnomalyKind, Preset, Scene, SceneVideo};

/// The side of the gray pictures that are compared.
const SIDE: usize = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let preset: Preset = words.next().as_deref().unwrap_or("small").parse()?;
    let seed: u64 = words.next().as_deref().unwrap_or("42").parse()?;
    let scene = Scene::new(preset, seed);
    let started = Instant::now();
    let train: Vec<Vec<Vec<f32>>> = scene
        .train()
        .iter()
        .map(read_pictures)
        .collect::<Result<_, _>>()?;
    let test: Vec<Vec<Vec<f32>>> = scene
        .test()
        .iter()
        .map(read_pictures)
        .collect::<Result<_, _>>()?;
    let frames = train.iter().chain(&test).map(Vec::len).sum::<usize>();
    println!(
        "{preset}, seed {seed}: {frames} frames in {:.2} s",
        started.elapsed().as_secs_f64()
    );

    let mut mean = vec![0.0_f32; SIDE * SIDE];
    let all: Vec<&Vec<f32>> = train.iter().flatten().collect();
    for picture in &all {
        mean.iter_mut()
            .zip(*picture)
            .for_each(|(m, p)| *m += p / all.len() as f32);
    }
    let mut by_difference = Vec::new();
    let mut by_distance = Vec::new();
    let mut kinds = Vec::new();
    for (video, pictures) in scene.test().iter().zip(&test) {
        for index in 0..pictures.len() {
            // The first frame gets the difference of the second one.
            let here = index.max(1);
            by_difference.push(distance(&pictures[here], &pictures[here - 1]));
            by_distance.push(distance(&pictures[index], &mean));
            kinds.push(video.event_at(index));
        }
    }
    let abnormal = kinds.iter().filter(|k| k.is_some()).count();
    println!("abnormal: {abnormal} of {} test frames", kinds.len());
    let [difference, mean_frame] = [&by_difference, &by_distance]
        .map(|scores| area_under_curve(scores, &kinds, |kind| kind.is_some()));
    println!("AUC            difference {difference:.3}  mean frame {mean_frame:.3}");
    for kind in AnomalyKind::ALL {
        let frames = kinds.iter().filter(|k| **k == Some(kind)).count();
        if frames > 0 {
            let [d, m] = [&by_difference, &by_distance]
                .map(|scores| area_under_curve(scores, &kinds, |other| other == Some(kind)));
            println!("{kind:>10} {frames:>4} difference {d:.3}  mean frame {m:.3}");
        }
    }
    if preset == Preset::Small {
        assert!((0.55..0.85).contains(&difference) && (0.55..0.85).contains(&mean_frame));
    }
    Ok(())
}

/// Reads every frame of a video as a gray picture of `SIDE` x `SIDE` means.
fn read_pictures(video: &SceneVideo) -> Result<Vec<Vec<f32>>, oddframe_core::Error> {
    let mut frame = Frame::new(video.shape());
    (0..video.numbers().len())
        .map(|index| {
            video.read_into(index, &mut frame)?;
            Ok(shrink_to_gray(&frame))
        })
        .collect()
}

fn shrink_to_gray(frame: &Frame) -> Vec<f32> {
    let (width, height) = (frame.shape().width(), frame.shape().height());
    let (mut sums, mut counts) = (vec![0.0; SIDE * SIDE], vec![0.0; SIDE * SIDE]);
    for y in 0..height {
        for (x, rgb) in frame.row(y).chunks_exact(3).enumerate() {
            let cell = y * SIDE / height * SIDE + x * SIDE / width;
            sums[cell] +=
                0.299 * f32::from(rgb[0]) + 0.587 * f32::from(rgb[1]) + 0.114 * f32::from(rgb[2]);
            counts[cell] += 255.0;
        }
    }
    sums.iter().zip(&counts).map(|(s, n)| s / n).collect()
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from((a - b) * (a - b)))
        .sum::<f64>()
        / a.len() as f64
}

/// The area under the ROC curve: the probability that an abnormal frame of the wanted kinds scores
/// above a normal one.
fn area_under_curve(
    scores: &[f64],
    kinds: &[Option<AnomalyKind>],
    wanted: impl Fn(Option<AnomalyKind>) -> bool,
) -> f64 {
    let (mut abnormal, mut normal) = (Vec::new(), Vec::new());
    for (score, kind) in scores.iter().zip(kinds) {
        if kind.is_none() {
            normal.push(*score);
        } else if wanted(*kind) {
            abnormal.push(*score);
        }
    }
    let above = abnormal.iter().map(|a| {
        normal
            .iter()
            .map(|n| f64::from(u8::from(a > n)) + 0.5 * f64::from(u8::from(a == n)))
            .sum::<f64>()
    });
    above.sum::<f64>() / (abnormal.len() * normal.len()) as f64
}
