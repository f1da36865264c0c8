// The fields have PyTorch's names.
#![allow(clippy::struct_field_names)]

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::recurrent::{RecurrentParameters, read_tensors};
use crate::error::Error;
use crate::kernels::Kernels;
use crate::saved::RecurrentTensors;
use crate::tensors::{from_primitive, to_primitive};

/// Reset, update and new gate.
const GATES: usize = 3;

/// Parameters of a [`Gru`].
#[derive(Config, Debug)]
pub struct GruConfig {
    /// The number of input features.
    pub d_input: usize,
    /// The number of features of the hidden state.
    pub d_hidden: usize,
}

/// A GRU of one layer (gated recurrent unit). Names and layout of its weights are PyTorch's: gates in the order reset,
/// update, new.
///
/// ```text
/// r = σ(W_ir x + b_ir + W_hr h + b_hr)
/// z = σ(W_iz x + b_iz + W_hz h + b_hz)
/// n = tanh(W_in x + b_in + r (W_hn h + b_hn))
/// h' = (1 - z) n + z h
/// ```
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::GruConfig;
///
/// let device = Default::default();
/// let layer = GruConfig::new(6, 4).init::<Flex>(&device)?;
/// let (states, last) = layer.forward(Tensor::ones([2, 5, 6], &device), None);
/// assert_eq!((states.dims(), last.dims()), ([2, 5, 4], [2, 4]));
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct Gru<B: Backend> {
    /// `[3 * hidden, input]`.
    pub weight_ih_l0: Param<Tensor<B, 2>>,
    /// `[3 * hidden, hidden]`.
    pub weight_hh_l0: Param<Tensor<B, 2>>,
    /// `[3 * hidden]`.
    pub bias_ih_l0: Param<Tensor<B, 1>>,
    /// `[3 * hidden]`.
    pub bias_hh_l0: Param<Tensor<B, 1>>,
}

impl GruConfig {
    /// Builds a layer with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a size is zero, or there are more than 2^30 weights.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<Gru<B>, Error> {
        let sizes = [self.d_input, self.d_hidden];
        let parameters = RecurrentParameters::init("Gru", GATES, sizes, device)?;
        Ok(Gru::from_parameters(parameters))
    }
}

impl<B: Backend> Gru<B> {
    pub(crate) fn from_parameters(parameters: RecurrentParameters<B>) -> Self {
        let [weight_ih_l0, weight_hh_l0] = parameters.weights;
        let [bias_ih_l0, bias_hh_l0] = parameters.biases;
        Self {
            weight_ih_l0,
            weight_hh_l0,
            bias_ih_l0,
            bias_hh_l0,
        }
    }

    /// The weights as an operation takes them.
    pub(crate) fn tensors(&self) -> RecurrentTensors<B> {
        read_tensors(
            [&self.weight_ih_l0, &self.weight_hh_l0],
            [&self.bias_ih_l0, &self.bias_hh_l0],
        )
    }
}

impl<B: Kernels> Gru<B> {
    /// Runs over a sequence, from `state` or from zeros, and returns the hidden state of every step and the last one,
    /// `[batch, hidden]`.
    ///
    /// # Shapes
    /// `[batch, time, input]` to `[batch, time, hidden]`.
    ///
    /// # Panics
    /// When the input has another number of features or no steps, or the state does not fit it.
    pub fn forward(
        &self,
        input: Tensor<B, 3>,
        state: Option<Tensor<B, 2>>,
    ) -> (Tensor<B, 3>, Tensor<B, 2>) {
        let (shape, [gates, expected]) = (input.dims(), self.weight_ih_l0.val().dims());
        let ([batch, steps, features], hidden) = (shape, gates / GATES);
        assert!(
            features == expected && steps > 0 && batch > 0,
            "Gru: the input is {shape:?}, the layer takes [batch, time, {expected}]"
        );
        let state = state
            .unwrap_or_else(|| Tensor::zeros([batch, hidden], (&input.device(), input.dtype())));
        assert!(
            state.dims() == [batch, hidden],
            "Gru: the state is {:?}, the input asks for {:?}",
            state.dims(),
            [batch, hidden]
        );
        let weights = self.tensors();
        let (input, start) = (to_primitive(input), to_primitive(state));
        let rows: Tensor<B, 3> = from_primitive(B::gru(input, weights, start, steps, false).0);
        let last = rows.clone().narrow(1, steps - 1, 1).squeeze_dim(1);
        (rows, last)
    }
}
