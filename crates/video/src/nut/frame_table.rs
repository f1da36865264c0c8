//! The frame table of a NUT file: it gives the first byte of each frame its meaning, so that most frame headers are one byte long.

use std::io::Read;

use super::error::{NutError, invalid};
use super::number::{Packet, read_number, read_signed};

const CODED_TIME: u64 = 1 << 3;
const STREAM: u64 = 1 << 4;
const SIZE: u64 = 1 << 5;
const CHECKSUM: u64 = 1 << 6;
const RESERVED: u64 = 1 << 7;
const SIDE_DATA: u64 = 1 << 8;
const HEADER: u64 = 1 << 10;
const MATCH_TIME: u64 = 1 << 11;
const CODED_FLAGS: u64 = 1 << 12;
const INVALID: u64 = 1 << 13;

/// What is known of a frame from its first byte.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    flags: u64,
    stream: u64,
    size_factor: u64,
    size_offset: u64,
    time_step: i64,
    reserved: u64,
    header: u64,
}

/// A frame as it is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodedFrame {
    pub(super) stream: u64,
    /// The time, where it is coded.
    pub(super) coded_time: Option<u64>,
    /// Otherwise the step from the time before.
    pub(super) time_step: i64,
    pub(super) bytes: u64,
    pub(super) header: u64,
}

#[derive(Debug)]
pub(super) struct FrameTable {
    rows: Vec<Row>,
    /// Bytes that some kinds of frames always begin with, and that are therefore left out.
    headers: Vec<Vec<u8>>,
}

impl FrameTable {
    /// Reads the table out of the main header. Neighbouring rows that differ in size alone are written as one entry, and an
    /// entry leaves out what is as in the one before.
    pub(super) fn read(packet: &mut Packet) -> Result<Self, NutError> {
        let mut rows = Vec::with_capacity(256);
        let mut last = Row {
            size_factor: 1,
            ..Row::default()
        };
        while rows.len() < 256 {
            last.flags = packet.number()?;
            let fields = packet.number()?;
            if fields > 64 {
                return invalid("an entry of the frame table has too many fields");
            }
            if fields > 0 {
                last.time_step = packet.signed()?;
            }
            if fields > 1 {
                last.size_factor = packet.number()?;
            }
            if fields > 2 {
                last.stream = packet.number()?;
            }
            last.size_offset = if fields > 3 { packet.number()? } else { 0 };
            last.reserved = if fields > 4 { packet.number()? } else { 0 };
            let count = if fields > 5 {
                packet.number()?
            } else {
                last.size_factor.saturating_sub(last.size_offset)
            };
            if fields > 6 {
                let _match_time = packet.signed()?;
            }
            if fields > 7 {
                last.header = packet.number()?;
            }
            for _ in 8..fields {
                let _reserved = packet.number()?;
            }
            if count == 0 || count > 256 {
                return invalid("an entry of the frame table has an impossible length");
            }
            push_rows(&mut rows, last, count);
        }
        let mut headers = vec![Vec::new()];
        let count = packet.number()?;
        if count > 127 {
            return invalid("there are too many headers of frames");
        }
        for _ in 0..count {
            headers.push(packet.bytes()?);
        }
        Ok(Self { rows, headers })
    }

    /// Reads what the row of a frame leaves open.
    pub(super) fn read_frame<R: Read>(
        &self,
        first: u8,
        pipe: &mut R,
    ) -> Result<CodedFrame, NutError> {
        let row = self.rows[usize::from(first)];
        let mut flags = row.flags;
        if flags & INVALID != 0 {
            return invalid("a frame of an invalid kind");
        }
        if flags & CODED_FLAGS != 0 {
            flags ^= read_number(pipe)?;
        }
        let mut frame = CodedFrame {
            stream: row.stream,
            coded_time: None,
            time_step: row.time_step,
            bytes: row.size_offset,
            header: row.header,
        };
        if flags & STREAM != 0 {
            frame.stream = read_number(pipe)?;
        }
        if flags & CODED_TIME != 0 {
            frame.coded_time = Some(read_number(pipe)?);
        }
        if flags & SIZE != 0 {
            let high = read_number(pipe)?.checked_mul(row.size_factor);
            let Some(bytes) = high.and_then(|high| high.checked_add(row.size_offset)) else {
                return invalid("the size of a frame is out of range");
            };
            frame.bytes = bytes;
        }
        if flags & MATCH_TIME != 0 {
            let _match_time = read_signed(pipe)?;
        }
        if flags & HEADER != 0 {
            frame.header = read_number(pipe)?;
        }
        let reserved = if flags & RESERVED != 0 {
            read_number(pipe)?
        } else {
            row.reserved
        };
        if reserved > 256 {
            return invalid("a frame has too many reserved fields");
        }
        for _ in 0..reserved {
            let _reserved = read_number(pipe)?;
        }
        if flags & CHECKSUM != 0 {
            pipe.read_exact(&mut [0; 4])?;
        }
        if flags & SIDE_DATA != 0 {
            return invalid("a frame has side data");
        }
        Ok(frame)
    }

    pub(super) fn elided_header(&self, index: u64) -> Option<&[u8]> {
        self.headers
            .get(usize::try_from(index).ok()?)
            .map(Vec::as_slice)
    }
}

/// Appends `count` rows whose sizes rise by one. The row of the letter N is left out, because start codes begin with it.
fn push_rows(rows: &mut Vec<Row>, row: Row, count: u64) {
    let mut written = 0;
    while written < count && rows.len() < 256 {
        if rows.len() == usize::from(b'N') {
            rows.push(Row {
                flags: INVALID,
                ..Row::default()
            });
            continue;
        }
        rows.push(Row {
            size_offset: row.size_offset.saturating_add(written),
            ..row
        });
        written += 1;
    }
}
