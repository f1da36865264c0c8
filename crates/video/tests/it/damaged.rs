use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use oddframe_core::Random;
use oddframe_video::{DiskStore, Error, VideoFile};

use crate::common::{Studio, check_equal, decode};

/// No damaged file may take longer than this, on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Formats that are damaged below.
const FORMATS: &[(&str, &str)] = &[
    ("a.mp4", "-c:v mpeg4 -g 6 -movflags +faststart"),
    ("b.mkv", "-c:v libx264 -g 6 -bf 2 -pix_fmt yuv420p"),
    ("c.avi", "-c:v mjpeg -pix_fmt yuvj420p"),
    (
        "d.mp4",
        "-c:v libx264 -g 6 -bf 2 -pix_fmt yuv420p -movflags +faststart",
    ),
    ("e.webm", "-c:v libvpx -g 6 -deadline realtime"),
];

/// Decodes a damaged file of 20 frames. It must end in time, give as many frames as ffmpeg extracts, and tell of the
/// damage when frames are missing. Returns a short description.
fn check_damaged(studio: &Studio, name: &str) -> String {
    let start = Instant::now();
    let ffmpeg = studio.ffmpeg.clone().with_patience(TIME_LIMIT);
    let file = match VideoFile::open_with(&studio.path(name), &ffmpeg) {
        Ok(file) => file,
        Err(error) => return format!("{name}: {error}"),
    };
    let decoded = decode(&file);
    assert!(
        start.elapsed() < TIME_LIMIT,
        "{name} took {:?}",
        start.elapsed()
    );
    let frames = decoded.frames.len();
    if let Some(error) = decoded.error {
        // ffmpeg finds nothing more in it.
        assert_eq!(studio.extract(name, None).len(), frames, "{name}: {error}");
        return format!("{name}: {frames} frames, {error}");
    }
    // Damaged pixels may show whatever was in ffmpeg's memory, so only the frames are counted.
    assert_eq!(frames, studio.extract(name, None).len(), "{name}");
    for (number, frame) in decoded.frames.iter().enumerate() {
        assert_eq!(frame.number().0, number as u64, "{name}");
    }
    assert!(
        frames == 20 || decoded.damage.is_some(),
        "{name}: {frames} of 20 frames, and nothing is said of it"
    );
    match decoded.damage {
        Some(damage) => format!("{name}: {frames} frames, {damage}"),
        None => format!("{name}: {frames} frames"),
    }
}

#[test]
fn a_broken_tail_is_reported_and_the_rest_counts() {
    let Some(studio) = Studio::open() else { return };
    for (name, arguments) in FORMATS {
        if !studio.make_test_video(name, "64x48", arguments) {
            continue;
        }
        let bytes = fs::read(studio.path(name)).unwrap();
        let cut = format!("cut-{name}");
        fs::write(studio.path(&cut), &bytes[..bytes.len() * 3 / 4]).unwrap();
        let file = VideoFile::open_with(&studio.path(&cut), &studio.ffmpeg).unwrap();
        let decoded = decode(&file);
        assert!(decoded.error.is_none(), "{cut}: {:?}", decoded.error);
        let damage = decoded
            .damage
            .unwrap_or_else(|| panic!("{cut} looks whole"));
        println!("{cut}: {} frames, {damage}", decoded.frames.len());
        assert!((5..20).contains(&decoded.frames.len()), "{cut}");
        let extracted = studio.extract(&cut, None);
        assert_eq!(decoded.frames.len(), extracted.len(), "{cut}");
        // The first frames are not touched by the cut.
        check_equal(&cut, &decoded.frames[..5], &extracted[..5]);
        // Opened for random access, the file has the same frames and the same damage.
        let source = file.into_source(&DiskStore::default()).unwrap();
        assert_eq!(source.damage(), Some(&damage));
    }
}

