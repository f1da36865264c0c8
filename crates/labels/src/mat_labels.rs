use std::io::Read;

use oddframe_core::Mask;

use crate::intervals::{Matrix, cells};
use crate::masks::MaskMaker;
use crate::{Error, MatValue, read_mat};

const INTERVALS: &str = "gt";
const MASKS: &str = "volLabel";

/// What a MATLAB file of labels holds.
#[derive(Debug)]
pub(crate) enum MatLabels {
    /// Intervals of every video.
    Intervals(Vec<Matrix>),
    /// A mask for every frame of one video.
    Masks(Vec<Mask>),
}

/// What is kept of one array.
#[derive(Debug)]
pub(crate) enum Leaf {
    /// Intervals of one video.
    Matrix(Matrix),
    /// The mask of one frame.
    Mask(Mask),
}

/// Reads the variable `gt` or `volLabel`, whichever comes first.
pub(crate) fn read_mat_labels(input: &mut dyn Read) -> Result<MatLabels, Error> {
    let (mut maker, mut kept) = (MaskMaker::default(), 0);
    let variables = read_mat(
        input,
        |name| name == INTERVALS || name == MASKS,
        |leaf| match leaf.variable() {
            INTERVALS => Matrix::new(&leaf, &mut kept).map(Leaf::Matrix),
            _ => maker.mask(&leaf).map(Leaf::Mask),
        },
    )?;
    let names: Vec<String> = variables.iter().map(|v| v.name.clone()).collect();
    let wanted = variables.into_iter().find(|v| v.name == INTERVALS || v.name == MASKS);
    let wanted = wanted.ok_or(Error::NoVariable { found: names })?;
    if wanted.name == INTERVALS {
        return cells(wanted.value).map(MatLabels::Intervals);
    }
    let not_masks =
        || Error::VariableShape { variable: MASKS, expected: "a cell array with one mask for each frame" };
    let MatValue::Cell { items, .. } = wanted.value else { return Err(not_masks()) };
    let mask = |item| match item {
        MatValue::Numbers(Leaf::Mask(mask)) => Ok(mask),
        _ => Err(not_masks()),
    };
    items.into_iter().map(mask).collect::<Result<_, _>>().map(MatLabels::Masks)
}
