//! The proposer on the synthetic street, against the boxes of the abnormal actors.

use oddframe_boxes::{ForegroundBoxes, ForegroundModel, ForegroundSettings};
use oddframe_core::{FrameSource, Silent};
use oddframe_synth::{Preset, Scene};

/// The share of the true boxes that a proposal overlaps by an `IoU` of at least 0.3, and the proposals in a frame.
fn measure(proposer: &mut ForegroundBoxes, scene: &Scene) -> (f64, f64) {
    let (mut truths, mut found, mut proposals, mut frames) = (0, 0, 0, 0);
    for video in scene.test() {
        proposer.start();
        let tracks = video.tracks();
        for (index, number) in video.numbers().iter().enumerate() {
            let boxes = proposer.push(&video.read(index).unwrap()).unwrap();
            proposals += boxes.len();
            frames += 1;
            for (_, truth) in tracks
                .iter()
                .flat_map(|track| &track.boxes)
                .filter(|(frame, _)| frame == number)
            {
                truths += 1;
                found += usize::from(boxes.iter().any(|b| b.area.iou(*truth) >= 0.3));
            }
        }
    }
    (
        f64::from(found as u32) / f64::from(truths),
        proposals as f64 / f64::from(frames),
    )
}

#[test]
fn most_abnormal_actors_of_the_street_are_boxed() {
    let scene = Scene::new(Preset::Small, 0);
    let normal: Vec<&dyn FrameSource> = scene.train().iter().map(|v| v as _).collect();
    let settings = ForegroundSettings::default();
    let model = ForegroundModel::learn(&normal, settings, &mut Silent).unwrap();
    let mut causal = ForegroundBoxes::new(settings).unwrap();
    let (recall_alone, boxes_alone) = measure(&mut causal, &scene);
    let mut learned = causal.with_model(model.into());
    let (recall, boxes) = measure(&mut learned, &scene);
    // The limits on the number of boxes keep the recall from being bought with boxes everywhere.
    assert!(recall_alone > 0.65, "{recall_alone}");
    assert!(boxes_alone < 12.0, "{boxes_alone}");
    assert!(recall > 0.65, "{recall}");
    assert!(boxes < 10.0, "{boxes}");
}
