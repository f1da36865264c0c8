use std::collections::HashMap;

use oddframe_core::FrameNumber;

use crate::id::Id;
use crate::ids::{Cursor, IdVideo, Ids};

/// Frames counted from 1 instead of 0, and from 0 instead of 1.
const OFFSETS: [i64; 2] = [-1, 1];

/// The id of another frame number.
pub(super) fn shift(id: Id, offset: i64) -> Option<Id> {
    let frame = FrameNumber(id.frame.0.checked_add_signed(offset)?);
    Some(Id { frame, ..id })
}

/// The offsets after which every id is expected.
pub(super) fn find_offsets(rows: &(impl Iterator<Item = Id> + Clone), ids: &Ids) -> Vec<i64> {
    let fits = |offset: &i64| {
        let mut cursor = Cursor::default();
        rows.clone().all(|id| {
            let shifted = shift(id, *offset);
            shifted.is_some_and(|id| ids.find_slot(id, &mut cursor).is_some())
        })
    };
    OFFSETS.into_iter().filter(fits).collect()
}

/// Checks that the lowest and the highest frame of each video become its first and last expected one.
///
/// That proves an offset: no row is left out at either end, so the rows can belong to no other frames in the same order. A
/// file that lost its first or last rows proves nothing.
///
/// # Errors
/// The number of the first video without proof.
pub(super) fn is_proven(rows: impl Iterator<Item = Id>, offset: i64, ids: &Ids) -> Result<(), u64> {
    let mut ends: HashMap<u64, (Id, Id)> = HashMap::new();
    let mut order = Vec::new();
    for id in rows {
        let (low, high) = ends.entry(id.video).or_insert_with(|| {
            order.push(id.video);
            (id, id)
        });
        *low = id.min(*low);
        *high = id.max(*high);
    }
    for number in order {
        let (low, high) = ends[&number];
        let expected = ids.find_video(number).map(IdVideo::frames);
        let is_end = |id: Id, end: Option<&FrameNumber>| {
            end.is_some() && shift(id, offset).map(|id| id.frame) == end.copied()
        };
        let proven = expected
            .is_some_and(|frames| is_end(low, frames.first()) && is_end(high, frames.last()));
        if !proven {
            return Err(number);
        }
    }
    Ok(())
}
