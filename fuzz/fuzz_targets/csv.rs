//! Any bytes as a score file, a submission and labels; what is read must be written and read to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oddframe_labels::read_labels_from;
use oddframe_submit::{Ids, Schema, ScoreFile, check, write_scores_to};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(ids) = Ids::parse(b"Id\n1_0\n1_1\n2_0\n") {
        let report = check(bytes, &Schema::default(), &ids);
        assert!(!report.to_string().is_empty());
    }
    let _ = Ids::parse(bytes);
    let _ = read_labels_from(bytes, "labels.csv", &[]);
    if let Ok(file) = ScoreFile::parse(bytes) {
        let mut written = Vec::new();
        if write_scores_to(&mut written, &file.table, &file.format).is_ok() {
            let again = ScoreFile::parse(&written).expect("what is written can be read");
            let frames = |file: &ScoreFile| -> Vec<_> {
                file.table.videos().iter().map(|v| (v.numbers().to_vec(), v.values().to_vec())).collect()
            };
            assert_eq!(frames(&again), frames(&file));
        }
    }
});
