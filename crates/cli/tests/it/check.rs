//! `oddframe check` and `complete`: every problem at once, exit codes, JSON.

use std::fs;
use std::process::Command;

use crate::common::{Folder, fails, ok, run};
use serde_json::Value;

const IDS: &str = "Id\n1_5\n1_6\n1_8\n2_0\n2_1\n";

#[test]
fn a_valid_submission_is_reported_as_valid() {
    let folder = Folder::new();
    let ids = folder.write("ids.csv", IDS);
    let valid = folder.write(
        "s.csv",
        "\u{feff}Id,Predicted\r\n1_5,1\r\n1_6,2\r\n1_8,3\r\n2_0,4\r\n2_1,5e-3\r\n",
    );
    let said = ok(&["check", &valid, "--ids", &ids]);
    assert!(said.stdout.contains('5'), "{}", said.stdout);
}

#[test]
fn every_problem_is_listed_with_its_line() {
    let folder = Folder::new();
    let ids = folder.write("ids.csv", IDS);
    let bad = folder.write(
        "s.csv",
        "ID,Predicted\n1_5,1\n1_5,2\n9_9,3\n2_0,nan\n2_1,abc\n01_frame_0006,1\n",
    );
    let report = run(&["check", &bad, "--ids", &ids, "--json"]);
    assert_eq!(report.code, Some(1), "{}", report.stderr);
    let json: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(json["valid"], false);
    let problems = json["problems"].as_array().unwrap();
    let lines_of = |line: u64| problems.iter().filter(|p| p["line"] == line).count();
    for line in [1, 3, 4, 5, 6, 7] {
        assert!(
            lines_of(line) > 0,
            "no problem in line {line}: {}",
            report.stdout
        );
    }
    assert!(
        problems
            .iter()
            .any(|p| p["kind"].as_str().unwrap().contains("missing")),
        "{}",
        report.stdout
    );

    let text = run(&["check", &bad, "--ids", &ids]).stdout;
    for part in [
        "`ID`",
        "line 3",
        "9_9",
        "line 5",
        "abc",
        "01_frame_0006",
        "1_8",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn other_column_names_can_be_given() {
    let folder = Folder::new();
    let ids = folder.write("ids.csv", "ID,Score\n1_0,0\n");
    let submission = folder.write("s.csv", "ID,Score\n1_0,0.5\n");
    assert_eq!(run(&["check", &submission, "--ids", &ids]).code, Some(1));
    ok(&[
        "check",
        &submission,
        "--ids",
        &ids,
        "--id-column",
        "ID",
        "--score-column",
        "Score",
    ]);
}

#[test]
fn ids_come_from_a_data_set() {
    let folder = Folder::new();
    let street = folder.path("street");
    ok(&["synth", &street, "--preset", "tiny", "--seed", "1"]);
    let one = folder.write("s.csv", "Id,Predicted\n1_0,0.5\n");
    assert_eq!(run(&["check", &one, "--data", &street]).code, Some(1));
    let full = folder.path("full.csv");
    ok(&[
        "complete",
        &one,
        "--data",
        &street,
        "--policy",
        "constant(0)",
        "--out",
        &full,
    ]);
    ok(&["check", &full, "--data", &street]);
    // A video without any score has nothing to borrow from.
    fails(
        &[
            "complete", &one, "--data", &street, "--policy", "nearest", "--out", &full,
        ],
        &["video"],
    );
}

#[test]
fn ids_come_from_video_files() {
    let folder = Folder::new();
    let street = folder.path("street");
    ok(&["synth", &street, "--preset", "tiny", "--seed", "1"]);
    let files = folder.path("files");
    for (split, video) in [("training", "01"), ("testing", "01"), ("testing", "02")] {
        let (images, file) = (
            format!("{street}/{split}_videos/{video}/*.jpg"),
            format!("{files}/{split}_videos/{video}.avi"),
        );
        fs::create_dir_all(format!("{files}/{split}_videos")).unwrap();
        let made = Command::new("ffmpeg")
            .args([
                "-v",
                "error",
                "-nostdin",
                "-pattern_type",
                "glob",
                "-i",
                &images,
            ])
            .args(["-c:v", "mpeg4", &file])
            .status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: no ffmpeg");
            return;
        }
    }
    let one = folder.write("s.csv", "Id,Predicted\n1_0,0.5\n2_39,0.5\n");
    let said = run(&["check", &one, "--data", &files]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert!(
        said.stderr.contains("80 frames of 2 test videos"),
        "{}",
        said.stderr
    );
    let full = folder.path("full.csv");
    ok(&[
        "complete", &one, "--data", &files, "--policy", "nearest", "--out", &full,
    ]);
    ok(&["check", &full, "--data", &files]);
    // A single file is one video.
    let single = format!("{files}/testing_videos/02.avi");
    let said = run(&["check", &full, "--data", &single]);
    assert!(
        said.stderr.contains("40 frames of 1 test videos"),
        "{}",
        said.stderr
    );
    // Training videos alone give no ids.
    fs::remove_dir_all(format!("{files}/testing_videos")).unwrap();
    fails(
        &["check", &full, "--data", &files],
        &["no ids are expected; use --ids", "no test videos"],
    );
}

#[test]
fn a_data_set_whose_videos_share_a_number_cannot_be_checked_and_the_error_says_why() {
    let folder = Folder::new();
    let street = folder.path("street");
    ok(&["synth", &street, "--preset", "tiny"]);
    for (video, name) in [("01", "01_0014"), ("02", "02_0014")] {
        let [before, after] =
            [video, name].map(|name| folder.path(&format!("street/testing_videos/{name}")));
        fs::rename(before, after).unwrap();
    }
    let named = folder.write("s.csv", "Id,Predicted\n01_0014_0,0.5\n02_0014_0,0.5\n");
    let says = [
        "`check` and `complete` compare ids of two numbers, such as 1_939",
        "01_0014 and 02_0014 both have the number 14",
    ];
    fails(&["check", &named, "--data", &street], &says);
    let complete = ["complete", &named, "--data", &street, "--policy", "nearest"];
    fails(&complete, &says);
}

#[test]
fn missing_frames_are_filled_by_policy() {
    let folder = Folder::new();
    let ids = folder.write("ids.csv", IDS);
    let short = folder.write("s.csv", "Id,Predicted\n1_6,0.5\n1_8,0.75\n2_1,1.0\n");
    let completed =
        |policy: &str| ok(&["complete", &short, "--ids", &ids, "--policy", policy]).stdout;
    assert_eq!(
        completed("nearest"),
        "Id,Predicted\n1_5,0.5\n1_6,0.5\n1_8,0.75\n2_0,1.0\n2_1,1.0\n"
    );
    assert_eq!(
        completed("constant(0)"),
        "Id,Predicted\n1_5,0.0\n1_6,0.5\n1_8,0.75\n2_0,0.0\n2_1,1.0\n"
    );
    // A scores file becomes a submission with the given column names.
    let scores = folder.write("v.csv", "video,frame,score\n01,6,0.5\n01,8,0.75\n02,1,1\n");
    let named = ok(&[
        "complete",
        &scores,
        "--ids",
        &ids,
        "--policy",
        "nearest",
        "--score-column",
        "Score",
    ])
    .stdout;
    assert_eq!(
        named,
        "Id,Score\n1_5,0.5\n1_6,0.5\n1_8,0.75\n2_0,1.0\n2_1,1.0\n"
    );
    // Ids of another data set must not drop every score.
    let other = folder.write("o.csv", "Id,Predicted\n9_0,0.5\n");
    let drop = [
        "complete",
        &other,
        "--ids",
        &ids,
        "--policy",
        "constant(0)",
        "--drop-unknown",
    ];
    fails(&drop, &["o.csv", "9"]);
    fails(
        &["complete", &short, "--ids", &ids, "--policy", "error"],
        &["1_5", "2_0"],
    );
}
