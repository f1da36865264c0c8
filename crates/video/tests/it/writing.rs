//! Writing video files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};
use oddframe_video::{Error, Ffmpeg, VideoFile, VideoWriter};

use crate::common::{Studio, decode_whole};

fn shape() -> FrameShape {
    FrameShape::new(96, 64, PixelFormat::Rgb).unwrap()
}

/// A frame that is brighter the later it comes.
fn frame(number: u64) -> Frame {
    let mut frame = Frame::new(shape());
    frame.reset(shape(), FrameNumber(number));
    frame.pixels_mut().fill(40 + 4 * number as u8);
    frame
}

fn write_frames(path: &Path, ffmpeg: &Ffmpeg, frames: u64) -> Result<(), Error> {
    let mut writer = VideoWriter::create(path, ffmpeg, shape(), 12.5)?;
    for number in 0..frames {
        writer.push(&frame(number))?;
    }
    writer.finish()
}

#[test]
fn every_frame_is_in_the_file_once_and_in_order() {
    let Some(studio) = Studio::open() else { return };
    for name in ["a.mp4", "a.mov", "a.mkv"] {
        write_frames(&studio.path(name), &studio.ffmpeg, 40).unwrap();
        let frames = decode_whole(&studio.open_file(name));
        assert_eq!(frames.len(), 40, "{name}");
        for (number, found) in frames.iter().enumerate() {
            let expected = 40 + 4 * number as u8;
            assert!(found.pixels()[0].abs_diff(expected) <= 2, "{name} {number}");
        }
        let last = frames[39].time().unwrap();
        assert_eq!(last, Duration::from_millis(39 * 80), "{name}");
    }
}

#[test]
fn what_cannot_be_written_leaves_the_old_file() {
    let Some(studio) = Studio::open() else { return };
    let path = studio.path("a.mp4");
    fs::write(&path, "old").unwrap();
    let odd = FrameShape::new(95, 64, PixelFormat::Rgb).unwrap();
    let refused = [
        VideoWriter::create(&studio.path("a.txt"), &studio.ffmpeg, shape(), 25.0),
        VideoWriter::create(&path, &studio.ffmpeg, odd, 25.0),
        VideoWriter::create(&path, &studio.ffmpeg, shape(), f64::NAN),
        VideoWriter::create(&studio.path("no/a.mp4"), &studio.ffmpeg, shape(), 25.0),
    ];
    let says = ["end in one of mp4", "odd side", "frame rate", "no/a.mp4"];
    for (refused, says) in refused.into_iter().zip(says) {
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
    let error = write_frames(&path, &studio.ffmpeg, 0).unwrap_err();
    assert!(error.to_string().contains("at least one frame"), "{error}");
    // A writer that is dropped, and one that is given a frame of another size.
    let mut writer = VideoWriter::create(&path, &studio.ffmpeg, shape(), 25.0).unwrap();
    writer.push(&frame(0)).unwrap();
    let error = writer.push(&Frame::new(odd)).unwrap_err();
    assert!(error.to_string().contains("95x64"), "{error}");
    drop(writer);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

/// A program that answers like ffmpeg and then does what `script` says instead of encoding.
#[cfg(unix)]
fn fake_ffmpeg(folder: &Path, script: &str) -> Ffmpeg {
    use std::os::unix::fs::PermissionsExt;
    let path: PathBuf = folder.join("ffmpeg");
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in\n-version) echo 'ffmpeg version 5.1 of the tests';;\n*-encoders) echo 'V libx264';;\n\
         *) {script};;\nesac\n"
    );
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let ffmpeg = Ffmpeg::at(&path).unwrap();
    ffmpeg.with_patience(Duration::from_secs(2))
}

#[cfg(unix)]
#[test]
fn a_program_that_dies_or_hangs_is_an_error_and_leaves_nothing() {
    for (script, says) in [
        (
            "echo '[x @ 0x1] [error] disk full' >&2; exit 1",
            "x: disk full",
        ),
        ("head -c 50000 >/dev/null; kill -9 $$", "signal: 9"),
        ("cat >/dev/null; echo '[error] late' >&2; exit 3", "late"),
        ("exec sleep 600", "took nothing for 2 seconds"),
        (
            "cat >/dev/null; exec sleep 600",
            "took nothing for 2 seconds",
        ),
    ] {
        let (program, videos) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ffmpeg = fake_ffmpeg(program.path(), script);
        let start = Instant::now();
        let error = write_frames(&videos.path().join("a.mp4"), &ffmpeg, 40).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains(says) && message.contains("a.mp4"),
            "{script}: {message}"
        );
        assert!(start.elapsed() < Duration::from_secs(20), "{script}");
        assert_eq!(fs::read_dir(videos.path()).unwrap().count(), 0, "{script}");
    }
}

#[test]
fn gray_frames_are_written_too() {
    let Some(studio) = Studio::open() else { return };
    let gray = shape().with_format(PixelFormat::Gray);
    let path = studio.path("gray.mp4");
    let mut writer = VideoWriter::create(&path, &studio.ffmpeg, gray, 25.0).unwrap();
    writer.push(&Frame::new(gray)).unwrap();
    writer.finish().unwrap();
    let file = VideoFile::open_with(&path, &studio.ffmpeg).unwrap();
    assert_eq!(decode_whole(&file).len(), 1);
}
