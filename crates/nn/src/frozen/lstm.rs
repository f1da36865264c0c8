use burn::module::Param;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

#[cfg(feature = "flex")]
use super::plain_lstm::PlainLstm;
use super::stage::values;
use super::{check, tensor};
use crate::{Error, Kernels, Lstm};

/// An [`Lstm`] that only scores, from a state of zeros.
///
/// Where the backend has our kernels, weights are packed once and buffers are kept from call to call: after the
/// first call with a batch and a number of steps, running allocates nothing. Elsewhere it is Burn's operations.
///
/// Weights are copied: what is trained later does not reach it.
#[derive(Debug)]
pub struct FrozenLstm<B: Kernels> {
    inputs: usize,
    hidden: usize,
    plan: Plan<B>,
}

#[derive(Debug)]
enum Plan<B: Kernels> {
    #[cfg(feature = "flex")]
    Plain(Box<PlainLstm>),
    Tensors {
        layer: Box<Lstm<B>>,
        device: B::Device,
        state: [Vec<f32>; 2],
    },
}

impl<B: Kernels> FrozenLstm<B> {
    /// The frozen form of a layer, on this device.
    ///
    /// # Errors
    /// When the weights cannot be read, or are too large for the kernels.
    pub fn new<A: Backend>(layer: &Lstm<A>, device: &B::Device) -> Result<Self, Error> {
        let [gates, inputs] = layer.weight_ih_l0.val().dims();
        let hidden = gates / 4;
        let weights = [
            values("weight_ih", layer.weight_ih_l0.val())?,
            values("weight_hh", layer.weight_hh_l0.val())?,
            values("bias_ih", layer.bias_ih_l0.val())?,
            values("bias_hh", layer.bias_hh_l0.val())?,
        ];
        #[cfg(feature = "flex")]
        if super::fused::<B>(device) {
            let plan = Plan::Plain(Box::new(PlainLstm::new(inputs, hidden, &weights)?));
            return Ok(Self { inputs, hidden, plan });
        }
        let [from_input, from_hidden, input_bias, hidden_bias] = weights;
        let layer = Lstm {
            weight_ih_l0: Param::from_tensor(tensor(from_input, [gates, inputs], device)),
            weight_hh_l0: Param::from_tensor(tensor(from_hidden, [gates, hidden], device)),
            bias_ih_l0: Param::from_tensor(tensor(input_bias, [gates], device)),
            bias_hh_l0: Param::from_tensor(tensor(hidden_bias, [gates], device)),
        };
        let (layer, device, state) = (Box::new(layer), device.clone(), Default::default());
        Ok(Self { inputs, hidden, plan: Plan::Tensors { layer, device, state } })
    }

    /// Features of the input.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Features of the hidden state.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Writes the hidden state of every step.
    ///
    /// # Shapes
    /// `[batch, steps, input]` to `[batch, steps, hidden]`.
    ///
    /// # Errors
    /// When a slice is not as long as its shape says, or there is no item or no step.
    pub fn run(
        &mut self,
        input: &[f32],
        batch: usize,
        steps: usize,
        output: &mut [f32],
    ) -> Result<(), Error> {
        self.run_either(input, [batch, steps], false, output)
    }

    /// As [`FrozenLstm::run`] over a sequence that repeats one row: the decoder of an autoencoder. The row's part is
    /// computed once.
    ///
    /// # Shapes
    /// `[batch, input]` to `[batch, steps, hidden]`.
    ///
    /// # Errors
    /// As [`FrozenLstm::run`].
    pub fn run_repeated(
        &mut self,
        input: &[f32],
        batch: usize,
        steps: usize,
        output: &mut [f32],
    ) -> Result<(), Error> {
        self.run_either(input, [batch, steps], true, output)
    }

    /// The hidden state after the last run, `[batch, hidden]`; nothing before the first.
    pub fn last_hidden(&self) -> &[f32] {
        self.state()[0]
    }

    /// The cell state after the last run, `[batch, hidden]`; nothing before the first.
    pub fn last_cell(&self) -> &[f32] {
        self.state()[1]
    }

    fn state(&self) -> [&[f32]; 2] {
        match &self.plan {
            #[cfg(feature = "flex")]
            Plan::Plain(plain) => plain.state(),
            Plan::Tensors { state: [hidden, cell], .. } => [hidden, cell],
        }
    }

    fn run_either(
        &mut self,
        input: &[f32],
        [batch, steps]: [usize; 2],
        repeated: bool,
        output: &mut [f32],
    ) -> Result<(), Error> {
        const LAYER: &str = "FrozenLstm";
        let axes = [("the batch", batch), ("the number of steps", steps)];
        check(LAYER, "the output", output.len(), &axes, self.hidden)?;
        let axes = if repeated { &axes[..1] } else { &axes };
        check(LAYER, "the input", input.len(), axes, self.inputs)?;
        match &mut self.plan {
            #[cfg(feature = "flex")]
            Plan::Plain(plain) => plain.run(input, [batch, steps], repeated, output),
            Plan::Tensors { layer, device, state } => {
                let input = input.to_vec();
                let (rows, last): (Tensor<B, 3>, _) = if repeated {
                    layer.forward_repeated(tensor(input, [batch, self.inputs], device), steps, None)
                } else {
                    layer.forward(tensor(input, [batch, steps, self.inputs], device), None)
                };
                output.copy_from_slice(&values("the output", rows)?);
                *state = [values("the hidden state", last.hidden)?, values("the cell state", last.cell)?];
                Ok(())
            }
        }
    }
}
