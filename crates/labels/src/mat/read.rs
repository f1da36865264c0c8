use std::io::Read;

use flate2::read::ZlibDecoder;

use super::element::{COMPRESSED, Elements, MATRIX, malformed};
use super::limits::Budget;
use super::value::{MatLeaf, MatValue, MatVariable};
use super::walk::Walk;
use crate::Error;
use crate::bytes::{read_exactly, skip_bytes};
use crate::number::ByteOrder;

/// Bytes of the text and the version at the start of a file.
const HEADER_BYTES: usize = 128;

/// Reads the variables of a MATLAB 5 file, compressed or not.
///
/// Only variables whose names `want` accepts are read; the others become [`MatValue::Skipped`]. Every numeric
/// array, also inside cells and structs, is passed to `leaf` as soon as it is read, and the result of `leaf`
/// takes its place. A file of masks is therefore never in memory as a whole.
///
/// # Errors
/// When the file is not a MATLAB 5 file, is damaged or truncated, exceeds a limit of [`super::limits`], or
/// `leaf` fails.
pub(crate) fn read_mat<T>(
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
    // A file is a sequence of elements up to its end; elements that are not arrays are skipped.
    while let Some(tag) = file.read_tag()? {
        budget.spend_array()?;
        let variable = match tag.kind {
            COMPRESSED => {
                let (mut packed, offset) = file.take_bytes(tag.size);
                let variable = {
                    let mut unpacked = ZlibDecoder::new(&mut packed);
                    read_unpacked(&mut unpacked, order, &mut budget, &mut want, &mut leaf)
                        .map_err(|error| inflate_error(error, offset))?
                };
                // The decompressor stops at the end of the zlib stream, which may lie before the end of the
                // element.
                let left = packed.limit();
                skip_bytes(&mut packed, left, "a compressed array")?;
                variable
            }
            MATRIX => {
                let end = file.position() + tag.size;
                let variable = Walk {
                    elements: &mut file,
                    budget: &mut budget,
                    want: &mut want,
                    leaf: &mut leaf,
                }
                .read_variable(end)?;
                file.skip_to(end, "an array")?;
                variable
            }
            _ => {
                file.skip_to(file.position() + tag.padded_size(), "an element")?;
                continue;
            }
        };
        variables.push(variable);
    }
    Ok(variables)
}

/// Checks that a header belongs to a MATLAB 5 file, and returns the byte order of the file.
fn byte_order(header: &[u8]) -> Result<ByteOrder, Error> {
    if header.starts_with(b"MATLAB 7.3") {
        return Err(Error::Matlab73);
    }
    // The version, 0x0100, and the letters MI, each written as a 16-bit number in the order of the file.
    match header.get(124..HEADER_BYTES) {
        Some([0x00, 0x01, b'I', b'M']) => Ok(ByteOrder::Little),
        Some([0x01, 0x00, b'M', b'I']) => Ok(ByteOrder::Big),
        _ => Err(malformed("it has no MATLAB 5 header", 0)),
    }
}

/// Reads the variable of a compressed element.
fn read_unpacked<T>(
    unpacked: &mut dyn Read,
    order: ByteOrder,
    budget: &mut Budget,
    want: &mut dyn FnMut(&str) -> bool,
    leaf: &mut dyn FnMut(MatLeaf<'_>) -> Result<T, Error>,
) -> Result<MatVariable<T>, Error> {
    let mut elements = Elements::new(unpacked, order, 0);
    let tag = elements
        .read_tag()?
        .ok_or(malformed("a compressed array is empty", 0))?;
    if tag.kind != MATRIX {
        return Err(malformed("a compressed element is not an array", 0));
    }
    let end = elements.position() + tag.size;
    let variable = Walk {
        elements: &mut elements,
        budget,
        want,
        leaf,
    }
    .read_variable(end)?;
    // A skipped variable need not be decompressed to its end. Any other variable is, because the decompressor
    // verifies the checksum only at the end of the stream.
    if !matches!(variable.value, MatValue::Skipped) {
        elements.skip_to(end, "an array")?;
        if elements.read_tag()?.is_some() {
            return Err(malformed(
                "a compressed element continues after its array",
                end,
            ));
        }
    }
    Ok(variable)
}

/// Inside a compressed element a read error means that the data cannot be decompressed.
fn inflate_error(error: Error, offset: u64) -> Error {
    match error {
        Error::Read { source } => Error::Inflate { source, offset },
        other => other,
    }
}
