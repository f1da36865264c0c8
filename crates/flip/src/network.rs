use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::log_sigmoid;
use burn::tensor::backend::Backend;
use oddframe_nn::{
    Activation, ClipLoss, Conv2d, Conv2dConfig, Dropout, Kernels, Linear, LinearConfig,
};

use crate::{Error, FlipConfig, FlipHead};

/// Channels of the input and of the three convolutions.
const CHANNELS: [usize; 4] = [1, 16, 32, 64];
/// Features between the two linear layers of [`FlipHead::Hidden`].
const HIDDEN: usize = 32;

/// A small classifier of frames: upright or upside down.
///
/// Three convolutions that halve each side, global average pooling and a head. Built by [`FlipConfig::init`].
#[derive(Module, Debug)]
pub struct FlipNet<B: Backend> {
    pub(crate) convs: Vec<Conv2d<B>>,
    pub(crate) hidden: Option<Linear<B>>,
    pub(crate) dropout: Dropout,
    pub(crate) output: Linear<B>,
    #[module(skip)]
    pub(crate) config: FlipConfig,
}

impl FlipConfig {
    /// Builds a network with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When the side is zero or too long, or the dropout is not at least 0 and below 1.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<FlipNet<B>, Error> {
        self.check()?;
        // Each convolution halves both sides and widens the channels; for the default side of 64:
        //
        //   1x64x64 ─▶ 16x32x32 ─▶ 32x16x16 ─▶ 64x8x8 ─mean over positions─▶ 64 features ─head─▶ log-odds
        let convs = CHANNELS.windows(2).map(|pair| {
            Conv2dConfig::new([pair[0], pair[1]], [3, 3])
                .with_stride([2, 2])
                .with_padding([1, 1])
                .with_activation(Activation::Relu)
                .init(device)
        });
        let convs = convs.collect::<Result<Vec<_>, _>>()?;
        let features = CHANNELS[CHANNELS.len() - 1];
        let hidden = match self.head {
            FlipHead::Hidden => {
                let layer = LinearConfig::new(features, HIDDEN).with_activation(Activation::Relu);
                Some(layer.init(device)?)
            }
            FlipHead::Linear | FlipHead::Sigmoid => None,
        };
        // Two outputs are scores for upright and for flipped; a single output is the log-odds itself.
        let (inputs, outputs) = match self.head {
            FlipHead::Hidden => (HIDDEN, 2),
            FlipHead::Linear => (features, 2),
            FlipHead::Sigmoid => (features, 1),
        };
        let output = LinearConfig::new(inputs, outputs).init(device)?;
        Ok(FlipNet {
            convs,
            hidden,
            dropout: Dropout {
                share: self.dropout,
            },
            output,
            config: *self,
        })
    }
}

impl<B: Backend> FlipNet<B> {
    /// The parameters that it was built from.
    pub fn config(&self) -> &FlipConfig {
        &self.config
    }
}

impl<B: Kernels> FlipNet<B> {
    /// The log-odds that each frame is upside down.
    ///
    /// With two outputs it is their difference, because the sigmoid of the difference is the softmax.
    ///
    /// # Shapes
    /// `[batch, 1, height, width]` to `[batch]`.
    ///
    /// # Panics
    /// When the frames are not gray.
    pub fn log_odds(&self, frames: Tensor<B, 4>) -> Tensor<B, 1> {
        let mut features = frames;
        for conv in &self.convs {
            features = conv.forward(features);
        }
        // Global average pooling: `[batch, channels, height, width]` to `[batch, channels]`. What a feature stands for,
        // such as sky or ground, then counts wherever it is, and any side of the input gives as many features.
        let mut features: Tensor<B, 2> = features.flatten::<3>(2, 3).mean_dim(2).squeeze_dim(2);
        if let Some(hidden) = &self.hidden {
            features = self.dropout.forward(hidden.forward(features));
        }
        let outputs = self.output.forward(features);
        let odds = match outputs.dims()[1] {
            1 => outputs,
            _ => outputs.clone().narrow(1, 1, 1) - outputs.narrow(1, 0, 1),
        };
        odds.squeeze_dim(1)
    }
}

