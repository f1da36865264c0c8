//! Builds valid and invalid MATLAB 5 files piece by piece.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

pub(crate) const CELL: u32 = 1;
pub(crate) const STRUCT: u32 = 2;
pub(crate) const CHAR: u32 = 4;
pub(crate) const DOUBLE: u32 = 6;
pub(crate) const UINT8: u32 = 9;
pub(crate) const OPAQUE: u32 = 17;

/// Writes numbers in one byte order.
#[derive(Clone, Copy)]
pub(crate) struct Mat {
    pub(crate) big_endian: bool,
}

impl Mat {
    pub(crate) fn word(self, value: u32) -> [u8; 4] {
        if self.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    fn words(self, values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|v| self.word(*v)).collect()
    }

    pub(crate) fn element(self, kind: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = self.words(&[kind, data.len() as u32]);
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    }

    /// An element whose tag claims this size.
    pub(crate) fn claim(self, kind: u32, size: u32, data: &[u8]) -> Vec<u8> {
        [&self.words(&[kind, size]), data].concat()
    }

    /// A small element: up to four bytes inside the tag.
    pub(crate) fn small(self, kind: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = self.word((data.len() as u32) << 16 | kind).to_vec();
        bytes.extend(data);
        bytes.resize(8, 0);
        bytes
    }

    pub(crate) fn matrix(
        self,
        class: u32,
        shape: &[u32],
        name: &str,
        contents: &[Vec<u8>],
    ) -> Vec<u8> {
        let head = self.head(class, shape, name);
        self.element(14, &[head, contents.concat()].concat())
    }

    pub(crate) fn head(self, class: u32, shape: &[u32], name: &str) -> Vec<u8> {
        let mut parts = self.element(6, &self.words(&[class, 0]));
        if class != OPAQUE {
            parts.extend(self.element(5, &self.words(shape)));
        }
        let short = (1..5).contains(&name.len());
        parts.extend(if short {
            self.small(1, name.as_bytes())
        } else {
            self.element(1, name.as_bytes())
        });
        parts
    }

    pub(crate) fn doubles(self, shape: &[u32], name: &str, values: &[f64]) -> Vec<u8> {
        let bytes = |v: &f64| {
            if self.big_endian {
                v.to_be_bytes()
            } else {
                v.to_le_bytes()
            }
        };
        let data: Vec<u8> = values.iter().flat_map(bytes).collect();
        self.matrix(DOUBLE, shape, name, &[self.element(9, &data)])
    }

    pub(crate) fn packed(self, element: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(element).unwrap();
        let data = encoder.finish().unwrap();
        // A compressed element has no padding.
        let mut bytes = self.words(&[15, data.len() as u32]);
        bytes.extend(data);
        bytes
    }

    pub(crate) fn file(self, elements: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = format!("{:<124}", "MATLAB 5.0 MAT-file").into_bytes();
        bytes.extend(if self.big_endian {
            [1, 0, b'M', b'I']
        } else {
            [0, 1, b'I', b'M']
        });
        bytes.extend(elements.concat());
        bytes
    }

    /// The intervals of two videos: frames 2 to 3 of the first, none of the second.
    pub(crate) fn intervals(self) -> Vec<u8> {
        let cells = [
            self.doubles(&[2, 1], "", &[2.0, 3.0]),
            self.doubles(&[0, 0], "", &[]),
        ];
        self.matrix(CELL, &[1, 2], "gt", &cells)
    }

    /// The masks of two frames of 2×3 pixels (height×width); one pixel of the second is set.
    pub(crate) fn masks(self) -> Vec<u8> {
        let mask = |pixels: &[u8]| self.matrix(UINT8, &[2, 3], "", &[self.element(2, pixels)]);
        self.matrix(
            CELL,
            &[1, 2],
            "volLabel",
            &[mask(&[0; 6]), mask(&[0, 0, 0, 1, 0, 0])],
        )
    }
}
