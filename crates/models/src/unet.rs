use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{
    Activation, ClipLoss, Conv2d, Conv2dConfig, ConvTranspose2dConfig, ErrorMapper, Kernels, WeightNames,
    gradient_difference, mean_squared_error, ssim,
};
use serde::{Deserialize, Serialize};

use crate::scoring::FrozenUnet;
use crate::shape::{check, check_channels, check_sides, frames_as_images, scale_of};
use crate::weight_names::Sequential;
use crate::{ConvBlock2d, Error, Latent, Network, UpBlock2d};

const KIND: &str = "unet";

/// Parameters of a [`Unet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UnetConfig {
    /// Channels of each step down; each halves the sides.
    pub channels: Vec<usize>,
    /// Numbers in the dense bottleneck; 0: none.
    pub latent: usize,
    /// The activation on the way down.
    #[serde(with = "crate::activation_text")]
    pub encoder: Activation,
    /// The activation on the way up.
    #[serde(with = "crate::activation_text")]
    pub decoder: Activation,
    /// The activation of the output.
    #[serde(with = "crate::activation_text")]
    pub last: Activation,
    /// The share of 1 − SSIM in the loss.
    pub ssim_weight: f64,
    /// The share of the difference between gradients in the loss.
    pub gradient_weight: f64,
    /// From black to white, for SSIM: 2 for images in -1 to 1.
    pub range: f64,
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
            range: 2.0,
        }
    }
}

/// An autoencoder of single frames whose way up also sees what the way down saw at the same size.
///
/// | layer | at 128x128, RGB |
/// |---|---|
/// | image | 3 channels, -1 to 1 |
/// | 5 steps down: Conv 4x4 stride 2 and Conv 3x3, each without bias, with batch norm and leaky `ReLU` 0.2 | 64, 128, 256, 512, 512 channels |
/// | dense there and back | 8192, 512, 8192 |
/// | 5 steps up: transposed Conv 4x4 stride 2 and Conv 3x3, each without bias, with batch norm and `ReLU` | 512, 256, 128, 64, 64 channels |
/// | between two steps up: joined with the step down of the same size | 1024, 512, 256, 128 channels |
/// | Conv 3x3, tanh | 3 channels |
/// | parameters | 33,852,355 |
///
/// Its loss is the mean squared error + 0.5 · (1 − SSIM) + 0.2 · the difference of gradients.
#[derive(Module, Debug)]
pub struct Unet<B: Backend> {
    /// The way down.
    pub steps_down: Vec<StepDown<B>>,
    /// The bottleneck.
    pub latent: Option<Latent<B>>,
    /// The way up.
    pub steps_up: Vec<StepUp<B>>,
    /// What makes the image.
    pub output: Conv2d<B>,
    #[module(skip)]
    clip: ClipShape,
    #[module(skip)]
    ssim_weight: f64,
    #[module(skip)]
    gradient_weight: f64,
    #[module(skip)]
    range: f64,
}

/// A step down of a [`Unet`].
#[derive(Module, Debug)]
pub struct StepDown<B: Backend> {
    /// What halves the sides.
    pub halve: ConvBlock2d<B>,
    /// What follows.
    pub refine: ConvBlock2d<B>,
}

/// A step up of a [`Unet`].
#[derive(Module, Debug)]
pub struct StepUp<B: Backend> {
    /// What doubles the sides.
    pub double: UpBlock2d<B>,
    /// What follows.
    pub refine: ConvBlock2d<B>,
}

