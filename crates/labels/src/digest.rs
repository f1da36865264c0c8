use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use oddframe_core::Sha256Digest;

use crate::Error;

const BUFFER_BYTES: usize = 1 << 16;

/// Hashes the bytes that are read through it.
struct HashedFile {
    file: File,
    digest: Sha256Digest,
}

impl Read for HashedFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(out)?;
        self.digest.update(&out[..read]);
        Ok(read)
    }
}

/// Parses a file and computes the SHA-256 of all its bytes in the same pass. Errors name the file.
pub(crate) fn read_hashed<T>(
    path: &Path,
    parse: impl FnOnce(&mut dyn BufRead) -> Result<T, Error>,
) -> Result<(T, String), Error> {
    parse_and_hash(path, parse).map_err(|e| e.in_file(path))
}

fn parse_and_hash<T>(
    path: &Path,
    parse: impl FnOnce(&mut dyn BufRead) -> Result<T, Error>,
) -> Result<(T, String), Error> {
    let file = HashedFile {
        file: File::open(path)?,
        digest: Sha256Digest::default(),
    };
    let mut input = BufReader::with_capacity(BUFFER_BYTES, file);
    let value = parse(&mut input)?;
    // A parser may stop early; the digest covers the rest of the file too.
    io::copy(&mut input, &mut io::sink())?;
    Ok((value, input.into_inner().digest.into_hex()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_covers_what_the_parser_does_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, vec![b'a'; 1_000_000]).unwrap();
        let (_, sha256) = read_hashed(&path, |input| Ok(input.read(&mut [0])?)).unwrap();
        assert_eq!(Sha256Digest::of_file(&path).unwrap().into_hex(), sha256);

        let error = read_hashed(&folder.path().join("b"), |_| Ok(()))
            .unwrap_err()
            .to_string();
        assert!(error.contains("b: cannot be read"), "{error}");
    }
}
