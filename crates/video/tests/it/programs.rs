use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use oddframe_core::{Frame, FrameSource, FrameStream};
use oddframe_video::{DiskStore, Error, Ffmpeg, VideoFile};

use crate::common::{Decoded, decode};

/// Three gray frames of 2x2 pixels, as ffmpeg sends them.
const THREE_FRAMES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/nut/three_frames.nut");

fn fake_program(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fake")).join(name)
}

/// Opens a "video" with the program of the tests, which runs it as a script. `$FRAMES` is the file of three frames.
fn open_script(folder: &Path, script: &str) -> VideoFile {
    try_open_script(folder, script).unwrap()
}

fn try_open_script(folder: &Path, script: &str) -> Result<VideoFile, Error> {
    let path = folder.join("script.mp4");
    fs::write(&path, format!("FRAMES='{THREE_FRAMES}'\n{script}\n")).unwrap();
    let ffmpeg = Ffmpeg::at(&fake_program("ffmpeg")).unwrap();
    VideoFile::open_with(&path, &ffmpeg.with_patience(Duration::from_secs(2)))
}

/// Runs a script; fails when that takes long.
fn run_script(script: &str) -> Decoded {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let decoded = decode(&open_script(folder.path(), script));
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    decoded
}

fn message_of(decoded: Decoded, frames: usize) -> String {
    assert_eq!(decoded.frames.len(), frames);
    decoded.error.unwrap().to_string()
}

#[test]
fn a_program_that_behaves() {
    let decoded = run_script("cat $FRAMES");
    assert!(decoded.error.is_none() && decoded.damage.is_none());
    assert_eq!(decoded.frames.len(), 3);
    assert_eq!(decoded.frames[2].time(), Some(Duration::from_millis(80)));
}

#[test]
fn a_program_that_hangs_is_ended() {
    for (script, frames) in [
        ("exec sleep 600", 0),
        ("cat $FRAMES; exec sleep 600", 3),
        ("head -c 251 $FRAMES; exec sleep 600", 2),
        ("cat $FRAMES; exec >&-; exec sleep 600", 3),
        // The program that hangs is a child of the one that is ended, and keeps the pipes open.
        ("cat $FRAMES; sleep 15; true", 3),
    ] {
        let message = message_of(run_script(script), frames);
        assert!(
            message.contains("gave nothing for 2 seconds") && message.contains("script.mp4"),
            "{script}: {message}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let error = try_open_script(folder.path(), "# hanging probe").unwrap_err();
    assert!(
        matches!(
            error,
            Error::Hung {
                program: "ffprobe",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_program_that_dies_is_an_error_even_between_two_frames() {
    for (script, frames, expected) in [
        (
            "cat $FRAMES; echo '[x @ 0x1] [error] out of luck' >&2; exit 3",
            3,
            "x: out of luck",
        ),
        ("head -c 251 $FRAMES; exit 1", 2, "it reported nothing"),
        ("cat $FRAMES; kill -9 $$", 3, "after 3 frames"),
        ("head -c 247 $FRAMES; kill -9 $$", 2, "signal: 9"),
        ("kill -9 $$", 0, "signal: 9"),
        ("echo 'no such codec' >&2; exit 1", 0, "no such codec"),
    ] {
        let message = message_of(run_script(script), frames);
        assert!(message.contains(expected), "{script}: {message}");
    }
}

#[test]
fn output_that_is_not_that_of_ffmpeg_is_an_error() {
    for (script, frames) in [
        ("head -c 251 $FRAMES", 2),
        ("echo good morning, this is something else", 0),
        ("cat $FRAMES $FRAMES", 3),
        ("head -c 40 $FRAMES", 0),
    ] {
        let message = message_of(run_script(script), frames);
        assert!(message.contains("unexpected"), "{script}: {message}");
    }
    let message = message_of(run_script("true"), 0);
    assert!(message.contains("not one frame"), "{message}");
}

#[test]
fn many_messages_block_nothing() {
    let script = "i=0; while [ $i -lt 3000 ]; do echo '[error] 0123456789 0123456789 0123456789 0123456789' >&2; \
                  i=$((i+1)); done; cat $FRAMES; head -c 3000000 /dev/zero >&2";
    let decoded = run_script(script);
    assert_eq!(decoded.frames.len(), 3);
    assert!(decoded.damage.unwrap().errors >= 3000);
}

#[test]
fn a_dropped_stream_ends_its_program() {
    let folder = tempfile::tempdir().unwrap();
    let id = folder.path().join("id");
    let script = format!("echo $$ > {}; cat $FRAMES; exec sleep 600", id.display());
    let file = open_script(folder.path(), &script);
    let mut stream = file.stream().unwrap();
    assert!(stream.next_into(&mut Frame::default()).unwrap());
    let id: u32 = fs::read_to_string(&id).unwrap().trim().parse().unwrap();
    let process = PathBuf::from(format!("/proc/{id}"));
    let has_proc = Path::new("/proc/self").exists();
    assert_eq!(process.exists(), has_proc);
    drop(stream);
    assert!(!process.exists());
}

#[test]
fn a_file_that_changes_between_two_readings_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let file = open_script(folder.path(), "cat $FRAMES");
    let source = file.into_source(&DiskStore::temporary(0)).unwrap();
    fs::write(
        folder.path().join("script.mp4"),
        format!("head -c 247 '{THREE_FRAMES}'"),
    )
    .unwrap();
    assert!(source.read(1).is_ok());
    let message = source.read(2).unwrap_err().to_string();
    assert!(
        message.contains("had 3 frames, and now ends after 2"),
        "{message}"
    );
}

#[test]
fn other_and_old_programs_are_refused() {
    let error = Ffmpeg::at(&fake_program("old/ffmpeg")).unwrap_err();
    assert!(matches!(error, Error::TooOld { .. }), "{error}");
    assert!(error.to_string().contains("4.4.2"), "{error}");
    let error = Ffmpeg::at(&fake_program("other/ffmpeg")).unwrap_err();
    assert!(matches!(error, Error::NotFfmpeg { .. }), "{error}");
}

#[test]
fn without_ffmpeg_the_message_says_how_to_get_it() {
    // The environment is that of a process, so another one is started.
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "programs::the_named_program_is_missing",
            "--ignored",
        ])
        .env(Ffmpeg::VARIABLE, "/nonexistent/ffmpeg")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

#[test]
#[ignore = "started by another test, with an environment of its own"]
fn the_named_program_is_missing() {
    let error = Ffmpeg::find().unwrap_err();
    assert!(matches!(error, Error::NoFfmpeg { .. }), "{error}");
    let message = error.to_string();
    assert!(
        message.contains("/nonexistent/ffmpeg") && message.contains("apt install ffmpeg"),
        "{message}"
    );
}
