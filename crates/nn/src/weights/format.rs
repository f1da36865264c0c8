use std::path::Path;

use crate::error::Error;

/// How weights are stored in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Burn's own.
    Burnpack,
    /// PyTorch's names and shapes, as safetensors.
    Safetensors,
    /// What `torch.save` writes.
    PyTorch,
}

impl Format {
    /// The format that a path's extension stands for.
    pub(super) fn from_extension(path: &Path) -> Result<Self, Error> {
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or("");
        match extension.to_ascii_lowercase().as_str() {
            "bpk" => Ok(Self::Burnpack),
            "safetensors" => Ok(Self::Safetensors),
            "pt" | "pth" => Ok(Self::PyTorch),
            _ => Err(Error::WeightsFormat {
                path: path.into(),
                must: "it must end in .bpk, .safetensors, .pt or .pth",
            }),
        }
    }

    /// Whether names and shapes in the file are PyTorch's.
    pub(super) fn is_pytorchs(self) -> bool {
        self != Self::Burnpack
    }
}
