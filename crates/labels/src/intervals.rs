use oddframe_core::{FrameNumber, Labels, VideoId, VideoLabels};

use crate::mat_labels::Leaf;
use crate::videos::VideoSet;
use crate::{Error, MatLeaf, MatValue, VideoFrames};

/// The most numbers in the intervals of one file: two for each of half a million intervals.
const MAX_NUMBERS: usize = 1 << 20;

/// The intervals of one video as the file has them.
#[derive(Debug)]
pub(crate) struct Matrix {
    shape: Vec<usize>,
    /// Column by column.
    values: Vec<f64>,
}

impl Matrix {
    /// Keeps the numbers of an array; `kept` counts those of the whole file.
    pub(crate) fn new(leaf: &MatLeaf<'_>, kept: &mut usize) -> Result<Self, Error> {
        *kept = kept.saturating_add(leaf.len());
        if *kept > MAX_NUMBERS {
            return Err(Error::TooLarge { what: "numbers in intervals", limit: MAX_NUMBERS as u64 });
        }
        Ok(Self { shape: leaf.shape().to_vec(), values: leaf.values().collect() })
    }

    /// The pairs of start and end: the columns of 2×K or the rows of K×2.
    ///
    /// Of 2×2 the reading is taken in which the intervals rise without overlapping, which at most one of the
    /// two does; where neither does, it is columns.
    fn pairs(&self, video: &VideoId) -> Result<Vec<(f64, f64)>, Error> {
        let columns = || self.values.chunks_exact(2).map(|c| (c[0], c[1])).collect::<Vec<_>>();
        let rows = || {
            let (starts, ends) = self.values.split_at(self.values.len() / 2);
            starts.iter().copied().zip(ends.iter().copied()).collect::<Vec<_>>()
        };
        let rising = |pairs: &[(f64, f64)]| {
            pairs[0].0 <= pairs[0].1 && pairs[0].1 < pairs[1].0 && pairs[1].0 <= pairs[1].1
        };
        match self.shape[..] {
            _ if self.values.is_empty() => Ok(Vec::new()),
            [2, 2] if !rising(&columns()) && rising(&rows()) => Ok(rows()),
            [2, _] => Ok(columns()),
            [_, 2] => Ok(rows()),
            _ => Err(Error::IntervalShape { video: video.clone(), shape: self.shape.clone() }),
        }
    }
}

/// The interval lists of a variable `gt`: its cells, the only field of its structs, or itself.
pub(crate) fn cells(gt: MatValue<Leaf>) -> Result<Vec<Matrix>, Error> {
    match gt {
        MatValue::Numbers(Leaf::Matrix(only)) => Ok(vec![only]),
        MatValue::Cell { items, .. } => items.into_iter().map(single).collect(),
        MatValue::Struct { names, items, .. } if names.len() == 1 => items.into_iter().map(single).collect(),
        _ => Err(not_intervals()),
    }
}

/// The one list within a cell, which may be wrapped once more.
fn single(cell: MatValue<Leaf>) -> Result<Matrix, Error> {
    match cell {
        MatValue::Numbers(Leaf::Matrix(matrix)) => Ok(matrix),
        MatValue::Cell { mut items, .. } | MatValue::Struct { mut items, .. } if items.len() == 1 => {
            items.pop().ok_or_else(not_intervals).and_then(single)
        }
        _ => Err(not_intervals()),
    }
}

fn not_intervals() -> Error {
    Error::VariableShape {
        variable: "gt",
        expected: "a cell array with the intervals of one video in each cell",
    }
}

/// Labels the frames of every video, whose first one has this number, by its intervals.
pub(crate) fn interval_labels(
    cells: &[Matrix],
    set: &VideoSet<'_>,
    first_number: u64,
) -> Result<Labels, Error> {
    let videos = set.named()?;
    let places = match cells_by_number(videos, cells.len()) {
        Some(places) => places,
        None if cells.len() == videos.len() => (0..cells.len()).collect(),
        None => return Err(Error::CellCount { cells: cells.len(), videos: videos.len() }),
    };
    let labelled = videos.iter().zip(places).map(|(video, place)| label(video, &cells[place], first_number));
    Ok(Labels::new(labelled.collect::<Result<_, _>>()?)?)
}

