//! Reading exact numbers of bytes from streams whose lengths are only claimed.

use std::io::{self, Read};

use crate::Error;

/// Reads `len` bytes into `out`.
///
/// `out` grows with the data that arrives, so that a header that claims a huge size allocates nothing.
pub(crate) fn read_exactly(
    input: &mut dyn Read,
    len: u64,
    out: &mut Vec<u8>,
    what: &'static str,
) -> Result<(), Error> {
    out.clear();
    let found = input.take(len).read_to_end(out)? as u64;
    if found == len {
        Ok(())
    } else {
        Err(Error::Truncated {
            what,
            expected: len,
            found,
        })
    }
}

/// Skips `len` bytes.
pub(crate) fn skip_bytes(input: &mut dyn Read, len: u64, what: &'static str) -> Result<(), Error> {
    let found = io::copy(&mut input.take(len), &mut io::sink())?;
    if found == len {
        Ok(())
    } else {
        Err(Error::Truncated {
            what,
            expected: len,
            found,
        })
    }
}

/// Fills `out` as far as the input reaches and returns the number of bytes read.
pub(crate) fn read_up_to(input: &mut dyn Read, out: &mut [u8]) -> Result<usize, Error> {
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
