use std::io::{Read, Take};

use crate::Error;
use crate::bytes::{read_exactly, read_up_to, skip_bytes};
use crate::number::{ByteOrder, NumberType};

/// The element type of an array with its flags, shape, name and contents.
pub(super) const MATRIX: u32 = 14;
/// The element type of an array compressed by zlib.
pub(super) const COMPRESSED: u32 = 15;

pub(super) fn malformed(what: &'static str, offset: u64) -> Error {
    Error::Malformed {
        format: "MATLAB 5",
        what,
        offset,
    }
}

/// The tag in front of an element: its type and its size.
///
/// ```text
/// long:   | type: 4 bytes             | size: 4 bytes           | data, padded to 8 bytes
/// small:  | size: 2 bytes, type: 2 bytes | data: up to 4 bytes  |
/// ```
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    pub(super) kind: u32,
    pub(super) size: u64,
    /// The data of a small element, which is part of the tag.
    inline: Option<[u8; 4]>,
}

impl Tag {
    /// The bytes from the end of the tag to the next element.
    pub(super) fn padded_size(self) -> u64 {
        match self.inline {
            Some(_) => 0,
            None if self.kind == COMPRESSED => self.size,
            None => self.size.next_multiple_of(8),
        }
    }

    /// The type of the numbers in the element.
    pub(super) fn number_type(self) -> Option<NumberType> {
        // The numbers that the format assigns to its types; 8, 10 and 11 are reserved.
        Some(match self.kind {
            1 => NumberType::I8,
            2 => NumberType::U8,
            3 => NumberType::I16,
            4 => NumberType::U16,
            5 => NumberType::I32,
            6 => NumberType::U32,
            7 => NumberType::F32,
            9 => NumberType::F64,
            12 => NumberType::I64,
            13 => NumberType::U64,
            _ => return None,
        })
    }
}

/// Reads one element after the other and keeps track of the position.
pub(super) struct Elements<'a> {
    input: &'a mut dyn Read,
    order: ByteOrder,
    at: u64,
}

impl<'a> Elements<'a> {
    pub(super) fn new(input: &'a mut dyn Read, order: ByteOrder, at: u64) -> Self {
        Self { input, order, at }
    }

    pub(super) fn position(&self) -> u64 {
        self.at
    }

    pub(super) fn order(&self) -> ByteOrder {
        self.order
    }

    /// Reads the next tag; `None` at the end of the input.
    pub(super) fn read_tag(&mut self) -> Result<Option<Tag>, Error> {
        let mut bytes = [0; 8];
        match read_up_to(self.input, &mut bytes)? {
            0 => return Ok(None),
            8 => {}
            found => {
                let found = found as u64;
                return Err(Error::Truncated {
                    what: "an element's tag",
                    expected: 8,
                    found,
                });
            }
        }
        let offset = self.at;
        self.at += 8;
        let [a, b, c, d, e, f, g, h] = bytes;
        let (first, second) = (self.order.decode_u32([a, b, c, d]), [e, f, g, h]);
        // In a small element the upper half of the first word is the size; in a long element it is 0.
        if first >> 16 == 0 {
            let size = self.order.decode_u32(second).into();
            return Ok(Some(Tag {
                kind: first,
                size,
                inline: None,
            }));
        }
        let size = first >> 16;
        if size > 4 {
            return Err(malformed(
                "a small element claims more than four bytes",
                offset,
            ));
        }
        Ok(Some(Tag {
            kind: first & 0xFFFF,
            size: size.into(),
            inline: Some(second),
        }))
    }

    /// Reads the tag of an element that must end, with its data, before `end`.
    pub(super) fn read_tag_within(&mut self, end: u64) -> Result<Tag, Error> {
        let offset = self.at;
        if end.saturating_sub(offset) < 8 {
            return Err(malformed("an array ends before its parts", offset));
        }
        let cut_off = Error::Truncated {
            what: "an array",
            expected: end - offset,
            found: 0,
        };
        let tag = self.read_tag()?.ok_or(cut_off)?;
        if tag.inline.is_none() && tag.size > end - self.at {
            return Err(malformed(
                "an element is longer than the array it is in",
                offset,
            ));
        }
        Ok(tag)
    }

    /// Reads the data of an element, at most `limit` bytes, and skips its padding.
    pub(super) fn read_data(
        &mut self,
        tag: Tag,
        end: u64,
        limit: u64,
        what: &'static str,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if tag.size > limit {
            return Err(Error::TooLarge { what, limit });
        }
        if let Some(inline) = tag.inline {
            out.clear();
            out.extend(&inline[..tag.size as usize]);
            return Ok(());
        }
        read_exactly(self.input, tag.size, out, what)?;
        self.at += tag.size;
        // Some writers omit the padding of the last element of an array.
        // Elements start at multiples of eight bytes.
        let padding = tag.padded_size() - tag.size;
        self.skip_to(end.min(self.at + padding), what)
    }

    pub(super) fn skip_to(&mut self, end: u64, what: &'static str) -> Result<(), Error> {
        skip_bytes(self.input, end.saturating_sub(self.at), what)?;
        self.at = self.at.max(end);
        Ok(())
    }

    /// Borrows the next `size` bytes as a reader of their own, and returns their offset.
    pub(super) fn take_bytes(&mut self, size: u64) -> (Take<&mut (dyn Read + 'a)>, u64) {
        let offset = self.at;
        self.at += size;
        ((&mut *self.input).take(size), offset)
    }
}
