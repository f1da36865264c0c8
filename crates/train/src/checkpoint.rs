//! The state between two epochs, in one file that is whole or not there.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use oddframe_core::write_atomically;
use serde::{Deserialize, Serialize};

use crate::identity::Identity;
use crate::{EpochLoss, Error};

/// What the file starts with; the number rises when what follows changes.
const MAGIC: &[u8] = b"oddframe training 1\n";
/// Bytes of a length and of the checksum.
const WORD: usize = size_of::<u64>();

/// Everything a training needs to go on.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) losses: Vec<EpochLoss>,
    pub(crate) network: Vec<u8>,
    pub(crate) optimiser: Vec<u8>,
    /// The weights of the best epoch, where they are to be kept and are not the last.
    pub(crate) best: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    training: Identity,
    losses: Vec<EpochLoss>,
    /// Bytes of the three parts that follow.
    lengths: [usize; 3],
}

/// Writes the file: magic, length of the header, header as JSON, the three parts, checksum.
pub(crate) fn write(path: &Path, training: &Identity, state: &State) -> Result<(), Error> {
    let State { losses, network, optimiser, best } = state;
    let lengths = [network, optimiser, best].map(Vec::len);
    let header = Header { training: training.clone(), losses: losses.clone(), lengths };
    let header = serde_json::to_vec(&header)
        .map_err(|source| Error::Record { what: "state of the training", source: source.into() })?;
    let sum = checksum([&header, network, optimiser, best]);
    write_atomically(path, |file: &mut dyn Write| -> io::Result<()> {
        file.write_all(MAGIC)?;
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        for part in [&header, network, optimiser, best] {
            file.write_all(part)?;
        }
        file.write_all(&sum.to_le_bytes())
    })
    .map_err(|source| Error::Write { path: path.to_path_buf(), source })
}

/// Reads the file, where there is one; it must be of this training.
pub(crate) fn read(path: &Path, training: &Identity) -> Result<Option<State>, Error> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::Read { path: path.to_path_buf(), source }),
    };
    let damaged = |reason| Error::Damaged { path: path.to_path_buf(), reason };
    if !bytes.starts_with(MAGIC) {
        return Err(damaged("this is no checkpoint of this version"));
    }
    let (header, state) = take_apart(&bytes).ok_or_else(|| damaged("the checkpoint is damaged"))?;
    match training.difference(&header.training, state.losses.len() as u64) {
        None => Ok(Some(state)),
        Some([field, expected, found]) => {
            Err(Error::OtherTraining { path: path.to_path_buf(), field, expected, found })
        }
    }
}

/// Nothing where a byte is wrong.
fn take_apart(bytes: &[u8]) -> Option<(Header, State)> {
    let (length, rest) = word(bytes.get(MAGIC.len()..)?)?;
    let (body, sum) = rest.split_at_checked(rest.len().checked_sub(WORD)?)?;
    let (json, rest) = body.split_at_checked(usize::try_from(length).ok()?)?;
    let header: Header = serde_json::from_slice(json).ok()?;
    let [network, optimiser, best] = header.lengths;
    let (network, rest) = rest.split_at_checked(network)?;
    let (optimiser, rest) = rest.split_at_checked(optimiser)?;
    let whole = rest.len() == best && checksum([json, network, optimiser, rest]) == word(sum)?.0;
    let [network, optimiser, best] = [network, optimiser, rest].map(<[u8]>::to_vec);
    let state = State { losses: header.losses.clone(), network, optimiser, best };
    whole.then_some((header, state))
}

fn word(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (word, rest) = bytes.split_first_chunk::<WORD>()?;
    Some((u64::from_le_bytes(*word), rest))
}

/// A sum that damage does not leave alone: each step can be undone, so that one wrong word is always found.
fn checksum(parts: [&[u8]; 4]) -> u64 {
    // The multiplier of FNV-1a; the turn brings the high bits, which multiplying stirs most, to where it stirs next.
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    let stir = |sum: u64, word: u64| (sum ^ word).wrapping_mul(PRIME).rotate_left(29);
    parts.iter().fold(0, |sum, part| {
        let (words, tail) = part.as_chunks::<WORD>();
        let sum = words.iter().fold(sum, |sum, word| stir(sum, u64::from_le_bytes(*word)));
        let mut last = [0; WORD];
        last[..tail.len()].copy_from_slice(tail);
        stir(stir(sum, u64::from_le_bytes(last)), part.len() as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FitOptions;

    fn written() -> (tempfile::TempDir, std::path::PathBuf, Identity, State) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.checkpoint");
        let training = Identity::for_tests(FitOptions::new(4, 2, 1e-3));
        let loss = EpochLoss { epoch: 1, train: 0.1 + 0.2, validation: None };
        let state =
            State { losses: vec![loss], network: vec![1; 21], optimiser: vec![2; 16], best: vec![3; 5] };
        write(&path, &training, &state).unwrap();
        (folder, path, training, state)
    }

    #[test]
    fn what_was_written_is_read() {
        let (_folder, path, training, state) = written();
        let found = read(&path, &training).unwrap().unwrap();
        assert_eq!(found.losses, state.losses);
        assert_eq!(
            [found.network, found.optimiser, found.best],
            [state.network, state.optimiser, state.best]
        );
        assert!(read(&path.with_extension("none"), &training).unwrap().is_none());
    }

    #[test]
    fn every_damaged_byte_and_every_lost_end_is_found() {
        let (_folder, path, training, _) = written();
        let whole = fs::read(&path).unwrap();
        let refused = |bytes: &[u8], what: String| {
            fs::write(&path, bytes).unwrap();
            match read(&path, &training) {
                Err(error @ Error::Damaged { .. }) => {
                    let text = error.to_string();
                    assert!(text.contains("net.checkpoint") && text.contains("delete"), "{text}");
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
    fn a_checkpoint_of_another_training_is_refused_by_the_field_that_differs() {
        let (_folder, path, training, _) = written();
        let here = FitOptions::new(4, 2, 1e-3);
        for (options, field, there) in [
            (FitOptions::new(4, 2, 2e-3), "options.learning_rate", "0.001"),
            (here.with_seed(7), "options.seed", "0"),
            (here.with_gradient_clip(1.0), "options.gradient_clip", "none"),
        ] {
            match read(&path, &Identity::for_tests(options)) {
                Err(Error::OtherTraining { field: found, found: value, .. }) => {
                    assert_eq!((found.as_str(), value.as_str()), (field, there));
                }
                other => panic!("{field}: {other:?}"),
            }
        }
        // More epochs are no other training, fewer than are done are.
        assert!(read(&path, &Identity::for_tests(FitOptions::new(9, 2, 1e-3))).is_ok());
        let mut three = training.clone();
        three.examples.count += 1;
        let error = read(&path, &three).unwrap_err().to_string();
        assert!(error.contains("examples.count is 6 there and 7 here"), "{error}");
    }
}
