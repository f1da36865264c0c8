//! Reproduces real score files to the last bit through the command line.

use std::fs;

use crate::common::{Folder, ok, scores, shared_data};

fn assert_equal_to_the_bit(found: &str, expected: &str) {
    let (found, expected) = (scores(found), scores(expected));
    assert_eq!(found.len(), 11_706);
    assert_eq!(found.len(), expected.len());
    let worst = found
        .iter()
        .zip(&expected)
        .map(|(f, e)| (f.1 - e.1).abs())
        .fold(0.0, f64::max);
    assert!(
        found.iter().zip(&expected).all(|(f, e)| f.0 == e.0),
        "the ids differ"
    );
    assert_eq!(worst, 0.0);
}

#[test]
fn smoothing_and_min_max_reproduce_a_submission() {
    let Some(data) = shared_data("pixelplay26") else {
        return;
    };
    let folder = Folder::new();
    let (raw, out) = (data.join("sub_all_smooth0.csv"), folder.path("out.csv"));
    ok(&[
        "post",
        raw.to_str().unwrap(),
        "--chain",
        "gaussian(sigma=3) per video | minmax",
        "--out",
        &out,
    ]);
    let expected = fs::read_to_string(data.join("sub_all_smooth3.csv")).unwrap();
    assert_equal_to_the_bit(&fs::read_to_string(out).unwrap(), &expected);
}

#[test]
fn fusing_by_maximum_reproduces_a_submission() {
    let Some(data) = shared_data("pixelplay26") else {
        return;
    };
    let [rgb, flow] = ["sub_rgb_only.csv", "sub_flow_only.csv"]
        .map(|f| data.join(f).to_str().unwrap().to_string());
    // Written to stdout in the format of the input.
    let fused = ok(&["fuse", &rgb, &flow, "--how", "max", "--chain", "minmax"]).stdout;
    let expected = fs::read_to_string(data.join("sub_max_fusion.csv")).unwrap();
    assert!(fused.starts_with("Id,Predicted\n1_939,"));
    assert_equal_to_the_bit(&fused, &expected);
}

#[test]
fn real_submissions_are_valid() {
    let Some(data) = shared_data("pixelplay26") else {
        return;
    };
    let ids = data.join("ids.csv").to_str().unwrap().to_string();
    for name in [
        "sub_all_smooth0",
        "sub_all_smooth3",
        "sub_flow_only",
        "sub_max_fusion",
        "sub_rgb_only",
    ] {
        let path = data.join(format!("{name}.csv"));
        ok(&["check", path.to_str().unwrap(), "--ids", &ids]);
    }
}

#[test]
fn missing_first_frames_are_summarised_and_completed() {
    let Some(data) = shared_data("pixelplay26") else {
        return;
    };
    let folder = Folder::new();
    let whole = fs::read_to_string(data.join("sub_rgb_only.csv")).unwrap();
    let mut seen = std::collections::HashSet::new();
    let kept: Vec<&str> = whole
        .lines()
        .filter(|line| {
            let video = line.split('_').next().unwrap();
            line.starts_with("Id") || !seen.insert(video)
        })
        .collect();
    assert_eq!(kept.len(), 1 + 11_685);
    let short = folder.write("short.csv", &(kept.join("\n") + "\n"));
    let ids = data.join("ids.csv").to_str().unwrap().to_string();

    let report = crate::common::run(&["check", &short, "--ids", &ids]);
    assert_eq!(report.code, Some(1));
    let lines: Vec<&str> = report
        .stdout
        .lines()
        .filter(|l| l.contains("missing"))
        .collect();
    assert_eq!(lines.len(), 1, "{}", report.stdout);
    assert!(
        lines[0].contains("21") && lines[0].contains("first frame") && lines[0].contains("1_939"),
        "{}",
        lines[0]
    );

    let full = folder.path("full.csv");
    let said = ok(&[
        "complete", &short, "--ids", &ids, "--policy", "nearest", "--out", &full,
    ])
    .stderr;
    assert!(said.contains("21 of 11706"), "{said}");
    ok(&["check", &full, "--ids", &ids]);
    let filled = scores(&fs::read_to_string(&full).unwrap());
    assert_eq!(filled[0].0, "1_939");
    assert_eq!(filled[0].1, filled[1].1);
}

#[test]
fn rows_are_sorted_by_video_and_frame_as_the_help_says() {
    let folder = Folder::new();
    let unsorted = folder.write("s.csv", "Id,Predicted\n10_0,0.5\n2_7,0.25\n2_6,1.0\n");
    let sorted = ok(&["post", &unsorted, "--chain", "none"]).stdout;
    assert_eq!(sorted, "Id,Predicted\n2_6,1.0\n2_7,0.25\n10_0,0.5\n");
    let help = ok(&["post", "--help"]).stdout;
    assert!(
        help.contains("its rows are sorted by video and frame"),
        "{help}"
    );
}
