use burn::module::Param;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_kernels::{Activation, Window};

use crate::error::Error;
use crate::tensors::read_values;

/// One layer of an inference chain: a convolution, or a linear layer if there is no window. Batch normalisation is
/// already folded into the weights.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    /// In the layout of training: convolutions as the layer's, linear layers `[in, out]`.
    pub(super) weight: Vec<f32>,
    pub(super) weight_shape: Vec<usize>,
    pub(super) bias: Option<Vec<f32>>,
    pub(super) window: Option<Window>,
    pub(super) activation: Activation,
    /// `[channels, ...]` of one item at the input and at the output.
    #[cfg_attr(not(feature = "flex"), allow(dead_code))] // only the kernel path reads it
    pub(super) from: Vec<usize>,
    pub(super) to: Vec<usize>,
}

impl Stage {
    /// Multiplies each output channel by its scale and adds its shift.
    ///
    /// This folds batch normalisation with fixed statistics into the layer before it. With w and b of the layer,
    /// n(y) = scale y + shift is a layer with the weights scale w and the bias scale b + shift. The products are taken
    /// in f64 and rounded once.
    pub(super) fn scale_channels(&mut self, scale: &[f64], shift: &[f64]) {
        let outputs = scale.len();
        // Weights lie [outer, channel, inner]. For a plain convolution the output channel is the outermost axis. For a
        // transposed one it is the second axis, within a group, and the outer axis (the input channel) says which group.
        let (per_group, inner, inputs) = match self.window {
            None => (outputs, 1, self.weight_shape[0]),
            Some(window) if window.transposed => (
                self.weight_shape[1],
                self.weight_shape[2..].iter().product(),
                self.weight_shape[0] / window.groups,
            ),
            Some(_) => (outputs, self.weight_shape[1..].iter().product(), 1),
        };
        for (at, weights) in self.weight.chunks_exact_mut(inner).enumerate() {
            let (outer, channel) = (at / per_group, at % per_group);
            let factor = scale[outer / inputs * per_group + channel];
            for weight in weights {
                *weight = (f64::from(*weight) * factor) as f32;
            }
        }
        let bias = self.bias.get_or_insert_with(|| vec![0.0; outputs]);
        for ((bias, scale), shift) in bias.iter_mut().zip(scale).zip(shift) {
            *bias = (f64::from(*bias) * scale + shift) as f32;
        }
    }

    /// The number of input channels or features.
    #[cfg(feature = "flex")]
    pub(super) fn input_channels(&self) -> usize {
        self.window.map_or_else(
            || self.weight_shape[0],
            |window| window.input_channels(&self.weight_shape),
        )
    }

    /// The number of output channels or features.
    pub(super) fn output_channels(&self) -> usize {
        self.window.map_or_else(
            || self.weight_shape[1],
            |window| window.output_channels(&self.weight_shape),
        )
    }
}

/// The values of a bias, if there is one.
pub(super) fn read_bias<B: Backend>(
    bias: Option<&Param<Tensor<B, 1>>>,
) -> Result<Option<Vec<f32>>, Error> {
    bias.map(|bias| read_values("the bias", bias.val()))
        .transpose()
}

/// Depth, height and width of an item `[channels, ...]`; missing axes have size 1.
pub(super) fn item_size(item: &[usize]) -> [usize; 3] {
    let mut size = [1; 3];
    let axes = item.len() - 1;
    size[3 - axes..].copy_from_slice(&item[1..]);
    size
}
