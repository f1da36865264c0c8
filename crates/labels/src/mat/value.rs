use crate::{ByteOrder, NumberType};

/// A variable of a MATLAB file.
#[derive(Debug, Clone, PartialEq)]
pub struct MatVariable<T> {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub value: MatValue<T>,
}

/// What a variable, a cell or a field holds. `T` is what was made of each array of numbers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum MatValue<T> {
    /// An array of numbers or booleans.
    Numbers(T),
    /// An array of cells.
    Cell {
        /// Length of each axis.
        shape: Vec<usize>,
        /// The cells, the first axis running fastest.
        items: Vec<MatValue<T>>,
    },
    /// An array of structs.
    Struct {
        /// Length of each axis.
        shape: Vec<usize>,
        /// Names of the fields.
        names: Vec<String>,
        /// The fields of the first struct, of the second, and so on.
        items: Vec<MatValue<T>>,
    },
    /// Text, an object, sparse or complex numbers; or a variable that nobody wanted.
    Skipped,
}

/// One array of numbers of a MATLAB file while it is read.
#[derive(Debug, Clone, Copy)]
pub struct MatLeaf<'a> {
    pub(super) variable: &'a str,
    pub(super) shape: &'a [usize],
    pub(super) kind: NumberType,
    pub(super) order: ByteOrder,
    pub(super) data: &'a [u8],
}

impl<'a> MatLeaf<'a> {
    /// The variable that it is, or is in.
    pub fn variable(&self) -> &'a str {
        self.variable
    }

    /// Length of each axis, at least two: rows, columns.
    pub fn shape(&self) -> &'a [usize] {
        self.shape
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.data.len() / self.kind.bytes()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The numbers, the first axis running fastest.
    pub fn values(&self) -> impl ExactSizeIterator<Item = f64> + use<'a> {
        let Self { kind, order, data, .. } = *self;
        data.chunks_exact(kind.bytes()).map(move |bytes| kind.value(order, bytes))
    }

    /// The numbers where each has one byte, as those of masks do.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        (self.kind.bytes() == 1).then_some(self.data)
    }
}
