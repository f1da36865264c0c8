use std::time::Duration;

use oddframe_core::Frame;

use crate::common::{Studio, check_equal, decode, decode_whole};

fn milliseconds(frames: &[Frame]) -> Vec<u64> {
    frames
        .iter()
        .map(|frame| frame.time().unwrap().as_millis() as u64)
        .collect()
}

#[test]
fn a_variable_frame_rate_repeats_and_drops_nothing() {
    let Some(studio) = Studio::open() else { return };
    // Of 30 frames, the first six and then every third stay.
    let kept: Vec<u64> = (0..30).filter(|n| *n < 6 || n % 3 == 0).collect();
    for (name, codec) in [("a.mkv", "ffv1"), ("b.mp4", "mpeg4")] {
        let arguments = format!(
            "-f lavfi -i testsrc2=size=64x48:rate=25 -frames:v 14 -vf select=lt(n\\,6)+not(mod(n\\,3)) \
             -fps_mode vfr -c:v {codec}"
        );
        assert!(studio.make(name, &arguments));
        let frames = decode_whole(&studio.open_file(name));
        let expected: Vec<u64> = kept.iter().map(|n| n * 40).collect();
        assert_eq!(milliseconds(&frames), expected, "{name}");
        check_equal(name, &frames, &studio.extract(name, None));
    }
}

#[test]
fn times_are_exact_to_the_unit_of_the_file() {
    let Some(studio) = Studio::open() else { return };
    let arguments = "-f lavfi -i testsrc2=size=64x48:rate=30000/1001 -frames:v 20 -c:v mpeg4 -bf 2";
    assert!(studio.make("ntsc.mp4", arguments));
    let frames = decode_whole(&studio.open_file("ntsc.mp4"));
    for (number, frame) in frames.iter().enumerate() {
        let exact = Duration::from_nanos(number as u64 * 1001 * 1_000_000_000 / 30_000);
        assert_eq!(frame.time(), Some(exact));
    }
}

#[test]
fn frames_that_refer_to_later_ones_come_in_order_from_the_first() {
    let Some(studio) = Studio::open() else { return };
    for name in ["a.mp4", "b.mkv", "c.ts", "d.mov"] {
        if !studio.make_test_video(
            name,
            "64x48",
            "-c:v libx264 -bf 3 -x264-params b-adapt=0 -pix_fmt yuv420p",
        ) {
            return;
        }
        let frames = decode_whole(&studio.open_file(name));
        assert_eq!(
            milliseconds(&frames),
            (0..20).map(|n| n * 40).collect::<Vec<_>>(),
            "{name}"
        );
    }
}

#[test]
fn h264_without_times_has_all_its_frames() {
    let Some(studio) = Studio::open() else { return };
    // AVI and the bare stream hold frames in the order in which they are decoded, without a time of display.
    for name in ["a.avi", "b.h264"] {
        if !studio.make_test_video(
            name,
            "64x48",
            "-c:v libx264 -bf 3 -x264-params b-adapt=0 -pix_fmt yuv420p",
        ) {
            return;
        }
        let decoded = decode(&studio.open_file(name));
        assert!(decoded.error.is_none(), "{name}: {:?}", decoded.error);
        assert_eq!(decoded.frames.len(), 20, "{name}");
        check_equal(name, &decoded.frames, &studio.extract(name, None));
    }
}

#[test]
fn a_video_that_was_cut_out_begins_at_its_own_start() {
    let Some(studio) = Studio::open() else { return };
    if !studio.make_test_video(
        "whole.mp4",
        "64x48",
        "-c:v libx264 -g 8 -bf 2 -pix_fmt yuv420p",
    ) {
        return;
    }
    // Without encoding again, a cut begins at a key frame, and an edit list hides the frames before the asked time.
    let arguments = format!("-ss 0.44 -i {} -c copy", studio.path("whole.mp4").display());
    assert!(studio.make("cut.mp4", &arguments));
    let file = studio.open_file("cut.mp4");
    let decoded = decode(&file);
    assert!(decoded.error.is_none(), "{:?}", decoded.error);
    assert_eq!(milliseconds(&decoded.frames)[0], 0);
    check_equal("cut.mp4", &decoded.frames, &studio.extract("cut.mp4", None));
    // The hidden frames are announced, but they are no damage.
    assert!(file.info().announced_frames.unwrap() > decoded.frames.len() as u64);
    assert_eq!(decoded.damage, None);
}
