use std::io;
use std::path::Path;

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn_store::{BurnToPyTorchAdapter, BurnpackWriter, ModuleSnapshot, SafetensorsStore};
use oddframe_core::{SharedError, write_atomically};

use super::format::Format;
use crate::Error;

/// Writes a model's weights: `.bpk`, or `.safetensors` with PyTorch's shapes.
///
/// The names are the model's fields. The file is there as a whole or not at all, and equal weights make equal files. A
/// model in training gives its last running statistics only through `valid()`.
///
/// # Errors
/// When the extension is another one (PyTorch's own files are only read), or the file cannot be written.
pub fn save_weights<B: Backend, M: Module<B>>(module: &M, path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    let failed = |source| Error::WeightsFile { path: path.into(), source };
    let bytes = match Format::of(path)? {
        Format::Burnpack => burnpack(module),
        Format::Safetensors => safetensors(module),
        Format::PyTorch => {
            let must =
                "PyTorch's own files are only read; save as .bpk, or as .safetensors, which PyTorch reads too";
            return Err(Error::WeightsFormat { path: path.into(), must });
        }
    }
    .map_err(failed)?;
    write_atomically(path, |file| file.write_all(&bytes)).map_err(|error: io::Error| failed(error.into()))
}

fn burnpack<B: Backend, M: Module<B>>(module: &M) -> Result<Vec<u8>, SharedError> {
    let mut weights = module.collect(None, None, false);
    for weights in &mut weights {
        // A number drawn anew in every run, which nobody reads.
        weights.tensor_id = None;
    }
    let bytes =
        BurnpackWriter::new(weights).to_bytes().map_err(|error| SharedError::from(error.to_string()))?;
    Ok(bytes.to_vec())
}

fn safetensors<B: Backend, M: Module<B>>(module: &M) -> Result<Vec<u8>, SharedError> {
    // One entry: of several, the order would change from run to run.
    let mut store = SafetensorsStore::from_bytes(None)
        .with_to_adapter(BurnToPyTorchAdapter)
        .skip_enum_variants(true)
        .clear_metadata()
        .metadata("format", "pt");
    let text = |error: burn_store::SafetensorsStoreError| SharedError::from(error.to_string());
    module.save_into(&mut store).map_err(text)?;
    store.get_bytes().map_err(text)
}
