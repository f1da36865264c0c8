use std::fs;
use std::io::{self, Write};
use std::path::Path;

use oddframe_core::write_atomically;
use oddframe_labels::read_npy;

use crate::Error;

/// Magic, version and the header's length, which come before the header.
const BEFORE_HEADER: usize = 10;

/// Writes an image with `width` values in a row as a `.npy` file, completely or not at all.
pub(crate) fn write_image(path: &Path, values: &[f32], width: usize) -> Result<(), Error> {
    write_atomically(path, |writer| write_npy(writer, values, width)).map_err(|source| {
        Error::Write {
            path: path.to_path_buf(),
            source,
        }
    })
}

/// NumPy's format 1.0: magic, version, header length, a header padded with spaces so that the data starts at a multiple
/// of 64 bytes, and the values.
fn write_npy(writer: &mut dyn Write, values: &[f32], width: usize) -> io::Result<()> {
    let height = values.len() / width;
    let header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({height}, {width}), }}");
    // The newline that ends the header counts as part of it.
    let length = (BEFORE_HEADER + header.len() + 1).next_multiple_of(64) - BEFORE_HEADER;
    writer.write_all(b"\x93NUMPY\x01\x00")?;
    writer.write_all(&(length as u16).to_le_bytes())?;
    writeln!(writer, "{header:<0$}", length - 1)?;
    values
        .iter()
        .try_for_each(|value| writer.write_all(&value.to_le_bytes()))
}

/// Reads an image of this size back.
pub(crate) fn read_image(path: &Path, width: usize, height: usize) -> Result<Vec<f32>, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source,
    })?;
    let array = read_npy(&bytes[..]).map_err(|source| Error::Damaged {
        path: path.to_path_buf(),
        source,
    })?;
    if array.shape != [height, width] {
        return Err(Error::ImageSize {
            path: path.to_path_buf(),
            width,
            height,
            found: array.shape,
        });
    }
    // The reader gives f64 for every kind of number; a stored f32 comes back exactly.
    Ok(array.values.iter().map(|value| *value as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_read_back_to_the_same_bits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.npy");
        let values = [0.1_f32, -2.5, f32::MIN_POSITIVE, 3.0e7, 0.0, 1.0 / 3.0];
        write_image(&path, &values, 3).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes.len(), 2 * 64 + 4 * values.len());
        assert!(String::from_utf8_lossy(&bytes).contains("'shape': (2, 3)"));
        assert_eq!(read_image(&path, 3, 2).unwrap(), values);
    }

    #[test]
    fn errors_name_the_file_and_say_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.npy");
        let error = read_image(&path, 3, 2).unwrap_err().to_string();
        assert!(
            error.contains("image.npy") && error.contains("fit the system"),
            "{error}"
        );
        fs::write(&path, b"\x93NUMPY").unwrap();
        let error = read_image(&path, 3, 2).unwrap_err().to_string();
        assert!(
            error.contains("image.npy is damaged") && error.contains("fit the system again"),
            "{error}"
        );
        write_image(&path, &[0.0; 6], 3).unwrap();
        let error = read_image(&path, 2, 3).unwrap_err().to_string();
        assert!(
            error.contains("the shape [2, 3], but the settings ask for 3 rows of 2 pixels"),
            "{error}"
        );
    }
}