impl<B: Kernels> ClipLoss<B> for FlipNet<B> {
    /// The cross-entropy; `wanted` is 1 for a frame that is upside down and 0 for one that is not.
    fn loss(&self, seen: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1> {
        let [batch, frames, channels, height, width] = seen.dims();
        let odds = self.log_odds(seen.reshape([batch * frames, channels, height, width]));
        // The log-odds of the correct class, with the label as the sign s = -1 or 1. The binary cross-entropy is then
        // -log sigmoid(s odds), a form that does not overflow for large odds.
        let signs = wanted.flatten::<1>(0, 4) * 2.0 - 1.0;
        -log_sigmoid(odds * signs).mean()
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};
    use burn::tensor::ElementConversion;
    use burn::tensor::activation::{log_softmax, sigmoid};
    use burn::tensor::{Device, Distribution};
    use oddframe_nn::parameter_count;

    use super::*;

    fn net<B: Backend>(head: FlipHead) -> FlipNet<B> {
        FlipConfig {
            head,
            dropout: 0.0,
            ..FlipConfig::default()
        }
        .init(&Device::<B>::default())
        .unwrap()
    }

    #[test]
    fn parameters_are_the_documented_ones() {
        let count = |head| parameter_count(&net::<Flex>(head));
        assert_eq!(
            [FlipHead::Hidden, FlipHead::Linear, FlipHead::Sigmoid].map(count),
            [25_442, 23_426, 23_361]
        );
    }

    #[test]
    fn impossible_configs_are_refused() {
        let init = |config: FlipConfig| config.init::<Flex>(&Device::<Flex>::default());
        let config = FlipConfig {
            dropout: 1.0,
            ..FlipConfig::default()
        };
        assert_eq!(
            init(config).unwrap_err().to_string(),
            "the dropout is 1; it must be at least 0 and below 1"
        );
        assert!(
            init(FlipConfig {
                dropout: f64::NAN,
                ..config
            })
            .is_err()
        );
        let config = FlipConfig {
            side_px: 0,
            ..FlipConfig::default()
        };
        assert!(matches!(
            init(config),
            Err(Error::Core(oddframe_core::Error::InvalidShape { .. }))
        ));
        assert!(
            init(FlipConfig {
                side_px: 1,
                ..config
            })
            .is_ok()
        );
    }

    #[test]
    fn a_config_is_read_with_defaults_and_without_unknown_fields() {
        let read = |text: &str| serde_json::from_str::<FlipConfig>(text);
        assert_eq!(read("{}").unwrap(), FlipConfig::default());
        let config = read(r#"{"head": "sigmoid", "filter": "opencv", "side_px": 32}"#).unwrap();
        assert_eq!((config.head, config.side_px), (FlipHead::Sigmoid, 32));
        assert_eq!(
            read(&serde_json::to_string(&config).unwrap()).unwrap(),
            config
        );
        assert!(
            read(r#"{"sides_px": 32}"#)
                .unwrap_err()
                .to_string()
                .contains("side_px")
        );
    }

    #[test]
    fn the_loss_is_the_cross_entropy_of_its_outputs() {
        let device = Device::<Flex>::default();
        let seen =
            Tensor::<Flex, 5>::random([6, 1, 1, 64, 64], Distribution::Uniform(0.0, 1.0), &device);
        let labels = [0.0, 1.0, 1.0, 0.0, 0.0, 1.0_f32];
        let wanted = Tensor::<Flex, 1>::from_data(labels, &device).reshape([6, 1, 1, 1, 1]);
        let images = seen.clone().reshape([6, 1, 64, 64]);
        for head in [FlipHead::Hidden, FlipHead::Linear, FlipHead::Sigmoid] {
            let net = net::<Flex>(head);
            let odds = net.log_odds(images.clone());
            // The log-probability of the labelled class.
            let both = if head == FlipHead::Sigmoid {
                let flipped = sigmoid(odds.unsqueeze_dim::<2>(1));
                Tensor::cat(vec![(-flipped.clone() + 1.0).log(), flipped.log()], 1)
            } else {
                log_softmax(Tensor::stack::<2>(vec![odds.zeros_like(), odds], 1), 1)
            };
            let both = both.into_data().to_vec::<f32>().unwrap();
            let chosen = labels
                .iter()
                .zip(both.chunks_exact(2))
                .map(|(label, pair)| pair[*label as usize]);
            let expected = -chosen.sum::<f32>() / 6.0;
            let found: f32 = net.loss(seen.clone(), wanted.clone()).into_scalar().elem();
            assert!(
                (found - expected).abs() < 1e-5,
                "{head:?}: {found} instead of {expected}"
            );
        }
    }

    #[test]
    fn gradients_reach_every_parameter() {
        type Train = Autodiff<Flex>;
        let device = Device::<Train>::default();
        let seen =
            Tensor::<Train, 5>::random([4, 1, 1, 64, 64], Distribution::Uniform(0.0, 1.0), &device);
        let wanted = Tensor::<Train, 1>::from_data([0.0, 1.0, 1.0, 0.0_f32], &device)
            .reshape([4, 1, 1, 1, 1]);
        let net = net::<Train>(FlipHead::Hidden);
        let gradients = net.loss(seen, wanted).backward();
        let moves = |gradient: Option<Tensor<Flex, 1>>| {
            gradient.is_some_and(|g| g.abs().sum().into_scalar().elem::<f32>() > 0.0)
        };
        for conv in &net.convs {
            assert!(moves(conv.weight.grad(&gradients).map(|g| g.flatten(0, 3))));
            assert!(moves(conv.bias.as_ref().unwrap().grad(&gradients)));
        }
        for linear in [net.hidden.as_ref().unwrap(), &net.output] {
            assert!(moves(
                linear.weight.grad(&gradients).map(|g| g.flatten(0, 1))
            ));
            assert!(moves(linear.bias.as_ref().unwrap().grad(&gradients)));
        }
    }
}
