//! RAFT on a backend's own operations, for any device.

mod correlations;
mod layers;
mod upsample;

use burn::tensor::activation::{relu, tanh};
use burn::tensor::{Tensor, TensorData};
use oddframe_nn::{Activation, Conv2d, Error, Kernels, tensor_to_values};

use self::correlations::Correlations;
use self::layers::{build_conv, run_encoder};
use self::upsample::upsample_flow;
use super::fused::FusedConv;
use super::options::RaftOptions;
use super::pairs::Pairs;
use super::parts::{FACTOR, Gru, HIDDEN, MotionEncoder, Parts};

/// The network on Burn's operations. Tensors are `[batch, channels, height, width]`.
#[derive(Debug)]
pub(super) struct GenericRaft<B: Kernels> {
    parts: Parts<Conv2d<B>>,
    options: RaftOptions,
    device: B::Device,
}

impl<B: Kernels> GenericRaft<B> {
    pub(super) fn new(
        mut parts: Parts<FusedConv>,
        options: RaftOptions,
        device: &B::Device,
    ) -> Result<Self, Error> {
        // Its activations follow the instance normalisation, not the layers.
        parts
            .features
            .visit_mut(|conv| conv.activation = Activation::Identity);
        Ok(Self {
            parts: parts.try_map(|conv| build_conv(conv, device))?,
            options,
            device: device.clone(),
        })
    }

    /// Writes the flow of all pairs, `[pairs, 2, height, width]`.
    pub(super) fn run(&self, pairs: &Pairs<'_>, flow: &mut [f32]) -> Result<(), Error> {
        let [height, width] = pairs.size;
        let count = pairs.count;
        let pixels = self.upload(pairs.pixels.to_vec(), [2 * count, height, width, 3]);
        let pixels = pixels.permute([0, 3, 1, 2]);
        let previous = pixels.clone().narrow(0, 0, count);
        let parts = &self.parts;
        let features = run_encoder(&parts.features, pixels, true);
        let limit = self.options.memory_limit;
        let correlations = Correlations::new(
            features.clone().narrow(0, 0, count),
            features.narrow(0, count, count),
            limit,
        );
        let both = run_encoder(&parts.context, previous, false);
        let channels = both.dims()[1];
        let mut hidden = tanh(both.clone().narrow(1, 0, HIDDEN));
        let context = relu(both.narrow(1, HIDDEN, channels - HIDDEN));

        // Flow is kept as places in the second frame, at which the correlations are looked up.
        let own = self.own_places(count, [height / FACTOR, width / FACTOR]);
        let mut places = own.clone();
        for _ in 0..self.options.updates {
            let values = correlations.look_up(places.clone());
            let motion = run_motion(&parts.motion, values, places.clone() - own.clone());
            let input = Tensor::cat(vec![context.clone(), motion], 1);
            for gru in &parts.grus {
                hidden = run_gru(gru, hidden, input.clone());
            }
            let [first, second] = &parts.flow_head;
            places = places + second.forward(first.forward(hidden.clone()));
        }
        let [first, second] = &parts.mask;
        let mask = second.forward(first.forward(hidden));
        flow.copy_from_slice(&tensor_to_values(upsample_flow(places - own, mask))?);
        Ok(())
    }

    /// x and y of every position, `[pairs, 2, height, width]`.
    fn own_places(&self, pairs: usize, [height, width]: [usize; 2]) -> Tensor<B, 4> {
        let x = (0..height * width).map(|at| (at % width) as f32);
        let y = (0..height * width).map(|at| (at / width) as f32);
        let one: Vec<f32> = x.chain(y).collect();
        self.upload(one.repeat(pairs), [pairs, 2, height, width])
    }

    fn upload(&self, values: Vec<f32>, shape: [usize; 4]) -> Tensor<B, 4> {
        let data = TensorData::new(values, shape).convert::<B::FloatElem>();
        Tensor::from_data(data, &self.device)
    }
}

/// The motion features of correlations and flow.
fn run_motion<B: Kernels>(
    encoder: &MotionEncoder<Conv2d<B>>,
    values: Tensor<B, 4>,
    flow: Tensor<B, 4>,
) -> Tensor<B, 4> {
    let [[first, second], [third, fourth]] = [&encoder.correlation, &encoder.flow];
    let of_values = second.forward(first.forward(values));
    let of_flow = fourth.forward(third.forward(flow.clone()));
    let joined = Tensor::cat(vec![of_values, of_flow], 1);
    Tensor::cat(vec![encoder.output.forward(joined), flow], 1)
}

/// The hidden state after one step of a GRU.
fn run_gru<B: Kernels>(
    gru: &Gru<Conv2d<B>>,
    hidden: Tensor<B, 4>,
    input: Tensor<B, 4>,
) -> Tensor<B, 4> {
    // The activations are part of the layers: a sigmoid for both gates, tanh for the candidate.
    let joined = Tensor::cat(vec![hidden.clone(), input.clone()], 1);
    let update = gru.update.forward(joined.clone());
    let reset = gru.reset.forward(joined);
    let joined = Tensor::cat(vec![reset * hidden.clone(), input], 1);
    let candidate = gru.candidate.forward(joined);
    (-update.clone() + 1.0) * hidden + update * candidate
}
