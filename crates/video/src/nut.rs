//! Reads NUT, the simplest container of ffmpeg that carries the time of every frame through a pipe.
//!
//! ```text
//!   "nut/multimedia container\0"
//!   packets    main header, stream header, info: a start code, a length, the contents, a checksum
//!   frames     one byte that names a row of the frame table, then what that row leaves open: time, size; then the pixels
//!              before a frame there may be a synchronisation point, which sets the time that times are coded against
//! ```
//!
//! ffmpeg writes it and nothing lies between, so this reader handles one stream of raw pictures, checks every length, and
//! leaves out checksums and everything that serves seeking.

mod error;
mod frame_table;
mod number;

use std::io::{BufReader, Read};

pub(crate) use self::error::NutError;
use self::error::invalid;
use self::frame_table::{CodedFrame, FrameTable};
use self::number::{Packet, read_byte, read_number};

const FILE_ID: &[u8; 25] = b"nut/multimedia container\0";
const MAIN: u64 = 0x4E4D_7A56_1F5F_04AD;
const STREAM: u64 = 0x4E53_1140_5BF2_F9DB;
const SYNC_POINT: u64 = 0x4E4B_E4AD_EECA_4569;

/// Headers are a few hundred bytes, and a comment in an info packet is not much longer.
const PACKET_BYTES: u64 = 1 << 24;

/// Bytes before the first frame of ffmpeg's own formats; frames are read past this buffer.
const BUFFER_BYTES: usize = 1 << 14;

/// The unit of times: numerator and denominator, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeBase {
    pub(crate) numerator: u64,
    pub(crate) denominator: u64,
}

/// A stream of raw pictures. After [`Self::next_frame`] the pixels are read with [`Self::read_pixels`].
#[derive(Debug)]
pub(crate) struct NutReader<R> {
    pipe: BufReader<R>,
    table: FrameTable,
    time_bases: Vec<TimeBase>,
    stream: StreamHeader,
    last_time: i64,
    /// The first bytes of the current frame, where the table says that they are always the same.
    elided: Vec<u8>,
}

/// What the stream header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamHeader {
    pub(crate) width: u64,
    pub(crate) height: u64,
    pub(crate) time_base: TimeBase,
    /// The low bits of a time that are enough when it is near the last one.
    short_time_bits: u64,
}

/// A frame whose pixels follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NutFrame {
    /// In units of the time base of the stream.
    pub(crate) time: i64,
    pub(crate) bytes: u64,
}

impl<R: Read> NutReader<R> {
    /// Reads up to the stream header.
    pub(crate) fn open(pipe: R) -> Result<Self, NutError> {
        let mut pipe = BufReader::with_capacity(BUFFER_BYTES, pipe);
        let mut id = [0; FILE_ID.len()];
        match read_byte(&mut pipe)? {
            None => return Err(NutError::End),
            Some(first) => id[0] = first,
        }
        pipe.read_exact(&mut id[1..])?;
        if id != *FILE_ID {
            return invalid("the stream does not begin as NUT does");
        }
        let (mut table, mut time_bases) = (None, Vec::new());
        loop {
            let Some(first) = read_byte(&mut pipe)? else {
                return invalid("the stream has no header of pictures");
            };
            let (code, mut packet) = read_packet(&mut pipe, first)?;
            match code {
                MAIN => (table, time_bases) = read_main(&mut packet).map(|(t, b)| (Some(t), b))?,
                STREAM => {
                    let Some(table) = table else {
                        return invalid("the stream header comes before the main header");
                    };
                    let stream = read_stream(&mut packet, &time_bases)?;
                    return Ok(Self {
                        pipe,
                        table,
                        time_bases,
                        stream,
                        last_time: 0,
                        elided: Vec::new(),
                    });
                }
                _ => {}
            }
        }
    }

    pub(crate) fn stream(&self) -> StreamHeader {
        self.stream
    }

    /// Reads up to the pixels of the next frame.
    ///
    /// [`NutError::End`] when the stream ends here.
    pub(crate) fn next_frame(&mut self) -> Result<NutFrame, NutError> {
        loop {
            let Some(first) = read_byte(&mut self.pipe)? else {
                return Err(NutError::End);
            };
            // Start codes begin with N, and no row of the frame table has this number.
            if first != b'N' {
                let frame = self.table.read_frame(first, &mut self.pipe)?;
                return self.start_frame(&frame);
            }
            let (code, mut packet) = read_packet(&mut self.pipe, first)?;
            if code == SYNC_POINT {
                self.last_time = self.read_sync_point(&mut packet)?;
            }
        }
    }

