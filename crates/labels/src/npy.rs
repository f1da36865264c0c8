use std::io::{Read, Write};

use crate::Error;
use crate::bytes::read_exactly;
use crate::npy_header::Header;

/// The most values read from one `.npy` file: six days of frames at 30 per second.
pub(crate) const MAX_NPY_VALUES: usize = 1 << 24;

/// The longest header accepted: numpy's own limit is 10,000 bytes.
const MAX_HEADER_BYTES: u64 = 1 << 16;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Everything before the array is padded to a multiple of this, as numpy does.
const ALIGNMENT: usize = 64;

/// Values are read and written in pieces of about this many bytes.
const PIECE_BYTES: usize = 1 << 16;

/// An array read from a `.npy` file by [`read_npy`].
#[derive(Debug, Clone, PartialEq)]
pub struct NpyArray {
    /// The length of each axis; empty for a single number.
    pub shape: Vec<usize>,
    /// The values with the last axis varying fastest, whatever their order in the file.
    pub values: Vec<f64>,
}

impl NpyArray {
    /// The values of an array that is a list: N, 1xN or Nx1.
    ///
    /// # Errors
    /// When more than one axis is longer than one.
    pub fn as_list(&self) -> Result<&[f64], Error> {
        if self.shape.is_empty() || self.shape.iter().filter(|n| **n != 1).count() > 1 {
            return Err(Error::NotAList {
                shape: self.shape.clone(),
            });
        }
        Ok(&self.values)
    }
}

/// Reads one array in numpy's format, versions 1 to 3: integers, booleans or floats of either byte order.
///
/// Bytes after the array stay unread.
///
/// ```
/// use oddframe_labels::{read_npy, write_npy};
///
/// let mut file = Vec::new();
/// write_npy(&mut file, &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 0.1])?;
/// let array = read_npy(&file[..])?;
/// assert_eq!(array.shape, [2, 3]);
/// assert_eq!(array.values[5] as f32, 0.1);
/// # Ok::<(), oddframe_labels::Error>(())
/// ```
///
/// # Errors
/// When the header is damaged, the elements are not plain numbers, there are more than 16,777,216 values, or
/// the input ends before the array does.
pub fn read_npy(mut input: impl Read) -> Result<NpyArray, Error> {
    let input: &mut dyn Read = &mut input;
    let header = read_header(input)?;
    // The header may claim any size; memory grows with the data that arrives.
    let count = header
        .shape
        .iter()
        .try_fold(1_usize, |n, side| n.checked_mul(*side));
    let count = count
        .filter(|n| *n <= MAX_NPY_VALUES)
        .ok_or(Error::TooLarge {
            what: "values in the array",
            limit: MAX_NPY_VALUES as u64,
        })?;
    let size = header.kind.byte_len();
    let (mut values, mut piece) = (Vec::new(), Vec::new());
    let per_piece = PIECE_BYTES / size;
    while values.len() < count {
        let wanted = (count - values.len()).min(per_piece);
        let missing = ((count - values.len()) * size) as u64;
        // An error states the bytes missing of the whole array, not of the piece.
        read_exactly(input, (wanted * size) as u64, &mut piece, "the array").map_err(|error| {
            match error {
                Error::Truncated { what, found, .. } => Error::Truncated {
                    what,
                    expected: missing,
                    found,
                },
                other => other,
            }
        })?;
        values.extend(
            piece
                .chunks_exact(size)
                .map(|bytes| header.kind.decode(header.order, bytes)),
        );
    }
    if header.fortran && header.shape.len() > 1 {
        values = reorder_axes(&header.shape, &values);
    }
    Ok(NpyArray {
        shape: header.shape,
        values,
    })
}

/// Writes an array of 32-bit floats with the last axis varying fastest: error maps, typical frames, patches.
///
/// To write a file whole or not at all, pass the writer of `oddframe_core::write_atomically`.
///
/// # Errors
/// When writing fails.
///
/// # Panics
/// When the number of values differs from the product of the shape.
pub fn write_npy(mut output: impl Write, shape: &[usize], values: &[f32]) -> Result<(), Error> {
    assert_eq!(
        shape.iter().product::<usize>(),
        values.len(),
        "the shape must fit the values"
    );
    write_array(&mut output, "<f4", shape, values, f32::to_le_bytes)
}

/// Writes labels as an array of 1xN 64-bit integers, like the published frame labels.
///
/// # Errors
/// When writing fails.
pub fn write_npy_labels(mut output: impl Write, labels: &[bool]) -> Result<(), Error> {
    write_array(&mut output, "<i8", &[1, labels.len()], labels, |label| {
        i64::from(label).to_le_bytes()
    })
}

