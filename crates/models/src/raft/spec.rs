use std::collections::BTreeMap;

use oddframe_nn::{Activation, Window, fold_batch_norm};

use super::fused::FusedConv;
use super::options::KIND;
use crate::error::Error;

/// Epsilon of all normalisations, PyTorch's default.
pub(super) const EPSILON: f64 = 1e-5;

/// One convolution of torchvision's network: its names, its shape, and what follows it.
#[derive(Debug, Clone)]
pub(super) struct ConvSpec {
    name: String,
    /// The name of the batch normalisation behind it, if there is one.
    norm: Option<String>,
    channels: [usize; 2],
    kernel: [usize; 2],
    stride: usize,
    activation: Activation,
    multiplier: f32,
}

impl ConvSpec {
    /// A convolution with stride 1 that keeps the size of the image.
    pub(super) fn new(
        name: String,
        channels: [usize; 2],
        kernel: [usize; 2],
        activation: Activation,
    ) -> Self {
        Self {
            name,
            norm: None,
            channels,
            kernel,
            stride: 1,
            activation,
            multiplier: 1.0,
        }
    }

    /// As [`new`](Self::new) with a square kernel.
    pub(super) fn square(
        name: String,
        channels: [usize; 2],
        kernel: usize,
        activation: Activation,
    ) -> Self {
        Self::new(name, channels, [kernel; 2], activation)
    }

    /// A convolution of a block with a normalisation, whose own weights the file has if it is a batch normalisation.
    pub(super) fn normalised(
        block: &str,
        channels: [usize; 2],
        kernel: usize,
        activation: Activation,
        batch_norm: bool,
    ) -> Self {
        Self {
            norm: batch_norm.then(|| format!("{block}.1")),
            ..Self::square(format!("{block}.0"), channels, kernel, activation)
        }
    }

    /// The same convolution with this stride along both axes.
    pub(super) fn with_stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// The same convolution, its output multiplied by this number.
    pub(super) fn with_multiplier(self, multiplier: f32) -> Self {
        Self { multiplier, ..self }
    }

    /// Names and shapes of its weights in a file.
    pub(super) fn weights(&self) -> Vec<(String, Vec<usize>)> {
        let [inputs, outputs] = self.channels;
        let [height, width] = self.kernel;
        let mut all = vec![
            (
                format!("{}.weight", self.name),
                vec![outputs, inputs, height, width],
            ),
            (format!("{}.bias", self.name), vec![outputs]),
        ];
        if let Some(norm) = &self.norm {
            for part in ["weight", "bias", "running_mean", "running_var"] {
                all.push((format!("{norm}.{part}"), vec![outputs]));
            }
        }
        all
    }

    /// The convolution with its weights, which are taken out of `values`. Batch normalisation is folded into them.
    ///
    /// # Errors
    /// When a variance is negative.
    pub(super) fn fuse(&self, values: &mut BTreeMap<String, Vec<f32>>) -> Result<FusedConv, Error> {
        // All names have been read: a missing one cannot occur, and an empty slice would be an error of the layer's length.
        let mut take = |name: String| values.remove(&name).unwrap_or_default();
        let [inputs, outputs] = self.channels;
        let [height, width] = self.kernel;
        let padding = self.kernel.map(|side| side / 2);
        let mut conv = FusedConv {
            weight: take(format!("{}.weight", self.name)),
            shape: [outputs, inputs, height, width],
            bias: Some(take(format!("{}.bias", self.name))),
            window: Window::image(self.kernel)
                .with_stride([1, self.stride, self.stride])
                .with_padding([0, padding[0], padding[1]]),
            activation: self.activation,
        };
        if let Some(norm) = &self.norm {
            let [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"]
                .map(|part| take(format!("{norm}.{part}")));
            if variance.iter().any(|variance| *variance < 0.0) {
                let name = format!("{norm}.running_var");
                return Err(Error::NegativeVariance { kind: KIND, name });
            }
            let [scale, shift] = fold_batch_norm([&gamma, &beta, &mean, &variance], EPSILON);
            conv.scale_outputs(&scale, &shift);
        } else if self.multiplier != 1.0 {
            let scale = vec![f64::from(self.multiplier); outputs];
            conv.scale_outputs(&scale, &vec![0.0; outputs]);
        }
        Ok(conv)
    }
}
