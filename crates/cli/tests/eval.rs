//! `oddframe eval`: numbers, formats and refusals.

mod common;

use std::collections::BTreeSet;

use common::{Folder, fails, ok};
use serde_json::Value;

const SCORES: &str = "video,frame,score\n1,0,0.9\n1,1,0.5\n1,2,0.5\n1,3,0.1\n";
const LABELS: &str = "video,frame,label\n1,0,1\n1,1,0\n1,2,1\n1,3,0\n";

#[test]
fn the_json_object_has_these_keys_and_numbers() {
    let folder = Folder::new();
    let (scores, labels) = (folder.write("s.csv", SCORES), folder.write("l.csv", LABELS));
    let json: Value =
        serde_json::from_str(&ok(&["eval", &scores, "--labels", &labels, "--json"]).stdout).unwrap();
    let keys: BTreeSet<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "frames",
        "videos",
        "positives",
        "base_rate",
        "micro_auc",
        "macro_auc",
        "macro_videos",
        "ap",
        "pr_auc",
        "eer",
        "eer_nearest",
        "best_f1",
        "best_f1_threshold",
        "labels_sha256",
    ];
    assert_eq!(keys, BTreeSet::from(expected));
    assert_eq!(json["micro_auc"], 0.875);
    assert_eq!(json["macro_auc"], 0.875);
    assert_eq!(
        (&json["frames"], &json["positives"], &json["base_rate"]),
        (&4.into(), &2.into(), &0.5.into())
    );
    // sha256sum of the label file.
    assert_eq!(json["labels_sha256"], "cd3737d72da1057ecdd242a0e84d9737f5ec251f8386936c7d698b7141e1133b");
}

#[test]
fn extra_labels_are_counted_and_missing_ones_refused() {
    let folder = Folder::new();
    let scores = folder.write("s.csv", SCORES);
    let more = folder.write("more.csv", &format!("{LABELS}1,4,1\n2,0,0\n"));
    assert!(ok(&["eval", &scores, "--labels", &more]).stderr.contains("2 labelled frames"));
    let fewer = folder.write("fewer.csv", LABELS.strip_suffix("1,3,0\n").unwrap());
    fails(&["eval", &scores, "--labels", &fewer], &["fewer.csv", "video 1", "no label", "frame 3"]);
}

#[test]
fn one_class_only_is_refused() {
    let folder = Folder::new();
    let scores = folder.write("s.csv", SCORES);
    let normal = folder.write("normal.csv", &LABELS.replace(",1\n", ",0\n"));
    fails(&["eval", &scores, "--labels", &normal], &["all 4 labels are normal"]);
}

#[test]
fn a_submission_is_evaluated_like_a_score_file() {
    let folder = Folder::new();
    let submission = folder.write("s.csv", "Id,Predicted\r\n1_0,0.9\r\n1_1,0.5\r\n1_2,0.5\r\n1_3,0.1\r\n");
    let labels = folder.write("l.csv", LABELS);
    let text = ok(&["eval", &submission, "--labels", &labels]).stdout;
    assert!(text.contains("micro AUC   0.8750"), "{text}");
}

#[test]
fn labels_and_masks_of_a_written_street_agree() {
    let folder = Folder::new();
    let street = folder.path("street");
    ok(&["synth", &street, "--preset", "tiny"]);
    let labels = std::fs::read_to_string(format!("{street}/labels.csv")).unwrap();
    // The labels themselves as scores rank perfectly, whichever ground truth they are compared with.
    let scores = folder.write("s.csv", &labels.replace("video,frame,label", "video,frame,score"));
    for truth in [street.clone(), format!("{street}/labels.csv"), format!("{street}/masks")] {
        let json: Value =
            serde_json::from_str(&ok(&["eval", &scores, "--labels", &truth, "--json"]).stdout).unwrap();
        assert_eq!(json["micro_auc"], 1.0, "{truth}");
        assert_eq!(json["best_f1"], 1.0, "{truth}");
    }
}

#[test]
fn intervals_of_scores_that_start_at_frame_1() {
    let Some(data) = common::shared_data("ped2") else { return };
    let folder = Folder::new();
    let labels = std::fs::read_to_string(data.join("labels.csv")).unwrap();
    // The labels as scores, without every third frame from frame 0 on.
    let kept = |line: &&str| line.split(',').nth(1).unwrap().parse::<u64>().map_or(true, |n| n % 3 > 0);
    let lines: Vec<&str> = labels.lines().filter(kept).collect();
    let scores =
        folder.write("s.csv", &(lines.join("\n") + "\n").replace("video,frame,label", "video,frame,score"));
    let mat = data.join("ped2.mat").to_str().unwrap().to_string();
    let auc = |more: &[&str]| {
        let run = ok(&[&["eval", &scores, "--labels", &mat, "--json"], more].concat());
        let json: Value = serde_json::from_str(&run.stdout).unwrap();
        (json["micro_auc"].as_f64().unwrap(), run.stderr)
    };
    assert_eq!(auc(&["--count-from", "0"]).0, 1.0);
    // Left to itself the command guesses, and says so.
    assert!(auc(&[]).1.contains("--count-from"));
}
