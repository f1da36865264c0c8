//! The state of a training between two epochs, in one file that is replaced atomically.
//!
//! ```text
//! offset   bytes
//! 0        20       magic: "oddframe training 1\n"
//! 20       8        H, the length of the header, little-endian
//! 28       H        header, JSON: identity of the training, losses of the epochs, lengths W, O, B
//! 28+H     W        weights after the last epoch      Burn record, MessagePack
//! …        O        Adam's moments and step counts    Burn record, MessagePack
//! …        B        weights of the best epoch         Burn record, or empty: not kept, or the last epoch is the best
//! end-8    8        checksum of header, W, O and B, little-endian
//! ```
//!
//! Nothing else has a state that must be saved: shuffles and dropout draw from random streams that are derived from the
//! seed, the epoch and the step, and early stopping is computed from the losses.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use oddframe_core::write_atomically;
use serde::{Deserialize, Serialize};

use crate::identity::TrainingIdentity;
use crate::{EpochLoss, Error};

/// The first bytes of the file; the number rises when the format changes.
const MAGIC: &[u8] = b"oddframe training 1\n";
/// Bytes of a length and of the checksum.
const WORD_BYTES: usize = size_of::<u64>();

/// Everything that a training needs to resume.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrainingState {
    pub(crate) losses: Vec<EpochLoss>,
    pub(crate) network: Vec<u8>,
    pub(crate) optimiser: Vec<u8>,
    /// The weights of the best epoch; empty when they are not kept or are those of the last epoch.
    pub(crate) best: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    training: TrainingIdentity,
    losses: Vec<EpochLoss>,
    /// The bytes of the three parts that follow.
    lengths: [usize; 3],
}

/// Writes the file under a temporary name and renames it: a process that is killed leaves the old file or the new one.
pub(crate) fn write_checkpoint(
    path: &Path,
    training: &TrainingIdentity,
    state: &TrainingState,
) -> Result<(), Error> {
    let TrainingState {
        losses,
        network,
        optimiser,
        best,
    } = state;
    let lengths = [network, optimiser, best].map(Vec::len);
    let header = Header {
        training: training.clone(),
        losses: losses.clone(),
        lengths,
    };
    let header = serde_json::to_vec(&header).map_err(|source| Error::Record {
        what: "header of the checkpoint",
        source: source.into(),
    })?;
    // The checksum covers everything after the header's length; a wrong length makes it wrong as well.
    let sum = checksum([&header, network, optimiser, best]);
    write_atomically(path, |file: &mut dyn Write| -> io::Result<()> {
        file.write_all(MAGIC)?;
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        for part in [&header, network, optimiser, best] {
            file.write_all(part)?;
        }
        file.write_all(&sum.to_le_bytes())
    })
    .map_err(|source| Error::WriteCheckpoint {
        path: path.to_path_buf(),
        source,
    })
}

/// Reads the file if it exists; it must belong to this training.
pub(crate) fn read_checkpoint(
    path: &Path,
    training: &TrainingIdentity,
) -> Result<Option<TrainingState>, Error> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        // No file is the usual case: a new training.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(Error::ReadCheckpoint {
                path: path.to_path_buf(),
                source,
            });
        }
    };
    if !bytes.starts_with(MAGIC) {
        let reason = "the file is not a checkpoint of this version of oddframe";
        return Err(Error::DamagedCheckpoint {
            path: path.to_path_buf(),
            reason,
        });
    }
    let Some((header, state)) = parse_checkpoint(&bytes) else {
        let reason = "the checkpoint is damaged or cut short";
        return Err(Error::DamagedCheckpoint {
            path: path.to_path_buf(),
            reason,
        });
    };
    // Damage is reported before a difference: a damaged header could look like that of another training.
    match training.first_difference(&header.training, state.losses.len() as u64) {
        None => Ok(Some(state)),
        Some([field, expected, found]) => Err(Error::CheckpointMismatch {
            path: path.to_path_buf(),
            field,
            expected,
            found,
        }),
    }
}

/// Splits the file into its parts; none if a length or the checksum is wrong.
fn parse_checkpoint(bytes: &[u8]) -> Option<(Header, TrainingState)> {
    // Every length is checked against the bytes that are left, so that no damage can cause a panic or a huge
    // allocation.
    let (length, rest) = split_word(bytes.get(MAGIC.len()..)?)?;
    let (body, sum) = rest.split_at_checked(rest.len().checked_sub(WORD_BYTES)?)?;
    let (json, rest) = body.split_at_checked(usize::try_from(length).ok()?)?;
    let header: Header = serde_json::from_slice(json).ok()?;
    let [network, optimiser, best] = header.lengths;
    let (network, rest) = rest.split_at_checked(network)?;
    let (optimiser, rest) = rest.split_at_checked(optimiser)?;
    // The last part has no length of its own to be cut by: it must be all that is left, no more and no less.
    let intact =
        rest.len() == best && checksum([json, network, optimiser, rest]) == split_word(sum)?.0;
    let [network, optimiser, best] = [network, optimiser, rest].map(<[u8]>::to_vec);
    let state = TrainingState {
        losses: header.losses.clone(),
        network,
        optimiser,
        best,
    };
    intact.then_some((header, state))
}

