//! MATLAB's level 5 files, as far as labels need them.

mod element;
mod value;
mod walk;
mod write;

use std::io::Read;

use flate2::read::ZlibDecoder;

pub use value::{MatLeaf, MatValue, MatVariable};
pub use write::write_mat_masks;

use self::element::{COMPRESSED, Elements, MATRIX, malformed};
use self::walk::Walk;
use crate::bytes::{read_exactly, skip};
use crate::{ByteOrder, Error};

/// The most bytes of one numeric array: a mask of 16,384×16,384 pixels.
pub const MAX_MAT_LEAF_BYTES: u64 = 1 << 28;
/// The most arrays in one file, those in cells and the names of fields counted: nine hours of masks at 30 a second.
pub const MAX_MAT_ARRAYS: u64 = 1 << 20;
/// How deep cells and structs may lie in each other.
pub const MAX_MAT_DEPTH: usize = 16;
/// The most bytes, decompressed, of the variables read from one file. Avenue's largest has 331 MB.
pub const MAX_MAT_BYTES: u64 = 1 << 33;

/// Text and version in front of everything.
const HEADER_BYTES: usize = 128;

/// Reads the variables of a MATLAB 5 file, compressed or not.
///
/// Only variables that `want` asks for by name are read, the others are [`MatValue::Skipped`]. Every array of
/// numbers, inside cells and structs too, goes to `leaf` as soon as it is read and what `leaf` makes of it is
/// kept in its place: a file of masks is never in memory as a whole.
///
/// # Errors
/// When the file is no MATLAB 5 file, is damaged or cut off, one of the limits `MAX_MAT_…` is passed, or
/// `leaf` fails.
pub fn read_mat<T>(
    mut input: impl Read,
    mut want: impl FnMut(&str) -> bool,
    mut leaf: impl FnMut(MatLeaf<'_>) -> Result<T, Error>,
) -> Result<Vec<MatVariable<T>>, Error> {
    let input: &mut dyn Read = &mut input;
    let mut header = Vec::new();
    read_exactly(input, HEADER_BYTES as u64, &mut header, "the MATLAB header")?;
    let order = byte_order(&header)?;
    let mut file = Elements::new(input, order, HEADER_BYTES as u64);
    let (mut variables, mut budget) = (Vec::new(), Budget::default());
    while let Some(tag) = file.next_tag()? {
        budget.array()?;
        let variable = match tag.kind {
            COMPRESSED => {
                let (mut packed, offset) = file.take(tag.size);
                let read = {
                    let mut unpacked = ZlibDecoder::new(&mut packed);
                    let read = inflate(&mut unpacked, order, &mut budget, &mut want, &mut leaf);
                    read.map_err(|error| damaged(error, offset))?
                };
                let left = packed.limit();
                skip(&mut packed, left, "a compressed array")?;
                read
            }
            MATRIX => {
                let end = file.at() + tag.size;
                let variable =
                    Walk { elements: &mut file, budget: &mut budget, want: &mut want, leaf: &mut leaf }
                        .variable(end)?;
                file.skip_to(end, "an array")?;
                variable
            }
            _ => {
                file.skip_to(file.at() + tag.padded(), "an element")?;
                continue;
            }
        };
        variables.push(variable);
    }
    Ok(variables)
}

/// Tells a MATLAB 5 file by its first bytes, and the order of bytes in it.
pub(crate) fn byte_order(header: &[u8]) -> Result<ByteOrder, Error> {
    if header.starts_with(b"MATLAB 7.3") {
        return Err(Error::Matlab73);
    }
    // The version, 0x0100, and the letters MI, both written as 16-bit numbers.
    match header.get(124..HEADER_BYTES) {
        Some([0x00, 0x01, b'I', b'M']) => Ok(ByteOrder::Little),
        Some([0x01, 0x00, b'M', b'I']) => Ok(ByteOrder::Big),
        _ => Err(malformed("it has no MATLAB 5 header", 0)),
    }
}

/// What may still be read of a file.
#[derive(Debug)]
pub(crate) struct Budget {
    arrays: u64,
    bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { arrays: MAX_MAT_ARRAYS, bytes: MAX_MAT_BYTES }
    }
}

impl Budget {
    fn array(&mut self) -> Result<(), Error> {
        let left = self.arrays.checked_sub(1);
        self.arrays = left.ok_or(Error::TooLarge { what: "arrays in the file", limit: MAX_MAT_ARRAYS })?;
        Ok(())
    }

    fn bytes(&mut self, size: u64) -> Result<(), Error> {
        let left = self.bytes.checked_sub(size);
        self.bytes = left.ok_or(Error::TooLarge { what: "bytes of variables", limit: MAX_MAT_BYTES })?;
        Ok(())
    }
}

fn inflate<T>(
    unpacked: &mut dyn Read,
    order: ByteOrder,
    budget: &mut Budget,
    want: &mut dyn FnMut(&str) -> bool,
    leaf: &mut dyn FnMut(MatLeaf<'_>) -> Result<T, Error>,
) -> Result<MatVariable<T>, Error> {
    let mut elements = Elements::new(unpacked, order, 0);
    let tag = elements.next_tag()?.ok_or(malformed("a compressed array is empty", 0))?;
    if tag.kind != MATRIX {
        return Err(malformed("a compressed element is no array", 0));
    }
    let end = elements.at() + tag.size;
    let variable = Walk { elements: &mut elements, budget, want, leaf }.variable(end)?;
    // What nobody wants need not be decompressed to its end. All else is, since only there the decompressor
    // compares its checksum.
    if !matches!(variable.value, MatValue::Skipped) {
        elements.skip_to(end, "an array")?;
        if elements.next_tag()?.is_some() {
            return Err(malformed("a compressed element goes on behind its array", end));
        }
    }
    Ok(variable)
}

/// Inside a compressed part, what cannot be read is what cannot be decompressed.
fn damaged(error: Error, offset: u64) -> Error {
    match error {
        Error::Read { source } => Error::Inflate { source, offset },
        other => other,
    }
}
