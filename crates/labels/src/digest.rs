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
    Ok((value, Sha256Digest(input.into_inner().hash).into_hex()))
}

/// A SHA-256 digest that is computed piece by piece, and written as `sha256sum` writes it.
///
/// ```
/// use oddframe_labels::Sha256Digest;
///
/// let mut digest = Sha256Digest::default();
/// digest.update(b"a");
/// digest.update(b"bc");
/// assert_eq!(digest.into_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sha256Digest(Sha256);

impl Sha256Digest {
    /// The digest of the contents of a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let mut file = HashedFile::open(path)?;
        let mut buffer = vec![0; BUFFER_BYTES];
        while file.read(&mut buffer)? > 0 {}
        Ok(Self(file.hash))
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds the line that `sha256sum` prints for a file: the digest of several files is that of their lines, so that
    /// it can be checked by hand.
    pub fn add_file(&mut self, name: &str, sha256: &str) {
        self.update(format!("{sha256}  {name}\n").as_bytes());
    }

    /// The digest in lower-case hexadecimal digits.
    pub fn into_hex(self) -> String {
        let bytes = self.0.finalize();
        let mut text = String::with_capacity(2 * bytes.len());
        for byte in &bytes {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
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
        assert_eq!(Sha256Digest::of_file(&path).unwrap().into_hex(), sha256);
        assert_eq!(
            sha256,
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        );
        // printf abc > a; sha256sum a a | sha256sum
        let mut both = Sha256Digest::default();
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
