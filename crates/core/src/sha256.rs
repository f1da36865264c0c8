use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::Error;

const BUFFER_BYTES: usize = 1 << 16;

/// A SHA-256 digest that is computed piece by piece, and written as `sha256sum` writes it.
///
/// ```
/// use oddframe_core::Sha256Digest;
///
/// let mut digest = Sha256Digest::default();
/// digest.update(b"a");
/// digest.update(b"bc");
/// assert_eq!(digest.into_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sha256Digest(Sha256);

impl Sha256Digest {
    /// The digest of the contents of a file, which is read in pieces.
    ///
    /// # Errors
    /// When the file cannot be read: the error names it.
    pub fn of_file(path: &Path) -> Result<Self, Error> {
        hash_file(path).map_err(|source| Error::ReadFile {
            path: path.to_path_buf(),
            source,
        })
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

fn hash_file(path: &Path) -> io::Result<Sha256Digest> {
    let mut file = File::open(path)?;
    let mut digest = Sha256Digest::default();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(digest),
            Ok(count) => digest.update(&buffer[..count]),
            // A signal may arrive during a read, which is then repeated.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_command_line_tool() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let digest = |contents: &[u8]| {
            std::fs::write(&path, contents).unwrap();
            Sha256Digest::of_file(&path).unwrap().into_hex()
        };
        // The published digests of `abc` and of a million `a`, which is longer than the buffer.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(b"abc"), abc);
        assert_eq!(
            digest(&vec![b'a'; 1_000_000]),
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
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("absent"), folder.path().to_path_buf()] {
            let error = Sha256Digest::of_file(&path).unwrap_err().to_string();
            let start = format!("cannot read {}: ", path.display());
            assert!(error.starts_with(&start), "{error}");
        }
    }
}
