use burn::module::Param;
use burn::tensor::backend::Backend;

use crate::error::Error;
use crate::layers::RecurrentParameters;
use crate::saved::RecurrentTensors;
use crate::tensors::{from_primitive, read_values, tensor_from_values};

/// The weights of a trained LSTM or GRU as plain values, first those for the input, then those for the hidden state.
#[derive(Debug)]
pub(super) struct RecurrentValues {
    /// The numbers of features of the input and of the hidden state.
    pub(super) sizes: [usize; 2],
    weights: [Vec<f32>; 2],
    biases: [Vec<f32>; 2],
}

impl RecurrentValues {
    /// Copies the weights of a layer.
    pub(super) fn read<B: Backend>(tensors: RecurrentTensors<B>) -> Result<Self, Error> {
        let [input, hidden] = [tensors.input, tensors.hidden].map(from_primitive::<B, 2>);
        let [input_bias, hidden_bias] =
            [tensors.input_bias, tensors.hidden_bias].map(from_primitive::<B, 1>);
        Ok(Self {
            sizes: [&input, &hidden].map(|weight| weight.dims()[1]),
            weights: [
                read_values("weight_ih", input)?,
                read_values("weight_hh", hidden)?,
            ],
            biases: [
                read_values("bias_ih", input_bias)?,
                read_values("bias_hh", hidden_bias)?,
            ],
        })
    }

    /// What the native kernels pack.
    #[cfg(feature = "flex")]
    pub(super) fn kernel_weights(&self) -> oddframe_kernels::RecurrentWeights<'_> {
        let [weight_ih, weight_hh] = &self.weights;
        let [bias_ih, bias_hh] = &self.biases;
        oddframe_kernels::RecurrentWeights {
            weight_ih,
            weight_hh,
            bias_ih: Some(bias_ih),
            bias_hh: Some(bias_hh),
        }
    }

    /// The same weights on another backend or device.
    pub(super) fn into_parameters<B: Backend>(self, device: &B::Device) -> RecurrentParameters<B> {
        let ([inputs, hidden], [from_input, from_hidden]) = (self.sizes, self.weights);
        let rows = self.biases[0].len();
        RecurrentParameters {
            weights: [(from_input, inputs), (from_hidden, hidden)].map(|(values, columns)| {
                Param::from_tensor(tensor_from_values(values, [rows, columns], device))
            }),
            biases: self
                .biases
                .map(|values| Param::from_tensor(tensor_from_values(values, [rows], device))),
        }
    }
}