/// For each video the cell of its number, where all have one of their own.
fn cells_by_number(videos: &[&VideoFrames], cells: usize) -> Option<Vec<usize>> {
    let mut taken = vec![false; cells];
    videos
        .iter()
        .map(|video| {
            let place = usize::try_from(video.id.number()?).ok()?.checked_sub(1)?;
            let free = !std::mem::replace(taken.get_mut(place)?, true);
            free.then_some(place)
        })
        .collect()
}

fn label(video: &VideoFrames, cell: &Matrix, first_number: u64) -> Result<VideoLabels, Error> {
    let VideoFrames { id, numbers } = video;
    // Intervals count frames from 1.
    let index = |number: u64| (number - first_number.min(number)).saturating_add(1);
    let mut intervals = Vec::new();
    for (start, end) in cell.pairs(id)? {
        let whole = |v: f64| v.fract() == 0.0 && (1.0..=2_f64.powi(53)).contains(&v);
        if !whole(start) || !whole(end) || start > end {
            return Err(Error::InvalidInterval { video: id.clone(), start, end });
        }
        let (start, end) = (start as u64, end as u64);
        intervals.push((start, end));
    }
    // Both the intervals and the frames rise, so that one walk along them will do.
    let mut ahead = merged(intervals).into_iter().peekable();
    let within = |n: &FrameNumber| {
        let at = index(n.0);
        while ahead.next_if(|(_, end)| *end < at).is_some() {}
        ahead.peek().is_some_and(|(start, _)| *start <= at)
    };
    let abnormal = numbers.iter().map(within).collect();
    Ok(VideoLabels::new(id.clone(), numbers.clone(), abnormal)?)
}

