//! The cached detections of UCSD Ped2.

use std::path::{Path, PathBuf};

use oddframe_boxes::{DetectionFilter, DetectionTable};
use oddframe_core::{FrameNumber, VideoId};

#[test]
fn the_boxes_of_ped2() {
    let root = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join("boxes/ped2_testing_boxes.csv");
    if !path.exists() {
        eprintln!(
            "skipped: {} is not here (set ODDFRAME_DATA)",
            path.display()
        );
        return;
    }
    let mut table = DetectionTable::read(&path).unwrap();
    assert_eq!(table.len(), 93_634);
    let videos: Vec<VideoId> = (1..=12).map(|n| VideoId::new(&n.to_string())).collect();
    table.check_videos(&videos).unwrap();
    assert!(table.check_videos(&videos[1..]).is_err());
    let first = &table.boxes(&videos[0], FrameNumber(0))[0];
    assert_eq!((first.area.left, first.area.bottom), (104.2, 171.5));
    for video in &videos {
        let counts = table.clip_video(video, 360, 240);
        assert_eq!((counts.clipped, counts.dropped), (0, 0));
    }
    // 12.3 boxes a frame, as their makers counted (at 0.4 and above).
    table.retain(&DetectionFilter::new().with_confidence_above(0.4));
    assert!((table.len() as f64 / 2010.0 - 12.3).abs() < 0.1);
}
