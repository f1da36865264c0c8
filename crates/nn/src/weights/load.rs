use std::fs::File;
use std::path::Path;

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn_store::{
    BurnToPyTorchAdapter, BurnpackStore, ModuleAdapter, ModuleSnapshot, ModuleStore, PyTorchToBurnAdapter,
    PytorchStore, SafetensorsStore, TensorSnapshot,
};
use oddframe_core::SharedError;

use super::compare::{Found, compare};
use super::format::Format;
use super::names::after;
use super::{WeightNames, WeightProblem};
use crate::Error;

/// What training scripts put the weights under, beside other things.
const STATE: [&str; 2] = ["state_dict", "model_state_dict"];
/// What PyTorch's `DataParallel` puts before every name.
const PARALLEL: &str = "module";
/// What PyTorch's batch normalisation counts, and nothing here needs.
const COUNTER: &str = "num_batches_tracked";

/// A model with the weights of a file: `.bpk`, `.safetensors`, `.pt` or `.pth`.
///
/// All but `.bpk` have PyTorch's names and shapes: linear layers `[out, in]`, and batch normalisation with `weight` and
/// `bias`; `names` says how such names lead to the model's fields. The weights may lie under `state_dict` or
/// `model_state_dict`, and come from `DataParallel`. Their precision becomes the model's.
///
/// Batch normalisation shares its running statistics with clones of the model: they get the file's as well.
///
/// # Errors
/// When the file cannot be read or is not what its extension says, and when the weights do not fit the model: missing
/// ones, ones too many, other shapes, values that are not finite, all of them named.
pub fn load_weights<B: Backend, M: Module<B>>(
    mut module: M,
    path: impl AsRef<Path>,
    names: &WeightNames,
) -> Result<M, Error> {
    let path = path.as_ref();
    let format = Format::of(path)?;
    let unreadable = |source| Error::WeightsFile { path: path.into(), source };
    // A store's own message does not always say that there is no such file.
    File::open(path).map_err(|error| unreadable(error.into()))?;
    let mut found = match format {
        Format::Burnpack => contents(BurnpackStore::from_file(path).auto_extension(false)),
        Format::Safetensors => contents(SafetensorsStore::from_file(path).map_indices_contiguous(false)),
        Format::PyTorch => contents(PytorchStore::from_file(path).map_indices_contiguous(false)),
    }
    .map_err(unreadable)?;
    if format.is_pytorchs() {
        rename(&mut found, names);
    }

    let to: Option<Box<dyn ModuleAdapter>> =
        format.is_pytorchs().then(|| Box::new(BurnToPyTorchAdapter) as Box<dyn ModuleAdapter>);
    let from: Option<Box<dyn ModuleAdapter>> =
        format.is_pytorchs().then(|| Box::new(PyTorchToBurnAdapter) as Box<dyn ModuleAdapter>);
    let expected = module.collect(None, to, format.is_pytorchs());
    let differ = |problems| Error::WeightsDiffer { path: path.into(), problems };
    let fitting = compare(&expected, found).map_err(differ)?;
    let result = module.apply(fitting, None, from, format.is_pytorchs());
    if result.errors.is_empty() && result.missing.is_empty() {
        return Ok(module);
    }
    let missing = result.missing.into_iter().map(|(name, _)| WeightProblem::Missing { name });
    let errors = result.errors.iter().map(|error| WeightProblem::Unreadable {
        name: "one of its layers".into(),
        reason: error.to_string(),
    });
    Err(differ(errors.chain(missing).collect()))
}

/// All weights of a file.
fn contents<S: ModuleStore>(mut store: S) -> Result<Vec<Found>, SharedError> {
    let all = store.get_all_snapshots().map_err(|error| SharedError::from(error.to_string()))?;
    Ok(all.iter().map(|(name, weights)| Found { name: name.clone(), weights: weights.clone() }).collect())
}

/// Puts the model's names in the place of PyTorch's, and leaves out what is no weight.
fn rename(found: &mut Vec<Found>, names: &WeightNames) {
    let state = STATE.into_iter().find(|state| found.iter().any(|f| after(&f.name, state).is_some()));
    if let Some(state) = state {
        found.retain(|f| after(&f.name, state).is_some());
    }
    found.retain(|f| f.name.rsplit('.').next() != Some(COUNTER));
    let inside = |name: &str| state.and_then(|state| after(name, state)).unwrap_or(name).to_owned();
    let parallel = found.iter().all(|f| after(&inside(&f.name), PARALLEL).is_some());
    for Found { name, weights } in found {
        let inside = inside(name);
        let plain = if parallel { after(&inside, PARALLEL).unwrap_or(&inside) } else { &inside };
        set_path(weights, &names.apply(plain));
    }
}

fn set_path(weights: &mut TensorSnapshot, path: &str) {
    weights.path_stack = Some(path.split('.').map(str::to_owned).collect());
}
