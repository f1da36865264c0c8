//! Limits that keep a hostile file from claiming memory or time.

use crate::Error;

/// The most bytes of one numeric array: a mask of 16,384x16,384 pixels.
pub(crate) const MAX_MAT_LEAF_BYTES: u64 = 1 << 28;
/// The most arrays in one MATLAB file, including those in cells and the names of fields: nine hours of masks
/// at 30 per second.
pub(super) const MAX_MAT_ARRAYS: u64 = 1 << 20;
/// The deepest nesting of cells and structs in a MATLAB file.
pub(super) const MAX_MAT_DEPTH: usize = 16;
/// The most bytes, decompressed, of the variables read from one file. Avenue's largest file has 331 MB.
const MAX_MAT_BYTES: u64 = 1 << 33;

/// What may still be read from a file.
#[derive(Debug)]
pub(super) struct Budget {
    arrays: u64,
    bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            arrays: MAX_MAT_ARRAYS,
            bytes: MAX_MAT_BYTES,
        }
    }
}

impl Budget {
    pub(super) fn spend_array(&mut self) -> Result<(), Error> {
        let left = self.arrays.checked_sub(1);
        self.arrays = left.ok_or(Error::TooLarge {
            what: "arrays in the file",
            limit: MAX_MAT_ARRAYS,
        })?;
        Ok(())
    }

    pub(super) fn spend_bytes(&mut self, size: u64) -> Result<(), Error> {
        let left = self.bytes.checked_sub(size);
        self.bytes = left.ok_or(Error::TooLarge {
            what: "bytes of variables",
            limit: MAX_MAT_BYTES,
        })?;
        Ok(())
    }
}
