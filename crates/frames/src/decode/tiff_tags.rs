//! The first directory of a TIFF structure: a TIFF file, or the EXIF data inside a JPEG or PNG
//! file.
//!
//! ```text
//! offset 0   "II" or "MM"     little- or big-endian
//!        2   42
//!        4   u32              offset of the first directory
//!
//! directory  u16              number of entries, then 12 bytes for each entry:
//!   entry +0 u16              tag: which property this is
//!         +2 u16              type of the values: 1 BYTE, 3 SHORT, 4 LONG, ...
//!         +4 u32              number of values
//!         +8 4 bytes          the value itself where it fits, else its offset
//! ```

/// Tag of the compression of the pixels.
pub(super) const COMPRESSION: usize = 259;
/// Tag of the orientation of the picture.
pub(super) const ORIENTATION: usize = 274;

/// Reads the entries of a TIFF structure's first directory. Bytes beyond the end read as `None`.
#[derive(Debug, Clone, Copy)]
pub(super) struct TiffTags<'a> {
    bytes: &'a [u8],
    little_endian: bool,
}

impl<'a> TiffTags<'a> {
    /// Reads the header; `None` without a valid byte order and version.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        match bytes {
            [b'I', b'I', 42, 0, ..] => Some(Self {
                bytes,
                little_endian: true,
            }),
            [b'M', b'M', 0, 42, ..] => Some(Self {
                bytes,
                little_endian: false,
            }),
            _ => None,
        }
    }

    /// The offsets of the entries with a tag; a valid directory has at most one.
    pub(super) fn entries(self, tag: usize) -> impl Iterator<Item = usize> + use<'a> {
        // An offset or a count that is cut off leads behind the last byte, where there are no entries.
        let directory = self.read(4, 4).unwrap_or(self.bytes.len());
        let count = self.read(directory, 2).unwrap_or(0);
        (0..count)
            .map(move |entry| directory.saturating_add(2 + 12 * entry))
            .filter(move |entry| self.read(*entry, 2) == Some(tag))
    }

    /// The value of an entry that holds one whole number, by the entry's type.
    pub(super) fn value(self, entry: usize) -> Result<usize, &'static str> {
        // The value stands at the start of its four bytes in both byte orders, so that it must be read
        // with its own size.
        let size = match self.read(entry.saturating_add(2), 2) {
            Some(1) => 1,
            Some(3) => 2,
            Some(4) => 4,
            _ => return Err("a tag's value is not a whole number"),
        };
        match (
            self.read(entry.saturating_add(4), 4),
            self.read(entry.saturating_add(8), size),
        ) {
            (Some(1), Some(value)) => Ok(value),
            _ => Err("a tag does not have exactly one value"),
        }
    }

    /// An unsigned number of `size` bytes at an offset.
    pub(super) fn read(self, at: usize, size: usize) -> Option<usize> {
        read_unsigned(self.bytes, at, size, self.little_endian)
    }
}

/// An unsigned number of `size` bytes at an offset.
pub(super) fn read_unsigned(
    bytes: &[u8],
    at: usize,
    size: usize,
    little_endian: bool,
) -> Option<usize> {
    let raw = bytes.get(at..at.checked_add(size)?)?;
    // From the most significant byte on, at whichever end it is.
    let mut number = 0;
    for place in 0..size {
        let byte = raw[if little_endian {
            size - 1 - place
        } else {
            place
        }];
        number = number << 8 | usize::from(byte);
    }
    Some(number)
}
