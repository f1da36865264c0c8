use std::iter::repeat_n;

use burn::module::Param;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_kernels::{Activation, Window};

use super::arithmetic::Arithmetic;
use super::chain::Inference;
use super::stage::{Stage, item_size, read_bias};
use crate::activation::check_activation;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::layers::{BatchNorm, Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d, Linear};
use crate::tensors::read_values;

/// Builds an [`Inference`] chain from trained layers, in the order in which they run.
///
/// Weights are copied: later training does not change the chain.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_nn::{
///     Activation, BatchNormConfig, Conv2dConfig, Inference, InferenceBuilder, LinearConfig,
/// };
///
/// let device = Default::default();
/// let conv = Conv2dConfig::new([3, 8], [4, 4]).with_stride([2, 2]).with_padding([1, 1]);
/// let conv = conv.init::<Flex>(&device)?;
/// let norm = BatchNormConfig::new(8).with_activation(Activation::Relu).init::<Flex>(&device)?;
/// let head = LinearConfig::new(8 * 16 * 16, 2).init::<Flex>(&device)?;
///
/// let chain: Inference<Flex> = InferenceBuilder::new(&[3, 32, 32])
///     .conv2d(&conv)?
///     .batch_norm(&norm)? // folded into the convolution's weights
///     .flatten()
///     .linear(&head)?
///     .build(&device)?;
/// assert_eq!(chain.output(), [2]);
///
/// // A layer that does not fit the one before it is an error when the chain is built.
/// assert!(InferenceBuilder::new(&[4, 32, 32]).conv2d(&conv).is_err());
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct InferenceBuilder {
    input: Vec<usize>,
    stages: Vec<Stage>,
    /// The shape of one item that the next layer receives, `[channels, ...]`. After flattening only its product is used.
    item: Vec<usize>,
    flat: bool,
}

impl InferenceBuilder {
    /// A chain that takes items of this shape: `[channels, height, width]`, `[channels, depth, height, width]` or
    /// `[features]`.
    pub fn new(item: &[usize]) -> Self {
        Self {
            input: item.to_vec(),
            stages: Vec::new(),
            item: item.to_vec(),
            flat: item.len() == 1,
        }
    }

    /// Appends a convolution over images.
    ///
    /// # Errors
    /// When it does not take the shape that the chain outputs so far.
    pub fn conv2d<B: Backend>(self, layer: &Conv2d<B>) -> Result<Self, Error> {
        self.append_conv(
            "Conv2d",
            &layer.weight,
            layer.bias.as_ref(),
            *layer.window(),
            layer.activation(),
        )
    }

    /// Appends a convolution over volumes.
    ///
    /// # Errors
    /// When it does not take the shape that the chain outputs so far.
    pub fn conv3d<B: Backend>(self, layer: &Conv3d<B>) -> Result<Self, Error> {
        self.append_conv(
            "Conv3d",
            &layer.weight,
            layer.bias.as_ref(),
            *layer.window(),
            layer.activation(),
        )
    }

    /// Appends a transposed convolution over images.
    ///
    /// # Errors
    /// When it does not take the shape that the chain outputs so far.
    pub fn conv_transpose2d<B: Backend>(self, layer: &ConvTranspose2d<B>) -> Result<Self, Error> {
        let (bias, window) = (layer.bias.as_ref(), *layer.window());
        self.append_conv(
            "ConvTranspose2d",
            &layer.weight,
            bias,
            window,
            layer.activation(),
        )
    }

    /// Appends a transposed convolution over volumes.
    ///
    /// # Errors
    /// When it does not take the shape that the chain outputs so far.
    pub fn conv_transpose3d<B: Backend>(self, layer: &ConvTranspose3d<B>) -> Result<Self, Error> {
        let (bias, window) = (layer.bias.as_ref(), *layer.window());
        self.append_conv(
            "ConvTranspose3d",
            &layer.weight,
            bias,
            window,
            layer.activation(),
        )
    }

