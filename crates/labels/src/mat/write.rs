use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use oddframe_core::Mask;

use super::element::{COMPRESSED, MATRIX};
use crate::Error;

/// The length of the text in the header, which is padded with blanks.
const HEADER_TEXT_BYTES: usize = 124;
/// Bytes of a cell's array before its pixels: flags, shape, an empty name, the tag of the pixels.
const CELL_HEAD_BYTES: usize = 16 + 16 + 8 + 8;
/// The same for the variable: flags, shape and a name of eight bytes.
const VARIABLE_HEAD_BYTES: usize = 16 + 16 + 16;

const NAME: &[u8; 8] = b"volLabel";
const CELL_CLASS: u32 = 1;
const UINT8_CLASS: u32 = 9;

/// Writes masks in the format of Avenue's ground truth: a compressed MATLAB 5 file with one variable,
/// `volLabel`, a 1xN cell array of height x width bytes that are 1 where a pixel is set.
///
/// Equal masks give equal bytes.
///
/// ```
/// use oddframe_core::Mask;
/// use oddframe_labels::{read_labels_from, write_mat_masks};
///
/// let masks = [Mask::empty(4, 2), Mask::from_pixels(4, 2, &[0, 1, 1, 0, 0, 0, 0, 0])?];
/// let mut file = Vec::new();
/// write_mat_masks(&mut file, &masks)?;
///
/// let (labels, _) = read_labels_from(&file[..], "1_label.mat", &[])?;
/// assert_eq!(labels.videos()[0].abnormal(), [false, true]);
/// assert_eq!(labels.videos()[0].masks(), masks);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When writing fails, or the pixels exceed the 4 GiB that the format can represent.
pub fn write_mat_masks(mut output: impl Write, masks: &[Mask]) -> Result<(), Error> {
    let size = variable_size(masks)
        .and_then(|size| u32::try_from(size).ok())
        .ok_or(Error::TooLarge {
            what: "bytes of pixels in one file",
            limit: u32::MAX.into(),
        })?;
    write_variable(&mut output, masks, size).map_err(|source| Error::Write { source })
}

/// The size of the variable's array in bytes; `None` if it overflows.
fn variable_size(masks: &[Mask]) -> Option<usize> {
    masks.iter().try_fold(VARIABLE_HEAD_BYTES, |size, mask| {
        let pixels = mask
            .width()
            .checked_mul(mask.height())?
            .checked_next_multiple_of(8)?;
        size.checked_add(pixels)?.checked_add(8 + CELL_HEAD_BYTES)
    })
}

fn write_variable(output: &mut dyn Write, masks: &[Mask], size: u32) -> io::Result<()> {
    // The file, with tags of eight bytes (type and size) in front of every part:
    //
    //   text and version │ COMPRESSED │ zlib( MATRIX │ head of `volLabel` │ mask │ mask │ … )
    //   mask:  MATRIX │ head without a name │ UINT8 │ pixels, column by column, padded to eight bytes
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    write_tag(&mut packed, MATRIX, size)?;
    write_head(&mut packed, CELL_CLASS, 1, masks.len(), NAME)?;
    let mut columns = Vec::new();
    for mask in masks {
        // MATLAB stores pixels column by column, the runs of a mask go row by row.
        let (width, height) = (mask.width(), mask.height());
        columns.clear();
        columns.resize((width * height).next_multiple_of(8), 0);
        for (start, length) in mask.runs() {
            for pixel in start..start + length {
                columns[pixel % width * height + pixel / width] = 1;
            }
        }
        write_tag(
            &mut packed,
            MATRIX,
            (CELL_HEAD_BYTES + columns.len()) as u32,
        )?;
        write_head(&mut packed, UINT8_CLASS, height, width, b"")?;
        write_tag(&mut packed, 2, (width * height) as u32)?;
        packed.write_all(&columns)?;
    }
    // The compressed size stands before the data, so the data is compressed in memory first.
    let packed = packed.finish()?;
    let length = u32::try_from(packed.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    write!(
        output,
        "{:<HEADER_TEXT_BYTES$}",
        "MATLAB 5.0 MAT-file, written by oddframe"
    )?;
    output.write_all(&[0x00, 0x01, b'I', b'M'])?;
    write_tag(output, COMPRESSED, length)?;
    output.write_all(&packed)?;
    output.flush()
}

fn write_tag(output: &mut dyn Write, kind: u32, size: u32) -> io::Result<()> {
    output.write_all(&kind.to_le_bytes())?;
    output.write_all(&size.to_le_bytes())
}

/// Writes flags, shape and name of an array; the length of the name must be a multiple of eight bytes.
fn write_head(
    output: &mut dyn Write,
    class: u32,
    rows: usize,
    columns: usize,
    name: &[u8],
) -> io::Result<()> {
    // Flags (class, no attributes), shape and name are elements of the types UINT32, INT32 and INT8.
    write_tag(output, 6, 8)?;
    write_tag(output, class, 0)?;
    write_tag(output, 5, 8)?;
    write_tag(output, rows as u32, columns as u32)?;
    write_tag(output, 1, name.len() as u32)?;
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
    fn masks_beyond_the_format_limit_are_an_error() {
        let large = Mask::empty(1 << 15, 1 << 15);
        let error = write_mat_masks(Vec::new(), &vec![large; 4]).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }));
    }
}
