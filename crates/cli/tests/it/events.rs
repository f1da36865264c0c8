//! Events from score files.

use std::fs;

use crate::common::{Folder, fails, ok};

const SCORES: &str = "video,frame,score,origin
01,10,0.1,computed
01,11,5.0,computed
01,12,3.5,computed
01,13,0.2,computed
01,14,4.5,computed
02,0,6.0,computed
02,1,0.0,computed
";

#[test]
fn events_are_listed_with_times() {
    let folder = Folder::new();
    let scores = folder.write("scores.csv", SCORES);
    let listed = ok(&[
        "events",
        &scores,
        "--threshold",
        "4",
        "--low",
        "3",
        "--fps",
        "10",
    ])
    .stdout;
    assert_eq!(
        listed,
        "video,start,end,start_seconds,end_seconds,peak,peak_score,severity
01,11,12,0.1,0.3,11,5,1
01,14,14,0.4,0.5,14,4.5,0.5
02,0,0,0,0.1,0,6,2
"
    );
    let out = folder.path("events.csv");
    let options = [
        "--threshold",
        "4",
        "--join",
        "3",
        "--min-frames",
        "2",
        "--out",
        &out,
    ];
    let said = ok(&[&["events", &scores], &options[..]].concat());
    assert!(said.stderr.contains("1 events in"), "{}", said.stderr);
    assert_eq!(
        fs::read_to_string(&out).unwrap().lines().nth(1).unwrap(),
        "01,11,14,,,11,5,1.5"
    );
}

#[test]
fn options_that_cannot_be_are_refused_before_anything_is_written() {
    let folder = Folder::new();
    let (scores, out) = (
        folder.write("scores.csv", SCORES),
        folder.path("events.csv"),
    );
    for (options, says) in [
        (&["--threshold", "nan"][..], "threshold is NaN"),
        (&["--threshold", "1", "--low", "2"], "low is 2"),
        (&["--threshold", "1", "--fps", "0"], "--fps is 0"),
    ] {
        fails(
            &[&["events", &scores, "--out", &out], options].concat(),
            &[says],
        );
    }
    fails(
        &[
            "events",
            &folder.path("none.csv"),
            "--threshold",
            "1",
            "--out",
            &out,
        ],
        &["none.csv"],
    );
    assert_eq!(folder.names(), ["scores.csv"]);
}

#[test]
fn a_finished_run_lists_its_events_and_finish_changes_their_number() {
    let folder = Folder::new();
    let recipe = folder.write(
        "watch.toml",
        "name = \"watch\"\nbaselines = false\nscene = { preset = \"tiny\", seed = 3 }\n[calibration]\nheld_out = 0.5\n\
         false_alarms_per_hour = 1500\n[[system]]\nname = \"people\"\nkind = \"objects\"\nswitch = { slow = 0.0, spread = 0.25 }\n",
    );
    let out = folder.path("run");
    let first = ok(&["run", &recipe, "--out", &out]);
    for part in [
        "The events with the highest scores",
        "false alarms/hour",
        "normal scores",
    ] {
        assert!(first.stdout.contains(part), "{part}\n{}", first.stdout);
    }
    let events = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    let before = events("run/events.csv");
    ok(&[
        "finish",
        &out,
        "--set",
        "calibration.false_alarms_per_hour=0.001",
    ]);
    assert!(events("run/events.csv").len() < before.len());
    // The events of a run are those that its scores have at its threshold.
    let file: serde_json::Value = serde_json::from_str(&events("run/events.json")).unwrap();
    let (threshold, scores) = (
        file["threshold"].as_f64().unwrap(),
        folder.path("run/scores.csv"),
    );
    let (high, low) = (threshold.to_string(), (threshold - 1.0).to_string());
    let listed = ok(&[
        "events",
        &scores,
        "--threshold",
        &high,
        "--low",
        &low,
        "--join",
        "25",
    ])
    .stdout;
    assert_eq!(
        listed.lines().count(),
        events("run/events.csv").lines().count()
    );
    fails(
        &["finish", &out, "--set", "fuse.post=minmax"],
        &["fuse.post: `minmax`", "per video"],
    );
}
