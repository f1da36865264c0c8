//! `oddframe eval --conventions`, and RBDC and TBDC from a file of boxes or a run folder.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use crate::common::{Folder, fails, ok};
use serde_json::Value;

/// Two videos; the second is all normal.
const SCORES: &str = "video,frame,score\n1,0,0.9\n1,1,0.5\n1,2,0.5\n1,3,0.1\n2,0,0.3\n2,1,0.2\n";
const LABELS: &str = "video,frame,label\n1,0,1\n1,1,0\n1,2,1\n1,3,0\n2,0,0\n2,1,0\n";

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&ok(args).stdout).unwrap()
}

#[test]
fn every_convention_is_a_row_and_an_entry() {
    let folder = Folder::new();
    let (scores, labels) = (folder.write("s.csv", SCORES), folder.write("l.csv", LABELS));
    let args = ["eval", &scores, "--labels", &labels, "--conventions"];
    let text = ok(&[&args[..], &["--edge-frames", "1"]].concat()).stdout;
    // The widths of columns depend on the rows.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "6 frames in 2 videos, 2 abnormal",
        "micro AUC 0.9375",
        "macro AUC 0.8750 -0.0625 4 frames, 1 of 2 videos",
        "without the first frame 0.8333",
        "AP by trapezoids (PR-AUC)",
        "smoothing gaussian(sigma=3) per video",
        "- 1 of 2 videos have one class",
        "do: report both figures",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let object = json(&[&args[..], &["--json", "--edge-frames", "9"]].concat());
    let keys: BTreeSet<&str> = object
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
        "labels_sha256",
        "smoothing",
        "conventions",
        "interval",
        "shifts",
        "localisation",
        "warnings",
    ];
    assert_eq!(keys, BTreeSet::from(expected));
    let rows = object["conventions"].as_array().unwrap();
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!(row("micro_auc")["value"], 0.9375);
    assert_eq!(row("macro_auc")["change"], -0.0625);
    assert_eq!(row("micro_auc_without_first")["value"], Value::Null);
    let kinds: Vec<&str> = object["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"one_class_videos") && kinds.contains(&"tied_scores"),
        "{kinds:?}"
    );
}

#[test]
fn boxes_of_a_file_are_measured_against_tracks_and_masks() {
    let folder = Folder::new();
    let street = folder.path("street");
    ok(&["synth", &street, "--preset", "tiny"]);
    let labels = fs::read_to_string(format!("{street}/labels.csv")).unwrap();
    let scores = folder.write(
        "s.csv",
        &labels.replace("video,frame,label", "video,frame,score"),
    );
    // The ground truth as boxes: everything is found without a false positive.
    let tracks = fs::read_to_string(format!("{street}/tracks.csv")).unwrap();
    let mut boxes = "video,frame,x1,y1,x2,y2,score\n".to_owned();
    for row in tracks.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let (head, area) = ([fields[0], fields[2]].join(","), fields[3..].join(","));
        writeln!(boxes, "{head},{area},0.5").unwrap();
    }
    let perfect = folder.write("boxes.csv", &boxes);
    let args = ["eval", &scores, "--labels", &street, "--boxes", &perfect];
    let text = ok(&args).stdout;
    assert!(text.contains("RBDC        1.0000  (TBDC 1.0000;"), "{text}");
    let object = json(&[&args[..], &["--json"]].concat());
    assert_eq!(object["localisation"][0]["rbdc"], 1.0);
    assert_eq!(object["localisation"][0]["truth"], "tracks");
    let object = json(&[&args[..], &["--json", "--conventions"]].concat());
    assert_eq!(object["localisation"][0]["tbdc"], 1.0);

    // The masks of this small street cut a cyclist into parts, so the boxes of whole objects find fewer regions.
    let masks = format!("{street}/masks");
    let args = ["eval", &scores, "--labels", &masks, "--boxes", &perfect];
    let object = json(&[&args[..], &["--json"]].concat());
    assert_eq!(object["localisation"][0]["truth"], "masks");
    let rbdc = object["localisation"][0]["rbdc"].as_f64().unwrap();
    assert!(rbdc > 0.4 && rbdc < 1.0, "{rbdc}");

    // Half of the boxes of a wrong place.
    let wrong = folder.write("wrong.csv", &boxes.replace(",0.5\n", ",0.25\n"));
    let far = format!("{}01,0,0,0,1,1,0.75\n", fs::read_to_string(&wrong).unwrap());
    let wrong = folder.write("wrong.csv", &far);
    let args = [
        "eval", &scores, "--labels", &street, "--boxes", &wrong, "--json",
    ];
    let rbdc = json(&args)["localisation"][0]["rbdc"].as_f64().unwrap();
    assert!(rbdc < 1.0 && rbdc > 0.9, "{rbdc}");
}

