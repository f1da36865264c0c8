// Burn's records of the network behind the macro: theirs to document, ours to hide.
#![allow(missing_debug_implementations, unnameable_types)]
// There is one network at a time, and its weights are elsewhere.
#![allow(clippy::large_enum_variant)]

use std::ops::Range;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{ClipLoss, ErrorMapper, Kernels, WeightNames};
use serde::{Deserialize, Serialize};

use crate::{
    Conv3dAe, Conv3dAeConfig, ConvAe, ConvAeConfig, ConvLstmPredictor, ConvLstmPredictorConfig, CuboidAe,
    CuboidAeConfig, DenoisingAe, DenoisingAeConfig, Error, LstmAe, LstmAeConfig, Network, Unet, UnetConfig,
};

/// All that is said of each kind, out of one list.
macro_rules! zoo {
    ($($(#[$doc:meta])* $kind:literal $variant:ident: $network:ident, $config:ident;)*) => {
        /// Which network, and its parameters: in recipes a table whose `kind` says which.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        #[non_exhaustive]
        pub enum ModelConfig {
            $($(#[$doc])* #[serde(rename = $kind)] $variant($config),)*
        }

        /// A network of any kind, chosen while the program runs.
        #[derive(Module, Debug)]
        #[non_exhaustive]
        pub enum Model<B: Backend> {
            $($(#[$doc])* $variant($network<B>),)*
        }

        impl ModelConfig {
            /// The kinds there are.
            pub const KINDS: &'static [&'static str] = &[$($kind),*];

            /// The parameters of the documents for this kind.
            ///
            /// # Errors
            /// When there is none of that name.
            pub fn of_kind(kind: &str) -> Result<Self, Error> {
                match kind {
                    $($kind => Ok(Self::$variant($config::default())),)*
                    _ => Err(Error::UnknownKind { found: kind.into(), known: Self::KINDS }),
                }
            }

            /// Its name in recipes.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)* }
            }

            /// The clips of the documents; a network may be made for others.
            pub fn default_clip(&self) -> ClipShape {
                match self { $(Self::$variant(config) => config.default_clip(),)* }
            }

            /// Which numbers its output can be, and so the frames it learns from should.
            pub fn scale(&self) -> Scale {
                match self { $(Self::$variant(config) => config.scale(),)* }
            }

            /// How PyTorch's names for its weights lead to its fields.
            pub fn weight_names(&self) -> WeightNames {
                match self { $(Self::$variant(config) => config.weight_names(),)* }
            }

            /// A network for these clips, with PyTorch's default weights.
            ///
            /// # Errors
            /// When its parameters are not possible, or the clips do not fit them.
            pub fn init<B: Backend>(&self, clip: ClipShape, device: &B::Device) -> Result<Model<B>, Error> {
                match self { $(Self::$variant(config) => Ok(Model::$variant(config.init(clip, device)?)),)* }
            }
        }

        $(impl From<$config> for ModelConfig {
            fn from(config: $config) -> Self {
                Self::$variant(config)
            }
        })*

        impl<B: Kernels> ErrorMapper<B> for Model<B> {
            fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
                match self { $(Self::$variant(net) => net.reconstruct(clips),)* }
            }

            fn explained(&self, frames: usize) -> Range<usize> {
                match self { $(Self::$variant(net) => net.explained(frames),)* }
            }
        }

        impl<B: Kernels> ClipLoss<B> for Model<B> {
            fn loss(&self, seen: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1> {
                match self { $(Self::$variant(net) => net.loss(seen, wanted),)* }
            }
        }

        impl<B: Kernels> Network<B> for Model<B> {
            fn kind(&self) -> &'static str {
                match self { $(Self::$variant(net) => net.kind(),)* }
            }

            fn clip(&self) -> ClipShape {
                match self { $(Self::$variant(net) => net.clip(),)* }
            }

            fn frozen(&self, device: &B::Device) -> Result<Box<dyn ClipScorer>, Error> {
                match self { $(Self::$variant(net) => net.frozen(device),)* }
            }
        }
    };
}

zoo! {
    /// The convolutional autoencoder of single frames.
    "conv_ae" ConvAe: ConvAe, ConvAeConfig;
    /// The autoencoder of single frames with skips.
    "unet" Unet: Unet, UnetConfig;
    /// The autoencoder of clips as volumes.
    "conv3d_ae" Conv3dAe: Conv3dAe, Conv3dAeConfig;
    /// The one that foretells the next frame.
    "conv_lstm" ConvLstm: ConvLstmPredictor, ConvLstmPredictorConfig;
    /// The autoencoder of cuboids.
    "cuboid_ae" CuboidAe: CuboidAe, CuboidAeConfig;
    /// The denoising autoencoder of cuboids.
    "denoising_ae" DenoisingAe: DenoisingAe, DenoisingAeConfig;
    /// The recurrent autoencoder of pixels.
    "lstm_ae" LstmAe: LstmAe, LstmAeConfig;
}
