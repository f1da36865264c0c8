use crate::number::{ByteOrder, NumberType};

/// A variable of a MATLAB file, read by `read_mat`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MatVariable<T> {
    /// The name.
    pub(crate) name: String,
    /// The value.
    pub(crate) value: MatValue<T>,
}

/// The value of a variable, a cell or a field. `T` is the result of the caller's function for each numeric
/// array.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MatValue<T> {
    /// An array of numbers or booleans.
    Numbers(T),
    /// An array of cells.
    Cell {
        /// The length of each axis.
        shape: Vec<usize>,
        /// The cells, the first axis varying fastest.
        items: Vec<MatValue<T>>,
    },
    /// An array of structs.
    Struct {
        /// The length of each axis.
        shape: Vec<usize>,
        /// Names of the fields.
        names: Vec<String>,
        /// The fields of the first struct, then those of the second, and so on.
        items: Vec<MatValue<T>>,
    },
    /// Text, an object, sparse or complex numbers, or a variable that was not requested.
    Skipped,
}

/// One numeric array of a MATLAB file, borrowed while the file is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MatLeaf<'a> {
    pub(super) variable: &'a str,
    pub(super) shape: &'a [usize],
    pub(super) kind: NumberType,
    pub(super) order: ByteOrder,
    pub(super) data: &'a [u8],
}

impl<'a> MatLeaf<'a> {
    /// The name of the variable that contains the array.
    pub(crate) fn variable(&self) -> &'a str {
        self.variable
    }

    /// The length of each axis, at least two: rows, columns.
    pub(crate) fn shape(&self) -> &'a [usize] {
        self.shape
    }

    /// The number of values.
    pub(crate) fn len(&self) -> usize {
        self.data.len() / self.kind.byte_len()
    }

    /// The values, the first axis varying fastest.
    pub(crate) fn values(&self) -> impl ExactSizeIterator<Item = f64> + use<'a> {
        let Self {
            kind, order, data, ..
        } = *self;
        data.chunks_exact(kind.byte_len())
            .map(move |bytes| kind.decode(order, bytes))
    }

    /// The raw bytes, if each value has one byte, as in masks.
    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        (self.kind.byte_len() == 1).then_some(self.data)
    }
}
