//! The metrics of frame scores on one small experiment: what each of them says, and which call computes it.
//!
//! `cargo run --example metrics_in_depth`

use anyhow::Result;
use oddframe::baseline::{FrameDifference, FrameDifferenceSettings};
use oddframe::core::{FrameSource, ScoreTable, ScoredVideo, Silent, VideoScores};
use oddframe::frames::{FramePass, score_videos};
use oddframe::metrics::{
    AtThreshold, BootstrapOptions, Interval, Metric, PrPoint, Ranking, RocPoint, VideoEvaluation,
    best_f1, bootstrap, bootstrap_table, evaluate, f1_at, padded_macro_auc, per_video, pr_curve,
    roc_curve, threshold_at_fpr, train_quantile,
};
use oddframe::synth::{Preset, Scene, SceneVideo};

fn main() -> Result<()> {
    // 1. Scores to evaluate: how much each frame of the synthetic street differs from the one before.
    let scene = Scene::new(Preset::Tiny, 5);
    let (train, test) = (score(scene.train())?, score(scene.test())?);

    // 2. Everything at once. `micro` compares all frames with each other, also across videos; `macro` is the mean over
    //    the videos. Chance has the AUC 0.5, the EER 0.5, and the share of abnormal frames as its AP.
    let truth = scene.labels();
    let found = evaluate(&test, &truth)?;
    println!("micro AUC {:.3}, EER {:.3}", found.micro_auc, found.eer);
    println!("AP {:.3}, chance {:.3}", found.ap, found.base_rate);
    assert!((found.micro_auc - 0.850).abs() < 0.002 && found.ap > found.base_rate);

    // 3. The same from plain lists of labels and scores. A ranking sorts them once for several metrics.
    let by_video = truth.align(&test)?.videos;
    let (labels, scores) = (by_video.concat(), test.values().collect::<Vec<_>>());
    let ranking = Ranking::new(&labels, &scores)?;
    assert_eq!(ranking.roc_auc(), found.micro_auc);
    assert_eq!(ranking.average_precision(), found.ap);
    assert_eq!(ranking.eer(), found.eer);

    // 4. Video by video; one without abnormal frames has no AUC. Some papers pad each video with a lowest normal and a
    //    highest abnormal frame, which flatters.
    let mut aucs = Vec::new();
    for VideoEvaluation { video, auc, .. } in per_video(&test, &truth)? {
        let Some(auc) = auc else { continue };
        println!("video {video}: AUC {auc:.3}");
        aucs.push(auc);
    }
    let macro_auc = aucs.iter().sum::<f64>() / aucs.len() as f64;
    let padded = padded_macro_auc(&test, &truth)?;
    println!("macro AUC {macro_auc:.3}, padded {padded:.3}");
    assert_eq!(found.macro_auc, Some(macro_auc));
    assert!(padded > macro_auc);

    // 5. Curves: one point for each distinct score. The AUC is the area under the first curve by trapezoids, and the
    //    second one begins at the threshold at which every frame is classified as abnormal.
    let roc = roc_curve(&labels, &scores)?;
    for RocPoint { fpr, tpr, .. } in roc.iter().step_by(30) {
        println!("ROC: {tpr:.3} of the abnormal frames at {fpr:.3} of the normal ones");
    }
    let areas = roc
        .windows(2)
        .map(|p| (p[1].fpr - p[0].fpr) * (p[0].tpr + p[1].tpr) / 2.0);
    assert!((areas.sum::<f64>() - found.micro_auc).abs() < 1e-12);
    let pr = pr_curve(&labels, &scores)?;
    for point in pr.iter().step_by(30) {
        println!("PR: {:.3} at recall {:.3}", point.precision, point.recall);
    }
    let all_called = PrPoint {
        threshold: scores.iter().copied().fold(f64::INFINITY, f64::min),
        precision: found.base_rate,
        recall: 1.0,
    };
    assert_eq!(pr[0], all_called);

    // 6. Thresholds. The first two are chosen on the test labels and thus optimistic. The third knows only the scores
    //    of normal training frames, like a system in use; from so few of them, its promise of one per cent of false
    //    alarms is not kept.
    let normal: Vec<f64> = train.values().collect();
    let best = best_f1(&labels, &scores)?;
    for (name, threshold) in [
        ("best F1", best.threshold),
        ("FPR 5 %", threshold_at_fpr(&labels, &scores, 0.05)?),
        ("99 % of training", train_quantile(&normal, 0.99)?),
    ] {
        let AtThreshold { f1, fpr, .. } = f1_at(&labels, &scores, threshold)?;
        println!("{name}: threshold {threshold:.4}, F1 {f1:.3}, FPR {fpr:.3}");
        assert!(f1 <= best.f1 && (name != "FPR 5 %" || fpr <= 0.05));
    }

    // 7. How sure are these numbers? The bootstrap draws whole videos, because frames of one video resemble each
    //    other. With three videos the intervals are wide: that is the answer.
    let options = BootstrapOptions::default().with_seed(7);
    for (metric, value) in [
        (Metric::RocAuc, found.micro_auc),
        (Metric::AveragePrecision, found.ap),
    ] {
        let Interval { low, high, .. } = bootstrap_table(&test, &truth, metric, options)?;
        println!("{metric:?}: {value:.3}, 95 % interval {low:.3} to {high:.3}");
        assert!(low <= value && value <= high && high - low > 0.1);
    }
    let values = test.videos().iter().map(VideoScores::values);
    let pairs: Vec<_> = by_video.iter().map(Vec::as_slice).zip(values).collect();
    assert_eq!(
        bootstrap(&pairs, Metric::Eer, options)?,
        bootstrap_table(&test, &truth, Metric::Eer, options)?
    );
    Ok(())
}

/// The squared difference of each frame from the one before, in the patch that changed most.
fn score(videos: &[SceneVideo]) -> Result<ScoreTable> {
    let settings = FrameDifferenceSettings {
        pool: "topk(patch=16, stride=16, k=1)".parse()?,
        ..FrameDifferenceSettings::default()
    };
    let mut scorers = [FrameDifference::new(settings)?.scorer()];
    let sources: Vec<_> = videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    let mut scored = score_videos(&sources, &mut scorers, FramePass::new(), &mut Silent)?;
    let scores = scored.remove(0).into_iter().map(ScoredVideo::into_scores);
    Ok(ScoreTable::new(scores.collect())?)
}
