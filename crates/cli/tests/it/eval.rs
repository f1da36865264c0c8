//! `oddframe eval`: metrics, label formats and errors.

use std::collections::BTreeSet;

use crate::common::{Folder, fails, ok};
use serde_json::Value;

const SCORES: &str = "video,frame,score\n1,0,0.9\n1,1,0.5\n1,2,0.5\n1,3,0.1\n";
const LABELS: &str = "video,frame,label\n1,0,1\n1,1,0\n1,2,1\n1,3,0\n";

#[test]
fn the_json_object_has_these_keys_and_numbers() {
    let folder = Folder::new();
    let (scores, labels) = (folder.write("s.csv", SCORES), folder.write("l.csv", LABELS));
    let json: Value =
        serde_json::from_str(&ok(&["eval", &scores, "--labels", &labels, "--json"]).stdout)
            .unwrap();
    let keys: BTreeSet<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
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
    assert_eq!(
        json["labels_sha256"],
        "cd3737d72da1057ecdd242a0e84d9737f5ec251f8386936c7d698b7141e1133b"
    );
}

#[test]
fn extra_labels_are_counted_and_missing_labels_are_errors() {
    let folder = Folder::new();
    let scores = folder.write("s.csv", SCORES);
    let more = folder.write("more.csv", &format!("{LABELS}1,4,1\n2,0,0\n"));
    assert!(
        ok(&["eval", &scores, "--labels", &more])
            .stderr
            .contains("2 labelled frames")
    );
    let fewer = folder.write("fewer.csv", LABELS.strip_suffix("1,3,0\n").unwrap());
    fails(
        &["eval", &scores, "--labels", &fewer],
        &["fewer.csv", "video 1", "no label", "frame 3"],
    );
}

#[test]
fn labels_of_one_class_are_an_error() {
    let folder = Folder::new();
    let scores = folder.write("s.csv", SCORES);
    let normal = folder.write("normal.csv", &LABELS.replace(",1\n", ",0\n"));
    fails(
        &["eval", &scores, "--labels", &normal],
        &["all 4 labels are normal"],
    );
}

#[test]
fn a_submission_is_evaluated_like_a_score_file() {
    let folder = Folder::new();
    let submission = folder.write(
        "s.csv",
        "Id,Predicted\r\n1_0,0.9\r\n1_1,0.5\r\n1_2,0.5\r\n1_3,0.1\r\n",
    );
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
    // Labels used as scores rank perfectly against every form of the ground truth.
    let scores = folder.write(
        "s.csv",
        &labels.replace("video,frame,label", "video,frame,score"),
    );
    for truth in [
        street.clone(),
        format!("{street}/labels.csv"),
        format!("{street}/masks"),
    ] {
        let json: Value =
            serde_json::from_str(&ok(&["eval", &scores, "--labels", &truth, "--json"]).stdout)
                .unwrap();
        assert_eq!(json["micro_auc"], 1.0, "{truth}");
        assert_eq!(json["best_f1"], 1.0, "{truth}");
    }
}

#[test]
fn intervals_of_scores_that_start_at_frame_1() {
    let Some(data) = crate::common::shared_data("ped2") else {
        return;
    };
    let folder = Folder::new();
    let labels = std::fs::read_to_string(data.join("labels.csv")).unwrap();
    // The labels as scores, without every third frame from frame 0 on.
    let kept = |line: &&str| {
        line.split(',')
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .map_or(true, |n| n % 3 > 0)
    };
    let lines: Vec<&str> = labels.lines().filter(kept).collect();
    let scores = folder.write(
        "s.csv",
        &(lines.join("\n") + "\n").replace("video,frame,label", "video,frame,score"),
    );
    let mat = data.join("ped2.mat").to_str().unwrap().to_string();
    let auc = |more: &[&str]| {
        let run = ok(&[&["eval", &scores, "--labels", &mat, "--json"], more].concat());
        let json: Value = serde_json::from_str(&run.stdout).unwrap();
        (json["micro_auc"].as_f64().unwrap(), run.stderr)
    };
    assert_eq!(auc(&["--count-from", "0"]).0, 1.0);
    // Without the option the command assumes a number and says so.
    assert!(auc(&[]).1.contains("--count-from"));
}

/// The threshold that the text output of `eval` prints for these scores of frames 0 to 3, of which 0 and 2 are abnormal.
fn printed_threshold(scores: [&str; 4]) -> (String, f64) {
    let folder = Folder::new();
    let mut csv = String::from("video,frame,score\n");
    for (frame, score) in scores.iter().enumerate() {
        csv.extend(["1,", &frame.to_string(), ",", score, "\n"]);
    }
    let scores = folder.write("s.csv", &csv);
    let labels = folder.write("l.csv", LABELS);
    let text = ok(&["eval", &scores, "--labels", &labels]).stdout;
    let (_, printed) = text.split_once("at score >= ").unwrap();
    let printed = printed.lines().next().unwrap().to_string();
    let json = ok(&["eval", &scores, "--labels", &labels, "--json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    (printed, json["best_f1_threshold"].as_f64().unwrap())
}

#[test]
fn the_printed_threshold_reads_back_exactly() {
    for scores in [
        ["0.30000000000000004", "0.1", "0.4", "0.3"],
        ["1e-9", "1e-300", "3e-9", "5e-324"],
        ["-0.0", "-1", "7", "-2"],
        ["1.7976931348623157e308", "0", "1.7976931348623155e308", "1"],
    ] {
        let (printed, exact) = printed_threshold(scores);
        assert_eq!(
            printed.parse::<f64>().unwrap().to_bits(),
            exact.to_bits(),
            "{printed} is not {exact:e}"
        );
        assert!(
            !printed.starts_with("-0") && printed != "0.0" || scores[0] == "-0.0",
            "{printed}"
        );
    }
}

#[test]
fn ucsd_ground_truth_is_read_as_labels() {
    let folder = Folder::new();
    let script = "TestVideoFile = {};\nTestVideoFile{end+1}.gt_frame = [2:3]; % comment\n";
    let truth = folder.write("UCSDped1.m", script);
    let scores = folder.write(
        "s.csv",
        "video,frame,score\n1,1,0.1\n1,2,0.9\n1,3,0.8\n1,4,0.2\n",
    );
    let run = ok(&["eval", &scores, "--labels", &truth, "--json"]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&json["micro_auc"], &json["positives"]),
        (&1.0.into(), &2.into())
    );
    assert!(
        run.stderr
            .contains("UCSDped1.m does not say whether frames count from 0 or from 1"),
        "{}",
        run.stderr
    );
    assert_eq!(
        ok(&["eval", &scores, "--labels", &truth, "--count-from", "1"]).stderr,
        ""
    );
}