fn write_array<T: Copy, const N: usize>(
    output: &mut dyn Write,
    descr: &str,
    shape: &[usize],
    values: &[T],
    encode: impl Fn(T) -> [u8; N],
) -> Result<(), Error> {
    let mut bytes = encode_header(descr, shape);
    output
        .write_all(&bytes)
        .map_err(|source| Error::Write { source })?;
    for part in values.chunks(PIECE_BYTES / N) {
        bytes.clear();
        bytes.extend(part.iter().flat_map(|value| encode(*value)));
        output
            .write_all(&bytes)
            .map_err(|source| Error::Write { source })?;
    }
    output.flush().map_err(|source| Error::Write { source })
}

/// Magic, version 1.0, length of the dictionary, dictionary, blanks and a line break.
fn encode_header(descr: &str, shape: &[usize]) -> Vec<u8> {
    // Python writes a tuple of one as `(3,)`.
    let sides: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let dict = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}{comma}), }}",
        sides.join(", ")
    );
    // Magic, version, length and the final line break surround the dictionary; blanks fill up the alignment.
    let fixed = MAGIC.len() + 2 + 2 + 1;
    let length = (fixed + dict.len()).next_multiple_of(ALIGNMENT) - fixed;
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((length as u16 + 1).to_le_bytes());
    bytes.extend(format!("{dict:<length$}\n").bytes());
    bytes
}

fn read_header(input: &mut dyn Read) -> Result<Header, Error> {
    let mut bytes = Vec::new();
    read_exactly(input, 8, &mut bytes, "the header")?;
    if !bytes.starts_with(MAGIC) {
        return Err(malformed("it does not begin with \\x93NUMPY", 0));
    }
    // Byte 6 is the version. Version 1 has two bytes for the length of the header, later ones have four.
    let length_bytes = match bytes[6] {
        1 => 2,
        2 | 3 => 4,
        _ => return Err(malformed("its version is not 1, 2 or 3", 6)),
    };
    read_exactly(input, length_bytes, &mut bytes, "the header's length")?;
    bytes.resize(4, 0);
    let length = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    if u64::from(length) > MAX_HEADER_BYTES {
        return Err(Error::TooLarge {
            what: "bytes in the header",
            limit: MAX_HEADER_BYTES,
        });
    }
    read_exactly(input, length.into(), &mut bytes, "the header")?;
    Header::parse(&bytes)
}

fn malformed(what: &'static str, offset: u64) -> Error {
    Error::Malformed {
        format: ".npy",
        what,
        offset,
    }
}

