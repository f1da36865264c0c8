//! Any bytes as an npy file, alone and as labels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oddframe_core::FrameNumber;
use oddframe_labels::{VideoFrames, read_labels_from, read_npy};

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = read_npy(bytes) {
        assert!(!error.to_string().is_empty());
    }
    let videos = [VideoFrames { id: "1".into(), numbers: (0..8).map(FrameNumber).collect() }];
    let _ = read_labels_from(bytes, "labels.npy", &videos);
});
