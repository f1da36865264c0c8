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

/// Input, forget, cell and output gate.
const GATES: usize = 4;

/// Parameters of an [`Lstm`].
#[derive(Config, Debug)]
pub struct LstmConfig {
    /// The number of input features.
    pub d_input: usize,
    /// The number of features of the hidden state.
    pub d_hidden: usize,
}

/// An LSTM of one layer. Names and layout of its weights are PyTorch's: gates in the order input, forget, cell, output.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::LstmConfig;
///
/// let device = Default::default();
/// let layer = LstmConfig::new(6, 4).init::<Flex>(&device)?;
/// let (states, last) = layer.forward(Tensor::ones([2, 5, 6], &device), None);
/// assert_eq!((states.dims(), last.cell.dims()), ([2, 5, 4], [2, 4]));
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct Lstm<B: Backend> {
    /// `[4 * hidden, input]`.
    pub weight_ih_l0: Param<Tensor<B, 2>>,
    /// `[4 * hidden, hidden]`.
    pub weight_hh_l0: Param<Tensor<B, 2>>,
    /// `[4 * hidden]`.
    pub bias_ih_l0: Param<Tensor<B, 1>>,
    /// `[4 * hidden]`.
    pub bias_hh_l0: Param<Tensor<B, 1>>,
}

/// The state of an [`Lstm`] between two steps.
#[derive(Debug, Clone)]
pub struct LstmState<B: Backend> {
    /// `[batch, hidden]`.
    pub hidden: Tensor<B, 2>,
    /// `[batch, hidden]`.
    pub cell: Tensor<B, 2>,
}

impl LstmConfig {
    /// Builds a layer with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a size is zero, or there are more than 2^30 weights.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<Lstm<B>, Error> {
        let sizes = [self.d_input, self.d_hidden];
        let parameters = RecurrentParameters::init("Lstm", GATES, sizes, device)?;
        Ok(Lstm::from_parameters(parameters))
    }
}

impl<B: Backend> Lstm<B> {
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

impl<B: Kernels> Lstm<B> {
    /// Runs over a sequence, from `state` or from zeros, and returns the hidden state of every step and the last state.
    ///
    /// # Shapes
    /// `[batch, time, input]` to `[batch, time, hidden]`.
    ///
    /// # Panics
    /// When the input has another number of features or no steps, or the state does not fit it.
    pub fn forward(
        &self,
        input: Tensor<B, 3>,
        state: Option<LstmState<B>>,
    ) -> (Tensor<B, 3>, LstmState<B>) {
        let steps = input.dims()[1];
        self.run_sequence(input, state, steps)
    }

    /// Like [`Lstm::forward`] over a sequence that repeats one row, as in the decoder of an autoencoder. The row's share
    /// of the gates is computed once.
    ///
    /// # Shapes
    /// `[batch, input]` to `[batch, steps, hidden]`.
    ///
    /// # Panics
    /// Those of [`Lstm::forward`].
    pub fn forward_repeated(
        &self,
        input: Tensor<B, 2>,
        steps: usize,
        state: Option<LstmState<B>>,
    ) -> (Tensor<B, 3>, LstmState<B>) {
        self.run_sequence(input, state, steps)
    }

    fn run_sequence<const D: usize>(
        &self,
        input: Tensor<B, D>,
        state: Option<LstmState<B>>,
        steps: usize,
    ) -> (Tensor<B, 3>, LstmState<B>) {
        let (shape, [gates, expected]) = (input.dims(), self.weight_ih_l0.val().dims());
        let (batch, hidden) = (shape[0], gates / GATES);
        assert!(
            shape[D - 1] == expected && steps > 0 && batch > 0,
            "Lstm: the input is {shape:?} with {steps} steps, the layer takes [batch, time, {expected}]"
        );
        let state = state.unwrap_or_else(|| {
            let zeros = Tensor::zeros([batch, hidden], (&input.device(), input.dtype()));
            LstmState {
                hidden: zeros.clone(),
                cell: zeros,
            }
        });
        for part in [&state.hidden, &state.cell] {
            let (found, expected) = (part.dims(), [batch, hidden]);
            assert!(
                found == expected,
                "Lstm: a state is {found:?}, the input asks for {expected:?}"
            );
        }
        let weights = self.tensors();
        let start = [to_primitive(state.hidden), to_primitive(state.cell)];
        let rows: Tensor<B, 3> =
            from_primitive(B::lstm(to_primitive(input), weights, start, steps, false).0);
        // The kernel returns the hidden states of all steps followed by the last cell state.
        let [hidden_state, cell] =
            [steps - 1, steps].map(|at| rows.clone().slice([0..batch, at..at + 1, 0..hidden]));
        let state = LstmState {
            hidden: hidden_state.squeeze_dim(1),
            cell: cell.squeeze_dim(1),
        };
        (rows.slice([0..batch, 0..steps, 0..hidden]), state)
    }
}