#[test]
fn boxes_that_cannot_be_measured_are_errors() {
    let folder = Folder::new();
    let (scores, labels) = (folder.write("s.csv", SCORES), folder.write("l.csv", LABELS));
    let boxes = folder.write("b.csv", "video,frame,x1,y1,x2,y2,score\n1,0,0,0,4,4,1\n");
    fails(
        &["eval", &scores, "--labels", &labels, "--boxes", &boxes],
        &["l.csv has no tracks or masks", "tracks.csv"],
    );
    let truth = folder.path("truth");
    fs::create_dir(&truth).unwrap();
    fs::write(format!("{truth}/labels.csv"), LABELS).unwrap();
    let header = "video,track,frame,left,top,right,bottom";
    fs::write(
        format!("{truth}/tracks.csv"),
        format!("{header}\n1,0,0,0,0,4,4\n"),
    )
    .unwrap();
    let args = |boxes: &str| {
        let boxes = folder.write(
            "b.csv",
            &format!("video,frame,x1,y1,x2,y2,score\n{boxes}\n"),
        );
        [
            "eval".to_owned(),
            scores.clone(),
            "--labels".to_owned(),
            truth.clone(),
            "--boxes".to_owned(),
            boxes,
        ]
    };
    let fails_with = |boxes: &str, says: &[&str]| {
        let args = args(boxes);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        fails(&args, says);
    };
    fails_with(
        "1,0,0,0,4,4,1\n1,7,0,0,4,4,1",
        &[
            "1 boxes lie in frames without a score",
            "frame 7 of video 1",
        ],
    );
    fails_with("1,0,0,0,4,4,inf", &["b.csv: line 2: column `score`"]);
    let missing = folder.path("missing.csv");
    fails(
        &["eval", &scores, "--labels", &truth, "--boxes", &missing],
        &["missing.csv"],
    );
}

#[test]
fn a_run_folder_brings_its_scores_boxes_and_normalisations() {
    let folder = Folder::new();
    let recipe = folder.write(
        "r.toml",
        "name = \"r\"\nscene = { preset = \"tiny\" }\n[[system]]\nname = \"moving\"\nkind = \"frame_difference\"\n\
         post = \"minmax per video\"\n",
    );
    let (run, street) = (folder.path("run"), folder.path("street"));
    ok(&["run", &recipe, "--out", &run]);
    ok(&["synth", &street, "--preset", "tiny", "--seed", "0"]);
    // A system that finds one box; where no system does, there is no RBDC.
    let args = ["eval", &run, "--labels", &street, "--conventions", "--json"];
    assert_eq!(json(&args)["localisation"], Value::Array(Vec::new()));
    fs::write(
        format!("{run}/scores/moving.0/01.details.json"),
        "[{\"frame\":0,\"boxes\":[{\"box\":[0,0,2,2],\"score\":1.5}],\"cue\":null,\"reason\":null}]",
    )
    .unwrap();
    let object = json(&args);
    assert_eq!(object["localisation"][0]["system"], "moving.0");
    assert_eq!(object["localisation"][0]["boxes"], 1);
    let message = object["warnings"][0]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "`minmax per video` (system.moving.post) normalised the scores with the scores of each test video"
    );
    // The usual figures are those of scores.csv.
    let usual = json(&["eval", &run, "--labels", &street, "--json"]);
    let file = format!("{run}/scores.csv");
    let of_file = json(&["eval", &file, "--labels", &street, "--json"]);
    assert_eq!(usual["micro_auc"], of_file["micro_auc"]);
    assert_eq!(of_file.get("localisation"), None);
    fails(
        &["eval", &street, "--labels", &street],
        &["street", "recipe.toml"],
    );
    fs::remove_file(&file).unwrap();
    fails(&["eval", &run, "--labels", &street], &["oddframe finish"]);
}
