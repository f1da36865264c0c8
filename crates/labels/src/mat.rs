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

mod element;
mod limits;
mod read;
mod value;
mod walk;
mod write;

pub(crate) use limits::MAX_MAT_LEAF_BYTES;
pub use limits::{MAX_MAT_ARRAYS, MAX_MAT_DEPTH};
pub use read::read_mat;
pub use value::{MatLeaf, MatValue, MatVariable};
pub use write::write_mat_masks;
