//! The two MATLAB variables that hold labels: intervals in `gt` and masks in `volLabel`.

use std::io::Read;

use oddframe_core::Mask;

use crate::Error;
use crate::intervals::IntervalList;
use crate::masks::MaskMaker;
use crate::mat::{MatValue, read_mat};

const INTERVALS: &str = "gt";
const MASKS: &str = "volLabel";

/// The labels of a MATLAB file.
#[derive(Debug)]
pub(crate) enum MatLabels {
    /// The intervals of every video.
    Intervals(Vec<IntervalList>),
    /// A mask for every frame of one video.
    Masks(Vec<Mask>),
}

/// What is kept of one array.
#[derive(Debug)]
enum Leaf {
    Intervals(IntervalList),
    Mask(Mask),
}

/// Reads the variable `gt` or `volLabel`, whichever comes first.
pub(crate) fn read_mat_labels(input: &mut dyn Read) -> Result<MatLabels, Error> {
    // Every array is converted while it is read: masks to runs, intervals to numbers. A file of masks, up to
    // 331 MB in Avenue, is never in memory as a whole.
    let (mut maker, mut kept) = (MaskMaker::default(), 0);
    let variables = read_mat(
        input,
        |name| name == INTERVALS || name == MASKS,
        |leaf| match leaf.variable() {
            INTERVALS => IntervalList::from_leaf(&leaf, &mut kept).map(Leaf::Intervals),
            _ => maker.next_mask(&leaf).map(Leaf::Mask),
        },
    )?;
    // The names are needed only for the error, but the values are moved out below.
    let names: Vec<String> = variables.iter().map(|v| v.name.clone()).collect();
    let wanted = variables
        .into_iter()
        .find(|v| v.name == INTERVALS || v.name == MASKS);
    let wanted = wanted.ok_or(Error::NoVariable { found: names })?;
    if wanted.name == INTERVALS {
        interval_lists(wanted.value).map(MatLabels::Intervals)
    } else {
        frame_masks(wanted.value).map(MatLabels::Masks)
    }
}

/// The masks of the variable `volLabel`, one per cell.
fn frame_masks(volume: MatValue<Leaf>) -> Result<Vec<Mask>, Error> {
    let MatValue::Cell { items, .. } = volume else {
        return Err(not_masks());
    };
    items
        .into_iter()
        .map(|item| match item {
            MatValue::Numbers(Leaf::Mask(mask)) => Ok(mask),
            _ => Err(not_masks()),
        })
        .collect()
}

/// The interval lists of the variable `gt`: its cells, the only field of its structs, or itself.
fn interval_lists(gt: MatValue<Leaf>) -> Result<Vec<IntervalList>, Error> {
    match gt {
        MatValue::Numbers(Leaf::Intervals(only)) => Ok(vec![only]),
        MatValue::Cell { items, .. } => items.into_iter().map(only_list).collect(),
        MatValue::Struct { names, items, .. } if names.len() == 1 => {
            items.into_iter().map(only_list).collect()
        }
        _ => Err(not_intervals()),
    }
}

/// The one list inside a cell, which may be wrapped in further cells or structs.
fn only_list(cell: MatValue<Leaf>) -> Result<IntervalList, Error> {
    match cell {
        MatValue::Numbers(Leaf::Intervals(list)) => Ok(list),
        MatValue::Cell { mut items, .. } | MatValue::Struct { mut items, .. }
            if items.len() == 1 =>
        {
            items.pop().ok_or_else(not_intervals).and_then(only_list)
        }
        _ => Err(not_intervals()),
    }
}

fn not_intervals() -> Error {
    let expected = "a cell array with the intervals of one video in each cell";
    Error::VariableShape {
        variable: INTERVALS,
        expected,
    }
}

fn not_masks() -> Error {
    Error::VariableShape {
        variable: MASKS,
        expected: "a cell array with one mask for each frame",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_and_wrapped_cells_are_opened() {
        let numbers =
            |n: f64| MatValue::Numbers(Leaf::Intervals(IntervalList::Ranges(vec![(n, n)])));
        let names = vec!["gt_frame".to_string()];
        let wrapped = MatValue::Cell {
            shape: vec![1, 1],
            items: vec![numbers(2.0)],
        };
        let gt = MatValue::Struct {
            shape: vec![1, 2],
            names,
            items: vec![numbers(1.0), wrapped],
        };
        assert_eq!(interval_lists(gt).unwrap().len(), 2);
        assert_eq!(interval_lists(numbers(1.0)).unwrap().len(), 1);
        assert!(interval_lists(MatValue::Skipped).is_err());
        let empty = MatValue::Cell {
            shape: vec![0, 0],
            items: vec![],
        };
        assert!(
            interval_lists(MatValue::Cell {
                shape: vec![1, 1],
                items: vec![empty]
            })
            .is_err()
        );
    }
}
