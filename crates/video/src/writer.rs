//! Writing a video file: frames go to the standard input of a running ffmpeg.
//!
//! ```text
//!   the caller ─ frames ─▶ writing thread ─ standard input ─▶ ffmpeg ─▶ a draft beside the file
//!        ▲                       │
//!        └───── spare frames ────┘
//! ```
//!
//! The caller waits for a spare frame with a time limit, so that an ffmpeg that takes nothing is noticed.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use oddframe_core::{DraftFile, Frame, FrameShape, PixelFormat};

use crate::log::Log;
use crate::tool::{NoAnswer, end_child, run_tool, wait_until};
use crate::{Error, Ffmpeg};

/// The endings of files that can be written, and what ffmpeg calls their formats.
const FORMATS: [(&str, &str); 4] = [
    ("mp4", "mp4"),
    ("m4v", "mp4"),
    ("mov", "mov"),
    ("mkv", "matroska"),
];

/// Encoders and their options, the best first. Some builds of ffmpeg lack the first; all have the last.
const ENCODERS: [(&str, &[&str]); 3] = [
    ("libx264", &["-preset", "veryfast", "-crf", "20"]),
    ("libopenh264", &["-b:v", "4M"]),
    ("mpeg4", &["-q:v", "3"]),
];

/// One frame is filled, one is written, one waits.
const BUFFERS: usize = 3;

/// The fastest frame rate that is written.
const HIGHEST_RATE: f64 = 1000.0;

/// Encodes frames into a video file, in H.264 where ffmpeg can.
///
/// The file is there once [`finish`](Self::finish) has succeeded, as a whole; dropping the writer before leaves nothing. Memory
/// depends on the size of frames, not on their number.
///
/// ```no_run
/// use oddframe_core::{Frame, FrameShape, PixelFormat};
/// use oddframe_video::{Ffmpeg, VideoWriter};
/// # use std::path::Path;
/// let shape = FrameShape::new(640, 360, PixelFormat::Rgb)?;
/// let mut writer = VideoWriter::create(Path::new("black.mp4"), &Ffmpeg::find()?, shape, 25.0)?;
/// for _ in 0..25 {
///     writer.push(&Frame::new(shape))?;
/// }
/// writer.finish()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct VideoWriter {
    path: PathBuf,
    shape: FrameShape,
    child: Child,
    log: Log,
    /// Gone when the file is complete.
    draft: Option<DraftFile>,
    /// Gone when no frame follows.
    frames: Option<SyncSender<Vec<u8>>>,
    spare: Receiver<Vec<u8>>,
    patience: Duration,
    pushed: usize,
    ended: bool,
}

