use std::cmp::Ordering;

use oddframe_core::{FrameNumber, ScoreTable, VideoId};

use crate::error::Error;

/// Checks that all tables score the same frames, and returns the first table.
pub(crate) fn check_same_frames(tables: &[ScoreTable]) -> Result<&ScoreTable, Error> {
    let (first, others) = tables.split_first().ok_or(Error::NoTables)?;
    for (place, other) in others.iter().enumerate() {
        if !have_equal_frames(first, other) {
            find_difference(first, other, place + 2)?;
        }
    }
    Ok(first)
}

fn have_equal_frames(a: &ScoreTable, b: &ScoreTable) -> bool {
    let mut pairs = a.videos().iter().zip(b.videos());
    a.videos().len() == b.videos().len()
        && pairs.all(|(a, b)| a.id() == b.id() && a.numbers() == b.numbers())
}

/// Walks both tables in their common order and counts the frames that only one of them has.
fn find_difference(first: &ScoreTable, other: &ScoreTable, place: usize) -> Result<(), Error> {
    let (mut left, mut right) = (list_frames(first).peekable(), list_frames(other).peekable());
    let mut found: Option<Error> = None;
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return found.map_or(Ok(()), Err),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.cmp(b),
        };
        // The smaller frame is missing in the other table. The larger one waits for the next round.
        let (alone, having, lacking) = match order {
            Ordering::Less => (left.next(), 1, place),
            Ordering::Greater => (right.next(), place, 1),
            Ordering::Equal => {
                left.next();
                right.next();
                continue;
            }
        };
        // The first difference is reported, the others are only counted.
        match (&mut found, alone) {
            (Some(Error::Differ { differing, .. }), _) => *differing += 1,
            (_, Some((video, frame))) => {
                found = Some(Error::Differ {
                    lacking,
                    having,
                    video: video.clone(),
                    frame,
                    differing: 1,
                });
            }
            (_, None) => {}
        }
    }
}

fn list_frames(table: &ScoreTable) -> impl Iterator<Item = (&VideoId, FrameNumber)> {
    table.videos().iter().flat_map(|video| {
        video
            .numbers()
            .iter()
            .map(move |number| (video.id(), *number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::table;

    fn difference(tables: &[ScoreTable]) -> String {
        check_same_frames(tables).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_first_difference_and_the_number_of_differences() {
        let three = table(&[("1", &[0.0; 2]), ("2", &[0.0; 3])]);
        let more = table(&[("1", &[0.0; 2]), ("2", &[0.0; 3]), ("10", &[0.0; 4])]);
        assert_eq!(
            difference(&[three.clone(), three.clone(), more.clone()]),
            "score table 1 has no score for frame 0 of video 10, but table 3 has one (4 frames differ); fused \
             tables must score the same frames"
        );
        let short = table(&[("1", &[0.0; 1]), ("2", &[0.0; 5])]);
        assert!(difference(&[three, short]).starts_with(
            "score table 2 has no score for frame 1 of video 1, but table 1 has one (3 frames differ)"
        ));
    }

    #[test]
    fn leading_zeros_do_not_matter() {
        let tables = [table(&[("1", &[0.0; 2])]), table(&[("001", &[1.0; 2])])];
        assert_eq!(check_same_frames(&tables).unwrap(), &tables[0]);
    }
}
