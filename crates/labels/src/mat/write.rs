use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use oddframe_core::Mask;

use super::element::{COMPRESSED, MATRIX};
use crate::Error;

/// Longest text of a header; it is filled up with blanks.
const HEADER_TEXT_BYTES: usize = 124;
/// Tags and parts of a cell's array in front of its pixels: flags, shape, an empty name, the pixels' tag.
const CELL_HEAD_BYTES: usize = 16 + 16 + 8 + 8;
/// The same of the variable, whose name fills one more word.
const VARIABLE_HEAD_BYTES: usize = 16 + 16 + 16;

const NAME: &[u8; 8] = b"volLabel";
const CELL_CLASS: u32 = 1;
const UINT8_CLASS: u32 = 9;

/// Writes masks as Avenue's ground truth has them: a compressed MATLAB 5 file with one variable, `volLabel`,
/// a 1×N cell array of height×width bytes, 1 where a pixel is set.
///
/// The same masks give the same bytes.
///
/// # Errors
/// When writing fails, or the pixels together pass the 4 GiB that the format can hold.
pub fn write_mat_masks(mut output: impl Write, masks: &[Mask]) -> Result<(), Error> {
    let too_large = || Error::TooLarge { what: "pixels of masks in one file", limit: u32::MAX.into() };
    let pixels =
        |mask: &Mask| mask.width().checked_mul(mask.height()).and_then(|n| n.checked_next_multiple_of(8));
    let mut size = VARIABLE_HEAD_BYTES;
    for mask in masks {
        let cell = pixels(mask).and_then(|n| n.checked_add(8 + CELL_HEAD_BYTES));
        size = cell.and_then(|n| n.checked_add(size)).ok_or_else(too_large)?;
    }
    let size = u32::try_from(size).map_err(|_| too_large())?;
    let mut write = || -> io::Result<()> {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
        tag(&mut packed, MATRIX, size)?;
        head(&mut packed, CELL_CLASS, 1, masks.len(), NAME)?;
        let mut columns = Vec::new();
        for mask in masks {
            let (width, height) = (mask.width(), mask.height());
            columns.clear();
            columns.resize((width * height).next_multiple_of(8), 0);
            for (start, length) in mask.runs() {
                for pixel in start..start + length {
                    columns[pixel % width * height + pixel / width] = 1;
                }
            }
            tag(&mut packed, MATRIX, (CELL_HEAD_BYTES + columns.len()) as u32)?;
            head(&mut packed, UINT8_CLASS, height, width, b"")?;
            tag(&mut packed, 2, (width * height) as u32)?;
            packed.write_all(&columns)?;
        }
        let packed = packed.finish()?;
        let length = u32::try_from(packed.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        write!(output, "{:<HEADER_TEXT_BYTES$}", "MATLAB 5.0 MAT-file, written by oddframe")?;
        output.write_all(&[0x00, 0x01, b'I', b'M'])?;
        tag(&mut output, COMPRESSED, length)?;
        output.write_all(&packed)?;
        output.flush()
    };
    write().map_err(|source| Error::Write { source })
}

fn tag(output: &mut impl Write, kind: u32, size: u32) -> io::Result<()> {
    output.write_all(&kind.to_le_bytes())?;
    output.write_all(&size.to_le_bytes())
}

/// Flags, shape and name of an array; the name must fill whole words of eight bytes.
fn head(output: &mut impl Write, class: u32, rows: usize, columns: usize, name: &[u8]) -> io::Result<()> {
    tag(output, 6, 8)?;
    tag(output, class, 0)?;
    tag(output, 5, 8)?;
    tag(output, rows as u32, columns as u32)?;
    tag(output, 1, name.len() as u32)?;
    output.write_all(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mat::{MatValue, read_mat};

    proptest! {
        #[test]
        fn masks_round_trip(
            width in 1_usize..9,
            height in 1_usize..9,
            bits in prop::collection::vec(any::<bool>(), 0..320),
        ) {
            let masks: Vec<Mask> = bits
                .chunks_exact(width * height)
                .map(|bits| Mask::from_pixels(width, height, &bits.iter().map(|b| u8::from(*b)).collect::<Vec<_>>()))
                .collect::<Result<_, _>>()
                .unwrap();
            let mut bytes = Vec::new();
            write_mat_masks(&mut bytes, &masks).unwrap();
            let read = read_mat(&bytes[..], |name| name == "volLabel", |leaf| {
                Ok((leaf.shape().to_vec(), leaf.bytes().map(<[u8]>::to_vec)))
            }).unwrap();
            prop_assert_eq!(read.len(), 1);
            let MatValue::Cell { shape, items } = &read[0].value else { panic!("no cell array") };
            prop_assert_eq!(shape, &[1, masks.len()]);
            for (item, mask) in items.iter().zip(&masks) {
                let MatValue::Numbers((shape, Some(columns))) = item else { panic!("no bytes") };
                prop_assert_eq!(shape, &[height, width]);
                let rows: Vec<u8> =
                    (0..width * height).map(|i| columns[i % width * height + i / width]).collect();
                prop_assert_eq!(rows, mask.to_pixels());
            }
        }
    }

    #[test]
    fn more_than_the_format_holds_is_refused() {
        let large = Mask::empty(1 << 15, 1 << 15);
        let error = write_mat_masks(Vec::new(), &vec![large; 4]).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }));
    }
}
