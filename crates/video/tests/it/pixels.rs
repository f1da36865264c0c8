use oddframe_core::PixelFormat;

use crate::common::{Studio, check_equal, decode_whole};

/// Decodes a file in colour and in gray, and compares both with what ffmpeg extracts.
fn check_pixels(studio: &Studio, name: &str) {
    let file = studio.open_file(name);
    for format in [PixelFormat::Rgb, PixelFormat::Gray] {
        let frames = decode_whole(&file.clone().with_format(format));
        assert_eq!(frames.len(), 20, "{name}");
        check_equal(name, &frames, &studio.extract(name, Some(format)));
    }
}

#[test]
fn odd_sizes() {
    let Some(studio) = Studio::open() else { return };
    for (name, size, arguments) in [
        ("a.mkv", "63x47", "-c:v ffv1 -pix_fmt yuv420p"),
        ("b.mkv", "33x21", "-c:v ffv1 -pix_fmt yuv444p"),
        ("c.avi", "51x19", "-c:v mjpeg -pix_fmt yuvj420p"),
    ] {
        assert!(studio.make_test_video(name, size, arguments));
        check_pixels(&studio, name);
    }
}

#[test]
fn samples_of_more_than_8_bits() {
    let Some(studio) = Studio::open() else { return };
    for (name, arguments) in [
        ("a.mkv", "-c:v ffv1 -pix_fmt yuv420p10le"),
        ("b.mkv", "-c:v ffv1 -pix_fmt yuv444p12le"),
        ("c.mkv", "-c:v ffv1 -pix_fmt gray16le"),
        ("d.mkv", "-c:v ffv1 -pix_fmt gray10le"),
    ] {
        assert!(studio.make_test_video(name, "64x48", arguments));
        check_pixels(&studio, name);
    }
    if studio.make_test_video(
        "e.mp4",
        "64x48",
        "-c:v libx265 -x265-params log-level=error -pix_fmt yuv420p10le",
    ) {
        check_pixels(&studio, "e.mp4");
    }
}

#[test]
fn gray_files_are_gray() {
    let Some(studio) = Studio::open() else { return };
    assert!(studio.make_test_video("a.mkv", "64x48", "-c:v ffv1 -pix_fmt gray"));
    check_pixels(&studio, "a.mkv");
    let frames = decode_whole(&studio.open_file("a.mkv"));
    assert_eq!(frames[0].shape().format(), PixelFormat::Gray);
}

#[test]
fn limited_and_full_range_are_told_apart() {
    let Some(studio) = Studio::open() else { return };
    for (name, range) in [("tv.mkv", "tv"), ("pc.mkv", "pc")] {
        // The filter fills the samples with the value 235, which is white in limited range and gray in full range.
        let arguments = format!(
            "-f lavfi -i color=black:size=64x48:rate=25 -frames:v 20 -vf format=yuv420p,lutyuv=y=235:u=128:v=128,setparams=range={range} \
             -c:v ffv1 -color_range {range}"
        );
        assert!(studio.make(name, &arguments));
        check_pixels(&studio, name);
    }
    let value = |name: &str| decode_whole(&studio.open_file(name))[0].pixels()[0];
    assert_eq!((value("tv.mkv"), value("pc.mkv")), (255, 235));
}

#[test]
fn rotated_videos_are_turned() {
    let Some(studio) = Studio::open() else { return };
    assert!(studio.make_test_video("flat.mp4", "64x48", "-c:v mpeg4 -q:v 3"));
    let flat = studio.path("flat.mp4");
    // ffmpeg 6 replaced the first way of writing the rotation by the second.
    let old = studio.ffmpeg.version().starts_with("5.");
    let arguments = if old {
        format!("-i {} -c copy -metadata:s:v:0 rotate=90", flat.display())
    } else {
        format!("-display_rotation:v:0 90 -i {} -c copy", flat.display())
    };
    assert!(studio.make("turned.mp4", &arguments));
    let file = studio.open_file("turned.mp4");
    assert_eq!(file.info().rotation.abs(), 90);
    let frames = decode_whole(&file);
    assert_eq!(frames[0].shape().to_string(), "48x64 RGB");
    check_pixels(&studio, "turned.mp4");
}
