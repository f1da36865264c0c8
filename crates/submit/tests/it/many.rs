//! Times ten million rows: `cargo test --release -p oddframe-submit -- --ignored --nocapture`.

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
    let ids = Ids::parse(ids.as_bytes()).unwrap();
    report_time("ids", started);
    let report = check(rows.as_bytes(), &Schema::default(), &ids);
    assert_eq!(report.problems.len(), 101);
    report_time("check", started);
    let file = ScoreFile::parse(rows.as_bytes()).unwrap();
    report_time("read", started);
    let done = complete(&file.table, &ids, EdgePolicy::Nearest).unwrap();
    report_time("complete", started);
    let mut written = Vec::new();
    write_scores_to(
        &mut written,
        &done.table,
        &FileFormat::Submission(Schema::default()),
    )
    .unwrap();
    report_time("write", started);
    assert!(check(&written, &Schema::default(), &ids).is_valid());
    report_time("check again", started);
}

fn report_time(step: &str, started: Instant) {
    eprintln!(
        "{step}: done after {:.2} s",
        started.elapsed().as_secs_f64()
    );
}
