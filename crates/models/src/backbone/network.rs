use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use oddframe_nn::{GraphBuilder, GraphValue, Kernels, StateDict};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::assembler::Assembler;
use super::features::BackboneFeatures;
use super::kind::{BackboneKind, BackboneLayer, SIDE};
use super::tensors::Tensors;
use super::{clip_rn101, efficient_net_lite0, mobile_net_v2, resnet18};
use crate::error::Error;

/// Bytes at the end of an archive in which the list of its files is looked for: that of CLIP has some hundred entries.
const DIRECTORY: u64 = 1 << 18;

/// Where the weights of a backbone come from.
///
/// Random weights have to be asked for by name: their features know nothing of pictures, and every result must say so.
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
    /// Whether the weights are random.
    pub fn is_random(&self) -> bool {
        matches!(self, Self::Random { .. })
    }
}

/// A pretrained network with its weights, from which features can be read at several layers.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_memory::ExtractFeatures;
/// use oddframe_models::{Backbone, BackboneFeatures, BackboneKind, BackboneLayer, WeightsSource};
///
/// let source = WeightsSource::Random { seed: 7 };
/// let backbone = Backbone::open(BackboneKind::MobileNetV2, Some(&source))?;
/// assert!(backbone.is_random());
///
/// let layers = [BackboneLayer::Stride8];
/// let mut features: BackboneFeatures<Flex> = backbone.into_features(&layers, &Default::default())?;
/// assert_eq!(features.maps()[0].channels, 32);
/// let mut maps = [Vec::new()];
/// features.extract(&vec![128; 224 * 224 * 3], &mut maps)?;
/// assert_eq!(maps[0].len(), 28 * 28 * 32);
///
/// // Without weights, the error says which file to get.
/// let error = Backbone::open(BackboneKind::ResNet18, None).unwrap_err();
/// assert!(error.to_string().contains("resnet18-f37072fd.pth"));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Debug)]
pub struct Backbone {
    kind: BackboneKind,
    identity: String,
    random: bool,
    graph: GraphBuilder,
    /// The values of [`BackboneLayer::ALL`].
    layers: [GraphValue; 3],
}

impl Backbone {
    /// Reads the weights of a backbone and folds its batch normalisation.
    ///
    /// A file may hold more than the network, such as a classifier or the text half of CLIP.
    ///
    /// # Errors
    /// When no weights are given: the error says where they are published. When the file cannot be read, is cut short, or
    /// does not fit the network: the error lists all tensors that are missing, unexpected or of another shape.
    pub fn open(kind: BackboneKind, weights: Option<&WeightsSource>) -> Result<Self, Error> {
        let Some(source) = weights else {
            return Err(Error::NoWeights {
                kind: kind.name(),
                origin: kind.weights_origin(),
            });
        };
        let layer_error = Error::layer(kind.name());
        let (mut tensors, identity) = match source {
            WeightsSource::Random { seed } => (
                Tensors::Random { seed: *seed },
                format!("{kind} random seed {seed}"),
            ),
            WeightsSource::File(path) => {
                if is_torch_script(path) {
                    return Err(Error::TorchScript {
                        kind: kind.name(),
                        path: path.clone(),
                    });
                }
                let mut state = StateDict::open(path).map_err(layer_error)?;
                adapt_names(kind, &mut state);
                let digest = digest_file(path).map_err(|source| Error::WeightsFile {
                    kind: kind.name(),
                    path: path.clone(),
                    source,
                })?;
                (Tensors::File(state), format!("{kind} sha256:{digest}"))
            }
        };
        let assembled = assemble(kind, &mut tensors).map_err(layer_error)?;
        // Missing tensors were read as zeros until here, so that one error lists all of them.
        if let Tensors::File(state) = tensors {
            state.finish().map_err(layer_error)?;
        }
        let (graph, layers, negative) = assembled;
        match negative {
            Some(name) => Err(Error::NegativeVariance {
                kind: kind.name(),
                name,
            }),
            None => Ok(Self {
                kind,
                identity,
                random: source.is_random(),
                graph,
                layers,
            }),
        }
    }

    /// Which network it is.
    pub fn kind(&self) -> BackboneKind {
        self.kind
    }

    /// The network and the digest of its weights' file, or the seed of random weights.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Whether the weights are random, so that results deserve a warning.
    pub fn is_random(&self) -> bool {
        self.random
    }

    /// The network up to the deepest of these layers, on a device.
    ///
    /// # Errors
    /// When no layer is given.
    pub fn into_features<B: Kernels>(
        self,
        layers: &[BackboneLayer],
        device: &B::Device,
    ) -> Result<BackboneFeatures<B>, Error> {
        let values: Vec<GraphValue> = layers
            .iter()
            .map(|layer| self.layers[*layer as usize])
            .collect();
        let graph = self.graph.build(&values);
        let graph = graph.map_err(Error::layer(self.kind.name()))?;
        BackboneFeatures::new(self.kind, self.identity, graph, device)
    }
}

fn adapt_names(kind: BackboneKind, state: &mut StateDict) {
    match kind {
        BackboneKind::ClipRn101 => clip_rn101::adapt_names(state),
        BackboneKind::ResNet18 => resnet18::adapt_names(state),
        BackboneKind::MobileNetV2 => mobile_net_v2::adapt_names(state),
        BackboneKind::EfficientNetLite0 => efficient_net_lite0::adapt_names(state),
    }
}

type Assembled = (GraphBuilder, [GraphValue; 3], Option<String>);

fn assemble(kind: BackboneKind, tensors: &mut Tensors) -> Result<Assembled, oddframe_nn::Error> {
    let epsilon = match kind {
        BackboneKind::ClipRn101 => clip_rn101::EPSILON,
        BackboneKind::ResNet18 => resnet18::EPSILON,
        BackboneKind::MobileNetV2 => mobile_net_v2::EPSILON,
        BackboneKind::EfficientNetLite0 => efficient_net_lite0::EPSILON,
    };
    let mut net = Assembler::new(SIDE, tensors, epsilon)?;
    let layers = match kind {
        BackboneKind::ClipRn101 => clip_rn101::assemble(&mut net)?,
        BackboneKind::ResNet18 => resnet18::assemble(&mut net)?,
        BackboneKind::MobileNetV2 => mobile_net_v2::assemble(&mut net)?,
        BackboneKind::EfficientNetLite0 => efficient_net_lite0::assemble(&mut net)?,
    };
    let (graph, negative) = net.finish();
    Ok((graph, layers, negative))
}

/// Whether a file is a program of `torch.jit.save`: an archive that, unlike one of `torch.save`, has a table of constants.
///
/// A file that cannot be read is not one; the error then comes from reading its weights.
fn is_torch_script(path: &Path) -> bool {
    const CONSTANTS: &[u8] = b"/constants.pkl";
    let read_end = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let len = file.metadata()?.len();
        // The list of an archive's files is at its end.
        file.seek(SeekFrom::Start(len.saturating_sub(DIRECTORY)))?;
        let mut end = Vec::new();
        file.take(DIRECTORY).read_to_end(&mut end)?;
        Ok(end)
    };
    read_end().is_ok_and(|end| end.windows(CONSTANTS.len()).any(|part| part == CONSTANTS))
}

/// The SHA-256 of a file's bytes, as `sha256sum` prints it.
fn digest_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    let digest = hasher.finalize();
    Ok(digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
