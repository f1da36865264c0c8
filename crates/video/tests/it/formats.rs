use oddframe_core::FrameStream;
use oddframe_video::DiskStore;

use crate::common::{Studio, check_equal, decode_whole};

/// Containers and codecs, with the arguments that make them.
const FORMATS: &[(&str, &str)] = &[
    ("h264.mp4", "-c:v libx264 -bf 3 -pix_fmt yuv420p"),
    ("h264.mkv", "-c:v libx264 -bf 3 -pix_fmt yuv420p"),
    ("h264.ts", "-c:v libx264 -bf 3 -pix_fmt yuv420p"),
    ("h264.mov", "-c:v libx264 -pix_fmt yuv420p"),
    ("h264.avi", "-c:v libx264 -bf 2 -pix_fmt yuv420p"),
    (
        "h265.mp4",
        "-c:v libx265 -x265-params log-level=error:bframes=3 -pix_fmt yuv420p",
    ),
    ("vp9.webm", "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime"),
    ("vp8.webm", "-c:v libvpx -deadline realtime"),
    ("av1.mkv", "-c:v libaom-av1 -cpu-used 8"),
    ("mjpeg.avi", "-c:v mjpeg -pix_fmt yuvj420p -q:v 3"),
    ("mpeg4.avi", "-c:v mpeg4 -q:v 3"),
    ("mpeg2.mpg", "-c:v mpeg2video -q:v 3"),
    ("ffv1.mkv", "-c:v ffv1"),
];

#[test]
fn every_container_and_codec_gives_the_frames_that_ffmpeg_extracts() {
    let Some(studio) = Studio::open() else { return };
    let mut tried = 0;
    for (name, arguments) in FORMATS {
        if !studio.make_test_video(name, "64x48", arguments) {
            continue;
        }
        let file = studio.open_file(name);
        let frames = decode_whole(&file);
        assert_eq!(frames.len(), 20, "{name}");
        check_equal(name, &frames, &studio.extract(name, None));
        let times: Vec<_> = frames.iter().map(|frame| frame.time().unwrap()).collect();
        assert!(times[0].is_zero() && times.is_sorted(), "{name}: {times:?}");
        tried += 1;
    }
    assert!(tried >= 10, "this ffmpeg makes only {tried} of the formats");
}

#[test]
fn what_is_known_before_the_frames_are_read() {
    let Some(studio) = Studio::open() else { return };
    assert!(studio.make_test_video("a b'c.mp4", "64x48", "-c:v mpeg4"));
    let file = studio.open_file("a b'c.mp4");
    assert_eq!(file.id().name(), "a b'c");
    let info = file.info();
    assert_eq!(
        (info.codec.as_str(), info.width, info.height),
        ("mpeg4", 64, 48)
    );
    assert_eq!(info.announced_frames, Some(20));
    let stream = file.stream().unwrap();
    let known = stream.info();
    assert_eq!(known.shape().unwrap().to_string(), "64x48 RGB");
    assert_eq!(known.frames_per_second(), Some(25.0));
    assert_eq!(known.frames(), None);
}

#[test]
fn frames_of_large_pictures_go_round() {
    // Two of these frames are more than may wait, so the decoder has to wait for its buffers.
    let Some(studio) = Studio::open() else { return };
    assert!(studio.make_test_video("large.mp4", "3000x2000", "-c:v mpeg4 -q:v 9"));
    let file = studio.open_file("large.mp4");
    let source = file.clone().into_source(&DiskStore::temporary(0)).unwrap();
    assert!(!source.is_stored());
    let mut stream = file.stream().unwrap();
    let mut frame = oddframe_core::Frame::default();
    let mut frames = 0;
    while stream.next_into(&mut frame).unwrap() {
        frames += 1;
    }
    assert_eq!(frames, 20);
}
