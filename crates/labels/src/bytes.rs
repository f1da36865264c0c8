use std::io::{self, Read};

use crate::Error;

/// Reads `len` bytes into `out`, which grows with the data and never to a size that is merely claimed.
pub(crate) fn read_exactly(
    input: &mut dyn Read,
    len: u64,
    out: &mut Vec<u8>,
    what: &'static str,
) -> Result<(), Error> {
    out.clear();
    let found = input.take(len).read_to_end(out)? as u64;
    if found == len { Ok(()) } else { Err(Error::Truncated { what, expected: len, found }) }
}

/// Passes over `len` bytes.
pub(crate) fn skip(input: &mut dyn Read, len: u64, what: &'static str) -> Result<(), Error> {
    let found = io::copy(&mut input.take(len), &mut io::sink())?;
    if found == len { Ok(()) } else { Err(Error::Truncated { what, expected: len, found }) }
}

/// Fills `out` as far as the input reaches and says how far that is.
pub(crate) fn fill(input: &mut dyn Read, out: &mut [u8]) -> Result<usize, Error> {
    let mut filled = 0;
    while filled < out.len() {
        match input.read(&mut out[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(filled)
}