impl UnetConfig {
    /// The clips of the documents: single RGB frames of 128x128.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape { frames: 1, channels: 3, height: 128, width: 128 }
    }

    /// Which numbers its output can be, and so the frames it learns from should.
    pub fn scale(&self) -> Scale {
        scale_of(self.last)
    }

    /// A network for these clips, with PyTorch's default weights.
    ///
    /// # Errors
    /// When a size is zero, there is no layer, the sides cannot be halved by each, or a part of the loss is below zero or
    /// its range not above.
    pub fn init<B: Backend>(&self, clip: ClipShape, device: &B::Device) -> Result<Unet<B>, Error> {
        check(KIND, clip, &[])?;
        check_channels(KIND, &self.channels, "[64, 128, 256, 512, 512]")?;
        check_sides(KIND, clip, self.channels.len())?;
        for (name, value) in [("ssim_weight", self.ssim_weight), ("gradient_weight", self.gradient_weight)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(Error::Parameter { kind: KIND, name, value, must: "finite and at least 0" });
            }
        }
        if !(self.range > 0.0 && self.range.is_finite()) {
            let (name, value) = ("range", self.range);
            return Err(Error::Parameter { kind: KIND, name, value, must: "finite and above 0" });
        }
        self.layers(clip, device).map_err(Error::layer(KIND))
    }

    /// How PyTorch's names for its weights lead to its fields.
    pub fn weight_names(&self) -> WeightNames {
        let mut names = WeightNames::new();
        for layer in ["squeeze", "expand"] {
            names = names.with(layer, format!("latent.{layer}"));
        }
        for place in 0..self.channels.len() {
            for (theirs, ours, first) in [("down", "steps_down", "halve"), ("up", "steps_up", "double")] {
                let step = Sequential::new(format!("{theirs}.{place}."), names);
                let step = step.block(&format!("{ours}.{place}.{first}"), true);
                names = step.block(&format!("{ours}.{place}.refine"), true).names();
            }
        }
        names
    }

    fn layers<B: Backend>(&self, clip: ClipShape, device: &B::Device) -> Result<Unet<B>, oddframe_nn::Error> {
        let refine = |channels: usize, activation| {
            let conv = Conv2dConfig::new([channels; 2], [3, 3]).with_padding([1, 1]).with_bias(false);
            ConvBlock2d::new(&conv, true, activation, device)
        };
        let steps = self.channels.len();
        let mut steps_down = Vec::with_capacity(steps);
        let mut before = clip.channels;
        for &channels in &self.channels {
            let conv = Conv2dConfig::new([before, channels], [4, 4]).with_stride([2, 2]).with_padding([1, 1]);
            let halve = ConvBlock2d::new(&conv.with_bias(false), true, self.encoder, device)?;
            steps_down.push(StepDown { halve, refine: refine(channels, self.encoder)? });
            before = channels;
        }
        let positions = (clip.height >> steps) * (clip.width >> steps);
        let latent = (self.latent > 0).then(|| Latent::new(before * positions, self.latent, device));
        let mut steps_up = Vec::with_capacity(steps);
        for size in (0..steps).rev() {
            // At its sides lies the step down before this one, and the outermost has none.
            let channels = self.channels[size.saturating_sub(1)];
            let conv = ConvTranspose2dConfig::new([before, channels], [4, 4]).with_stride([2, 2]);
            let conv = conv.with_padding([1, 1]).with_bias(false);
            let double = UpBlock2d::new(&conv, true, self.decoder, device)?;
            steps_up.push(StepUp { double, refine: refine(channels, self.decoder)? });
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
            range: self.range,
        })
    }
}

impl<B: Kernels> Unet<B> {
    fn version(&self, images: Tensor<B, 4>) -> Tensor<B, 4> {
        let mut inner = images;
        let mut skips = Vec::with_capacity(self.steps_down.len());
        for step in &self.steps_down {
            inner = step.refine.forward(step.halve.forward(inner));
            skips.push(inner.clone());
        }
        // The innermost goes on by itself.
        skips.pop();
        if let Some(latent) = &self.latent {
            inner = latent.forward(inner);
        }
        for step in &self.steps_up {
            inner = step.refine.forward(step.double.forward(inner));
            if let Some(skip) = skips.pop() {
                inner = Tensor::cat(vec![inner, skip], 1);
            }
        }
        self.output.forward(inner)
    }
}

impl<B: Kernels> ErrorMapper<B> for Unet<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let shape = clips.dims();
        self.version(frames_as_images(clips)).reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for Unet<B> {
    fn loss(&self, seen: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1> {
        let version = self.reconstruct(seen);
        let mut loss = mean_squared_error(version.clone(), wanted.clone());
        let (version, wanted) = (frames_as_images(version), frames_as_images(wanted));
        if self.ssim_weight > 0.0 {
            let alike = ssim(version.clone(), wanted.clone(), self.range as f32);
            loss = loss + (1.0 - alike) * self.ssim_weight;
        }
        if self.gradient_weight > 0.0 {
            loss = loss + gradient_difference(version, wanted) * self.gradient_weight;
        }
        loss
    }
}

impl<B: Kernels> Network<B> for Unet<B> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn frozen(&self, device: &B::Device) -> Result<Box<dyn ClipScorer>, Error> {
        Ok(Box::new(FrozenUnet::new(self, device).map_err(Error::layer(KIND))?))
    }
}
