//! Any bytes as a MATLAB 5 file, alone and as labels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oddframe_core::FrameNumber;
use oddframe_labels::{VideoFrames, read_labels_from, read_mat};

fuzz_target!(|bytes: &[u8]| {
    let values = read_mat(bytes, |_| true, |leaf| Ok(leaf.len()));
    if let Err(error) = values {
        assert!(!error.to_string().is_empty());
    }
    let videos = [VideoFrames { id: "1".into(), numbers: (0..20).map(FrameNumber).collect() }];
    let _ = read_labels_from(bytes, "1_label.mat", &videos);
});
