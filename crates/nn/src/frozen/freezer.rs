use burn::module::Param;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::chain::Frozen;
use super::stage::{Stage, bias_values, size, values};
use crate::{
    Activation, BatchNorm, Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d, Error, Kernels, Linear, Window,
};

/// Builds a [`Frozen`] chain out of trained layers, in the order in which they run.
///
/// Weights are copied: what is trained later does not reach the chain.
#[derive(Debug, Clone)]
pub struct Freezer {
    input: Vec<usize>,
    stages: Vec<Stage>,
    /// `[channels, ...]` where the next layer is put; its product is what counts once it is flattened.
    item: Vec<usize>,
    flat: bool,
}

impl Freezer {
    /// A chain that takes items of this shape: `[channels, height, width]`, `[channels, depth, height, width]` or
    /// `[features]`.
    pub fn new(item: &[usize]) -> Self {
        Self { input: item.to_vec(), stages: Vec::new(), item: item.to_vec(), flat: item.len() == 1 }
    }

    /// Puts a convolution next.
    ///
    /// # Errors
    /// When it does not take what comes.
    pub fn conv2d<B: Backend>(self, layer: &Conv2d<B>) -> Result<Self, Error> {
        self.conv("Conv2d", &layer.weight, layer.bias.as_ref(), *layer.window(), layer.activation())
    }

    /// Puts a convolution over volumes next.
    ///
    /// # Errors
    /// When it does not take what comes.
    pub fn conv3d<B: Backend>(self, layer: &Conv3d<B>) -> Result<Self, Error> {
        self.conv("Conv3d", &layer.weight, layer.bias.as_ref(), *layer.window(), layer.activation())
    }

    /// Puts a transposed convolution next.
    ///
    /// # Errors
    /// When it does not take what comes.
    pub fn conv_transpose2d<B: Backend>(self, layer: &ConvTranspose2d<B>) -> Result<Self, Error> {
        self.conv("ConvTranspose2d", &layer.weight, layer.bias.as_ref(), *layer.window(), layer.activation())
    }

    /// Puts a transposed convolution over volumes next.
    ///
    /// # Errors
    /// When it does not take what comes.
    pub fn conv_transpose3d<B: Backend>(self, layer: &ConvTranspose3d<B>) -> Result<Self, Error> {
        self.conv("ConvTranspose3d", &layer.weight, layer.bias.as_ref(), *layer.window(), layer.activation())
    }

    /// Folds batch normalisation, with its running statistics, into the layer before it.
    ///
    /// # Errors
    /// When it does not take what comes, or no layer without an activation comes right before it.
    pub fn batch_norm<B: Backend>(mut self, layer: &BatchNorm<B>) -> Result<Self, Error> {
        let gamma = values("gamma", layer.gamma.val())?;
        let beta = values("beta", layer.beta.val())?;
        let [mean, variance] = layer.statistics();
        let (mean, variance) = (values("the running mean", mean)?, values("the running variance", variance)?);
        let place = self.stages.len() + 1;
        let error =
            |expected: String, found: String| Error::Chain { place, layer: "BatchNorm", expected, found };
        let row = self.item.iter().product();
        let channels = if self.flat { row } else { self.item.first().copied().unwrap_or(0) };
        if channels != gamma.len() {
            let unit = if self.flat { "features" } else { "channels" };
            return Err(self.misfit("BatchNorm", format!("{} {unit}", gamma.len())));
        }
        let scale: Vec<f64> = gamma
            .iter()
            .zip(&variance)
            .map(|(&gamma, &variance)| f64::from(gamma) / (f64::from(variance) + layer.epsilon()).sqrt())
            .collect();
        let shift: Vec<f64> = beta
            .iter()
            .zip(mean.iter().zip(&scale))
            .map(|(&beta, (&mean, scale))| f64::from(beta) - f64::from(mean) * scale)
            .collect();
        match self.stages.last_mut() {
            Some(before) if before.activation != Activation::Identity => {
                Err(error("a layer without activation".into(), format!("{:?}", before.activation)))
            }
            // A convolution has one weight and bias for all of a channel's positions.
            Some(before) if before.outputs() % channels != 0 => {
                let found = format!("{} channels as a row of {channels}", before.outputs());
                Err(error("a layer that gives each of its features a bias".into(), found))
            }
            Some(before) => {
                // A linear layer before an item has an output for each of a channel's positions.
                let positions = before.outputs() / channels;
                let each = |values: &[f64]| -> Vec<f64> {
                    values.iter().flat_map(|&value| std::iter::repeat_n(value, positions)).collect()
                };
                before.scale(&each(&scale), &each(&shift));
                before.activation = layer.activation();
                Ok(self)
            }
            None => Err(error("a layer before it to fold it into".into(), "the input".into())),
        }
    }

