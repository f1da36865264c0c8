use oddframe_core::{Labels, VideoId, VideoLabels};

use crate::Error;
use crate::mat::MatLeaf;
use crate::videos::{VideoFrames, VideoSet};

/// The most intervals in one file.
pub(crate) const MAX_INTERVALS: usize = 1 << 19;

/// The abnormal frames of one video as a file has them.
#[derive(Debug)]
pub(crate) enum IntervalList {
    /// First and last frame of each interval.
    Ranges(Vec<(f64, f64)>),
    /// A matrix with the ends of the intervals in its rows or its columns.
    Matrix {
        shape: Vec<usize>,
        /// The values, column by column.
        values: Vec<f64>,
    },
}

impl IntervalList {
    /// Copies the numbers of a MATLAB array. `kept` counts the numbers of the whole file against the limit.
    pub(crate) fn from_leaf(leaf: &MatLeaf<'_>, kept: &mut usize) -> Result<Self, Error> {
        *kept = kept.saturating_add(leaf.len());
        if *kept > 2 * MAX_INTERVALS {
            return Err(Error::TooLarge {
                what: "intervals",
                limit: MAX_INTERVALS as u64,
            });
        }
        Ok(Self::Matrix {
            shape: leaf.shape().to_vec(),
            values: leaf.values().collect(),
        })
    }

    /// The first and last frame of each interval.
    pub(crate) fn ranges(&self, video: &VideoId) -> Result<Vec<(f64, f64)>, Error> {
        match self {
            Self::Ranges(ranges) => Ok(ranges.clone()),
            Self::Matrix { shape, values } => {
                matrix_ranges(shape, values).ok_or_else(|| Error::IntervalShape {
                    video: video.clone(),
                    shape: shape.clone(),
                })
            }
        }
    }
}

/// The intervals of a matrix: the columns of 2xK or the rows of Kx2.
///
/// A 2x2 matrix can be read both ways. The reading whose intervals rise without overlap is taken; at most one
/// of the two does. If neither does, the columns are the intervals.
fn matrix_ranges(shape: &[usize], values: &[f64]) -> Option<Vec<(f64, f64)>> {
    if values.is_empty() {
        return Some(Vec::new());
    }
    // The values lie column by column. Neighbours in pairs are the columns of a 2xK matrix; the two halves
    // are the two columns of a Kx2 matrix, whose rows pair a start with an end.
    let columns: Vec<(f64, f64)> = values.chunks_exact(2).map(|c| (c[0], c[1])).collect();
    let (starts, ends) = values.split_at(values.len() / 2);
    let rows: Vec<(f64, f64)> = starts.iter().copied().zip(ends.iter().copied()).collect();
    match shape {
        [2, 2] if !are_rising(&columns) && are_rising(&rows) => Some(rows),
        [2, _] => Some(columns),
        [_, 2] => Some(rows),
        _ => None,
    }
}

/// Whether two intervals follow each other without overlap.
fn are_rising(pair: &[(f64, f64)]) -> bool {
    pair[0].0 <= pair[0].1 && pair[0].1 < pair[1].0 && pair[1].0 <= pair[1].1
}

/// Labels the frames of every video by its intervals. `first_number` is the number of every video's first
/// frame.
pub(crate) fn label_intervals(
    lists: &[IntervalList],
    set: &VideoSet<'_>,
    first_number: u64,
) -> Result<Labels, Error> {
    let videos = set.named_videos()?;
    // Data sets whose videos are numbered 1 to N have one list per number, even if some videos are missing
    // here. Otherwise lists and videos must be equally many and correspond by order.
    let places = match places_by_number(videos, lists.len()) {
        Some(places) => places,
        None if lists.len() == videos.len() => (0..lists.len()).collect(),
        None => {
            return Err(Error::IntervalListCount {
                lists: lists.len(),
                videos: videos.len(),
            });
        }
    };
    let labelled = videos
        .iter()
        .zip(places)
        .map(|(video, place)| label_video(video, &lists[place], first_number));
    Ok(Labels::new(labelled.collect::<Result<_, _>>()?)?)
}

/// For each video the list at its number, or `None` unless every video has a list of its own.
fn places_by_number(videos: &[&VideoFrames], lists: usize) -> Option<Vec<usize>> {
    let mut taken = vec![false; lists];
    videos
        .iter()
        .map(|video| {
            let place = usize::try_from(video.id.number()?).ok()?.checked_sub(1)?;
            // Two videos with one number cannot share a list; then lists are assigned by order.
            let free = !std::mem::replace(taken.get_mut(place)?, true);
            free.then_some(place)
        })
        .collect()
}

