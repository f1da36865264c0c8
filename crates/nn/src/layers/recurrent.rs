use burn::module::Param;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::parts::init_uniform;
use crate::error::{Error, at_least_one, check_weights};
use crate::saved::RecurrentTensors;
use crate::tensors::to_primitive;

/// The new parameters of an LSTM or a GRU, first those for the input, then those for the hidden state.
#[derive(Debug)]
pub(crate) struct RecurrentParameters<B: Backend> {
    /// `[gates * hidden, input]` and `[gates * hidden, hidden]`.
    pub(crate) weights: [Param<Tensor<B, 2>>; 2],
    /// `[gates * hidden]` each.
    pub(crate) biases: [Param<Tensor<B, 1>>; 2],
}

impl<B: Backend> RecurrentParameters<B> {
    /// PyTorch's default initial weights of a layer with this number of gates.
    ///
    /// # Errors
    /// When a size is zero, or there are more than 2^30 weights.
    pub(super) fn init(
        layer: &'static str,
        gates: usize,
        [inputs, hidden]: [usize; 2],
        device: &B::Device,
    ) -> Result<Self, Error> {
        at_least_one(
            layer,
            &[("the input's size", inputs), ("the hidden size", hidden)],
        )?;
        check_weights(layer, &[gates, hidden, inputs.max(hidden)])?;
        // PyTorch draws all parameters of a recurrent layer within 1/√hidden, those for the input too.
        let rows = gates * hidden;
        Ok(Self {
            weights: [inputs, hidden].map(|columns| init_uniform([rows, columns], hidden, device)),
            biases: [rows, rows].map(|rows| init_uniform([rows], hidden, device)),
        })
    }
}

/// What the backend's operations take, from the parameters for the input and for the hidden state.
///
/// The parameters are read and not cloned: a clone of one that has no values yet would draw its own.
pub(super) fn read_tensors<B: Backend>(
    [input, hidden]: [&Param<Tensor<B, 2>>; 2],
    [input_bias, hidden_bias]: [&Param<Tensor<B, 1>>; 2],
) -> RecurrentTensors<B> {
    RecurrentTensors {
        input: to_primitive(input.val()),
        hidden: to_primitive(hidden.val()),
        input_bias: to_primitive(input_bias.val()),
        hidden_bias: to_primitive(hidden_bias.val()),
    }
}
