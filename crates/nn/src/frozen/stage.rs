use burn::module::Param;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::{Activation, Error, Window};

/// One layer of a frozen chain: a convolution, or a linear layer where there is no window. Batch normalisation
/// is in its weights.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    /// Convolutions as they are trained; linear layers `[in, out]`.
    pub(super) weight: Vec<f32>,
    pub(super) weight_shape: Vec<usize>,
    pub(super) bias: Option<Vec<f32>>,
    pub(super) window: Option<Window>,
    pub(super) activation: Activation,
    /// `[channels, ...]` of one item, before and after.
    #[cfg_attr(not(feature = "flex"), allow(dead_code))] // what the plain form reads
    pub(super) from: Vec<usize>,
    pub(super) to: Vec<usize>,
}

impl Stage {
    /// Multiplies each output channel and adds to it: what batch normalisation does once its statistics stand.
    pub(super) fn scale(&mut self, scale: &[f64], shift: &[f64]) {
        let outputs = scale.len();
        // Weights lie [outer, channel, inner]; with groups, a transposed convolution's outer axis says which.
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

    /// Input channels, or features.
    #[cfg(feature = "flex")]
    pub(super) fn inputs(&self) -> usize {
        self.window.map_or_else(|| self.weight_shape[0], |window| window.in_channels(&self.weight_shape))
    }

    /// Output channels, or features.
    pub(super) fn outputs(&self) -> usize {
        self.window.map_or_else(|| self.weight_shape[1], |window| window.out_channels(&self.weight_shape))
    }
}

/// The values of a parameter.
pub(super) fn values<B: Backend, const D: usize>(
    what: &'static str,
    tensor: Tensor<B, D>,
) -> Result<Vec<f32>, Error> {
    tensor.into_data().convert::<f32>().to_vec().map_err(|source| Error::Values { what, source })
}

/// The values of a bias, where there is one.
pub(super) fn bias_values<B: Backend>(bias: Option<&Param<Tensor<B, 1>>>) -> Result<Option<Vec<f32>>, Error> {
    bias.map(|bias| values("the bias", bias.val())).transpose()
}

/// Depth, height and width of an item `[channels, ...]`.
pub(super) fn size(item: &[usize]) -> [usize; 3] {
    let mut size = [1; 3];
    let axes = item.len() - 1;
    size[3 - axes..].copy_from_slice(&item[1..]);
    size
}
