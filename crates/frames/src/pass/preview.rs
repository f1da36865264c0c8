use oddframe_core::{Error, FrameSink, FrameSource, PreparedFrame, StreamInfo};

use crate::prepared;
use crate::read_ahead::{FramePlace, ReadAhead, read_ahead_places};

/// Shows each active sink the frames that it wants to see before the first is pushed. Unreadable ones are left out.
///
/// An input that shows differences has no preview: a frame without the one before it has nothing to show.
pub(super) fn show_preview(
    source: &dyn FrameSource,
    info: &StreamInfo,
    read: ReadAhead,
    sinks: &mut [&mut dyn FrameSink],
    active: &[bool],
) -> Result<(), Error> {
    for (sink, _) in sinks.iter_mut().zip(active).filter(|(_, active)| **active) {
        let positions = sink.preview_positions(info);
        if positions.is_empty() || sink.input().difference().is_some() {
            continue;
        }
        let video = prepared(sink.input(), source)?;
        let places: Vec<FramePlace<'_>> = positions
            .iter()
            .map(|index| FramePlace {
                source: &*video,
                index: *index,
            })
            .collect();
        read_ahead_places(&places, read, |frames| {
            for index in &positions {
                match frames.next_frame() {
                    Some(Ok(frame)) => sink.preview(&PreparedFrame {
                        index: *index,
                        number: frame.number(),
                        time: frame.time(),
                        image: Some(frame),
                    })?,
                    // The pass over the whole video decides what becomes of it.
                    Some(Err(Error::Read { .. })) => {}
                    Some(Err(error)) => return Err(error),
                    None => break,
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}
