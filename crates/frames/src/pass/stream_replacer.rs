//! Replaces each unreadable frame of a stream by the nearest readable one.
//!
//! ```text
//!   read:      a   ✗   ✗   ✗   b        ✗ cannot be read
//!   shown:     a   a   a   b   b        the middle one is as near to a as to b: the earlier is shown
//! ```
//!
//! The replacement is known when the next readable frame arrives or the video ends. Until then only the last readable frame
//! and the numbers of the unreadable ones are kept, so memory hardly grows during a long run of unreadable frames.

use std::rc::Rc;

use oddframe_core::{Error, FrameNumber, VideoId};

use super::package::Lent;
use super::viewer::Entry;
use crate::{BadFrames, Substitute};

#[derive(Debug)]
pub(super) struct StreamReplacer<'r> {
    policy: BadFrames,
    /// The index of the next frame.
    next: usize,
    last_number: Option<FrameNumber>,
    last_good: Option<Rc<Lent<'r>>>,
    /// The unreadable frames since the last readable one.
    run: Vec<BadFrame>,
    substitutes: Vec<Substitute>,
}

#[derive(Debug)]
struct BadFrame {
    number: FrameNumber,
    error: String,
}

impl<'r> StreamReplacer<'r> {
    pub(super) fn new(policy: BadFrames) -> Self {
        Self {
            policy,
            next: 0,
            last_number: None,
            last_good: None,
            run: Vec::new(),
            substitutes: Vec::new(),
        }
    }

    /// Takes a frame that was read, and appends the frames that are now complete to `out`.
    pub(super) fn push_good(
        &mut self,
        number: FrameNumber,
        package: Lent<'r>,
        id: &VideoId,
        out: &mut Vec<Entry<'r>>,
    ) -> Result<(), Error> {
        self.check_order(number, id)?;
        let good = Rc::new(package);
        // The frames of the run come before this one in the video, so they leave first.
        self.replace_run(Some(&good), out);
        let (time, borrowed) = (good.package().time, good.package().borrowed);
        out.push(Entry {
            index: self.next,
            number,
            time,
            borrowed,
            package: Rc::clone(&good),
        });
        self.next += 1;
        if self.policy == BadFrames::Nearest {
            self.last_good = Some(good);
        }
        Ok(())
    }

    /// Takes the number of a frame that could not be read.
    pub(super) fn push_bad(
        &mut self,
        number: FrameNumber,
        error: Error,
        id: &VideoId,
    ) -> Result<(), Error> {
        match (self.policy, &error) {
            (BadFrames::Nearest, Error::Read { .. }) => {
                self.check_order(number, id)?;
                self.run.push(BadFrame {
                    number,
                    error: error.to_string(),
                });
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// Ends the video; returns the frames that were replaced.
    pub(super) fn finish(
        &mut self,
        id: &VideoId,
        out: &mut Vec<Entry<'r>>,
    ) -> Result<Vec<Substitute>, Error> {
        // No readable frame came before this run and none after it: the whole video is unreadable.
        if let (None, Some(first)) = (&self.last_good, self.run.first()) {
            let none_readable = crate::Error::NoneReadable {
                frames: self.run.len(),
                source: first.error.as_str().into(),
            };
            let (video, source) = (id.clone(), Box::new(none_readable));
            return Err(Error::Read {
                video,
                frame: first.number,
                path: None,
                source,
            });
        }
        self.replace_run(None, out);
        Ok(std::mem::take(&mut self.substitutes))
    }

    /// Appends the unreadable frames between the last readable one and `after`.
    fn replace_run(&mut self, after: Option<&Rc<Lent<'r>>>, out: &mut Vec<Entry<'r>>) {
        let frames = self.run.len();
        for (place, BadFrame { number, error }) in self.run.drain(..).enumerate() {
            // Distances in frames: the one before is `place + 1` away, the one after `frames - place`.
            let donor = match (&self.last_good, after) {
                (Some(before), Some(after)) => {
                    if place < frames - place {
                        before
                    } else {
                        after
                    }
                }
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => return,
            };
            // A source that replaces unreadable frames itself returns frames that already show the pixels of others.
            let owner = donor.package().borrowed.unwrap_or(donor.package().number);
            out.push(Entry {
                index: self.next,
                number,
                time: None,
                borrowed: Some(owner),
                package: Rc::clone(donor),
            });
            self.next += 1;
            // `Substitute` names the frame that was shown; its pixels may be borrowed in turn.
            self.substitutes.push(Substitute {
                frame: number,
                donor: donor.package().number,
                error,
            });
        }
    }

    /// Refuses frame numbers that do not rise strictly.
    fn check_order(&mut self, number: FrameNumber, id: &VideoId) -> Result<(), Error> {
        match self.last_number.replace(number) {
            Some(before) if before >= number => Err(Error::FrameOrder {
                video: id.clone(),
                before,
                after: number,
            }),
            _ => Ok(()),
        }
    }
}
