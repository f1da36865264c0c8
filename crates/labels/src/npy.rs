use std::io::{Read, Write};

use crate::bytes::read_exactly;
use crate::npy_header::Header;
use crate::{ByteOrder, Error};

/// The most values read from one `.npy` file: six days of frames at 30 a second.
pub const MAX_NPY_VALUES: usize = 1 << 24;

/// The longest header read: numpy's own limit is 10,000 bytes.
const MAX_HEADER_BYTES: u64 = 1 << 16;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Values are read in pieces of about this many bytes.
const PIECE_BYTES: usize = 1 << 16;

/// An array of a `.npy` file.
#[derive(Debug, Clone, PartialEq)]
pub struct NpyArray {
    /// Length of each axis; none for a single number.
    pub shape: Vec<usize>,
    /// The values with the last axis running fastest, whatever their order in the file.
    pub values: Vec<f64>,
}

impl NpyArray {
    /// The values of an array that is a list: N, 1×N or N×1.
    ///
    /// # Errors
    /// When more than one axis is longer than one.
    pub fn as_list(&self) -> Result<&[f64], Error> {
        if self.shape.is_empty() || self.shape.iter().filter(|n| **n != 1).count() > 1 {
            return Err(Error::NotAList { shape: self.shape.clone() });
        }
        Ok(&self.values)
    }
}

/// Reads one array in numpy's format, versions 1 to 3: integers, booleans or floats of either byte order.
///
/// What follows the array in the input is left there.
///
/// # Errors
/// When the header is damaged, the values are no plain numbers, there are more than [`MAX_NPY_VALUES`], or the
/// input ends before the array does.
pub fn read_npy(mut input: impl Read) -> Result<NpyArray, Error> {
    let input: &mut dyn Read = &mut input;
    let header = read_header(input)?;
    let count = header.shape.iter().try_fold(1_usize, |n, side| n.checked_mul(*side));
    let count = count
        .filter(|n| *n <= MAX_NPY_VALUES)
        .ok_or(Error::TooLarge { what: "values in the array", limit: MAX_NPY_VALUES as u64 })?;
    let size = header.kind.bytes();
    let (mut values, mut piece) = (Vec::new(), Vec::new());
    let per_piece = PIECE_BYTES / size;
    while values.len() < count {
        let wanted = (count - values.len()).min(per_piece);
        let missing = ((count - values.len()) * size) as u64;
        read_exactly(input, (wanted * size) as u64, &mut piece, "the array").map_err(
            |error| match error {
                Error::Truncated { what, found, .. } => Error::Truncated { what, expected: missing, found },
                other => other,
            },
        )?;
        values.extend(piece.chunks_exact(size).map(|bytes| header.kind.value(header.order, bytes)));
    }
    if header.fortran && header.shape.len() > 1 {
        values = last_axis_fastest(&header.shape, &values);
    }
    Ok(NpyArray { shape: header.shape, values })
}

/// Writes labels as an array of 1×N 64-bit integers, as the published frame labels are.
///
/// # Errors
/// When writing fails.
pub fn write_npy(mut output: impl Write, labels: &[bool]) -> Result<(), Error> {
    let dict = format!("{{'descr': '<i8', 'fortran_order': False, 'shape': (1, {}), }}", labels.len());
    // Magic, version, length, header and newline together are a multiple of 64 bytes.
    let fixed = MAGIC.len() + 2 + 2 + 1;
    let length = (fixed + dict.len()).next_multiple_of(64) - fixed;
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((length as u16 + 1).to_le_bytes());
    bytes.extend(format!("{dict:<length$}\n").bytes());
    output.write_all(&bytes).map_err(|source| Error::Write { source })?;
    for part in labels.chunks(PIECE_BYTES / 8) {
        bytes.clear();
        bytes.extend(part.iter().flat_map(|label| i64::from(*label).to_le_bytes()));
        output.write_all(&bytes).map_err(|source| Error::Write { source })?;
    }
    output.flush().map_err(|source| Error::Write { source })
}

fn read_header(input: &mut dyn Read) -> Result<Header, Error> {
    let mut bytes = Vec::new();
    read_exactly(input, 8, &mut bytes, "the header")?;
    let malformed = |what, offset| Error::Malformed { format: ".npy", what, offset };
    if !bytes.starts_with(MAGIC) {
        return Err(malformed("it does not begin with \\x93NUMPY", 0));
    }
    let length_bytes = match bytes[6] {
        1 => 2,
        2 | 3 => 4,
        _ => return Err(malformed("its version is not 1, 2 or 3", 6)),
    };
    read_exactly(input, length_bytes, &mut bytes, "the header's length")?;
    bytes.resize(4, 0);
    let length = ByteOrder::Little.u32([bytes[0], bytes[1], bytes[2], bytes[3]]);
    if u64::from(length) > MAX_HEADER_BYTES {
        return Err(Error::TooLarge { what: "bytes in the header", limit: MAX_HEADER_BYTES });
    }
    read_exactly(input, length.into(), &mut bytes, "the header")?;
    Header::parse(&bytes)
}

