//! Images of numbers as `.npy` files: the typical frame, error maps.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use oddframe_core::write_atomically;
use oddframe_labels::read_npy;

use crate::Error;

/// The header's length with everything before it is a multiple of this.
const ALIGNMENT: usize = 64;
/// Magic, version and the header's own length.
const BEFORE_HEADER: usize = 10;

/// Writes an image of `width` numbers a row, whole or not at all.
pub(crate) fn write_image(path: &Path, values: &[f32], width: usize) -> Result<(), Error> {
    write_atomically(path, |writer| write_to(writer, values, width)).map_err(Error::io("write", path))
}

fn write_to(writer: &mut dyn Write, values: &[f32], width: usize) -> io::Result<()> {
    let height = values.len() / width.max(1);
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({height}, {width}), }}");
    let unpadded = BEFORE_HEADER + header.len() + 1;
    header.push_str(&" ".repeat(unpadded.next_multiple_of(ALIGNMENT) - unpadded));
    header.push('\n');
    writer.write_all(b"\x93NUMPY\x01\x00")?;
    writer.write_all(&(header.len() as u16).to_le_bytes())?;
    writer.write_all(header.as_bytes())?;
    for value in values {
        writer.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}

/// Reads an image back.
pub(crate) fn read_image(path: &Path) -> Result<Vec<f32>, Error> {
    let bytes = fs::read(path).map_err(Error::io("read", path))?;
    let array = read_npy(&bytes[..]).map_err(Error::damaged(path))?;
    Ok(array.values.iter().map(|value| *value as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_read_back_to_the_same_bits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.npy");
        let values = [0.1_f32, -2.5, f32::MIN_POSITIVE, 3.0e7, 0.0, 1.0 / 3.0];
        write_image(&path, &values, 3).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes.len(), 2 * ALIGNMENT + 4 * values.len());
        assert!(String::from_utf8_lossy(&bytes).contains("'shape': (2, 3)"));
        assert_eq!(read_image(&path).unwrap(), values);
    }
}
