use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::DType;

use super::compare::{FileWeights, read_checked};
use super::format::Format;
use super::load::{mismatch_error, read_weights_file};
use super::names::{WeightNames, strip_name_prefix};
use super::problem::WeightProblem;
use crate::error::Error;

/// The tensors of a PyTorch file, taken one by one: for networks that are built from weights, without a module that is
/// loaded.
///
/// What is wrong is collected and returned by [`finish`](Self::finish), so that one error lists all of it.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_nn::{LinearConfig, StateDict, save_weights};
///
/// # let folder = std::env::temp_dir().join(format!("oddframe-state-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("layer.safetensors");
/// save_weights(&LinearConfig::new(3, 2).init::<Flex>(&Default::default())?, &path)?;
///
/// let mut state = StateDict::open(&path)?;
/// let weight = state.take("weight", &[2, 3]);
/// assert_eq!(weight.len(), 6);
/// let error = state.finish().unwrap_err().to_string();
/// assert!(error.contains("bias: the model has no such weights")); // it was not taken
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StateDict {
    path: PathBuf,
    bytes: u64,
    /// The tensors that have not been taken, by the name that they are asked for with.
    tensors: BTreeMap<String, FileWeights>,
    problems: Vec<WeightProblem>,
}

impl StateDict {
    /// Opens a `.safetensors`, `.pt` or `.pth` file. The weights may be nested under `state_dict` or `model_state_dict`,
    /// and may have been saved from `DataParallel`; counters of batch normalisation are left out.
    ///
    /// # Errors
    /// When the extension is another one, or the file cannot be read, or is cut short or damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        if !Format::from_extension(path)?.is_pytorchs() {
            return Err(Error::WeightsFormat {
                path: path.into(),
                must: "weights of this network have PyTorch's names; the file must end in .safetensors, .pt or .pth",
            });
        }
        let file = read_weights_file(path, &WeightNames::new())?;
        let by_name = |weights: FileWeights| (weights.weights.full_path(), weights);
        Ok(Self {
            path: path.into(),
            bytes: file.bytes,
            tensors: file.found.into_iter().map(by_name).collect(),
            problems: Vec::new(),
        })
    }

    /// The names that have not been taken, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Keeps only the tensors under a prefix of whole parts and removes it from their names, if any tensor has it.
    pub fn select_prefix(&mut self, prefix: &str) {
        let selects = self
            .names()
            .any(|name| strip_name_prefix(name, prefix).is_some());
        if selects {
            let all = std::mem::take(&mut self.tensors).into_iter();
            let selected = all.filter_map(|(name, weights)| {
                Some((strip_name_prefix(&name, prefix)?.to_owned(), weights))
            });
            self.tensors = selected.collect();
        }
    }

    /// Leaves out the tensors whose name has this prefix of whole parts.
    pub fn ignore(&mut self, prefix: &str) {
        self.tensors
            .retain(|name, _| strip_name_prefix(name, prefix).is_none());
    }

    /// Changes the names of all tensors.
    pub fn rename(&mut self, rename: impl Fn(&str) -> String) {
        let all = std::mem::take(&mut self.tensors).into_iter();
        self.tensors = all
            .map(|(name, weights)| (rename(&name), weights))
            .collect();
    }

    /// The values of a tensor of this shape, as 32-bit floats; zeros if there is none, which [`finish`](Self::finish)
    /// reports.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Vec<f32> {
        let values = match self.tensors.remove(name) {
            Some(FileWeights { name, weights }) => read_checked(&name, &weights, shape, DType::F32)
                .and_then(|data| {
                    data.into_vec().map_err(|error| WeightProblem::Unreadable {
                        name,
                        reason: error.to_string(),
                    })
                }),
            None => Err(WeightProblem::Missing { name: name.into() }),
        };
        values.unwrap_or_else(|problem| {
            self.problems.push(problem);
            vec![0.0; shape.iter().product()]
        })
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When a tensor that was asked for is missing, has another shape, or values that are not finite or cannot be read,
    /// and when a tensor has not been asked for. The error lists all of them.
    pub fn finish(mut self) -> Result<(), Error> {
        let unexpected = self.tensors.into_values();
        self.problems
            .extend(unexpected.map(|weights| WeightProblem::Unexpected { name: weights.name }));
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(mismatch_error(&self.path, self.bytes, self.problems))
        }
    }
}
