//! The files of a real competition, if they are available.

use std::fs;
use std::path::PathBuf;

use oddframe_core::EdgePolicy;
use oddframe_submit::{
    FileFormat, Ids, Problem, Schema, ScoreFile, check, check_path, complete, merge, read_scores,
    write_in_order_to, write_scores_to,
};

const FILES: [&str; 5] = [
    "sub_all_smooth0",
    "sub_all_smooth3",
    "sub_flow_only",
    "sub_max_fusion",
    "sub_rgb_only",
];

fn folder() -> Option<PathBuf> {
    let data = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let folder = data.join("pixelplay26");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no data at {}", folder.display());
    None
}

#[test]
fn submissions_are_valid_and_round_trip() {
    let Some(folder) = folder() else { return };
    let ids = Ids::read(&folder.join("ids.csv")).unwrap();
    assert_eq!((ids.len(), ids.videos()), (11_706, 21));
    let texts: Vec<_> = ids.iter().map(|id| id.to_string()).collect();
    assert_eq!((&*texts[0], &*texts[11_705]), ("1_939", "21_75"));
    for name in FILES {
        let path = folder.join(format!("{name}.csv"));
        let report = check_path(&path, &Schema::default(), &ids).unwrap();
        assert!(report.is_valid(), "{name}: {report}");
        assert_eq!(report.rows, 11_706);
        let file = read_scores(&path).unwrap();
        assert_eq!(file.format, FileFormat::Submission(Schema::default()));
        let mut again = Vec::new();
        write_scores_to(&mut again, &file.table, &file.format).unwrap();
        assert_eq!(ScoreFile::parse(&again).unwrap(), file);
        // Ids can be read from a submission.
        assert_eq!(Ids::read(&path).unwrap().len(), 11_706);
    }
}

#[test]
fn missing_first_frames_are_summarised_and_completed() {
    let Some(folder) = folder() else { return };
    let ids = Ids::read(&folder.join("ids.csv")).unwrap();
    let text = fs::read_to_string(folder.join("sub_all_smooth0.csv")).unwrap();
    let mut last_video = "Id".to_string();
    let lost: String = text
        .split_inclusive('\n')
        .filter(|row| {
            let video = row.split(['_', ',']).next().unwrap().to_string();
            video == std::mem::replace(&mut last_video, video.clone())
        })
        .collect();
    assert_eq!(lost.lines().count(), 11_686);
    let report = check(lost.as_bytes(), &Schema::default(), &ids);
    assert_eq!(report.problems.len(), 22);
    assert_eq!(
        report.problems[21],
        Problem::RowCount {
            expected: 11_706,
            found: 11_685
        }
    );
    assert_eq!(
        report.to_string(),
        "invalid: 11685 rows, 11706 expected\n\
         missing: 21 ids, the first frame of every one of the 21 videos (1_939, 2_0, 3_173, ...); \
         repair: `oddframe complete` fills in missing scores"
    );

    let done = complete(
        &ScoreFile::parse(lost.as_bytes()).unwrap().table,
        &ids,
        EdgePolicy::Nearest,
    )
    .unwrap();
    assert!(done.filled.iter().all(|filled| filled.frames == 1));
    assert_eq!(done.filled.len(), 21);
    let mut whole = Vec::new();
    write_in_order_to(&mut whole, &done.table, &Schema::default(), &ids).unwrap();
    assert!(check(&whole, &Schema::default(), &ids).is_valid());
    let expected = text.replacen("1_939,0.7911052732103848", "1_939,0.7981478351361584", 1);
    assert!(whole.starts_with(expected.get(..200).unwrap().as_bytes()));
}

#[test]
fn merged_parts_equal_the_whole() {
    let Some(folder) = folder() else { return };
    let text = fs::read_to_string(folder.join("sub_flow_only.csv")).unwrap();
    let (mut even, mut odd) = ("Id,Predicted\n".to_string(), "Id,Predicted\n".to_string());
    for (i, row) in text.split_inclusive('\n').skip(1).enumerate() {
        if i % 2 == 0 {
            even.push_str(row);
        } else {
            odd.push_str(row);
        }
    }
    let parts = [odd, even].map(|csv| ScoreFile::parse(csv.as_bytes()).unwrap().table);
    assert_eq!(
        merge(&parts).unwrap(),
        ScoreFile::parse(text.as_bytes()).unwrap().table
    );
}