#[test]
fn thirty_damaged_files_give_an_error_or_their_frames_and_never_hang() {
    let Some(studio) = Studio::open() else { return };
    let mut random = Random::new(7);
    let mut tried = 0;
    for (name, arguments) in FORMATS {
        if !studio.make_test_video(name, "64x48", arguments) {
            continue;
        }
        let whole = fs::read(studio.path(name)).unwrap();
        for round in 0..7 {
            let mut bytes = whole.clone();
            match round {
                // Cut off at the end.
                0 | 1 => bytes.truncate(1 + random.below(bytes.len() as u64 - 1) as usize),
                // A piece taken out of the middle.
                2 => {
                    let from = random.below(bytes.len() as u64 * 3 / 4) as usize;
                    let length = bytes.len() / 10;
                    bytes.drain(from..from + length);
                }
                // A piece of zeros.
                3 => {
                    let from = random.below(bytes.len() as u64 * 3 / 4) as usize;
                    let length = bytes.len() / 10;
                    bytes[from..from + length].fill(0);
                }
                // Single bytes.
                _ => {
                    for _ in 0..1 << round {
                        let place = random.below(bytes.len() as u64) as usize;
                        bytes[place] ^= 1 << random.below(8);
                    }
                }
            }
            let damaged = format!("{round}-{name}");
            fs::write(studio.path(&damaged), bytes).unwrap();
            println!("{}", check_damaged(&studio, &damaged));
            tried += 1;
        }
    }
    assert!(tried >= 30 || tried == 0, "{tried} files");
}

#[test]
fn files_that_are_no_video_are_refused() {
    let Some(studio) = Studio::open() else { return };
    fs::write(studio.path("text.mp4"), "This is no video.\n".repeat(99)).unwrap();
    fs::write(studio.path("empty.mp4"), "").unwrap();
    fs::create_dir(studio.path("folder.mp4")).unwrap();
    assert!(studio.make("sound.wav", "-f lavfi -i sine=duration=1"));
    for name in ["text.mp4", "empty.mp4", "folder.mp4", "sound.wav"] {
        let error = VideoFile::open_with(&studio.path(name), &studio.ffmpeg).unwrap_err();
        assert!(matches!(error, Error::NotAVideo { .. }), "{name}: {error}");
        assert!(error.to_string().contains(name), "{error}");
        println!("{error}");
    }
    let error = VideoFile::open_with(&studio.path("missing.mp4"), &studio.ffmpeg).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
}

#[test]
fn a_playlist_opens_no_connection() {
    let Some(studio) = Studio::open() else { return };
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let list = format!("#EXTM3U\n#EXTINF:10,\nhttp://{address}/a.ts\n#EXT-X-ENDLIST\n");
    for name in ["list.mp4", "list.m3u8"] {
        fs::write(studio.path(name), &list).unwrap();
        let file = VideoFile::open_with(&studio.path(name), &studio.ffmpeg);
        assert!(file.and_then(|file| file.stream().map(|_| ())).is_err());
    }
    server.set_nonblocking(true).unwrap();
    assert!(server.accept().is_err(), "ffmpeg connected to the server");
}

#[test]
fn a_cover_picture_is_no_video() {
    let Some(studio) = Studio::open() else { return };
    assert!(studio.make("cover.png", "-f lavfi -i testsrc2=size=64x48 -frames:v 1"));
    assert!(studio.make("sound.wav", "-f lavfi -i sine=duration=1"));
    let arguments = format!(
        "-i {} -i {} -map 0 -map 1 -c:v copy -c:a flac -disposition:v attached_pic",
        studio.path("sound.wav").display(),
        studio.path("cover.png").display()
    );
    assert!(studio.make("song.flac", &arguments));
    let error = VideoFile::open_with(&studio.path("song.flac"), &studio.ffmpeg).unwrap_err();
    assert!(matches!(error, Error::NotAVideo { .. }), "{error}");
}

#[test]
fn a_video_without_frames_is_an_error() {
    let Some(studio) = Studio::open() else { return };
    for (name, arguments) in [("a.mkv", "-c:v ffv1"), ("b.avi", "-c:v mpeg4")] {
        assert!(studio.make_test_video(name, "64x48", arguments));
        // What is left is the header, which ends before the first frame.
        let bytes = fs::read(studio.path(name)).unwrap();
        let marker: &[u8] = if name == "a.mkv" {
            &[0x1F, 0x43, 0xB6, 0x75]
        } else {
            b"movi"
        };
        let frames = bytes
            .windows(4)
            .position(|window| window == marker)
            .unwrap();
        fs::write(studio.path(name), &bytes[..frames + 4]).unwrap();
        let opened = VideoFile::open_with(&studio.path(name), &studio.ffmpeg);
        let error = opened
            .and_then(|file| file.stream().map(|_| ()))
            .unwrap_err();
        println!("{error}");
        assert!(
            matches!(error, Error::NotAVideo { .. } | Error::NoFrames { .. }),
            "{error}"
        );
    }
}
