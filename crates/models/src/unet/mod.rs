mod inference;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{
    Activation, ClipLoss, Conv2d, Conv2dConfig, ConvTranspose2dConfig, Kernels, Reconstruct,
    WeightNames, gradient_difference, mean_squared_error, ssim,
};
use serde::{Deserialize, Serialize};

use crate::blocks::{ConvBlock2d, Latent, UpBlock2d};
use crate::clip_shape::{
    check_channels, check_sides, check_sizes, frames_as_images, input_scale, supports_scale,
};
use crate::error::Error;
use crate::weight_names::Sequential;

const KIND: &str = "unet";

/// The distance from black to white of frames in this range.
fn data_range(scale: Scale) -> f64 {
    match scale {
        Scale::Signed => 2.0,
        Scale::Unit => 1.0,
    }
}

/// Parameters of a [`Unet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnetConfig {
    /// The number of channels of each encoder step; each halves the sides.
    pub channels: Vec<usize>,
    /// The number of features of the dense bottleneck; 0 for none.
    pub latent: usize,
    /// The activation of the encoder.
    #[serde(with = "crate::activation_text")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::activation_text::json_schema")
    )]
    pub encoder: Activation,
    /// The activation of the decoder.
    #[serde(with = "crate::activation_text")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::activation_text::json_schema")
    )]
    pub decoder: Activation,
    /// The activation of the output, which decides the range of the frames: see [`ModelConfig`](crate::ModelConfig).
    #[serde(with = "crate::activation_text")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::activation_text::json_schema")
    )]
    pub last: Activation,
    /// The weight of 1 − SSIM in the loss.
    pub ssim_weight: f64,
    /// The weight of the gradient difference in the loss.
    pub gradient_weight: f64,
    /// The data range of SSIM, the distance from black to white: 2 for frames in [-1, 1], 1 for frames in [0, 1]. By default
    /// that of [`input_scale`](Self::input_scale); see [`with_frame_scale`](Self::with_frame_scale).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<f64>,
}

impl Default for UnetConfig {
    fn default() -> Self {
        Self {
            channels: vec![64, 128, 256, 512, 512],
            latent: 512,
            encoder: Activation::LeakyRelu(0.2),
            decoder: Activation::Relu,
            last: Activation::Tanh,
            ssim_weight: 0.5,
            gradient_weight: 0.2,
            range: None,
        }
    }
}

/// An autoencoder of single frames with skip connections: each decoder step also reads the output of the encoder step of
/// the same size.
///
/// | layer | at 128x128, RGB |
/// |---|---|
/// | image | 3 channels, [-1, 1] |
/// | 5 encoder steps: Conv 4x4 stride 2 and Conv 3x3, each without bias, with batch norm and leaky `ReLU` 0.2 | 64, 128, 256, 512, 512 channels |
/// | dense bottleneck | 8192, 512, 8192 |
/// | 5 decoder steps: transposed Conv 4x4 stride 2 and Conv 3x3, each without bias, with batch norm and `ReLU` | 512, 256, 128, 64, 64 channels |
/// | between two decoder steps: concatenated with the encoder step of the same size | 1024, 512, 256, 128 channels |
/// | Conv 3x3, tanh | 3 channels |
/// | parameters | 33,852,355 |
///
/// ```text
/// image ─▶ step 1 ─▶ step 2 ─▶ … ─▶ step 5 ─▶ bottleneck ─▶ step 5 ─▶ … ─▶ step 2 ─▶ step 1 ─▶ conv ─▶ image
///            │          └────────────── skip ──────────────────────────────▲          ▲
///            └────────────────────────── skip ───────────────────────────────────────┘
/// ```
///
/// The loss is the mean squared error + 0.5 · (1 − SSIM) + 0.2 · the gradient difference.
#[derive(Module, Debug)]
pub struct Unet<B: Backend> {
    /// The encoder.
    steps_down: Vec<StepDown<B>>,
    /// The dense bottleneck.
    latent: Option<Latent<B>>,
    /// The decoder.
    steps_up: Vec<StepUp<B>>,
    /// The convolution that outputs the image.
    output: Conv2d<B>,
    #[module(skip)]
    clip: ClipShape,
    #[module(skip)]
    ssim_weight: f64,
    #[module(skip)]
    gradient_weight: f64,
    #[module(skip)]
    range: f64,
}