fn label_video(
    video: &VideoFrames,
    list: &IntervalList,
    first_number: u64,
) -> Result<VideoLabels, Error> {
    let VideoFrames { id, numbers } = video;
    let mut intervals = Vec::new();
    for (start, end) in list.ranges(id)? {
        if !is_frame_count(start) || !is_frame_count(end) || start > end {
            return Err(Error::InvalidInterval {
                video: id.clone(),
                start,
                end,
            });
        }
        intervals.push((start as u64, end as u64));
    }
    // Intervals and frames both rise, so one pass over both is enough.
    let mut ahead = merge_overlapping(intervals).into_iter().peekable();
    let mut abnormal = Vec::with_capacity(numbers.len());
    for number in numbers {
        // Intervals count frames from 1, whatever number the first frame has.
        let position = (number.0 - first_number.min(number.0)).saturating_add(1);
        // Intervals that end before this frame end before all later frames too.
        while ahead.next_if(|(_, end)| *end < position).is_some() {}
        abnormal.push(ahead.peek().is_some_and(|(start, _)| *start <= position));
    }
    Ok(VideoLabels::new(id.clone(), numbers.clone(), abnormal)?)
}

/// Whether a number counts frames: whole, at least 1, and exact as an f64.
fn is_frame_count(value: f64) -> bool {
    value.fract() == 0.0 && (1.0..=2_f64.powi(53)).contains(&value)
}