    /// Folds batch normalisation, with its running statistics, into the layer before it.
    ///
    /// With fixed statistics, batch normalisation is a scale and a shift of each channel ([`fold_batch_norm`]). They become
    /// part of the weights and the bias of the preceding layer, and the activation moves there too.
    ///
    /// # Errors
    /// When its channels do not match, or the layer right before it is missing or has an activation.
    pub fn batch_norm<B: Backend>(mut self, layer: &BatchNorm<B>) -> Result<Self, Error> {
        let gamma = read_values("gamma", layer.gamma.val())?;
        let beta = read_values("beta", layer.beta.val())?;
        let [mean, variance] = layer.running_statistics();
        let mean = read_values("the running mean", mean)?;
        let variance = read_values("the running variance", variance)?;
        let place = self.stages.len() + 1;
        let row = self.item.iter().product();
        let channels = if self.flat {
            row
        } else {
            self.item.first().copied().unwrap_or(0)
        };
        if channels != gamma.len() {
            let unit = if self.flat { "features" } else { "channels" };
            return Err(self.mismatch("BatchNorm", format!("{} {unit}", gamma.len())));
        }
        let [scale, shift] = fold_batch_norm([&gamma, &beta, &mean, &variance], layer.epsilon());
        let (expected, found) = match self.stages.last_mut() {
            Some(before) if before.activation != Activation::Identity => (
                "a layer without activation",
                format!("{:?}", before.activation),
            ),
            // A flattened convolution has one weight and one bias for all positions of a channel, so that features
            // cannot be scaled one by one.
            Some(before) if before.output_channels() % channels != 0 => (
                "a layer with one bias per feature before it",
                format!(
                    "{} channels as a row of {channels}",
                    before.output_channels()
                ),
            ),
            Some(before) => {
                // A linear layer whose row becomes an item has one output for each of a channel's positions.
                let positions = before.output_channels() / channels;
                before.scale_channels(
                    &repeat_each(&scale, positions),
                    &repeat_each(&shift, positions),
                );
                before.activation = layer.activation();
                return Ok(self);
            }
            None => ("a layer before it to fold it into", "the input".into()),
        };
        Err(Error::Chain {
            place,
            layer: "BatchNorm",
            expected: expected.into(),
            found,
        })
    }

    /// Gives the layer before it this activation.
    ///
    /// # Errors
    /// When the layer right before is missing or already has an activation, or the slope is negative.
    pub fn activation(mut self, activation: Activation) -> Result<Self, Error> {
        check_activation("the activation", activation)?;
        let place = self.stages.len() + 1;
        match self.stages.last_mut() {
            Some(before) if before.activation == Activation::Identity => {
                before.activation = activation;
                Ok(self)
            }
            other => Err(Error::Chain {
                place,
                layer: "the activation",
                expected: "a layer without activation before it".into(),
                found: other.map_or_else(
                    || "the input".into(),
                    |before| format!("{:?}", before.activation),
                ),
            }),
        }
    }

    /// Reads each item as one row, channels first, like PyTorch's `Flatten` and Burn's `flatten(1, ..)`.
    #[must_use]
    pub fn flatten(mut self) -> Self {
        self.flat = true;
        self
    }

    /// Reads each row as an item of this shape, `[channels, ...]`.
    ///
    /// # Errors
    /// When the row has another length, or the layer right before is not linear.
    pub fn unflatten(mut self, item: &[usize]) -> Result<Self, Error> {
        // Only a linear layer may change the shape of its row: its weights can be reordered to channels last.
        let fits = self.flat
            && (2..=4).contains(&item.len())
            && item.iter().product::<usize>() == self.item.iter().product::<usize>();
        match self.stages.last_mut() {
            Some(before) if fits && before.window.is_none() => before.to = item.to_vec(),
            _ => {
                return Err(Error::Chain {
                    place: self.stages.len() + 1,
                    layer: "unflatten",
                    expected: format!("a linear layer before it that gives {item:?}"),
                    found: format!("{:?}", self.item),
                });
            }
        }
        self.item = item.to_vec();
        self.flat = false;
        Ok(self)
    }

    /// Appends a linear layer, which takes rows.
    ///
    /// # Errors
    /// When it does not take the shape that the chain outputs so far.
    pub fn linear<B: Backend>(mut self, layer: &Linear<B>) -> Result<Self, Error> {
        let weight = layer.weight.val();
        let [inputs, outputs] = weight.dims();
        if !self.flat || self.item.is_empty() || self.item.iter().product::<usize>() != inputs {
            return Err(self.mismatch("Linear", format!("rows of {inputs} features")));
        }
        self.stages.push(Stage {
            weight: read_values("the weights", weight)?,
            weight_shape: vec![inputs, outputs],
            bias: read_bias(layer.bias.as_ref())?,
            window: None,
            activation: layer.activation(),
            from: self.item,
            to: vec![outputs],
        });
        self.item = vec![outputs];
        Ok(self)
    }