    fn start_frame(&mut self, frame: &CodedFrame) -> Result<NutFrame, NutError> {
        if frame.stream != 0 {
            return invalid("there is more than one stream");
        }
        let bits = self.stream.short_time_bits;
        let time = match frame.coded_time {
            None => self.last_time.checked_add(frame.time_step),
            // The time nearest the last one that has these low bits.
            Some(coded) if coded < 1 << bits => {
                let mask = (1i64 << bits) - 1;
                let base = self.last_time.wrapping_sub(mask / 2);
                ((coded as i64).wrapping_sub(base) & mask).checked_add(base)
            }
            Some(coded) => i64::try_from(coded - (1 << bits)).ok(),
        };
        let Some(time) = time else {
            return invalid("the time of a frame is out of range");
        };
        self.last_time = time;
        self.elided.clear();
        // Large frames are never shortened, so the row's number says nothing about them.
        if frame.bytes <= 4096 {
            let Some(header) = self.table.elided_header(frame.header) else {
                return invalid("a frame begins with an unknown header");
            };
            self.elided.extend_from_slice(header);
        }
        if frame.bytes < self.elided.len() as u64 {
            return invalid("a frame is shorter than its header");
        }
        Ok(NutFrame {
            time,
            bytes: frame.bytes,
        })
    }

    /// Reads the pixels of the frame that [`Self::next_frame`] announced; `pixels` has its length.
    pub(crate) fn read_pixels(&mut self, pixels: &mut [u8]) -> Result<(), NutError> {
        let (elided, rest) = pixels.split_at_mut(self.elided.len());
        elided.copy_from_slice(&self.elided);
        Ok(self.pipe.read_exact(rest)?)
    }

    /// The time that following times are coded against, in units of the stream.
    fn read_sync_point(&self, packet: &mut Packet) -> Result<i64, NutError> {
        let coded = packet.number()?;
        let count = self.time_bases.len() as u64;
        let base = self.time_bases[(coded % count) as usize];
        let to = self.stream.time_base;
        let scaled =
            u128::from(coded / count) * u128::from(base.numerator) * u128::from(to.denominator)
                / (u128::from(base.denominator) * u128::from(to.numerator));
        match i64::try_from(scaled) {
            Ok(time) => Ok(time),
            Err(_) => invalid("the time of a synchronisation point is out of range"),
        }
    }
}

/// Reads a packet whose first byte is read already.
fn read_packet<R: Read>(pipe: &mut R, first: u8) -> Result<(u64, Packet), NutError> {
    let mut code = [first; 8];
    pipe.read_exact(&mut code[1..])?;
    let length = read_number(pipe)?;
    if length > PACKET_BYTES {
        return invalid(format!("a header of {length} bytes"));
    }
    if length > 4096 {
        // The checksum of the length.
        pipe.read_exact(&mut [0; 4])?;
    }
    let mut bytes = vec![0; length as usize];
    pipe.read_exact(&mut bytes)?;
    Ok((u64::from_be_bytes(code), Packet::new(bytes)))
}

fn read_main(packet: &mut Packet) -> Result<(FrameTable, Vec<TimeBase>), NutError> {
    let version = packet.number()?;
    if !(2..=4).contains(&version) {
        return invalid(format!("version {version} of NUT is unknown"));
    }
    if version > 3 {
        let _minor_version = packet.number()?;
    }
    let _streams = packet.number()?;
    let _distance_of_sync_points = packet.number()?;
    let count = packet.number()?;
    if !(1..=1024).contains(&count) {
        return invalid(format!("{count} time bases"));
    }
    let mut time_bases = Vec::new();
    for _ in 0..count {
        let (numerator, denominator) = (packet.number()?, packet.number()?);
        if !(1..1 << 31).contains(&numerator) || !(1..1 << 31).contains(&denominator) {
            return invalid("a time base is out of range");
        }
        time_bases.push(TimeBase {
            numerator,
            denominator,
        });
    }
    Ok((FrameTable::read(packet)?, time_bases))
}

fn read_stream(packet: &mut Packet, time_bases: &[TimeBase]) -> Result<StreamHeader, NutError> {
    let stream = packet.number()?;
    let class = packet.number()?;
    if (stream, class) != (0, 0) {
        return invalid("the first stream is not one of pictures");
    }
    let _tag = packet.bytes()?;
    let Some(time_base) = time_bases.get(packet.number()? as usize) else {
        return invalid("the time base of the stream is missing");
    };
    let short_time_bits = packet.number()?;
    if short_time_bits > 16 {
        return invalid("times have too many short bits");
    }
    let _longest_step = packet.number()?;
    let _delay = packet.number()?;
    let _flags = packet.number()?;
    let _parameters = packet.bytes()?;
    Ok(StreamHeader {
        width: packet.number()?,
        height: packet.number()?,
        time_base: *time_base,
        short_time_bits,
    })
}

#[cfg(test)]
mod tests;
