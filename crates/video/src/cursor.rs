//! Random access to frames that are not stored, by decoding forward.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use oddframe_core::{Error as CoreError, Frame, FrameStream};

use crate::{Error, VideoFile, VideoStream};

/// A pass and its preview read the same video at once, and so may two systems.
const MOST_CURSORS: usize = 3;

/// Threads that read ahead ask for neighbouring frames in any order, so the last frames are kept.
const KEPT_FRAMES: usize = 64;

/// But not more bytes than this for each cursor, except for a few frames.
const KEPT_BYTES: usize = 64 << 20;
const FEWEST_KEPT: usize = 8;

/// Running decoders, each at its place in the file.
#[derive(Debug)]
pub(crate) struct Cursors {
    file: VideoFile,
    frames: usize,
    kept: usize,
    open: Mutex<Vec<Cursor>>,
}

/// A decoder, and the last frames it gave.
#[derive(Debug)]
struct Cursor {
    stream: VideoStream,
    next: usize,
    recent: VecDeque<Frame>,
}

impl Cursors {
    pub(crate) fn new(file: VideoFile, frames: usize, frame_bytes: usize) -> Self {
        Self {
            file,
            frames,
            kept: (KEPT_BYTES / frame_bytes.max(1)).clamp(FEWEST_KEPT, KEPT_FRAMES),
            open: Mutex::default(),
        }
    }

    /// Reads a frame: out of the last frames of a cursor, or by decoding forward from the cursor that is nearest before it.
    /// Only a frame before all cursors makes a decoder start anew.
    pub(crate) fn read(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        // One thread decodes at a time. It waits for ffmpeg, which decodes with threads of its own.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = open.iter().position(|cursor| cursor.has(index)) {
            let cursor = open.remove(place);
            cursor.copy_recent(index, out);
            // The cursor that was used last is the last.
            open.push(cursor);
            return Ok(());
        }
        let ahead = open.iter().enumerate().filter(|(_, c)| c.next <= index);
        let nearest = ahead.max_by_key(|(_, cursor)| cursor.next);
        let mut cursor = if let Some((place, _)) = nearest {
            open.remove(place)
        } else {
            if open.len() == MOST_CURSORS {
                open.remove(0);
            }
            Cursor {
                stream: self.file.stream()?,
                next: 0,
                recent: VecDeque::new(),
            }
        };
        // After an error the cursor is dropped, and the next read starts anew.
        while cursor.next <= index {
            if !cursor.advance(self.kept)? {
                return Err(Error::Changed {
                    path: self.file.path().to_path_buf(),
                    before: self.frames,
                    now: cursor.next,
                }
                .into());
            }
        }
        cursor.copy_recent(index, out);
        open.push(cursor);
        Ok(())
    }
}

impl Cursor {
    fn has(&self, index: usize) -> bool {
        index < self.next && index + self.recent.len() >= self.next
    }

    fn copy_recent(&self, index: usize, out: &mut Frame) {
        let first = self.next - self.recent.len();
        if let Some(frame) = self.recent.get(index - first) {
            out.copy_from(frame);
        }
    }

    fn advance(&mut self, kept: usize) -> Result<bool, CoreError> {
        let spare = if self.recent.len() < kept {
            None
        } else {
            self.recent.pop_front()
        };
        let mut frame = spare.unwrap_or_default();
        let read = self.stream.next_into(&mut frame)?;
        if read {
            self.recent.push_back(frame);
            self.next += 1;
        }
        Ok(read)
    }
}