/// The same frames in intervals that rise and do not overlap.
fn merged(mut intervals: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
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
    use proptest::prelude::*;

    use super::*;

    fn matrix(rows: usize, values: &[f64]) -> Matrix {
        Matrix { shape: vec![rows, values.len() / rows], values: values.to_vec() }
    }

    fn video(id: &str, numbers: impl IntoIterator<Item = u64>) -> VideoFrames {
        VideoFrames { id: id.into(), numbers: numbers.into_iter().map(FrameNumber).collect() }
    }

    /// The abnormal frame numbers of each video.
    fn abnormal(cells: &[Matrix], videos: &[VideoFrames]) -> Result<Vec<Vec<u64>>, Error> {
        let set = VideoSet::new(videos, None)?;
        let labels = interval_labels(cells, &set, set.first_number([]).value())?;
        let frames = |v: &VideoLabels| {
            v.numbers().iter().zip(v.abnormal()).filter(|(_, a)| **a).map(|(n, _)| n.0).collect()
        };
        Ok(labels.videos().iter().map(frames).collect())
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
        assert_eq!(abnormal(&cells, &videos).unwrap(), [vec![940, 942, 943], vec![]]);
    }

    #[test]
    fn rows_columns_and_the_square_between() {
        let both = [vec![0, 1, 4, 5]];
        let videos = [video("1", 0..6)];
        // Column by column: 2×2 as columns (1,2)(5,6), then the same as rows, then K×2.
        for cell in [matrix(2, &[1., 2., 5., 6.]), matrix(2, &[1., 5., 2., 6.])] {
            assert_eq!(abnormal(&[cell], &videos).unwrap(), both);
        }
        assert_eq!(abnormal(&[matrix(3, &[1., 3., 5., 2., 3., 6.])], &videos).unwrap(), [[0, 1, 2, 4, 5]]);
        assert_eq!(abnormal(&[matrix(1, &[1., 2.])], &videos).unwrap(), [[0, 1]]);
        let error = abnormal(&[matrix(3, &[1., 3., 5.])], &videos).unwrap_err();
        assert_eq!(error.to_string(), "video 1: intervals must be 2xK or Kx2, not [3, 1]");
    }

    #[test]
    fn cells_belong_to_videos_by_number_or_else_by_order() {
        let cells = [1.0, 2.0, 3.0].map(|n| matrix(2, &[n, n]));
        assert_eq!(abnormal(&cells, &[video("03", 0..3), video("01", 0..3)]).unwrap(), [[0], [2]]);
        assert_eq!(abnormal(&cells[..2], &[video("a_7", 0..3), video("b_7", 0..3)]).unwrap(), [[0], [1]]);
        assert_eq!(abnormal(&cells[..2], &[video("1", 0..3), video("4", 0..3)]).unwrap(), [[0], [1]]);
    }

    #[test]
    fn by_order_there_must_be_as_many_cells_as_videos() {
        let cells = [1.0, 2.0, 3.0].map(|n| matrix(2, &[n, n]));
        for (cells, ids) in [(&cells[..1], ["1", "2"]), (&cells, ["1", "4"]), (&cells, ["a_7", "b_7"])] {
            let error = abnormal(cells, &ids.map(|id| video(id, 0..3))).unwrap_err().to_string();
            let expected = format!("`gt` has {} cells for 2 videos; every video needs the cell", cells.len());
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn the_largest_frame_number_is_no_overflow() {
        assert_eq!(abnormal(&[matrix(2, &[2.0, 9.0])], &[video("1", [0, 1, u64::MAX])]).unwrap(), [[1]]);
        assert_eq!(abnormal(&[matrix(2, &[])], &[video("1", [u64::MAX])]).unwrap(), [[0; 0]]);
    }

    #[test]
    fn very_many_intervals_are_walked_once() {
        let count = 1_u64 << 18;
        let ends: Vec<f64> = (0..count).flat_map(|i| [2 * i + 1; 2]).map(|n| n as f64).collect();
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
            let cell = Matrix { shape: vec![2, intervals.len()], values: ends };
            // More than two, or one, are not read as rows.
            prop_assume!(intervals.len() != 2);
            let first = u64::from(numbers[0] == 1);
            let within = |at: u64| intervals.iter().any(|(s, n)| (*s..=s + n).contains(&at));
            let expected: Vec<u64> = numbers.iter().copied().filter(|n| within(n - first + 1)).collect();
            prop_assert_eq!(abnormal(&[cell], &[video("1", numbers)]).unwrap(), [expected]);
        }
    }

    #[test]
    fn impossible_intervals_are_named() {
        let error =
            |start, end| abnormal(&[matrix(2, &[start, end])], &[video("7", 0..5)]).unwrap_err().to_string();
        // Labels may go on where the scores have ended.
        assert_eq!(abnormal(&[matrix(2, &[4.0, 9.0])], &[video("7", 0..5)]).unwrap(), [[3, 4]]);
        for (start, end) in [(0., 2.), (3., 2.), (1.5, 2.), (1., f64::NAN), (1., f64::INFINITY), (-1., 1e300)]
        {
            assert!(error(start, end).contains("must be whole numbers from 1 on"), "{start} {end}");
        }
    }

    #[test]
    fn structs_and_wrapped_cells_are_opened() {
        let numbers = |n: f64| MatValue::Numbers(Leaf::Matrix(matrix(2, &[n, n])));
        let names = vec!["gt_frame".to_string()];
        let wrapped = MatValue::Cell { shape: vec![1, 1], items: vec![numbers(2.0)] };
        let gt = MatValue::Struct { shape: vec![1, 2], names, items: vec![numbers(1.0), wrapped] };
        assert_eq!(cells(gt).unwrap().len(), 2);
        assert_eq!(cells(numbers(1.0)).unwrap().len(), 1);
        assert!(cells(MatValue::Skipped).is_err());
        let empty = MatValue::Cell { shape: vec![0, 0], items: vec![] };
        assert!(cells(MatValue::Cell { shape: vec![1, 1], items: vec![empty] }).is_err());
    }
}
