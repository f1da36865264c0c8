//! Localises anomalies: draws boxes from error maps, computes RBDC and TBDC, and counts the events found of each kind.
//!
//! `cargo run --example localise_anomalies`

use std::collections::BTreeMap;

use anyhow::Result;
use oddframe::baseline::{Typical, TypicalFrame, TypicalFrameSettings};
use oddframe::core::{
    Error, FrameSource, Mask, ModelFolder, ScoreMap, Scorer, Silent, System, VideoId,
};
use oddframe::frames::{FramePass, ScoreSink, prepared};
use oddframe::metrics::{
    Detection, Localisation, LocalisationOptions, LocalisationPoint, rbdc_tbdc, regions,
};
use oddframe::synth::{AnomalyKind, Preset, Scene, SceneEvent, SceneVideo};

fn main() -> Result<()> {
    // 1. A system that compares each frame with the median of the training frames, which shows the empty street.
    let scene = Scene::new(Preset::Tiny, 5);
    let mut scorer = fit_typical_frame(scene.train())?;

    // 2. Detections: the connected regions of each error map, with their largest errors as scores.
    let detections = detect_anomalies(scorer.as_mut(), scene.test())?;

    // 3. RBDC counts the boxes that are found, TBDC the tracks, both against the false alarms per frame.
    let truth = scene.labels();
    let (tracks, frames) = (truth.tracks(), truth.len());
    let paper = LocalisationOptions::default();
    let found = rbdc_tbdc(&detections, tracks, frames, paper)?;
    let Localisation { rbdc, tbdc, .. } = found;
    println!("RBDC {rbdc:.3}, TBDC {tbdc:.3}");
    assert!((rbdc - 0.401).abs() < 0.005 && (tbdc - 0.603).abs() < 0.005);
    for point in found.curve.iter().step_by(40) {
        let LocalisationPoint { fpr, rbdr, .. } = point;
        println!("{rbdr:.3} of the boxes at {fpr:.3} false alarms per frame");
    }

    // 4. By default, a tenth of the joint area of detection and box in common is enough. Half of it is harder.
    let strict = rbdc_tbdc(&detections, tracks, frames, paper.with_beta(0.5))?;
    println!("half in common: {:.3}, {:.3}", strict.rbdc, strict.tbdc);
    assert!(strict.rbdc < rbdc && strict.tbdc <= tbdc);

    // 5. The kinds of events, each with the share of its boxes that the strongest detection of the frame finds. One
    //    image cannot tell a runner from people who walk, but it can tell a cyclist.
    let mut shares = BTreeMap::new();
    for video in scene.test() {
        for event in video.events() {
            let share = share_found(&event, video, &detections);
            println!("{}: {share:.3} of its frames", event.kind);
            shares.insert(event.kind, share);
        }
    }
    assert!(shares[&AnomalyKind::Cyclist] > shares[&AnomalyKind::Running]);
    Ok(())
}

/// Learns the median of the training frames.
fn fit_typical_frame(videos: &[SceneVideo]) -> Result<Box<dyn Scorer>> {
    let system = TypicalFrame::new(TypicalFrameSettings {
        width: 96,
        height: 64,
        typical: Typical::Median,
        ..TypicalFrameSettings::default()
    })?;
    let mut normal = Vec::new();
    for video in videos {
        normal.push(prepared(system.input(), video)?);
    }
    let normal: Vec<&dyn FrameSource> = normal.iter().map(AsRef::as_ref).collect();
    let folder = tempfile::tempdir()?;
    let model = ModelFolder::create(folder.path())?;
    system.fit(&normal, &model, &mut Silent)?;
    Ok(system.open(&model)?)
}

/// Scores the videos for the sake of their error maps, and detects regions in each map as it comes.
fn detect_anomalies(scorer: &mut dyn Scorer, videos: &[SceneVideo]) -> Result<Vec<Detection>> {
    let mut detections = Vec::new();
    let mut sink = ScoreSink::new(scorer, 1, |_, _, _| Ok(())).with_maps(|video, _, maps| {
        for map in &maps {
            detections.extend(detect_regions(videos[video].id(), map)?);
        }
        Ok(())
    });
    let sources: Vec<_> = videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    FramePass::new().run(&sources, &mut [&mut sink], &mut |_| Ok(()))?;
    drop(sink);
    Ok(detections)
}

/// The connected parts of a map above a limit. The map has the size of the frames, so its boxes are the frame's.
fn detect_regions(video: &VideoId, map: &ScoreMap) -> Result<Vec<Detection>, Error> {
    let is_odd = map.values.iter().map(|error| u8::from(*error > 0.02));
    let height = map.values.len() / map.width;
    let mask = Mask::from_pixels(map.width, height, &is_odd.collect::<Vec<_>>())?;
    let mut detections = Vec::new();
    for rect in regions(&mask, 8) {
        let rows = map.values.chunks_exact(map.width);
        let rows = rows.take(rect.bottom as usize).skip(rect.top as usize);
        let errors = rows.flat_map(|row| &row[rect.left as usize..rect.right as usize]);
        detections.push(Detection {
            video: video.clone(),
            frame: map.number,
            rect,
            score: f64::from(errors.copied().fold(0.0, f32::max)),
        });
    }
    Ok(detections)
}

/// The share of an event's boxes that overlap the detection with the highest score in their frame.
fn share_found(event: &SceneEvent, video: &SceneVideo, detections: &[Detection]) -> f64 {
    let mut tracks = video.tracks();
    tracks.retain(|track| track.id == event.track);
    let boxes = &tracks[0].boxes;
    let found = boxes.iter().filter(|(frame, rect)| {
        let here = detections
            .iter()
            .filter(|d| d.video == *video.id() && d.frame == *frame);
        here.max_by(|a, b| a.score.total_cmp(&b.score))
            .is_some_and(|strongest| strongest.rect.iou(*rect) >= 0.1)
    });
    found.count() as f64 / boxes.len() as f64
}
