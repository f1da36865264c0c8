//! Any bytes as a MATLAB 5 file of labels: intervals of a whole set, or the masks of one video.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oddframe_core::FrameNumber;
use oddframe_labels::{VideoFrames, read_labels_from};

fuzz_target!(|bytes: &[u8]| {
    let videos = [VideoFrames { id: "1".into(), numbers: (0..20).map(FrameNumber).collect() }];
    if let Err(error) = read_labels_from(bytes, "1_label.mat", &videos) {
        assert!(!error.to_string().is_empty());
    }
});
