use std::io;
use std::path::Path;

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn_store::{BurnToPyTorchAdapter, BurnpackWriter, ModuleSnapshot, SafetensorsStore};
use oddframe_core::{SharedError, write_atomically};

use super::format::Format;
use crate::error::Error;

/// Saves a model's weights as `.bpk`, or as `.safetensors` with PyTorch's shapes.
///
/// The names are the model's fields. The file is written atomically: afterwards it is complete, or it is the old one.
/// Equal weights make equal bytes. Save a model in training through `valid()`, which includes the last update of its
/// running statistics.
///
/// # Errors
/// When the extension is another one (PyTorch's own files can only be read), or the file cannot be written.
pub fn save_weights<B: Backend, M: Module<B>>(
    module: &M,
    path: impl AsRef<Path>,
) -> Result<(), Error> {
    let path = path.as_ref();
    // All bytes are made before the file is touched, so that an error leaves the old file as it is.
    let bytes = match Format::from_extension(path)? {
        Format::Burnpack => to_burnpack(module),
        Format::Safetensors => to_safetensors(module),
        Format::PyTorch => {
            let must =
                "PyTorch's own format can only be read; save as .bpk, or as .safetensors, which PyTorch reads too";
            return Err(Error::WeightsFormat { path: path.into(), must });
        }
    }
    .map_err(|source| Error::WeightsFile { path: path.into(), source })?;
    write_atomically(path, |file| file.write_all(&bytes)).map_err(|error: io::Error| {
        Error::WeightsFile {
            path: path.into(),
            source: error.into(),
        }
    })
}

fn to_burnpack<B: Backend, M: Module<B>>(module: &M) -> Result<Vec<u8>, SharedError> {
    let mut weights = module.collect(None, None, false);
    for weights in &mut weights {
        // A random identifier, which would make the bytes differ from run to run.
        weights.tensor_id = None;
    }
    let bytes = BurnpackWriter::new(weights)
        .to_bytes()
        .map_err(|error| SharedError::from(error.to_string()))?;
    Ok(bytes.to_vec())
}

fn to_safetensors<B: Backend, M: Module<B>>(module: &M) -> Result<Vec<u8>, SharedError> {
    // A single entry of metadata, because the order of several would change from run to run.
    let mut store = SafetensorsStore::from_bytes(None)
        .with_to_adapter(BurnToPyTorchAdapter)
        .skip_enum_variants(true)
        .clear_metadata()
        .metadata("format", "pt");
    module
        .save_into(&mut store)
        .map_err(|error| SharedError::from(error.to_string()))?;
    store
        .get_bytes()
        .map_err(|error| SharedError::from(error.to_string()))
}
