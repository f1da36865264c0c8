use std::fmt::Write;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::Error;

const BUFFER_BYTES: usize = 1 << 16;

/// Hashes the bytes that are read through it.
struct HashedFile {
    file: File,
    hash: Sha256,
}

impl HashedFile {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::open(path)?,
            hash: Sha256::new(),
        })
    }
}

impl Read for HashedFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(out)?;
        self.hash.update(&out[..read]);
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
    let mut input = BufReader::with_capacity(BUFFER_BYTES, HashedFile::open(path)?);
    let value = parse(&mut input)?;
    // A parser may stop early; the digest covers the rest of the file too.
    io::copy(&mut input, &mut io::sink())?;
    Ok((value, to_hex(input.into_inner().hash)))
}

/// The digest of several files: the SHA-256 of the lines that `sha256sum` prints for them.
#[derive(Default)]
pub(crate) struct FolderDigest(Sha256);

impl FolderDigest {
    pub(crate) fn add_file(&mut self, name: &str, sha256: &str) {
        self.0.update(format!("{sha256}  {name}\n"));
    }

    pub(crate) fn into_hex(self) -> String {
        to_hex(self.0)
    }
}

fn to_hex(hash: Sha256) -> String {
    hash.finalize()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_command_line_tool() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "abc").unwrap();
        // The published digests of `abc` and of a million `a`, although the parser reads only one byte.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let (_, sha256) = read_hashed(&path, |input| Ok(input.read(&mut [0])?)).unwrap();
        assert_eq!(sha256, abc);
        std::fs::write(&path, vec![b'a'; 1_000_000]).unwrap();
        let (_, sha256) = read_hashed(&path, |input| Ok(input.read(&mut [0])?)).unwrap();
        assert_eq!(
            sha256,
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        );
        // printf abc > a; sha256sum a a | sha256sum
        let mut both = FolderDigest::default();
        both.add_file("a", abc);
        both.add_file("a", abc);
        assert_eq!(
            both.into_hex(),
            "e7b935825800411db8336d65a2ddb6318137895a9a769dcc2d203395192bb27f"
        );
        let error = read_hashed(&folder.path().join("b"), |_| Ok(()))
            .unwrap_err()
            .to_string();
        assert!(error.contains("b: cannot be read"), "{error}");
    }
}