/// Brings values whose first axis runs fastest into the order whose last axis does.
fn last_axis_fastest(shape: &[usize], values: &[f64]) -> Vec<f64> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for side in shape {
        strides.push(stride);
        stride *= side;
    }
    (0..values.len())
        .map(|mut place| {
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

    #[test]
    fn versions_types_and_orders() {
        let ones = |kind: &str, data: &[u8]| {
            let read = read_npy(&npy(1, &dict(kind, "False", "(2,)"), data)[..]).unwrap();
            assert_eq!((read.shape, read.values), (vec![2], vec![0.0, 1.0]), "{kind}");
        };
        ones("|b1", &[0, 1]);
        ones("|i1", &[0, 1]);
        ones("<u2", &[0, 0, 1, 0]);
        ones(">i4", &[0, 0, 0, 0, 0, 0, 0, 1]);
        ones("<f2", &[0, 0, 0, 0x3C]);
        ones(">f8", &[0, 0, 0, 0, 0, 0, 0, 0, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0]);
        for version in 1..=3 {
            let read = read_npy(&npy(version, &dict("|u1", "False", "(1, 3)"), &[1, 0, 1])[..]).unwrap();
            assert_eq!(read.as_list().unwrap(), [1.0, 0.0, 1.0]);
        }
    }

    #[test]
    fn the_first_axis_may_run_fastest() {
        let read = read_npy(&npy(1, &dict("|u1", "True", "(2, 3)"), &[1, 4, 2, 5, 3, 6])[..]).unwrap();
        assert_eq!(read.values, [1., 2., 3., 4., 5., 6.]);
        assert!(matches!(read.as_list(), Err(Error::NotAList { .. })));
        let cube = read_npy(&npy(1, &dict("|u1", "True", "(2, 1, 2)"), &[1, 3, 2, 4])[..]).unwrap();
        assert_eq!(cube.values, [1., 2., 3., 4.]);
    }

    #[test]
    fn headers_written_otherwise_are_read_too() {
        let header = "{ \"shape\":(3,),\"fortran_order\":False , \"descr\":\"|u1\"}   ";
        assert_eq!(read_npy(&npy(2, header, &[1, 0, 1])[..]).unwrap().values, [1.0, 0.0, 1.0]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = |bytes: &[u8]| read_npy(bytes).unwrap_err().to_string();
        assert!(message(b"\x93NUMPX\x01\0\0\0").contains("does not begin with"));
        assert!(message(&npy(4, "", &[])).contains("version"));
        assert!(message(&npy(1, &dict("|O", "False", "(3,)"), &[])).contains("type `|O`"));
        assert!(message(&npy(1, &dict("<c8", "False", "(3,)"), &[])).contains("type `<c8`"));
        assert!(message(&npy(1, &dict("<f8", "Maybe", "(3,)"), &[])).contains("fortran_order"));
        assert!(message(&npy(1, &dict("<f8", "False", "(-3,)"), &[])).contains("shape"));
        let short = message(&npy(1, &dict("<i8", "False", "(1, 20)"), &[0; 100]));
        assert_eq!(short, "the file is cut off: the array should have 160 bytes, 100 are there");
        assert!(message(&npy(1, "{'descr': '<i8'}", &[])).contains("fortran_order"));
    }

    #[test]
    fn claimed_sizes_ask_for_no_memory() {
        for shape in
            ["(4294967296, 4294967296)", "(16777217,)", "(18446744073709551615,)", "(99999999999999999999,)"]
        {
            let error = read_npy(&npy(1, &dict("|u1", "False", shape), &[0; 9])[..]).unwrap_err();
            assert!(matches!(error, Error::TooLarge { .. } | Error::Malformed { .. }), "{error}");
        }
        assert!(matches!(
            read_npy(&npy(1, &dict("|u1", "False", "(16777216,)"), &[0; 9])[..]),
            Err(Error::Truncated { expected: 16_777_216, found: 9, .. })
        ));
        let mut long = npy(2, "", &[]);
        long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(read_npy(&long[..]), Err(Error::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn labels_round_trip(labels in prop::collection::vec(any::<bool>(), 0..300)) {
            let mut bytes = Vec::new();
            write_npy(&mut bytes, &labels).unwrap();
            prop_assert_eq!((bytes.len() - 8 * labels.len()) % 64, 0);
            let read = read_npy(&bytes[..]).unwrap();
            prop_assert_eq!(&read.shape, &[1, labels.len()]);
            let back: Vec<bool> = read.values.iter().map(|v| *v == 1.0).collect();
            prop_assert_eq!(back, labels);
        }
    }
}
