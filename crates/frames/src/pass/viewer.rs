//! Shows the frames of a video as one input: converted, or as differences.

use std::rc::Rc;
use std::time::Duration;

use oddframe_core::{Error, FirstFrame, Frame, FrameNumber, FrameShape, PreparedFrame, VideoId};

use super::package::Lent;
use super::plan::PlannedInput;

/// A frame on its way to the sinks. Replaced frames share the package of the frame whose pixels they show.
#[derive(Debug, Clone)]
pub(super) struct Entry<'r> {
    pub(super) index: usize,
    pub(super) number: FrameNumber,
    pub(super) time: Option<Duration>,
    pub(super) borrowed: Option<FrameNumber>,
    pub(super) package: Rc<Lent<'r>>,
}

/// Receives the frames that a viewer shows.
pub(super) type Show<'s> = dyn FnMut(&PreparedFrame<'_>) -> Result<(), Error> + 's;

/// The state of one input within a video. A difference needs the frame before, which is kept until the next one came.
#[derive(Debug)]
pub(super) struct Viewer<'r> {
    input: PlannedInput,
    keeps_size: bool,
    /// The shape of the first frame, which all others must have when the input keeps the size of frames.
    shape: Option<FrameShape>,
    before: Option<Entry<'r>>,
    /// Holds what is not in a package: a difference, or a copy with the number of another frame.
    shown: Frame,
}

impl<'r> Viewer<'r> {
    pub(super) fn new(input: PlannedInput, keeps_size: bool) -> Self {
        Self {
            input,
            keeps_size,
            shape: None,
            before: None,
            shown: Frame::default(),
        }
    }

    /// Begins a video.
    pub(super) fn start(&mut self) {
        self.shape = None;
        self.before = None;
    }

    /// Takes the next frame and shows what can be shown now: usually that frame, none before the first difference is
    /// known under [`FirstFrame::Next`], and two once it is.
    pub(super) fn push(
        &mut self,
        entry: &Entry<'r>,
        id: &VideoId,
        show: &mut Show<'_>,
    ) -> Result<(), Error> {
        self.check_shape(entry, id)?;
        let Some(first) = self.input.difference else {
            return self.show_frame(entry, show);
        };
        // The first frame has nothing to differ from: it has no image, is black, or waits for the second frame.
        match (self.before.replace(entry.clone()), first) {
            (Some(before), _) => self.show_difference(&before, entry, show),
            (None, FirstFrame::Drop) => show(&prepared_frame(entry, None)),
            (None, FirstFrame::Zero) => {
                self.shown
                    .reset(self.converted_frame(entry).shape(), entry.number);
                self.shown.pixels_mut().fill(0);
                show(&prepared_frame(entry, Some(&self.shown)))
            }
            (None, FirstFrame::Next) => Ok(()),
        }
    }

    /// Ends the video. Its only frame, which waited for a second one, has no image.
    pub(super) fn finish(&mut self, show: &mut Show<'_>) -> Result<(), Error> {
        match self.before.take() {
            Some(only) if only.index == 0 && self.input.difference == Some(FirstFrame::Next) => {
                show(&prepared_frame(&only, None))
            }
            _ => Ok(()),
        }
    }

    fn show_frame(&mut self, entry: &Entry<'r>, show: &mut Show<'_>) -> Result<(), Error> {
        let frame = self.converted_frame(entry);
        if (frame.number(), frame.borrowed_from()) == (entry.number, entry.borrowed) {
            return show(&prepared_frame(entry, Some(frame)));
        }
        // The package belongs to another frame. Few frames are replaced, so a copy costs little.
        self.shown.copy_from(frame);
        self.shown.relabel(entry.number, entry.borrowed);
        show(&prepared_frame(entry, Some(&self.shown)))
    }

    fn show_difference(
        &mut self,
        before: &Entry<'r>,
        entry: &Entry<'r>,
        show: &mut Show<'_>,
    ) -> Result<(), Error> {
        let after = self.converted_frame(entry);
        self.shown.copy_from(self.converted_frame(before));
        for (out, value) in self.shown.pixels_mut().iter_mut().zip(after.pixels()) {
            *out = out.abs_diff(*value);
        }
        // The difference of borrowed pixels is borrowed, whichever of the two frames borrows.
        let borrowed = entry.borrowed.or(before.borrowed);
        // Under `Next` the first two frames show the same difference; the first one borrows it from the second.
        if before.index == 0 && self.input.difference == Some(FirstFrame::Next) {
            self.shown
                .relabel(before.number, borrowed.or(Some(entry.number)));
            show(&prepared_frame(before, Some(&self.shown)))?;
        }
        self.shown.relabel(entry.number, borrowed);
        show(&prepared_frame(entry, Some(&self.shown)))
    }

    fn check_shape(&mut self, entry: &Entry<'r>, id: &VideoId) -> Result<(), Error> {
        if !self.keeps_size {
            return Ok(());
        }
        let found = self.converted_frame(entry).shape();
        let expected = *self.shape.get_or_insert(found);
        if found == expected {
            return Ok(());
        }
        Err(Error::MixedShapes {
            video: id.clone(),
            frame: entry.number,
            path: None,
            expected,
            found,
        })
    }

    fn converted_frame<'e>(&self, entry: &'e Entry<'r>) -> &'e Frame {
        &entry.package.package().converted[self.input.conversion]
    }
}

fn prepared_frame<'e>(entry: &Entry<'_>, image: Option<&'e Frame>) -> PreparedFrame<'e> {
    PreparedFrame {
        index: entry.index,
        number: entry.number,
        time: entry.time,
        image,
    }
}
