//! The flow of UCSD Ped2 is OpenCV's. The frames are research data and not part of the repository.

use std::path::{Path, PathBuf};

use oddframe_core::{Frame, FrameNumber, PixelFormat};
use oddframe_flow::Flow;
use oddframe_frames::decode_into;

use crate::opencv::{DIS, FARNEBACK, assert_close};
use crate::scene::method;

/// The data's folder, where it has Ped2 in it.
fn ped2() -> Option<PathBuf> {
    let root = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = root.join("ped2");
    if folder.exists() {
        return Some(folder);
    }
    eprintln!(
        "skipped: {} is not here (set ODDFRAME_DATA)",
        folder.display()
    );
    None
}

fn read(folder: &Path, number: u64) -> Frame {
    let path = folder.join(format!("{number:03}.jpg"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut frame = Frame::default();
    decode_into(&bytes, PixelFormat::Gray, FrameNumber(number), &mut frame).unwrap();
    frame
}

#[test]
fn flow_of_ped2_equals_opencv() {
    let Some(root) = ped2() else {
        return;
    };
    for (part, video, first, second) in [
        ("testing", "01", 60, 61),
        ("testing", "04", 120, 122),
        ("training", "08", 100, 101),
    ] {
        let folder = root.join(part).join("frames").join(video);
        let (previous, next) = (read(&folder, first), read(&folder, second));
        for (name, tolerance) in [
            ("farneback", FARNEBACK),
            ("ultrafast", DIS),
            ("fast", DIS),
            ("medium", DIS),
        ] {
            let mut flow = Flow::default();
            method(name).estimate(&previous, &next, &mut flow).unwrap();
            let file = format!("ped2.{part}{video}.{first}.{name}.f32");
            assert_close(&flow, &file, 8, tolerance);
        }
    }
}
