// PyTorch's names.
#![allow(clippy::struct_field_names)]

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::parts::{primitive, uniform, wrap};
use crate::error::at_least_one;
use crate::kernels::LstmWeights;
use crate::{Error, Kernels};

/// Parameters of an [`Lstm`].
#[derive(Config, Debug)]
pub struct LstmConfig {
    /// Input features.
    pub d_input: usize,
    /// Features of the hidden state.
    pub d_hidden: usize,
}

/// One layer of an LSTM. Names and layout of its weights are PyTorch's: gates in the order input, forget,
/// cell, output.
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

/// What an [`Lstm`] remembers.
#[derive(Debug, Clone)]
pub struct LstmState<B: Backend> {
    /// `[batch, hidden]`.
    pub hidden: Tensor<B, 2>,
    /// `[batch, hidden]`.
    pub cell: Tensor<B, 2>,
}

impl LstmConfig {
    /// A layer with PyTorch's default weights.
    ///
    /// # Errors
    /// A size of zero.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<Lstm<B>, Error> {
        at_least_one("Lstm", &[("the input's size", self.d_input), ("the hidden size", self.d_hidden)])?;
        let (gates, hidden) = (4 * self.d_hidden, self.d_hidden);
        Ok(Lstm {
            weight_ih_l0: uniform([gates, self.d_input], hidden, device),
            weight_hh_l0: uniform([gates, hidden], hidden, device),
            bias_ih_l0: uniform([gates], hidden, device),
            bias_hh_l0: uniform([gates], hidden, device),
        })
    }
}

impl<B: Kernels> Lstm<B> {
    /// Runs over a sequence; without a state it starts from zeros. Gives the hidden state of every step, and the
    /// last state.
    ///
    /// # Shapes
    /// `[batch, time, input]` to `[batch, time, hidden]`.
    ///
    /// # Panics
    /// When the input has another number of features or no step, or the state does not fit it.
    pub fn forward(&self, input: Tensor<B, 3>, state: Option<LstmState<B>>) -> (Tensor<B, 3>, LstmState<B>) {
        let steps = input.dims()[1];
        self.run(input, state, steps)
    }

    /// As [`Lstm::forward`] over a sequence that repeats one row: the decoder of an autoencoder. The row's part is
    /// computed once.
    ///
    /// # Shapes
    /// `[batch, input]` to `[batch, steps, hidden]`.
    ///
    /// # Panics
    /// As [`Lstm::forward`].
    pub fn forward_repeated(
        &self,
        input: Tensor<B, 2>,
        steps: usize,
        state: Option<LstmState<B>>,
    ) -> (Tensor<B, 3>, LstmState<B>) {
        self.run(input, state, steps)
    }

    fn run<const D: usize>(
        &self,
        input: Tensor<B, D>,
        state: Option<LstmState<B>>,
        steps: usize,
    ) -> (Tensor<B, 3>, LstmState<B>) {
        let from_input = self.weight_ih_l0.val();
        let (shape, [gates, expected]) = (input.dims(), from_input.dims());
        let (batch, hidden) = (shape[0], gates / 4);
        assert!(
            shape[D - 1] == expected && steps > 0 && batch > 0,
            "Lstm: the input is {shape:?} with {steps} steps, the layer takes [batch, time, {expected}]"
        );
        let state = state.unwrap_or_else(|| {
            let zeros = Tensor::zeros([batch, hidden], (&input.device(), input.dtype()));
            LstmState { hidden: zeros.clone(), cell: zeros }
        });
        for part in [&state.hidden, &state.cell] {
            let (found, expected) = (part.dims(), [batch, hidden]);
            assert!(found == expected, "Lstm: a state is {found:?}, the input asks for {expected:?}");
        }
        let weights = LstmWeights {
            input: primitive(from_input),
            hidden: primitive(self.weight_hh_l0.val()),
            input_bias: primitive(self.bias_ih_l0.val()),
            hidden_bias: primitive(self.bias_hh_l0.val()),
        };
        let start = [primitive(state.hidden), primitive(state.cell)];
        let rows: Tensor<B, 3> = wrap(B::lstm(primitive(input), weights, start, steps, false).0);
        let row = |at: usize| rows.clone().slice([0..batch, at..at + 1, 0..hidden]).squeeze_dim::<2>(1);
        let state = LstmState { hidden: row(steps - 1), cell: row(steps) };
        (rows.slice([0..batch, 0..steps, 0..hidden]), state)
    }
}