impl VideoWriter {
    /// Starts ffmpeg. All frames must have the size and format of `shape`; both sides must be even. The ending of `path`
    /// chooses the format: mp4, m4v, mov or mkv.
    ///
    /// # Errors
    /// When the ending is another one, a side is odd, the frame rate is not above 0 and at most 1000, the file cannot be
    /// created, or ffmpeg does not start.
    pub fn create(
        path: &Path,
        ffmpeg: &Ffmpeg,
        shape: FrameShape,
        frames_per_second: f64,
    ) -> Result<Self, Error> {
        let format = format_of(path).ok_or_else(|| {
            let endings = FORMATS.map(|(ending, _)| ending).join(", ");
            refuse(path, format!("its name has to end in one of {endings}"))
        })?;
        if !(shape.width().is_multiple_of(2) && shape.height().is_multiple_of(2)) {
            return Err(refuse(path, format!("frames of {shape} have an odd side")));
        }
        if !(frames_per_second > 0.0 && frames_per_second <= HIGHEST_RATE) {
            return Err(refuse(
                path,
                format!("{frames_per_second} is no frame rate"),
            ));
        }
        let encoder = choose_encoder(ffmpeg)?;
        let draft = DraftFile::new(path).map_err(io_error(path))?;
        let mut command = ffmpeg.encode_command();
        command.args(["-f", "rawvideo", "-pixel_format", pixel_name(shape)]);
        command.args([
            "-video_size",
            &format!("{}x{}", shape.width(), shape.height()),
        ]);
        command.args(["-framerate", &frames_per_second.to_string()]);
        command.args(["-i", "pipe:0", "-an", "-c:v", encoder.0]);
        command.args(encoder.1).args(["-pix_fmt", "yuv420p"]);
        // The index comes first, so that players can begin before they have the whole file.
        command.args(["-movflags", "+faststart", "-f", format, "-y"]);
        let mut output = OsString::from("file:");
        output.push(draft.path());
        let mut child = spawn(command.arg(output))?;
        let pipes = child.stdin.take().zip(child.stderr.take());
        let started = pipes
            .ok_or_else(|| io::ErrorKind::BrokenPipe.into())
            .and_then(|(input, errors)| Ok((start_writing(input, shape)?, Log::collect(errors)?)));
        match started {
            Ok(((frames, spare), log)) => Ok(Self {
                path: path.to_path_buf(),
                shape,
                child,
                log,
                draft: Some(draft),
                frames: Some(frames),
                spare,
                patience: ffmpeg.patience(),
                pushed: 0,
                ended: false,
            }),
            Err(source) => {
                end_child(&mut child);
                Err(io_error(path)(source))
            }
        }
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// When the frame has another size or format, or ffmpeg ended or takes nothing for too long.
    pub fn push(&mut self, frame: &Frame) -> Result<(), Error> {
        if frame.shape() != self.shape {
            let (found, expected) = (frame.shape(), self.shape);
            return Err(refuse(
                &self.path,
                format!("a frame of {found}, {expected} expected"),
            ));
        }
        let mut buffer = match self.spare.recv_timeout(self.patience) {
            Ok(buffer) => buffer,
            Err(RecvTimeoutError::Timeout) => return Err(self.end_hanging()),
            Err(RecvTimeoutError::Disconnected) => return Err(self.explain_end()),
        };
        buffer.copy_from_slice(frame.pixels());
        let sent = self
            .frames
            .as_ref()
            .is_some_and(|frames| frames.send(buffer).is_ok());
        if !sent {
            return Err(self.explain_end());
        }
        self.pushed += 1;
        Ok(())
    }

    /// Waits until ffmpeg has written all frames, and puts the file in its place.
    ///
    /// # Errors
    /// When no frame was pushed, ffmpeg ended with an error or does not end, or the file cannot be put in its place.
    pub fn finish(mut self) -> Result<(), Error> {
        // The writing thread ends, and with it the input of ffmpeg.
        self.frames = None;
        if self.pushed == 0 {
            return Err(refuse(
                &self.path,
                "a video needs at least one frame".to_owned(),
            ));
        }
        match wait_until(&mut self.child, Instant::now() + self.patience) {
            Some(status) if status.success() => {}
            Some(_) => return Err(self.explain_end()),
            None => return Err(self.end_hanging()),
        }
        self.ended = true;
        match self.draft.take() {
            Some(draft) => draft.finish().map_err(io_error(&self.path)),
            None => Ok(()),
        }
    }

    /// Why ffmpeg ended before its input did.
    fn explain_end(&mut self) -> Error {
        let Some(status) = wait_until(&mut self.child, Instant::now() + self.patience) else {
            return self.end_hanging();
        };
        self.ended = true;
        let message = self.log.reported().summary();
        let frames = self.pushed;
        refuse(
            &self.path,
            format!("ffmpeg ended before it had written {frames} frames ({status}): {message}"),
        )
    }

    fn end_hanging(&mut self) -> Error {
        end_child(&mut self.child);
        self.ended = true;
        let (frames, seconds) = (self.pushed, self.patience.as_secs());
        refuse(
            &self.path,
            format!("ffmpeg took nothing for {seconds} seconds after frame {frames} and was ended"),
        )
    }
}

impl Drop for VideoWriter {
    fn drop(&mut self) {
        if !self.ended {
            end_child(&mut self.child);
        }
    }
}

/// What ffmpeg calls the format of a file of this name; none for an ending that is not written.
fn format_of(path: &Path) -> Option<&'static str> {
    let ending = path.extension()?.to_string_lossy().to_ascii_lowercase();
    let found = FORMATS.iter().find(|(known, _)| *known == ending);
    found.map(|(_, format)| *format)
}

fn refuse(path: &Path, reason: String) -> Error {
    Error::CannotEncode {
        path: path.to_path_buf(),
        reason,
    }
}

fn pixel_name(shape: FrameShape) -> &'static str {
    match shape.format() {
        PixelFormat::Gray => "gray",
        PixelFormat::Rgb => "rgb24",
    }
}

/// The best encoder that this ffmpeg has.
fn choose_encoder(ffmpeg: &Ffmpeg) -> Result<(&'static str, &'static [&'static str]), Error> {
    let mut command = ffmpeg.encode_command();
    command.arg("-encoders");
    let program = PathBuf::from(command.get_program());
    let answer = match run_tool(command, ffmpeg.patience()) {
        Ok(answer) => answer,
        Err(NoAnswer::Start(source)) => return Err(Error::NoFfmpeg { program, source }),
        Err(NoAnswer::Hung) => {
            let name = "ffmpeg -encoders";
            return Err(crate::ffmpeg::hung(&program, name, ffmpeg.patience()));
        }
    };
    let has = |name: &str| {
        let mut words = answer.output.split_whitespace();
        words.any(|word| word == name)
    };
    let [preferred @ .., last] = ENCODERS;
    let found = preferred.into_iter().find(|(name, _)| has(name));
    Ok(found.unwrap_or(last))
}

fn spawn(command: &mut Command) -> Result<Child, Error> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.spawn().map_err(|source| Error::NoFfmpeg {
        program: command.get_program().into(),
        source,
    })
}

/// Where filled buffers go, and where written ones come back.
type BufferChannels = (SyncSender<Vec<u8>>, Receiver<Vec<u8>>);

/// Starts a thread that writes frames into a pipe. It ends when no frame follows or nobody reads them, and closes the pipe.
fn start_writing<P: Write + Send + 'static>(
    mut pipe: P,
    shape: FrameShape,
) -> io::Result<BufferChannels> {
    let (frames, filled) = mpsc::sync_channel::<Vec<u8>>(BUFFERS);
    let (written, spare) = mpsc::sync_channel(BUFFERS);
    for _ in 0..BUFFERS {
        // There is room for all of them.
        let _ = written.send(vec![0; shape.bytes()]);
    }
    thread::Builder::new().spawn(move || {
        for frame in filled {
            // ffmpeg is gone, and says why on its standard error; or the writer is.
            if pipe.write_all(&frame).is_err() || written.send(frame).is_err() {
                return;
            }
        }
    })?;
    Ok((frames, spare))
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_path_buf();
    move |source| Error::Io { path, source }
}
