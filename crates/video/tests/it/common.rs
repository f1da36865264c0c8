use std::path::{Path, PathBuf};
use std::process::Command;

use oddframe_core::{Error, Frame, FrameSource, FrameStream, PixelFormat};
use oddframe_frames::FolderVideo;
use oddframe_video::{Ffmpeg, FileDamage, VideoFile};
use tempfile::TempDir;

/// The ffmpeg of this machine; none when there is none, and then the test is skipped with a message.
pub(crate) fn find_ffmpeg() -> Option<Ffmpeg> {
    match Ffmpeg::find() {
        Ok(ffmpeg) => Some(ffmpeg.with_threads(1)),
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

/// A folder in which ffmpeg makes videos.
pub(crate) struct Studio {
    folder: TempDir,
    pub(crate) ffmpeg: Ffmpeg,
}

impl Studio {
    /// None without ffmpeg.
    pub(crate) fn open() -> Option<Self> {
        let ffmpeg = find_ffmpeg()?;
        Some(Self {
            folder: tempfile::tempdir().unwrap(),
            ffmpeg,
        })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a file with the arguments of ffmpeg, which are separated by blanks. False when this ffmpeg lacks the encoder.
    pub(crate) fn make(&self, name: &str, arguments: &str) -> bool {
        run_ffmpeg(arguments, &self.path(name))
    }

    /// Makes 20 frames of a moving test picture, with the codec that the arguments name.
    pub(crate) fn make_test_video(&self, name: &str, size: &str, arguments: &str) -> bool {
        let source = format!("-f lavfi -i testsrc2=size={size}:rate=25 -frames:v 20 {arguments}");
        self.make(name, &source)
    }

    pub(crate) fn open_file(&self, name: &str) -> VideoFile {
        VideoFile::open_with(&self.path(name), &self.ffmpeg).unwrap()
    }

    /// The frames that ffmpeg writes as PNG files.
    pub(crate) fn extract(&self, name: &str, format: Option<PixelFormat>) -> Vec<Frame> {
        let folder = tempfile::tempdir().unwrap();
        let arguments = format!("-i {} -fps_mode passthrough", self.path(name).display());
        assert!(run_ffmpeg(&arguments, &folder.path().join("%06d.png")));
        let Ok(mut video) = FolderVideo::open(folder.path()) else {
            return Vec::new();
        };
        if let Some(format) = format {
            video = video.with_format(format);
        }
        (0..video.numbers().len())
            .map(|index| video.read(index).unwrap())
            .collect()
    }
}

fn run_ffmpeg(arguments: &str, output: &Path) -> bool {
    let program = std::env::var_os(Ffmpeg::VARIABLE).unwrap_or_else(|| "ffmpeg".into());
    let made = Command::new(program)
        .args(["-v", "error", "-y", "-nostdin"])
        .args(arguments.split_whitespace())
        .arg(output)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&made.stderr);
    if errors.contains("Unknown encoder") {
        println!("skipped {}: {errors}", output.display());
        return false;
    }
    // Damaged files give errors while they are extracted, and frames all the same.
    assert!(
        made.status.success() || arguments.starts_with("-i"),
        "{arguments}: {errors}"
    );
    true
}

/// All frames of a file, the damage that was found, and the error that ended it.
pub(crate) struct Decoded {
    pub(crate) frames: Vec<Frame>,
    pub(crate) damage: Option<FileDamage>,
    pub(crate) error: Option<Error>,
}

pub(crate) fn decode(file: &VideoFile) -> Decoded {
    let mut decoded = Decoded {
        frames: Vec::new(),
        damage: None,
        error: None,
    };
    let mut stream = match file.stream() {
        Ok(stream) => stream,
        Err(error) => {
            decoded.error = Some(error.into());
            return decoded;
        }
    };
    let mut frame = Frame::default();
    loop {
        match stream.next_into(&mut frame) {
            Ok(true) => decoded.frames.push(frame.clone()),
            Ok(false) => break,
            Err(error) => {
                decoded.error = Some(error);
                break;
            }
        }
    }
    // The end stays the end.
    assert!(matches!(stream.next_into(&mut frame), Ok(false)));
    decoded.damage = stream.damage().cloned();
    decoded
}

/// The frames of a file that is in order.
pub(crate) fn decode_whole(file: &VideoFile) -> Vec<Frame> {
    let decoded = decode(file);
    assert!(decoded.error.is_none(), "{:?}", decoded.error);
    assert_eq!(decoded.damage, None, "{}", file.path().display());
    decoded.frames
}

/// Fails unless frames are numbered from 0 and have the pixels of the extracted ones.
pub(crate) fn check_equal(name: &str, frames: &[Frame], extracted: &[Frame]) {
    assert_eq!(frames.len(), extracted.len(), "frames of {name}");
    for (number, (frame, other)) in frames.iter().zip(extracted).enumerate() {
        assert_eq!(frame.number().0, number as u64);
        assert_eq!(frame.shape(), other.shape(), "{name}, frame {number}");
        let largest = frame
            .pixels()
            .iter()
            .zip(other.pixels())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert_eq!(largest, Some(0), "{name}, frame {number}");
    }
}
