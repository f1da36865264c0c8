//! A running ffmpeg, and the threads that empty its pipes.
//!
//! ```text
//!   ffmpeg ─ standard output ─▶ reading thread ─▶ a few frames ─▶ the caller
//!     │                              ▲                               │
//!     │                              └───── spare frames ────────────┘
//!     └──── standard error ───▶ logging thread
//! ```
//!
//! The caller waits for frames with a time limit, so that a hanging ffmpeg is noticed whatever it hangs on. The threads are
//! never waited for: they end when ffmpeg's pipes close or the caller is gone.

use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::{Duration, Instant};
use std::{io, mem};

use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};

use crate::ffmpeg::hung;
use crate::log::{Log, Reported};
use crate::nut::{NutError, NutReader, TimeBase};
use crate::pixels::PipePixels;
use crate::tool::{end_child, wait_until};
use crate::{Error, Ffmpeg};

/// The frames that wait for the caller hold at most this many bytes, but there may always be two.
const WAITING_BYTES: usize = 16 << 20;

/// More waiting frames than this do not make anything faster.
const WAITING_FRAMES: usize = 32;

/// What the reading thread tells.
enum Message {
    Frame(Frame),
    /// The stream ended where it may end.
    End,
    /// The pipe ended elsewhere: ffmpeg did not finish.
    Cut,
    /// The stream is not what ffmpeg sends.
    Invalid(String),
}

/// Decodes one file from its first to its last frame. Dropping it ends ffmpeg.
#[derive(Debug)]
pub(crate) struct Decoder {
    path: PathBuf,
    child: Child,
    log: Log,
    start: Receiver<FrameShape>,
    messages: Receiver<Message>,
    spare: Sender<Frame>,
    patience: Duration,
    frames: usize,
    ended: bool,
}

/// What is to be done with the pixels in the pipe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversion {
    pub(crate) pipe: PipePixels,
    pub(crate) format: PixelFormat,
}

impl Decoder {
    /// Starts ffmpeg and waits for its first frame to come; returns the shape of frames too.
    pub(crate) fn start(
        path: &Path,
        ffmpeg: &Ffmpeg,
        conversion: Conversion,
    ) -> Result<(Self, FrameShape), Error> {
        let mut command = ffmpeg.decode_command(path, conversion.pipe.name());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let program = command.get_program().to_owned();
        let mut child = command.spawn().map_err(|source| Error::NoFfmpeg {
            program: program.into(),
            source,
        })?;
        let pipes = child.stdout.take().zip(child.stderr.take());
        if let Some((output, _)) = &pipes {
            widen_pipe(output);
        }
        let started = pipes
            .ok_or_else(|| io::ErrorKind::BrokenPipe.into())
            .and_then(|(output, errors)| start_threads(output, errors, conversion));
        let Threads {
            log,
            start,
            messages,
            spare,
        } = match started {
            Ok(threads) => threads,
            Err(source) => {
                end_child(&mut child);
                return Err(Error::Io {
                    path: path.to_path_buf(),
                    source,
                });
            }
        };
        let mut decoder = Self {
            path: path.to_path_buf(),
            child,
            log,
            start,
            messages,
            spare,
            patience: ffmpeg.patience(),
            frames: 0,
            ended: false,
        };
        let shape = decoder.wait_for_shape()?;
        Ok((decoder, shape))
    }

    fn wait_for_shape(&mut self) -> Result<FrameShape, Error> {
        match self.start.recv_timeout(self.patience) {
            Ok(shape) => Ok(shape),
            Err(RecvTimeoutError::Timeout) => Err(self.end_hanging()),
            // The reading thread ended before it knew the shape; its last message says why.
            Err(RecvTimeoutError::Disconnected) => match self.next_frame(&mut Frame::default()) {
                Err(error) => Err(error),
                Ok(_) => Err(self.no_frames()),
            },
        }
    }

    /// Takes the next frame; false at the end of a file that ffmpeg has read to its end.
    pub(crate) fn next_frame(&mut self, out: &mut Frame) -> Result<bool, Error> {
        if self.ended {
            return Ok(false);
        }
        match self.messages.recv_timeout(self.patience) {
            Ok(Message::Frame(mut frame)) => {
                mem::swap(out, &mut frame);
                // The thread may have sent its last frame and be gone.
                let _ = self.spare.send(frame);
                self.frames += 1;
                return Ok(true);
            }
            Ok(Message::End) => {}
            Ok(Message::Cut) => {
                return Err(self.explain_cut("its output ends within a frame".to_owned()));
            }
            Ok(Message::Invalid(reason)) => {
                let error = self.garbled(reason);
                self.stop();
                return Err(error);
            }
            Err(RecvTimeoutError::Timeout) => return Err(self.end_hanging()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(self.explain_cut("its output cannot be read".to_owned()));
            }
        }
        // The output ended properly. That counts only when ffmpeg itself says so too.
        match self.wait_for_exit()? {
            status if !status.success() => Err(self.died(status)),
            _ if self.frames == 0 => Err(self.no_frames()),
            _ => Ok(false),
        }
    }

    /// What ffmpeg has reported; complete once the last frame was taken.
    pub(crate) fn reported(&self) -> Reported {
        self.log.reported()
    }

    fn wait_for_exit(&mut self) -> Result<ExitStatus, Error> {
        match wait_until(&mut self.child, Instant::now() + self.patience) {
            Some(status) => {
                self.ended = true;
                Ok(status)
            }
            None => Err(self.end_hanging()),
        }
    }

