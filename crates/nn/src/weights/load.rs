use std::fs::File;
use std::path::Path;

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn_store::{
    BurnToPyTorchAdapter, BurnpackStore, ModuleAdapter, ModuleSnapshot, ModuleStore,
    PyTorchToBurnAdapter, PytorchStore, SafetensorsStore,
};

use super::compare::{FileWeights, compare_weights};
use super::format::Format;
use super::names::{WeightNames, strip_name_prefix};
use super::problem::WeightProblem;
use crate::error::Error;

/// Where training scripts store the weights when a file contains more than that, such as the epoch and the optimizer.
const STATE: [&str; 2] = ["state_dict", "model_state_dict"];
/// The prefix that PyTorch's `DataParallel` adds to every name.
const PARALLEL: &str = "module";
/// A counter of PyTorch's batch normalisation that inference and training here do not use.
const COUNTER: &str = "num_batches_tracked";

/// Loads weights into a model from a `.bpk`, `.safetensors`, `.pt` or `.pth` file.
///
/// All but `.bpk` have PyTorch's names and shapes: linear layers `[out, in]`, batch normalisation with `weight` and
/// `bias`; `names` maps such names to the model's fields. The weights may be nested under `state_dict` or
/// `model_state_dict`, and may have been saved from `DataParallel`. They are converted to the model's precision.
///
/// Batch normalisation shares its running statistics with clones of the model, so that the clones receive them too.
///
/// # Errors
/// When the file cannot be read, is cut short or damaged, or the weights do not fit the model: missing or unexpected
/// parameters, other shapes, values that are not finite. The error lists all of them.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_nn::{Conv2dConfig, WeightNames, load_weights, save_weights};
///
/// # let folder = std::env::temp_dir().join(format!("oddframe-nn-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("layer.safetensors");
/// let device = Default::default();
/// let config = Conv2dConfig::new([3, 8], [3, 3]);
/// save_weights(&config.init::<Flex>(&device)?, &path)?;
/// let layer = load_weights(config.init::<Flex>(&device)?, &path, &WeightNames::new())?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load_weights<B: Backend, M: Module<B>>(
    mut module: M,
    path: impl AsRef<Path>,
    names: &WeightNames,
) -> Result<M, Error> {
    let path = path.as_ref();
    let WeightsFile {
        format,
        bytes,
        found,
    } = read_weights_file(path, names)?;

    // The comparison is in the file's layout: the model's shapes are converted to PyTorch's, and the values back when
    // they are applied.
    let to: Option<Box<dyn ModuleAdapter>> = format
        .is_pytorchs()
        .then(|| Box::new(BurnToPyTorchAdapter) as Box<dyn ModuleAdapter>);
    let from: Option<Box<dyn ModuleAdapter>> = format
        .is_pytorchs()
        .then(|| Box::new(PyTorchToBurnAdapter) as Box<dyn ModuleAdapter>);
    let expected = module.collect(None, to, format.is_pytorchs());
    let fitting = match compare_weights(&expected, found) {
        Ok(fitting) => fitting,
        Err(problems) => return Err(mismatch_error(path, bytes, problems)),
    };
    let result = module.apply(fitting, None, from, format.is_pytorchs());
    if result.errors.is_empty() && result.missing.is_empty() {
        return Ok(module);
    }
    // Not expected after the comparison; reported all the same.
    let missing = result
        .missing
        .into_iter()
        .map(|(name, _)| WeightProblem::Missing { name });
    let errors = result.errors.iter().map(|error| WeightProblem::Unreadable {
        name: "one of its layers".into(),
        reason: error.to_string(),
    });
    Err(Error::WeightsDiffer {
        path: path.into(),
        problems: errors.chain(missing).collect(),
    })
}

/// The weights in a file, under the model's names.
pub(super) struct WeightsFile {
    pub(super) format: Format,
    /// Size of the file.
    pub(super) bytes: u64,
    pub(super) found: Vec<FileWeights>,
}

/// Reads the names and shapes of all weights in a file; their values are read later, one by one.
pub(super) fn read_weights_file(path: &Path, names: &WeightNames) -> Result<WeightsFile, Error> {
    let format = Format::from_extension(path)?;
    // A store's own message does not always say that the file does not exist.
    let file = File::open(path).and_then(|file| file.metadata());
    let file = file.map_err(|error| Error::WeightsFile {
        path: path.into(),
        source: error.into(),
    })?;
    let found = match format {
        Format::Burnpack => read_all_weights(BurnpackStore::from_file(path).auto_extension(false)),
        Format::Safetensors => {
            read_all_weights(SafetensorsStore::from_file(path).map_indices_contiguous(false))
        }
        Format::PyTorch => {
            read_all_weights(PytorchStore::from_file(path).map_indices_contiguous(false))
        }
    };
    let bytes = file.len();
    let mut found = found.map_err(|reason| Error::WeightsDamaged {
        path: path.into(),
        bytes,
        reason,
    })?;
    if format.is_pytorchs() {
        rename_weights(&mut found, names);
    }
    Ok(WeightsFile {
        format,
        bytes,
        found,
    })
}

/// A parameter whose values cannot be read means a damaged file; everything else is a difference to the model.
pub(super) fn mismatch_error(path: &Path, bytes: u64, problems: Vec<WeightProblem>) -> Error {
    let damaged = problems
        .iter()
        .find(|problem| matches!(problem, WeightProblem::Unreadable { .. }));
    match damaged {
        Some(problem) => Error::WeightsDamaged {
            path: path.into(),
            bytes,
            reason: problem.to_string(),
        },
        None => Error::WeightsDiffer {
            path: path.into(),
            problems,
        },
    }
}

/// All weights of a file, or the store's message.
fn read_all_weights<S: ModuleStore>(mut store: S) -> Result<Vec<FileWeights>, String> {
    let all = store
        .get_all_snapshots()
        .map_err(|error| error.to_string())?;
    let all = all.iter();
    Ok(all
        .map(|(name, weights)| FileWeights {
            name: name.clone(),
            weights: weights.clone(),
        })
        .collect())
}

/// Replaces PyTorch's names by the model's, and drops what is not a parameter.
pub(super) fn rename_weights(found: &mut Vec<FileWeights>, names: &WeightNames) {
    let state = STATE.into_iter().find(|state| {
        found
            .iter()
            .any(|f| strip_name_prefix(&f.name, state).is_some())
    });
    if let Some(state) = state {
        found.retain(|f| strip_name_prefix(&f.name, state).is_some());
    }
    // Names are matched without the wrappers of training scripts: `state_dict.module.net.0.weight` is `net.0.weight`.
    found.retain(|f| f.name.rsplit('.').next() != Some(COUNTER));
    let parallel = found
        .iter()
        .all(|f| strip_name_prefix(strip_state(&f.name, state), PARALLEL).is_some());
    for FileWeights { name, weights } in found {
        let inside = strip_state(name, state);
        let plain = if parallel {
            strip_name_prefix(inside, PARALLEL).unwrap_or(inside)
        } else {
            inside
        };
        let path = names.apply(plain);
        weights.path_stack = Some(path.split('.').map(str::to_owned).collect());
    }
}

/// The name without the entry that the weights are nested under.
fn strip_state<'a>(name: &'a str, state: Option<&str>) -> &'a str {
    state
        .and_then(|state| strip_name_prefix(name, state))
        .unwrap_or(name)
}
