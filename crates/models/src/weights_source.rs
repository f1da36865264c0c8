use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use oddframe_nn::StateDict;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The setting that stands for random weights.
const RANDOM: &str = "random";
/// Bytes at the end of an archive in which the list of its files is looked for: that of CLIP has some hundred entries.
const DIRECTORY: u64 = 1 << 18;

/// Where the weights of a pretrained network come from: a [`Backbone`](crate::Backbone) or [`Raft`](crate::Raft).
///
/// Random weights have to be asked for by name: their results mean nothing, and every result must say so.
///
/// ```
/// use oddframe_models::WeightsSource;
///
/// assert_eq!(WeightsSource::from_setting("random", 7), WeightsSource::Random { seed: 7 });
/// assert_eq!(WeightsSource::from_setting("raft.pth", 7), WeightsSource::File("raft.pth".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightsSource {
    /// A state dict as `.pth`, `.pt` or `.safetensors`.
    File(PathBuf),
    /// Random weights of this seed, for tests and as a baseline.
    Random {
        /// The seed.
        seed: u64,
    },
}

impl WeightsSource {
    /// The source that a setting of a recipe names: `random`, which then has this seed, or the path of a file.
    pub fn from_setting(setting: &str, seed: u64) -> Self {
        match setting {
            RANDOM => Self::Random { seed },
            path => Self::File(path.into()),
        }
    }

    /// Whether the weights are random.
    pub fn is_random(&self) -> bool {
        matches!(self, Self::Random { .. })
    }
}

/// Opens a file of weights for the network of this name.
pub(crate) fn open_state_dict(kind: &'static str, path: &Path) -> Result<StateDict, Error> {
    if is_torch_script(path) {
        let path = path.to_path_buf();
        return Err(Error::TorchScript { kind, path });
    }
    StateDict::open(path).map_err(Error::layer(kind))
}

/// Whether a file is a program of `torch.jit.save`: an archive that, unlike one of `torch.save`, has a table of constants.
///
/// A file that cannot be read is not one; the error then comes from reading its weights.
fn is_torch_script(path: &Path) -> bool {
    const CONSTANTS: &[u8] = b"/constants.pkl";
    read_end(path).is_ok_and(|end| end.windows(CONSTANTS.len()).any(|part| part == CONSTANTS))
}

/// The last bytes of a file, where an archive has the list of its files.
fn read_end(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(DIRECTORY)))?;
    let mut end = Vec::new();
    file.take(DIRECTORY).read_to_end(&mut end)?;
    Ok(end)
}
