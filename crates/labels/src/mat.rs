//! MATLAB's level 5 file format, as far as labels need it.
//!
//! A file is a header of 128 bytes and a sequence of elements, each a tag (type and size) with its data. A
//! variable is an element of type `miMATRIX`, often inside an element of type `miCOMPRESSED`, a zlib stream:
//!
//! ```text
//! header 128 bytes │ tag │ matrix: flags, shape, name, contents │ tag │ zlib( tag │ matrix … ) │ …
//! contents of a cell array or struct:  tag │ matrix │ tag │ matrix │ …
//! contents of a numeric array:         tag │ values, column by column
//! ```

#[cfg(test)]
pub(crate) mod builder;
mod element;
mod limits;
mod read;
#[cfg(test)]
mod tests;
mod value;
mod walk;
mod write;

pub(crate) use limits::MAX_MAT_LEAF_BYTES;
pub(crate) use read::read_mat;
pub(crate) use value::{MatLeaf, MatValue};
pub use write::write_mat_masks;
