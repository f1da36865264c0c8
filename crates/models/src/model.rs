// For the record types that Burn's derive macro generates.
#![allow(missing_debug_implementations, unnameable_types)]
// A program holds few networks, and their weights are on the heap.
#![allow(clippy::large_enum_variant)]

use std::ops::Range;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{Arithmetic, ClipLoss, Kernels, Reconstruct, WeightNames};
use serde::{Deserialize, Serialize};

use crate::conv_ae::{ConvAe, ConvAeConfig};
use crate::conv_lstm::{ConvLstmPredictor, ConvLstmPredictorConfig};
use crate::conv3d_ae::{Conv3dAe, Conv3dAeConfig};
use crate::cuboid_ae::{CuboidAe, CuboidAeConfig};
use crate::denoising_ae::{DenoisingAe, DenoisingAeConfig};
use crate::error::Error;
use crate::gru_predictor::{GruPredictor, GruPredictorConfig};
use crate::lstm_ae::{LstmAe, LstmAeConfig};
use crate::network::Network;
use crate::unet::{Unet, UnetConfig};

/// Generates [`ModelConfig`] and [`Model`] from the list of networks below.
macro_rules! model_kinds {
    ($($(#[$doc:meta])* $kind:literal $variant:ident: $network:ident, $config:ident;)*) => {
        /// The configuration of one of the networks: in recipes, a table whose `kind` names the network.
        ///
        /// The output activation decides which range of frame values a network can reconstruct, and with it the scale
        /// that its frames must have:
        ///
        /// | output activation | [`input_scale`](Self::input_scale) | [`supports_scale`](Self::supports_scale) | default of |
        /// |---|---|---|---|
        /// | tanh | [-1, 1] | [-1, 1] | `conv_ae`, `unet`, `conv3d_ae`, `conv_lstm` |
        /// | sigmoid | [0, 1] | [0, 1] | `cuboid_ae`, `denoising_ae`, [`ConvAeConfig::of_differences`] |
        /// | `ReLU` | [0, 1] | [0, 1] | |
        /// | none, leaky `ReLU` | [0, 1] | both | `lstm_ae` (none), `gru_predictor` (none) |
        ///
        /// ```
        /// use oddframe_frames::Scale;
        /// use oddframe_models::ModelConfig;
        ///
        /// let config = ModelConfig::of_kind("conv_ae")?;
        /// assert_eq!(config.input_scale(), Scale::Signed);
        /// assert!(!config.supports_scale(Scale::Unit));
        /// assert_eq!(config.default_clip().width, 128);
        /// # Ok::<(), oddframe_models::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        #[non_exhaustive]
        pub enum ModelConfig {
            $($(#[$doc])* #[serde(rename = $kind)] $variant($config),)*
        }

        /// A network whose kind is chosen while the program runs: what [`ModelConfig::init`] returns.
        #[derive(Module, Debug)]
        #[non_exhaustive]
        pub enum Model<B: Backend> {
            $($(#[$doc])* $variant($network<B>),)*
        }

        impl ModelConfig {
            /// The names of all networks.
            pub const KINDS: &'static [&'static str] = &[$($kind),*];

            /// The documented configuration of the network of this name.
            ///
            /// # Errors
            /// When there is no network of this name.
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

            /// The documented clips; a network can be built for others.
            pub fn default_clip(&self) -> ClipShape {
                match self { $(Self::$variant(config) => config.default_clip(),)* }
            }

            /// The range of the frames to train and score the network on; see the table above.
            pub fn input_scale(&self) -> Scale {
                match self { $(Self::$variant(config) => config.input_scale(),)* }
            }

            /// Whether the network's output can take every value of frames in this range; see the table above.
            pub fn supports_scale(&self, scale: Scale) -> bool {
                match self { $(Self::$variant(config) => config.supports_scale(scale),)* }
            }

            /// Maps PyTorch's parameter names to the network's fields.
            pub fn weight_names(&self) -> WeightNames {
                match self { $(Self::$variant(config) => config.weight_names(),)* }
            }

            /// Builds the network for these clips, with PyTorch's default initial weights.
            ///
            /// # Errors
            /// When a parameter is outside its range, or the clips do not fit the parameters.
            pub fn init<B: Backend>(&self, clip: ClipShape, device: &B::Device) -> Result<Model<B>, Error> {
                match self { $(Self::$variant(config) => Ok(Model::$variant(config.init(clip, device)?)),)* }
            }
        }

        $(impl From<$config> for ModelConfig {
            fn from(config: $config) -> Self {
                Self::$variant(config)
            }
        })*

        impl<B: Kernels> Reconstruct<B> for Model<B> {
            fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
                match self { $(Self::$variant(net) => net.reconstruct(clips),)* }
            }

            fn predicted_frames(&self, frames: usize) -> Range<usize> {
                match self { $(Self::$variant(net) => net.predicted_frames(frames),)* }
            }
        }

        impl<B: Kernels> ClipLoss<B> for Model<B> {
            fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
                match self { $(Self::$variant(net) => net.loss(input, target),)* }
            }
        }

        impl<B: Kernels> Network<B> for Model<B> {
            fn kind(&self) -> &'static str {
                match self { $(Self::$variant(net) => net.kind(),)* }
            }

            fn clip_shape(&self) -> ClipShape {
                match self { $(Self::$variant(net) => net.clip_shape(),)* }
            }

            fn fused_inference(
                &self,
                device: &B::Device,
                arithmetic: &Arithmetic,
            ) -> Result<Option<Box<dyn ClipScorer>>, Error> {
                match self { $(Self::$variant(net) => net.fused_inference(device, arithmetic),)* }
            }
        }
    };
}

// A new network is one folder and one line here: name in recipes, variant, module, configuration.
model_kinds! {
    /// The convolutional autoencoder of single frames.
    "conv_ae" ConvAe: ConvAe, ConvAeConfig;
    /// The autoencoder of single frames with skip connections.
    "unet" Unet: Unet, UnetConfig;
    /// The autoencoder of clips as volumes.
    "conv3d_ae" Conv3dAe: Conv3dAe, Conv3dAeConfig;
    /// The predictor of the next frame.
    "conv_lstm" ConvLstm: ConvLstmPredictor, ConvLstmPredictorConfig;
    /// The autoencoder of cuboids.
    "cuboid_ae" CuboidAe: CuboidAe, CuboidAeConfig;
    /// The denoising autoencoder of cuboids.
    "denoising_ae" DenoisingAe: DenoisingAe, DenoisingAeConfig;
    /// The recurrent autoencoder of pixels.
    "lstm_ae" LstmAe: LstmAe, LstmAeConfig;
    /// The recurrent predictor of the next optical flow.
    "gru_predictor" GruPredictor: GruPredictor, GruPredictorConfig;
}