    /// Puts an activation into the layer before it.
    ///
    /// # Errors
    /// When no layer without an activation comes right before it, or the slope is below zero.
    pub fn activation(mut self, activation: Activation) -> Result<Self, Error> {
        activation.check("the activation")?;
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
                found: other.map_or_else(|| "the input".into(), |before| format!("{:?}", before.activation)),
            }),
        }
    }

    /// Takes each item as one row, channels first: what PyTorch's `Flatten` and Burn's `flatten(1, ..)` give.
    #[must_use]
    pub fn flatten(mut self) -> Self {
        self.flat = true;
        self
    }

    /// Takes each row as an item of this shape, `[channels, ...]`.
    ///
    /// # Errors
    /// When the row has another length, or no linear layer comes right before.
    pub fn unflatten(mut self, item: &[usize]) -> Result<Self, Error> {
        let place = self.stages.len() + 1;
        let error = |found: String| Error::Chain {
            place,
            layer: "unflatten",
            expected: format!("a linear layer before it that gives {item:?}"),
            found,
        };
        let fits = self.flat
            && (2..=4).contains(&item.len())
            && item.iter().product::<usize>() == self.item.iter().product::<usize>();
        match self.stages.last_mut() {
            Some(before) if fits && before.window.is_none() => before.to = item.to_vec(),
            _ => return Err(error(format!("{:?}", self.item))),
        }
        self.item = item.to_vec();
        self.flat = false;
        Ok(self)
    }

    /// Puts a linear layer next; it takes rows.
    ///
    /// # Errors
    /// When it does not take what comes.
    pub fn linear<B: Backend>(mut self, layer: &Linear<B>) -> Result<Self, Error> {
        let weight = layer.weight.val();
        let [inputs, outputs] = weight.dims();
        if !self.flat || self.item.is_empty() || self.item.iter().product::<usize>() != inputs {
            return Err(self.misfit("Linear", format!("rows of {inputs} features")));
        }
        self.stages.push(Stage {
            weight: values("the weights", weight)?,
            weight_shape: vec![inputs, outputs],
            bias: bias_values(layer.bias.as_ref())?,
            window: None,
            activation: layer.activation(),
            from: self.item,
            to: vec![outputs],
        });
        self.item = vec![outputs];
        Ok(self)
    }

    /// The chain, on this device.
    ///
    /// # Errors
    /// When it has no layer.
    pub fn build<B: Kernels>(self, device: &B::Device) -> Result<Frozen<B>, Error> {
        if self.stages.is_empty() {
            return Err(self.misfit("the chain", "at least one layer".into()));
        }
        Frozen::new(self.input, self.stages, self.flat, device)
    }

    fn conv<B: Backend, const D: usize>(
        mut self,
        layer: &'static str,
        weight: &Param<Tensor<B, D>>,
        bias: Option<&Param<Tensor<B, 1>>>,
        window: Window,
        activation: Activation,
    ) -> Result<Self, Error> {
        let weight = weight.val();
        let weight_shape = weight.dims().to_vec();
        let channels = window.in_channels(&weight_shape);
        if self.flat || self.item.len() != D - 1 || self.item[0] != channels {
            return Err(self.misfit(layer, format!("[{channels}, ...] of {} axes", D - 1)));
        }
        let Some(output) = window.output(size(&self.item)) else {
            return Err(self.misfit(layer, format!("an input that leaves an output with {window:?}")));
        };
        let mut to = vec![window.out_channels(&weight_shape)];
        to.extend_from_slice(&output[5 - D..]);
        self.stages.push(Stage {
            weight: values("the weights", weight)?,
            weight_shape,
            bias: bias_values(bias)?,
            window: Some(window),
            activation,
            from: self.item,
            to: to.clone(),
        });
        self.item = to;
        Ok(self)
    }

    fn misfit(&self, layer: &'static str, expected: String) -> Error {
        let flat = if self.flat { " as a row" } else { "" };
        Error::Chain {
            place: self.stages.len() + 1,
            layer,
            expected,
            found: format!("{:?}{flat}", self.item),
        }
    }
}
