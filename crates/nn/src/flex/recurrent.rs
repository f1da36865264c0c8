//! The weights of the recurrent layers, as the native kernels read them.

use burn::backend::Flex;
use oddframe_kernels::RecurrentWeights;

use super::layout::{channels_first, slice_values};
use crate::saved::RecurrentTensors;

/// The weights in row-major order.
pub(super) fn contiguous_weights(weights: RecurrentTensors<Flex>) -> RecurrentTensors<Flex> {
    RecurrentTensors::from_array(weights.into_array().map(channels_first))
}

/// The values of contiguous weights.
pub(super) fn kernel_weights(weights: &RecurrentTensors<Flex>) -> RecurrentWeights<'_> {
    RecurrentWeights {
        weight_ih: slice_values(&weights.input),
        weight_hh: slice_values(&weights.hidden),
        bias_ih: Some(slice_values(&weights.input_bias)),
        bias_hh: Some(slice_values(&weights.hidden_bias)),
    }
}
