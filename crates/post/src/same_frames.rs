use std::cmp::Ordering;

use oddframe_core::{FrameNumber, ScoreTable, VideoId};

use crate::Error;

/// The first table, where all score the same frames.
pub(crate) fn check_same_frames(tables: &[ScoreTable]) -> Result<&ScoreTable, Error> {
    let (first, others) = tables.split_first().ok_or(Error::NoTables)?;
    for (place, other) in others.iter().enumerate() {
        if !same(first, other) {
            difference(first, other, place + 2)?;
        }
    }
    Ok(first)
}

fn same(a: &ScoreTable, b: &ScoreTable) -> bool {
    let parts = |table: &ScoreTable| table.videos().len();
    let mut pairs = a.videos().iter().zip(b.videos());
    parts(a) == parts(b) && pairs.all(|(a, b)| a.id() == b.id() && a.numbers() == b.numbers())
}

/// Walks both tables in their common order and counts what only one of them has.
fn difference(first: &ScoreTable, other: &ScoreTable, place: usize) -> Result<(), Error> {
    let (mut left, mut right) = (frames(first).peekable(), frames(other).peekable());
    let mut found: Option<Error> = None;
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return found.map_or(Ok(()), Err),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.cmp(b),
        };
        let (alone, having, lacking) = match order {
            Ordering::Less => (left.next(), 1, place),
            Ordering::Greater => (right.next(), place, 1),
            Ordering::Equal => {
                left.next();
                right.next();
                continue;
            }
        };
        match (&mut found, alone) {
            (Some(Error::Differ { differing, .. }), _) => *differing += 1,
            (_, Some((video, frame))) => {
                found = Some(Error::Differ { lacking, having, video: video.clone(), frame, differing: 1 });
            }
            (_, None) => {}
        }
    }
}

fn frames(table: &ScoreTable) -> impl Iterator<Item = (&VideoId, FrameNumber)> {
    table.videos().iter().flat_map(|video| video.numbers().iter().map(move |number| (video.id(), *number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::table;

    fn refusal(tables: &[ScoreTable]) -> String {
        check_same_frames(tables).unwrap_err().to_string()
    }

    #[test]
    fn the_first_difference_and_their_number_are_named() {
        let three = table(&[("1", &[0.0; 2]), ("2", &[0.0; 3])]);
        let more = table(&[("1", &[0.0; 2]), ("2", &[0.0; 3]), ("10", &[0.0; 4])]);
        assert_eq!(
            refusal(&[three.clone(), three.clone(), more.clone()]),
            "score table 1 has no score for frame 0 of video 10, table 3 has one (4 frames differ); tables that \
             are fused must score the same frames"
        );
        let short = table(&[("1", &[0.0; 1]), ("2", &[0.0; 5])]);
        assert!(refusal(&[three, short]).starts_with(
            "score table 2 has no score for frame 1 of video 1, table 1 has one (3 frames differ)"
        ));
    }

    #[test]
    fn leading_zeros_do_not_matter() {
        let tables = [table(&[("1", &[0.0; 2])]), table(&[("001", &[1.0; 2])])];
        assert_eq!(check_same_frames(&tables).unwrap(), &tables[0]);
    }
}