/// Reorders values so that the last axis varies fastest instead of the first (from Fortran's order to C's).
fn reorder_axes(shape: &[usize], values: &[f64]) -> Vec<f64> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for side in shape {
        strides.push(stride);
        stride *= side;
    }
    (0..values.len())
        .map(|mut place| {
            // Peels the index along each axis off the place in the new order, last axis first.
            let mut from = 0;
            for (side, stride) in shape.iter().zip(&strides).rev() {
                from += place % side * stride;
                place /= side;
            }
            values[from]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn npy(version: u8, dict: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([version, 0]);
        let length = dict.len() as u32 + 1;
        bytes.extend(&length.to_le_bytes()[..if version == 1 { 2 } else { 4 }]);
        bytes.extend(dict.bytes());
        bytes.push(b'\n');
        bytes.extend(data);
        bytes
    }

    fn dict(descr: &str, fortran: &str, shape: &str) -> String {
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}")
    }

    fn check_zero_and_one(kind: &str, data: &[u8]) {
        let read = read_npy(&npy(1, &dict(kind, "False", "(2,)"), data)[..]).unwrap();
        assert_eq!(
            (read.shape, read.values),
            (vec![2], vec![0.0, 1.0]),
            "{kind}"
        );
    }

    #[test]
    fn versions_types_and_orders() {
        check_zero_and_one("|b1", &[0, 1]);
        check_zero_and_one("|i1", &[0, 1]);
        check_zero_and_one("<u2", &[0, 0, 1, 0]);
        check_zero_and_one(">i4", &[0, 0, 0, 0, 0, 0, 0, 1]);
        check_zero_and_one("<f2", &[0, 0, 0, 0x3C]);
        check_zero_and_one(
            ">f8",
            &[0, 0, 0, 0, 0, 0, 0, 0, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0],
        );
        for version in 1..=3 {
            let read =
                read_npy(&npy(version, &dict("|u1", "False", "(1, 3)"), &[1, 0, 1])[..]).unwrap();
            assert_eq!(read.as_list().unwrap(), [1.0, 0.0, 1.0]);
        }
    }

    #[test]
    fn arrays_in_fortran_order_are_reordered() {
        let read =
            read_npy(&npy(1, &dict("|u1", "True", "(2, 3)"), &[1, 4, 2, 5, 3, 6])[..]).unwrap();
        assert_eq!(read.values, [1., 2., 3., 4., 5., 6.]);
        assert!(matches!(read.as_list(), Err(Error::NotAList { .. })));
        let cube = read_npy(&npy(1, &dict("|u1", "True", "(2, 1, 2)"), &[1, 3, 2, 4])[..]).unwrap();
        assert_eq!(cube.values, [1., 2., 3., 4.]);
    }

    #[test]
    fn headers_of_other_writers_are_read() {
        let header = "{ \"shape\":(3,),\"fortran_order\":False , \"descr\":\"|u1\"}   ";
        assert_eq!(
            read_npy(&npy(2, header, &[1, 0, 1])[..]).unwrap().values,
            [1.0, 0.0, 1.0]
        );
    }

    fn error_message(bytes: &[u8]) -> String {
        read_npy(bytes).unwrap_err().to_string()
    }

    #[test]
    fn damaged_and_unsupported_files_are_errors() {
        assert!(error_message(b"\x93NUMPX\x01\0\0\0").contains("does not begin with"));
        assert!(error_message(&npy(4, "", &[])).contains("version"));
        assert!(error_message(&npy(1, &dict("|O", "False", "(3,)"), &[])).contains("type `|O`"));
        assert!(error_message(&npy(1, &dict("<c8", "False", "(3,)"), &[])).contains("type `<c8`"));
        assert!(
            error_message(&npy(1, &dict("<f8", "Maybe", "(3,)"), &[])).contains("fortran_order")
        );
        assert!(error_message(&npy(1, &dict("<f8", "False", "(-3,)"), &[])).contains("shape"));
        let short = error_message(&npy(1, &dict("<i8", "False", "(1, 20)"), &[0; 100]));
        assert_eq!(
            short,
            "the file is truncated: the array should have 160 bytes but has 100; copy the file again"
        );
        assert!(error_message(&npy(1, "{'descr': '<i8'}", &[])).contains("fortran_order"));
    }

    #[test]
    fn claimed_sizes_allocate_no_memory() {
        for shape in [
            "(4294967296, 4294967296)",
            "(16777217,)",
            "(18446744073709551615,)",
            "(99999999999999999999,)",
        ] {
            let error = read_npy(&npy(1, &dict("|u1", "False", shape), &[0; 9])[..]).unwrap_err();
            assert!(
                matches!(error, Error::TooLarge { .. } | Error::Malformed { .. }),
                "{error}"
            );
        }
        assert!(matches!(
            read_npy(&npy(1, &dict("|u1", "False", "(16777216,)"), &[0; 9])[..]),
            Err(Error::Truncated {
                expected: 16_777_216,
                found: 9,
                ..
            })
        ));
        let mut long = npy(2, "", &[]);
        long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(read_npy(&long[..]), Err(Error::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn labels_round_trip(labels in prop::collection::vec(any::<bool>(), 0..300)) {
            let mut bytes = Vec::new();
            write_npy_labels(&mut bytes, &labels).unwrap();
            prop_assert_eq!((bytes.len() - 8 * labels.len()) % 64, 0);
            let read = read_npy(&bytes[..]).unwrap();
            prop_assert_eq!(&read.shape, &[1, labels.len()]);
            let back: Vec<bool> = read.values.iter().map(|v| *v == 1.0).collect();
            prop_assert_eq!(back, labels);
        }

        #[test]
        fn floats_round_trip_to_the_bit(bits in prop::collection::vec(any::<u32>(), 0..300), axis in any::<bool>()) {
            let values: Vec<f32> = bits.iter().map(|b| f32::from_bits(*b)).filter(|v| !v.is_nan()).collect();
            let shape = if axis { vec![values.len()] } else { vec![values.len(), 1] };
            let mut bytes = Vec::new();
            write_npy(&mut bytes, &shape, &values).unwrap();
            prop_assert_eq!((bytes.len() - 4 * values.len()) % 64, 0);
            let read = read_npy(&bytes[..]).unwrap();
            prop_assert_eq!(&read.shape, &shape);
            let back: Vec<u32> = read.values.iter().map(|v| (*v as f32).to_bits()).collect();
            prop_assert_eq!(back, values.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
        }
    }
}