fn split_word(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (word, rest) = bytes.split_first_chunk::<WORD_BYTES>()?;
    Some((u64::from_le_bytes(*word), rest))
}

/// A 64-bit checksum in the manner of FNV-1a, over words instead of bytes.
///
/// Every step is a bijection of the sum, so that a single changed word always changes the result.
fn checksum(parts: [&[u8]; 4]) -> u64 {
    parts.iter().fold(0, |sum, part| {
        let (words, tail) = part.as_chunks::<WORD_BYTES>();
        let sum = words
            .iter()
            .fold(sum, |sum, word| mix_word(sum, u64::from_le_bytes(*word)));
        // The rest of the part, padded with zeros, and its length, which tells padding from data.
        let mut last = [0; WORD_BYTES];
        last[..tail.len()].copy_from_slice(tail);
        mix_word(mix_word(sum, u64::from_le_bytes(last)), part.len() as u64)
    })
}

fn mix_word(sum: u64, word: u64) -> u64 {
    // The multiplier of FNV-1a. Multiplying mixes upwards only: the rotation moves the well mixed high bits down.
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    (sum ^ word).wrapping_mul(PRIME).rotate_left(29)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FitOptions;

    fn write_example() -> (
        tempfile::TempDir,
        std::path::PathBuf,
        TrainingIdentity,
        TrainingState,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.checkpoint");
        let training = TrainingIdentity::for_tests(FitOptions::new(4, 2, 1e-3));
        let loss = EpochLoss {
            epoch: 1,
            train: 0.1 + 0.2,
            validation: None,
        };
        let state = TrainingState {
            losses: vec![loss],
            network: vec![1; 21],
            optimiser: vec![2; 16],
            best: vec![3; 5],
        };
        write_checkpoint(&path, &training, &state).unwrap();
        (folder, path, training, state)
    }

    #[test]
    fn a_written_checkpoint_is_read_back() {
        let (_folder, path, training, state) = write_example();
        let found = read_checkpoint(&path, &training).unwrap().unwrap();
        assert_eq!(found.losses, state.losses);
        assert_eq!(
            [found.network, found.optimiser, found.best],
            [state.network, state.optimiser, state.best]
        );
        assert!(
            read_checkpoint(&path.with_extension("none"), &training)
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn every_changed_byte_and_every_missing_end_is_found() {
        let (_folder, path, training, _) = write_example();
        let whole = fs::read(&path).unwrap();
        let refused = |bytes: &[u8], what: String| {
            fs::write(&path, bytes).unwrap();
            match read_checkpoint(&path, &training) {
                Err(error @ Error::DamagedCheckpoint { .. }) => {
                    let text = error.to_string();
                    assert!(
                        text.contains("net.checkpoint") && text.contains("delete"),
                        "{text}"
                    );
                }
                other => panic!("{what}: {other:?}"),
            }
        };
        for at in 0..whole.len() {
            refused(&whole[..at], format!("the first {at} bytes"));
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            refused(&bytes, format!("byte {at}"));
        }
        refused(&[&whole[..], &[0]].concat(), "a byte more".to_string());
    }

    #[test]
    fn a_checkpoint_of_another_training_is_rejected_with_the_field_that_differs() {
        let (_folder, path, training, _) = write_example();
        let here = FitOptions::new(4, 2, 1e-3);
        for (options, field, there) in [
            (
                FitOptions::new(4, 2, 2e-3),
                "options.learning_rate",
                "0.001",
            ),
            (here.with_seed(7), "options.seed", "0"),
            (
                here.with_gradient_clip(1.0),
                "options.gradient_clip",
                "none",
            ),
        ] {
            match read_checkpoint(&path, &TrainingIdentity::for_tests(options)) {
                Err(Error::CheckpointMismatch {
                    field: found,
                    found: value,
                    ..
                }) => {
                    assert_eq!((found.as_str(), value.as_str()), (field, there));
                }
                other => panic!("{field}: {other:?}"),
            }
        }
        // Raising `epochs` continues the training.
        assert!(
            read_checkpoint(
                &path,
                &TrainingIdentity::for_tests(FitOptions::new(9, 2, 1e-3))
            )
            .is_ok()
        );
        let mut three = training.clone();
        three.examples.count += 1;
        let error = read_checkpoint(&path, &three).unwrap_err().to_string();
        assert!(
            error.contains("examples.count is 6 in the checkpoint and 7 in this training"),
            "{error}"
        );
    }
}
