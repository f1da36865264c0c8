use std::io::{self, Read};

use oddframe_core::FrameNumber;

use crate::bitmap::read_bitmap;
use crate::tracks::parse_tracks;
use crate::{Error, MatLeaf, VideoFrames, read_labels_from, read_mat, read_npy};

/// Gives bytes to every reader of this crate, for fuzzing: whatever they are, it must return.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let frames = |id: &str, numbers: std::ops::Range<u64>| VideoFrames {
        id: id.into(),
        numbers: numbers.map(FrameNumber).collect(),
    };
    let videos = [frames("1", 0..3), frames("2", 5..9)];
    // What comes out is of no interest here.
    for name in ["1_label.mat", "labels.npy", "labels.csv", "labels"] {
        let _ = read_labels_from(bytes, name, &videos);
        let _ = read_labels_from(bytes, name, &[]);
    }
    let _ = read_npy(bytes);
    let sum = |leaf: MatLeaf<'_>| -> Result<f64, Error> { Ok(leaf.values().sum()) };
    let _ = read_mat(bytes, |_| true, sum);
    let _ = parse_tracks(bytes);
    let _ = read_bitmap(&mut bytes.chain(io::empty()));
}