    /// An output that stops within a frame: usually because ffmpeg died.
    fn explain_cut(&mut self, reason: String) -> Error {
        match self.wait_for_exit() {
            Ok(status) if status.success() => self.garbled(reason),
            Ok(status) => self.died(status),
            Err(error) => error,
        }
    }

    fn end_hanging(&mut self) -> Error {
        self.stop();
        match hung(&self.path, "ffmpeg", self.patience) {
            Error::Hung {
                path,
                program,
                seconds,
                ..
            } => Error::Hung {
                path,
                program,
                frames: self.frames,
                seconds,
            },
            other => other,
        }
    }

    fn died(&self, status: ExitStatus) -> Error {
        let message = self.log.reported().summary();
        // ffmpeg gives this exit code for a file that it cannot open or in which it finds no frame.
        if self.frames == 0 && status.code().is_some() {
            return Error::NoFrames {
                path: self.path.clone(),
                message,
            };
        }
        Error::Died {
            path: self.path.clone(),
            frames: self.frames,
            status,
            message,
        }
    }

    fn no_frames(&self) -> Error {
        Error::NoFrames {
            path: self.path.clone(),
            message: self.log.reported().summary(),
        }
    }

    fn garbled(&self, reason: String) -> Error {
        Error::Garbled {
            path: self.path.clone(),
            frames: self.frames,
            reason,
        }
    }

    fn stop(&mut self) {
        if !mem::replace(&mut self.ended, true) {
            end_child(&mut self.child);
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Lets ffmpeg write a whole frame, or a good part of it, before it has to wait for the reading thread.
#[cfg(target_os = "linux")]
fn widen_pipe(output: &ChildStdout) {
    // The largest size that every user may ask for. Where it is refused the pipe works all the same.
    let _ = rustix::pipe::fcntl_setpipe_size(output, 1 << 20);
}

#[cfg(not(target_os = "linux"))]
fn widen_pipe(_: &ChildStdout) {}

/// The ends of the channels that the caller holds.
struct Threads {
    log: Log,
    start: Receiver<FrameShape>,
    messages: Receiver<Message>,
    spare: Sender<Frame>,
}

fn start_threads<O, E>(output: O, errors: E, conversion: Conversion) -> io::Result<Threads>
where
    O: io::Read + Send + 'static,
    E: io::Read + Send + 'static,
{
    let log = Log::collect(errors)?;
    let (shape_sender, start) = mpsc::channel();
    let (sender, messages) = mpsc::sync_channel(WAITING_FRAMES);
    let (spare, spares) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        let last = match read_frames(output, conversion, shape_sender, &sender, &spares) {
            Ok(()) => return,
            Err(NutError::End) => Message::End,
            Err(NutError::Pipe) => Message::Cut,
            Err(NutError::Invalid(reason)) => Message::Invalid(reason),
        };
        // Nobody listens when the decoder was dropped.
        let _ = sender.send(last);
    })?;
    Ok(Threads {
        log,
        start,
        messages,
        spare,
    })
}

/// Sends frames until the pipe ends, which is an error here; returns early when nobody listens any more.
fn read_frames<O: io::Read>(
    output: O,
    Conversion { pipe, format }: Conversion,
    start: Sender<FrameShape>,
    sender: &SyncSender<Message>,
    spares: &Receiver<Frame>,
) -> Result<(), NutError> {
    let mut nut = NutReader::open(output)?;
    let header = nut.stream();
    let shape = FrameShape::new(header.width as usize, header.height as usize, format)
        .map_err(|error| NutError::Invalid(error.to_string()))?;
    let pixels = shape.width() * shape.height();
    let bytes = pixels * pipe.pixel_bytes();
    // The channel has places for small frames. Of large ones fewer are made, and the thread waits for one to come back.
    let most = (WAITING_BYTES / shape.bytes().max(1)).clamp(2, WAITING_FRAMES);
    let mut raw = vec![0; if pipe.fits(format) { 0 } else { bytes }];
    if start.send(shape).is_err() {
        return Ok(());
    }
    drop(start);
    let mut first_time = None;
    for count in 0.. {
        let coded = nut.next_frame()?;
        if coded.bytes != bytes as u64 {
            let found = coded.bytes;
            return Err(NutError::Invalid(format!(
                "a frame of {found} bytes, {bytes} expected"
            )));
        }
        let mut frame = if count < most as u64 {
            spares.try_recv().unwrap_or_default()
        } else {
            match spares.recv() {
                Ok(frame) => frame,
                Err(_) => return Ok(()),
            }
        };
        frame.reset(shape, FrameNumber(count));
        if pipe.fits(format) {
            nut.read_pixels(frame.pixels_mut())?;
        } else {
            nut.read_pixels(&mut raw)?;
            pipe.convert(&mut raw, format, frame.pixels_mut());
        }
        let first = *first_time.get_or_insert(coded.time);
        frame.set_time(Some(time_between(first, coded.time, header.time_base)));
        if sender.send(Message::Frame(frame)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The time from one frame to another. Times that run backwards count as none.
fn time_between(first: i64, now: i64, base: TimeBase) -> Duration {
    let ticks = i128::from(now) - i128::from(first);
    let nanos =
        ticks.max(0) * i128::from(base.numerator) * 1_000_000_000 / i128::from(base.denominator);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
