use oddframe_core::Sha256Digest;
use oddframe_nn::{GraphBuilder, GraphValue, Kernels, StateDict};

use super::assembler::Assembler;
use super::features::BackboneFeatures;
use super::kind::{BackboneKind, BackboneLayer, SIDE};
use super::tensors::Tensors;
use super::{clip_rn101, efficient_net_lite0, mobile_net_v2, resnet18};
use crate::error::Error;
use crate::weights_source::{WeightsSource, open_state_dict};

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
                let mut state = open_state_dict(kind.name(), path)?;
                adapt_names(kind, &mut state);
                let digest = Sha256Digest::of_file(path).map_err(|source| Error::WeightsFile {
                    kind: kind.name(),
                    source,
                })?;
                let digest = digest.into_hex();
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