    /// Builds the chain on this device, in 32-bit floats.
    ///
    /// # Errors
    /// When it has no layer.
    pub fn build<B: Kernels>(self, device: &B::Device) -> Result<Inference<B>, Error> {
        self.build_with(device, &Arithmetic::Floats)
    }

    /// Builds the chain on this device, to calculate in this arithmetic.
    ///
    /// # Errors
    /// When it has no layer; for another arithmetic than 32-bit floats, when the device has no native kernels; for 8-bit
    /// integers, when ranges are missing, or a layer has groups or more than 65,536 inputs to a sum.
    pub fn build_with<B: Kernels>(
        self,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Inference<B>, Error> {
        if self.stages.is_empty() {
            return Err(self.mismatch("the chain", "at least one layer".into()));
        }
        Inference::new(self.input, self.stages, self.flat, device, arithmetic)
    }

    fn append_conv<B: Backend, const D: usize>(
        mut self,
        layer: &'static str,
        weight: &Param<Tensor<B, D>>,
        bias: Option<&Param<Tensor<B, 1>>>,
        window: Window,
        activation: Activation,
    ) -> Result<Self, Error> {
        let weight = weight.val();
        let weight_shape = weight.dims().to_vec();
        let channels = window.input_channels(&weight_shape);
        if self.flat || self.item.len() != D - 1 || self.item[0] != channels {
            return Err(self.mismatch(layer, format!("[{channels}, ...] of {} axes", D - 1)));
        }
        // The sizes follow from the window alone: a layer that does not fit is found here, before anything runs.
        let Some(output) = window.output_size(item_size(&self.item)) else {
            return Err(self.mismatch(
                layer,
                format!("an input that leaves an output with {window:?}"),
            ));
        };
        let mut to = vec![window.output_channels(&weight_shape)];
        // A window has three axes; an image, of rank 4 as a batch, has only the last two.
        to.extend_from_slice(&output[5 - D..]);
        self.stages.push(Stage {
            weight: read_values("the weights", weight)?,
            weight_shape,
            bias: read_bias(bias)?,
            window: Some(window),
            activation,
            from: self.item,
            to: to.clone(),
        });
        self.item = to;
        Ok(self)
    }

    fn mismatch(&self, layer: &'static str, expected: String) -> Error {
        let flat = if self.flat { " as a row" } else { "" };
        Error::Chain {
            place: self.stages.len() + 1,
            layer,
            expected,
            found: format!("{:?}{flat}", self.item),
        }
    }
}

/// Each value `count` times in a row.
fn repeat_each(values: &[f64], count: usize) -> Vec<f64> {
    values
        .iter()
        .flat_map(|&value| repeat_n(value, count))
        .collect()
}

/// Batch normalisation with fixed statistics, as a scale and a shift of each channel.
///
/// With the running statistics, `gamma (s - mean) / sqrt(variance + epsilon) + beta` is linear in s, the sums of a layer: it is
/// `scale s + shift`. Multiplied into the layer's weights and added to its bias, it costs nothing. Both are in double
/// precision, so that folding rounds each weight once.
///
/// The slices have one value for each channel, in the order gamma, beta, mean, variance; the result is scale and shift.
///
/// ```
/// use oddframe_nn::fold_batch_norm;
///
/// let [scale, shift] = fold_batch_norm([&[3.0], &[1.0], &[2.0], &[4.0]], 0.0);
/// assert_eq!((scale, shift), (vec![1.5], vec![-2.0]));
/// ```
pub fn fold_batch_norm([gamma, beta, mean, variance]: [&[f32]; 4], epsilon: f64) -> [Vec<f64>; 2] {
    let scale: Vec<f64> = gamma
        .iter()
        .zip(variance)
        .map(|(&gamma, &variance)| f64::from(gamma) / (f64::from(variance) + epsilon).sqrt())
        .collect();
    let shift = beta
        .iter()
        .zip(mean.iter().zip(&scale))
        .map(|(&beta, (&mean, scale))| f64::from(beta) - f64::from(mean) * scale)
        .collect();
    [scale, shift]
}
