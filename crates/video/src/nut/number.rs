//! Numbers of variable length: seven bits in a byte, the highest bit says that another byte follows.

use std::io::{self, ErrorKind, Read};

use super::error::{NutError, invalid};

/// The contents of a packet.
#[derive(Debug)]
pub(super) struct Packet {
    bytes: Vec<u8>,
    at: usize,
}

impl Packet {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn number(&mut self) -> Result<u64, NutError> {
        read_number(self)
    }

    pub(super) fn signed(&mut self) -> Result<i64, NutError> {
        read_signed(self)
    }

    /// Bytes with their length before them.
    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, NutError> {
        let length = self.number()?;
        let rest = &self.bytes[self.at..];
        if length > rest.len() as u64 {
            return invalid("a text is longer than its header");
        }
        let bytes = rest[..length as usize].to_vec();
        self.at += length as usize;
        Ok(bytes)
    }
}

impl Read for Packet {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = (&self.bytes[self.at..]).read(out)?;
        self.at += read;
        Ok(read)
    }
}

/// The next byte; none at the end.
pub(super) fn read_byte<R: Read>(pipe: &mut R) -> Result<Option<u8>, NutError> {
    let mut byte = [0];
    match pipe.read_exact(&mut byte) {
        Ok(()) => Ok(Some(byte[0])),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn read_number<R: Read>(pipe: &mut R) -> Result<u64, NutError> {
    let mut value = 0u64;
    loop {
        let mut byte = [0];
        pipe.read_exact(&mut byte)?;
        if value >> 57 != 0 {
            return invalid("a number is too large");
        }
        value = value << 7 | u64::from(byte[0] & 0x7F);
        if byte[0] & 0x80 == 0 {
            return Ok(value);
        }
    }
}

/// Signed numbers alternate: 0, 1, -1, 2, -2 and so on.
pub(super) fn read_signed<R: Read>(pipe: &mut R) -> Result<i64, NutError> {
    let coded = read_number(pipe)?;
    let half = (coded / 2) as i64;
    Ok(if coded % 2 == 0 { -half } else { half + 1 })
}
