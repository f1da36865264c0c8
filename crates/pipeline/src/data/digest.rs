//! The digest that identifies a data set.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The digest of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataDigest {
    /// What the digest was computed from.
    pub(super) of: DigestKind,
    /// The digest, as SHA-256.
    pub sha256: String,
}

impl DataDigest {
    /// Advice to append to the error about a data set with another digest; empty if there is none.
    pub(crate) fn advice_for_copies(&self) -> &'static str {
        match self.of {
            DigestKind::NamesSizesTimes => {
                ". Copies of the same files whose times differ are recognised by the digest of their contents, which has to \
                 be asked for from the start of the run (`--full-digest`)"
            }
            DigestKind::Contents | DigestKind::Description => "",
        }
    }
}

/// What a digest is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DigestKind {
    /// The names, sizes and modification times of all files: no file is read.
    NamesSizesTimes,
    /// The contents of all files.
    Contents,
    /// A description, for data without files.
    Description,
}

/// For example `9f86d0… of the contents of all files`.
impl fmt::Display for DataDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.of {
            DigestKind::NamesSizesTimes => "the names, sizes and times of all files",
            DigestKind::Contents => "the contents of all files",
            DigestKind::Description => "a description of the data",
        };
        write!(f, "{} of {of}", self.sha256)
    }
}