/// An encoder step of a [`Unet`].
#[derive(Module, Debug)]
struct StepDown<B: Backend> {
    /// The convolution that halves the sides.
    halve: ConvBlock2d<B>,
    /// The convolution that follows at the same size.
    refine: ConvBlock2d<B>,
}

/// A decoder step of a [`Unet`].
#[derive(Module, Debug)]
struct StepUp<B: Backend> {
    /// The convolution that doubles the sides.
    double: UpBlock2d<B>,
    /// The convolution that follows at the same size.
    refine: ConvBlock2d<B>,
}

impl UnetConfig {
    /// The documented clips: single RGB frames of 128x128.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape {
            frames: 1,
            channels: 3,
            height: 128,
            width: 128,
        }
    }

    /// The range of the frames to train and score it on: the one that its output activation covers.
    pub fn input_scale(&self) -> Scale {
        input_scale(self.last)
    }

    /// Whether its output can take every value of frames in this range.
    pub fn supports_scale(&self, scale: Scale) -> bool {
        supports_scale(self.last, scale)
    }

    /// Sets the data range of SSIM to that of frames in this range, unless it is set.
    ///
    /// An output without a bounded activation takes frames of either range, so its activation does not decide.
    #[must_use]
    pub fn with_frame_scale(self, scale: Scale) -> Self {
        Self {
            range: Some(self.range.unwrap_or(data_range(scale))),
            ..self
        }
    }

    /// Builds a network for these clips, with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a size is zero, there are no layers, the sides cannot be halved by every step, a weight of the loss is
    /// negative, or `range` is not above zero.
    pub fn init<B: Backend>(&self, clip: ClipShape, device: &B::Device) -> Result<Unet<B>, Error> {
        check_sizes(KIND, clip, &[])?;
        check_channels(KIND, &self.channels, "[64, 128, 256, 512, 512]")?;
        check_sides(KIND, clip, self.channels.len())?;
        for (name, value) in [
            ("ssim_weight", self.ssim_weight),
            ("gradient_weight", self.gradient_weight),
        ] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(Error::Parameter {
                    kind: KIND,
                    name,
                    value,
                    must: "finite and at least 0",
                });
            }
        }
        // SSIM stabilises its quotients with (0.01 range)² and (0.03 range)²: a range of zero would divide flat images
        // by zero.
        let range = self.ssim_range();
        if !(range > 0.0 && range.is_finite()) {
            let (name, value) = ("range", range);
            return Err(Error::Parameter {
                kind: KIND,
                name,
                value,
                must: "finite and above 0",
            });
        }
        self.init_layers(clip, device).map_err(Error::layer(KIND))
    }

    /// Maps PyTorch's parameter names to the network's fields.
    pub fn weight_names(&self) -> WeightNames {
        // PyTorch's module has `down.N` and `up.N`, each a `Sequential` of two blocks.
        let mut names = WeightNames::new();
        for layer in ["squeeze", "expand"] {
            names = names.with(layer, format!("latent.{layer}"));
        }
        for place in 0..self.channels.len() {
            for (theirs, ours, first) in [
                ("down", "steps_down", "halve"),
                ("up", "steps_up", "double"),
            ] {
                let step = Sequential::new(format!("{theirs}.{place}."), names);
                let step = step.add_block(&format!("{ours}.{place}.{first}"), true);
                names = step
                    .add_block(&format!("{ours}.{place}.refine"), true)
                    .into_names();
            }
        }
        names
    }

    /// The data range of SSIM.
    fn ssim_range(&self) -> f64 {
        self.range.unwrap_or(data_range(self.input_scale()))
    }

    fn init_layers<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<Unet<B>, oddframe_nn::Error> {
        let steps = self.channels.len();
        let mut steps_down = Vec::with_capacity(steps);
        let mut before = clip.channels;
        for &channels in &self.channels {
            let conv = Conv2dConfig::new([before, channels], [4, 4])
                .with_stride([2, 2])
                .with_padding([1, 1]);
            let halve = ConvBlock2d::new(&conv.with_bias(false), true, self.encoder, device)?;
            steps_down.push(StepDown {
                halve,
                refine: refine_block(channels, self.encoder, device)?,
            });
            before = channels;
        }
        // Every step halves both sides.
        let positions = (clip.height >> steps) * (clip.width >> steps);
        let latent =
            (self.latent > 0).then(|| Latent::new(before * positions, self.latent, device));
        let mut steps_up = Vec::with_capacity(steps);
        // The decoder mirrors the encoder. After a step its output is concatenated with the skip of the same size,
        // which is why each following step reads twice the channels.
        for size in (0..steps).rev() {
            // The output is as wide as the skip it is concatenated with: the encoder step one size larger. The
            // outermost step has no skip.
            let channels = self.channels[size.saturating_sub(1)];
            let conv = ConvTranspose2dConfig::new([before, channels], [4, 4]).with_stride([2, 2]);
            let conv = conv.with_padding([1, 1]).with_bias(false);
            let double = UpBlock2d::new(&conv, true, self.decoder, device)?;
            steps_up.push(StepUp {
                double,
                refine: refine_block(channels, self.decoder, device)?,
            });
            // The next step reads the skip as well.
            before = 2 * channels;
        }
        let output = Conv2dConfig::new([self.channels[0], clip.channels], [3, 3])
            .with_padding([1, 1])
            .with_activation(self.last)
            .init(device)?;
        Ok(Unet {
            steps_down,
            latent: latent.transpose()?,
            steps_up,
            output,
            clip,
            ssim_weight: self.ssim_weight,
            gradient_weight: self.gradient_weight,
            range: self.ssim_range(),
        })
    }
}