/// The same frames as intervals that rise and do not overlap.
fn merge_overlapping(mut intervals: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    intervals.sort_unstable();
    let mut merged: Vec<(u64, u64)> = Vec::with_capacity(intervals.len());
    for (start, end) in intervals {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use oddframe_core::FrameNumber;
    use proptest::prelude::*;

    use super::*;

    fn matrix(rows: usize, values: &[f64]) -> IntervalList {
        IntervalList::Matrix {
            shape: vec![rows, values.len() / rows],
            values: values.to_vec(),
        }
    }

    fn video(id: &str, numbers: impl IntoIterator<Item = u64>) -> VideoFrames {
        VideoFrames {
            id: id.into(),
            numbers: numbers.into_iter().map(FrameNumber).collect(),
        }
    }

    fn abnormal_numbers(v: &VideoLabels) -> Vec<u64> {
        v.numbers()
            .iter()
            .zip(v.abnormal())
            .filter(|(_, a)| **a)
            .map(|(n, _)| n.0)
            .collect()
    }

    /// The abnormal frame numbers of each video.
    fn abnormal(lists: &[IntervalList], videos: &[VideoFrames]) -> Result<Vec<Vec<u64>>, Error> {
        let set = VideoSet::new(videos, None)?;
        let labels = label_intervals(lists, &set, set.first_number([]).value())?;
        Ok(labels.videos().iter().map(abnormal_numbers).collect())
    }

    #[test]
    fn intervals_count_from_one_and_include_their_end() {
        let from_zero = abnormal(&[matrix(2, &[2.0, 3.0])], &[video("1", 0..5)]).unwrap();
        assert_eq!(from_zero, [[1, 2]]);
        let from_one = abnormal(&[matrix(2, &[2.0, 3.0])], &[video("1", 1..6)]).unwrap();
        assert_eq!(from_one, [[2, 3]]);
    }

    #[test]
    fn a_late_start_and_gaps_do_not_move_intervals() {
        let cells = [matrix(2, &[941.0, 2000.0]), matrix(2, &[])];
        let videos = [video("1", [939, 940, 942, 943]), video("2", 0..3)];
        assert_eq!(
            abnormal(&cells, &videos).unwrap(),
            [vec![940, 942, 943], vec![]]
        );
    }

    #[test]
    fn rows_columns_and_square_matrices_are_read() {
        let both = [vec![0, 1, 4, 5]];
        let videos = [video("1", 0..6)];
        // Column by column: 2x2 as columns (1,2)(5,6), then the same as rows, then Kx2.
        for cell in [matrix(2, &[1., 2., 5., 6.]), matrix(2, &[1., 5., 2., 6.])] {
            assert_eq!(abnormal(&[cell], &videos).unwrap(), both);
        }
        assert_eq!(
            abnormal(&[matrix(3, &[1., 3., 5., 2., 3., 6.])], &videos).unwrap(),
            [[0, 1, 2, 4, 5]]
        );
        assert_eq!(
            abnormal(&[matrix(1, &[1., 2.])], &videos).unwrap(),
            [[0, 1]]
        );
        let error = abnormal(&[matrix(3, &[1., 3., 5.])], &videos).unwrap_err();
        assert_eq!(
            error.to_string(),
            "video 1: the interval matrix must be 2xK or Kx2, not [3, 1]"
        );
    }

    #[test]
    fn lists_belong_to_videos_by_number_or_else_by_order() {
        let cells = [1.0, 2.0, 3.0].map(|n| matrix(2, &[n, n]));
        assert_eq!(
            abnormal(&cells, &[video("03", 0..3), video("01", 0..3)]).unwrap(),
            [[0], [2]]
        );
        assert_eq!(
            abnormal(&cells[..2], &[video("a_7", 0..3), video("b_7", 0..3)]).unwrap(),
            [[0], [1]]
        );
        assert_eq!(
            abnormal(&cells[..2], &[video("1", 0..3), video("4", 0..3)]).unwrap(),
            [[0], [1]]
        );
    }

    #[test]
    fn without_matching_numbers_there_must_be_one_list_per_video() {
        let cells = [1.0, 2.0, 3.0].map(|n| matrix(2, &[n, n]));
        for (cells, ids) in [
            (&cells[..1], ["1", "2"]),
            (&cells, ["1", "4"]),
            (&cells, ["a_7", "b_7"]),
        ] {
            let error = abnormal(cells, &ids.map(|id| video(id, 0..3)))
                .unwrap_err()
                .to_string();
            let expected = format!("the file has {} interval lists for 2 videos;", cells.len());
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn the_largest_frame_number_is_no_overflow() {
        assert_eq!(
            abnormal(&[matrix(2, &[2.0, 9.0])], &[video("1", [0, 1, u64::MAX])]).unwrap(),
            [[1]]
        );
        assert_eq!(
            abnormal(&[matrix(2, &[])], &[video("1", [u64::MAX])]).unwrap(),
            [[0; 0]]
        );
    }

    #[test]
    fn many_intervals_take_one_pass() {
        let count = 1_u64 << 18;
        let ends: Vec<f64> = (0..count)
            .flat_map(|i| [2 * i + 1; 2])
            .map(|n| n as f64)
            .collect();
        let frames = abnormal(&[matrix(2, &ends)], &[video("1", 0..2 * count)]).unwrap();
        assert!(frames[0].iter().copied().eq((0..count).map(|i| 2 * i)));
    }

    proptest! {
        #[test]
        fn frames_are_abnormal_where_any_interval_has_them(
            intervals in prop::collection::vec((1_u64..30, 0_u64..6), 0..9),
            numbers in prop::collection::btree_set(0_u64..40, 1..30),
        ) {
            let numbers: Vec<u64> = numbers.into_iter().collect();
            let ends: Vec<f64> = intervals.iter().flat_map(|(s, n)| [*s as f64, (s + n) as f64]).collect();
            let cell = IntervalList::Matrix { shape: vec![2, intervals.len()], values: ends };
            // Two intervals may be read as the rows of a 2x2 matrix.
            prop_assume!(intervals.len() != 2);
            let first = u64::from(numbers[0] == 1);
            let within = |at: u64| intervals.iter().any(|(s, n)| (*s..=s + n).contains(&at));
            let expected: Vec<u64> = numbers.iter().copied().filter(|n| within(n - first + 1)).collect();
            prop_assert_eq!(abnormal(&[cell], &[video("1", numbers)]).unwrap(), [expected]);
        }
    }

    fn interval_error(start: f64, end: f64) -> String {
        abnormal(&[matrix(2, &[start, end])], &[video("7", 0..5)])
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn impossible_intervals_are_named() {
        // Labels may continue after the last scored frame.
        assert_eq!(
            abnormal(&[matrix(2, &[4.0, 9.0])], &[video("7", 0..5)]).unwrap(),
            [[3, 4]]
        );
        for (start, end) in [
            (0., 2.),
            (3., 2.),
            (1.5, 2.),
            (1., f64::NAN),
            (1., f64::INFINITY),
            (-1., 1e300),
        ] {
            assert!(
                interval_error(start, end)
                    .contains("both ends must be whole numbers of at least 1"),
                "{start} {end}"
            );
        }
    }
}
