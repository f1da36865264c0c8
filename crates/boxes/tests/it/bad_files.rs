//! Every mistake in a file of detections is named with its place.

use std::fs;

use oddframe_boxes::{DetectionTable, Error, parse_scored_boxes, read_scored_boxes};
use proptest::prelude::*;

const HEADER: &str = "video,frame,x1,y1,x2,y2,confidence,class";

/// The message for a file with these rows.
fn message(rows: &str) -> String {
    let text = format!("{HEADER}\n01,0,0,0,8,9,0.5,person\n{rows}\n");
    DetectionTable::parse(&text).unwrap_err().to_string()
}

#[test]
fn values_that_are_impossible() {
    for (row, expected) in [
        (
            "01,1,a,0,8,9,0.5,person",
            "line 3: column `x1`: `a` is not a number",
        ),
        (
            "01,1,0,0,NaN,9,0.5,person",
            "line 3: column `x2`: `NaN` is not finite",
        ),
        (
            "01,1,0,0,8,inf,0.5,person",
            "line 3: column `y2`: `inf` is not finite",
        ),
        (
            "01,1,8,0,8,9,0.5,person",
            "line 3: column `x2`: 8 is not above `x1` (8)",
        ),
        (
            "01,1,0,9,8,4,0.5,person",
            "line 3: column `y2`: 4 is not above `y1` (9)",
        ),
        (
            "01,1,0,0,8,9,1.5,person",
            "line 3: column `confidence`: 1.5 is not between 0 and 1",
        ),
        (
            "01,1,0,0,8,9,-0.1,person",
            "line 3: column `confidence`: -0.1 is not between",
        ),
        (
            "01,1,0,0,8,9,nan,person",
            "line 3: column `confidence`: `nan` is not finite",
        ),
        (
            "01,-1,0,0,8,9,0.5,person",
            "line 3: column `frame`: -1 is negative",
        ),
        (
            "01,1.5,0,0,8,9,0.5,person",
            "line 3: column `frame`: `1.5` is not a whole number",
        ),
        (",1,0,0,8,9,0.5,person", "line 3: column `video` is empty"),
        ("01,1,0,0,8,9,0.5,", "line 3: column `class` is empty"),
        (
            "01,1,0,0,8,9,0.5",
            "line 3: 7 fields, but the header has 8 columns",
        ),
        (
            "\n01,1,0,0,8,9,0.5,\"person",
            "line 4: a quoted field is not closed",
        ),
    ] {
        let found = message(row);
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn headers_that_do_not_fit() {
    let error = |text: &str| DetectionTable::parse(text).unwrap_err().to_string();
    let missing = error("video,frame,x1,y1,x2,y2,conf,class\n");
    assert!(
        missing.starts_with("line 1: column `confidence` is missing; found: video, frame, x1"),
        "{missing}"
    );
    let twice = error("video,frame,x1,y1,x2,y2,confidence,class,x1\n");
    assert_eq!(twice, "line 1: column `x1` occurs twice");
    assert!(error("").starts_with("line 1: the file is empty"));
    assert!(error("\n \n").starts_with("line 1: the file is empty"));
}

#[cfg(feature = "json")]
#[test]
fn json_lines_that_do_not_fit() {
    let good = "{\"video\":1,\"frame\":0,\"x1\":0,\"y1\":0,\"x2\":8,\"y2\":9,\"confidence\":0.5,\"class\":\"person\"}\n";
    for (line, expected) in [
        (
            good.replace("\"y1\":0,", ""),
            "line 2: column `y1` is missing; found: ",
        ),
        (
            good.replace("0.5", "null"),
            "line 2: column `confidence`: `null` is not a number",
        ),
        (
            good.replace("\"frame\":0", "\"frame\":-3"),
            "line 2: column `frame`: -3 is negative",
        ),
        (
            good.replace("0.5", "NaN"),
            "line 2: column 63: expected value",
        ),
        ("[1, 2]".to_string(), "line 2: column"),
    ] {
        let found = DetectionTable::parse(&format!("{good}{line}"))
            .unwrap_err()
            .to_string();
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boxes.csv");
    let missing = DetectionTable::read(&path).unwrap_err();
    assert!(matches!(missing, Error::Read { .. }));
    fs::write(&path, format!("{HEADER}\n01,0,0,0,8,9,high,person\n")).unwrap();
    let message = DetectionTable::read(&path).unwrap_err().to_string();
    assert!(
        message.contains("boxes.csv: line 2: column `confidence`: `high`"),
        "{message}"
    );
    fs::write(&path, b"video,frame\n\xff\n").unwrap();
    let message = DetectionTable::read(&path).unwrap_err().to_string();
    assert!(
        message.ends_with("boxes.csv: line 2: byte 12 of the file is not UTF-8 text"),
        "{message}"
    );
    fs::write(&path, format!("{HEADER}\n77,0,0,0,8,9,0.5,person\n")).unwrap();
    let table = DetectionTable::read(&path).unwrap();
    let message = table.check_videos(&["01".into()]).unwrap_err().to_string();
    assert!(
        message.contains("boxes.csv: detections of 1 unknown videos: 77;"),
        "{message}"
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*", rows in "[-0-9a-z.,\"\n{}:]*") {
        let _ = DetectionTable::parse(&text);
        let _ = DetectionTable::parse(&format!("{HEADER}\n{rows}"));
        let _ = DetectionTable::parse(&format!("{{{rows}"));
    }
}

#[test]
fn mistakes_in_scored_boxes_are_named() {
    let header = "video,frame,x1,y1,x2,y2,score";
    let message = |rows: &str| {
        let error = parse_scored_boxes(&format!("{header}\n{rows}\n"));
        error.unwrap_err().to_string()
    };
    for (row, expected) in [
        (
            "1,0,0,0,4,4,nan",
            "line 2: column `score`: `nan` is not finite",
        ),
        ("1,0,0,0,4,4,", "line 2: column `score` is empty"),
        (
            "1,0,4,0,4,4,1",
            "line 2: column `x2`: 4 is not above `x1` (4)",
        ),
        ("1,-2,0,0,4,4,1", "line 2: column `frame`: -2 is negative"),
        (
            "1,0,0,0,4,4",
            "line 2: 6 fields, but the header has 7 columns",
        ),
    ] {
        assert!(message(row).starts_with(expected), "{}", message(row));
    }
    let detections = parse_scored_boxes(HEADER).unwrap_err().to_string();
    assert!(
        detections.contains("column `score` is missing")
            && detections.ends_with("needed: video, frame, x1, y1, x2, y2, score, in any order"),
        "{detections}"
    );
    let empty = parse_scored_boxes("").unwrap_err().to_string();
    assert!(empty.ends_with(header), "{empty}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boxes.csv");
    fs::write(&path, b"video,frame\n\xff").unwrap();
    let error = read_scored_boxes(&path).unwrap_err().to_string();
    assert!(error.contains("boxes.csv: line 2: byte 12"), "{error}");
    // Any order of columns, quotes, a byte order mark and CRLF.
    let text = "\u{feff}score,x1,y1,x2,y2,frame,video,more\r\n-2e3,0,1,2,3,7,\"a,1\",x\r\n";
    let found = parse_scored_boxes(text).unwrap();
    assert_eq!(
        (found[0].video.name(), found[0].found.score),
        ("a,1", -2000.0)
    );
}