impl<B: Kernels> Unet<B> {
    fn reconstruct_images(&self, images: Tensor<B, 4>) -> Tensor<B, 4> {
        let mut inner = images;
        let mut skips = Vec::with_capacity(self.steps_down.len());
        for step in &self.steps_down {
            inner = step.refine.forward(step.halve.forward(inner));
            // A clone shares memory: keeping the outputs for the decoder costs no copy.
            skips.push(inner.clone());
        }
        // The innermost step is no skip: its output goes into the bottleneck.
        skips.pop();
        if let Some(latent) = &self.latent {
            inner = latent.forward(inner);
        }
        for step in &self.steps_up {
            inner = step.refine.forward(step.double.forward(inner));
            if let Some(skip) = skips.pop() {
                // Deep features first, then the skip of the same size: PyTorch's weights expect their channels in this
                // order.
                inner = Tensor::cat(vec![inner, skip], 1);
            }
        }
        self.output.forward(inner)
    }
}

impl<B: Kernels> Reconstruct<B> for Unet<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let shape = clips.dims();
        self.reconstruct_images(frames_as_images(clips))
            .reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for Unet<B> {
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
        let output = self.reconstruct(input);
        let mut loss = mean_squared_error(output.clone(), target.clone());
        let (output, target) = (frames_as_images(output), frames_as_images(target));
        // A weight of zero skips the term: SSIM costs four blurs of each image, forward and backward.
        if self.ssim_weight > 0.0 {
            let similarity = ssim(output.clone(), target.clone(), self.range as f32);
            loss = loss + (1.0 - similarity) * self.ssim_weight;
        }
        if self.gradient_weight > 0.0 {
            loss = loss + gradient_difference(output, target) * self.gradient_weight;
        }
        loss
    }
}

/// The 3x3 convolution after a change of size.
fn refine_block<B: Backend>(
    channels: usize,
    activation: Activation,
    device: &B::Device,
) -> Result<ConvBlock2d<B>, oddframe_nn::Error> {
    let conv = Conv2dConfig::new([channels; 2], [3, 3])
        .with_padding([1, 1])
        .with_bias(false);
    ConvBlock2d::new(&conv, true, activation, device)
}
