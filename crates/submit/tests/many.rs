//! Ten million rows take seconds: `cargo test --release -p oddframe-submit -- --ignored --nocapture`.

use std::fmt::Write;
use std::time::Instant;

use oddframe_core::EdgePolicy;
use oddframe_submit::{FileFormat, Ids, Schema, ScoreFile, check, complete, write_scores_to};

#[test]
#[ignore = "needs 4 GB of memory"]
fn ten_million_rows() {
    const VIDEOS: u64 = 100;
    const FRAMES: u64 = 100_000;
    let (mut ids, mut rows) = ("Id\n".to_string(), "Id,Predicted\n".to_string());
    for (video, frame) in (1..=VIDEOS).flat_map(|v| (0..FRAMES).map(move |f| (v, f))) {
        writeln!(ids, "{video}_{frame}").unwrap();
        if frame > 0 {
            writeln!(rows, "{video}_{frame},{:?}", (frame as f64).sin()).unwrap();
        }
    }
    let started = Instant::now();
    let step = |name: &str| eprintln!("{name}: done after {:.2} s", started.elapsed().as_secs_f64());
    let ids = Ids::parse(ids.as_bytes()).unwrap();
    step("ids");
    let report = check(rows.as_bytes(), &Schema::default(), &ids);
    assert_eq!(report.problems.len(), 101);
    step("check");
    let file = ScoreFile::parse(rows.as_bytes()).unwrap();
    step("read");
    let done = complete(&file.table, &ids, EdgePolicy::Nearest).unwrap();
    step("complete");
    let mut written = Vec::new();
    write_scores_to(&mut written, &done.table, &FileFormat::Submission(Schema::default())).unwrap();
    step("write");
    assert!(check(&written, &Schema::default(), &ids).is_valid());
    step("check again");
}
