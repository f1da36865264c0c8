//! The passes of a GRU over a sequence, forward and backward.

use super::{Gru, GruGradients, GruPacked, GruTrace, Sizes};
use crate::activation::Activation::{Identity, Sigmoid, Tanh};
use crate::bias::bias_gradient;
use crate::error::{Error, check_length};
use crate::simd::{Lanes, Step, Token, Vector, map_slices};
use crate::unrolled::RecurrentWeights;
use crate::workspace::{CellScratch, Workspace};

impl Gru {
    /// The forward pass, which fills a trace where there is one.
    pub(super) fn run(
        &self,
        x: &[f32],
        weights: &GruPacked,
        h: &mut [f32],
        y: &mut [f32],
        trace: Option<&mut GruTrace>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        check_length("the input", x.len(), self.input_len())?;
        check_length("the hidden state", h.len(), self.state_len())?;
        check_length("the output", y.len(), self.output_len())?;
        let Sizes {
            batch,
            steps,
            hidden,
            ..
        } = self.sizes;
        if weights.hidden.output_channels() != 3 * hidden {
            return Err(self.convs.projection.other_layer());
        }
        let mut scratch = std::mem::take(&mut workspace.cell);
        let CellScratch { gates, step, .. } = &mut scratch;
        let mut completed = None;
        let (gates, mut kept) = match trace {
            Some(trace) => {
                // A pass that fails leaves a trace without sizes, which `backward` refuses.
                trace.sizes = None;
                completed = Some(&mut trace.sizes);
                let hidden = trace.hidden.resize(self.output_len());
                let new = trace.new_from_hidden.resize(self.output_len());
                (&mut trace.gates, Some((hidden, new)))
            }
            None => (gates, None),
        };
        let gates = gates.resize(3 * self.output_len());
        let bias = weights.bias_ih.as_deref();
        self.convs
            .projection
            .forward(x, &weights.input, bias, Identity, gates, workspace)?;
        let recurrent = step.resize(3 * self.state_len());
        let bias = weights.bias_hh.as_deref();
        for step in 0..steps {
            self.convs
                .step
                .forward(h, &weights.hidden, bias, Identity, recurrent, workspace)?;
            // The elementwise part is short next to the products: one thread does it.
            for item in 0..batch {
                let row = item * steps + step;
                let h = &mut h[item * hidden..][..hidden];
                let gates = split_gates_mut(&mut gates[row * 3 * hidden..][..3 * hidden]);
                let recurrent = split_gates(&recurrent[item * 3 * hidden..][..3 * hidden]);
                if let Some((kept_hidden, kept_new)) = &mut kept {
                    kept_hidden[row * hidden..][..hidden].copy_from_slice(h);
                    kept_new[row * hidden..][..hidden].copy_from_slice(recurrent[2]);
                }
                let [r, z, n] = gates;
                let write = [r, z, n, &mut *h];
                map_slices(self.simd, &StepForward, hidden, recurrent, [], write);
                y[row * hidden..][..hidden].copy_from_slice(h);
            }
        }
        if let Some(completed) = completed {
            *completed = Some(self.sizes);
        }
        workspace.cell = scratch;
        Ok(())
    }

    /// Propagates the gradient `dy` of all hidden states back through time, over the forward pass that `trace` recorded.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says, or the trace of another layer.
    pub fn backward(
        &self,
        x: &[f32],
        weights: RecurrentWeights<'_>,
        trace: &GruTrace,
        dy: &[f32],
        gradients: GruGradients<'_>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let GruGradients {
            x: dx,
            weight_ih,
            weight_hh,
            bias_ih,
            bias_hh,
            state: dh,
        } = gradients;
        let Sizes {
            batch,
            steps,
            hidden,
            ..
        } = self.sizes;
        check_length("the input", x.len(), self.input_len())?;
        self.convs
            .check_weights(weights.weight_ih, weights.weight_hh)?;
        self.convs.check_weights(weight_ih, weight_hh)?;
        if trace.sizes != Some(self.sizes) {
            let output = self.convs.step.output().to_string();
            return Err(Error::OtherTrace { output });
        }
        check_length("the output's gradient", dy.len(), self.output_len())?;
        check_length("the hidden state's gradient", dh.len(), self.state_len())?;
        for bias in [&*bias_ih, &*bias_hh] {
            check_length("the bias's gradient", bias.len(), 3 * hidden)?;
        }
        if let Some(dx) = &dx {
            check_length("the input's gradient", dx.len(), self.input_len())?;
        }
        let mut scratch = std::mem::take(&mut workspace.cell);
        let CellScratch {
            gates,
            step,
            shared,
            recurrent,
        } = &mut scratch;
        // The gradients of both products: they differ in the new gate, whose product with the state is scaled by the
        // reset gate.
        let of_input = gates.resize(3 * self.output_len());
        let of_hidden = recurrent.resize(3 * self.output_len());
        let here = step.resize(3 * self.state_len());
        let through_gates = shared.resize(self.state_len());
        let packed = self.convs.step_gradient.pack(weights.weight_hh)?;
        for step in (0..steps).rev() {
            for item in 0..batch {
                let row = item * steps + step;
                let places = row * hidden..(row + 1) * hidden;
                let [r, z, n] = split_gates(&trace.gates[row * 3 * hidden..][..3 * hidden]);
                let sources = [
                    r,
                    z,
                    n,
                    &trace.new_from_hidden[places.clone()],
                    &trace.hidden[places.clone()],
                    &dy[places],
                ];
                let here = &mut here[item * 3 * hidden..][..3 * hidden];
                let [dr, dz, dn_hidden] = split_gates_mut(here);
                let of_input = &mut of_input[row * 3 * hidden..][..3 * hidden];
                let dn = &mut of_input[2 * hidden..];
                let dh = &mut dh[item * hidden..][..hidden];
                let write = [dr, dz, dn_hidden, dn, dh];
                map_slices(self.simd, &StepBackward, hidden, sources, [], write);
                of_hidden[row * 3 * hidden..][..3 * hidden].copy_from_slice(here);
                of_input[..2 * hidden].copy_from_slice(&here[..2 * hidden]);
            }
            // The state before the step reaches the loss through the update gate, which `dh` holds now, and through the
            // product with the weights.
            self.convs.step_gradient.forward(
                here,
                &packed,
                None,
                Identity,
                through_gates,
                workspace,
            )?;
            for (dh, through_gates) in dh.iter_mut().zip(&*through_gates) {
                *dh += through_gates;
            }
        }
        // The gradients of all products are known now: those of the weights are single products over the sequence.
        self.convs
            .all_steps
            .weight_gradient(&trace.hidden, of_hidden, weight_hh, workspace)?;
        bias_gradient(of_hidden, 3 * hidden, bias_hh)?;
        bias_gradient(of_input, 3 * hidden, bias_ih)?;
        self.convs
            .projection
            .weight_gradient(x, of_input, weight_ih, workspace)?;
        if let Some(dx) = dx {
            self.convs
                .projection
                .input_gradient(of_input, weights.weight_ih, dx, workspace)?;
        }
        workspace.cell = scratch;
        Ok(())
    }
}

/// Reset, update and new gate of one row.
fn split_gates(row: &[f32]) -> [&[f32]; 3] {
    let (r, rest) = row.split_at(row.len() / 3);
    let (z, n) = rest.split_at(r.len());
    [r, z, n]
}

/// [`split_gates`] of a row that is written.
fn split_gates_mut(row: &mut [f32]) -> [&mut [f32]; 3] {
    let (r, rest) = row.split_at_mut(row.len() / 3);
    let (z, n) = rest.split_at_mut(r.len());
    [r, z, n]
}

/// From both products to gates and hidden state.
struct StepForward;

impl Step<3, 0, 4> for StepForward {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        recurrent: [Lanes<V>; 3],
        _: [Lanes<V>; 0],
        [r, z, n, h]: [Lanes<V>; 4],
    ) -> [Lanes<V>; 4] {
        let r = (r + recurrent[0]).activate(Sigmoid);
        let z = (z + recurrent[1]).activate(Sigmoid);
        let n = r.mul_add(recurrent[2], n).activate(Tanh);
        // (1 - z) * n + z * h, with one product less.
        [r, z, n, z.mul_add(h - n, n)]
    }
}

/// The gradient of [`StepForward`]: of the product with the state, of the new gate's product with the input, and of the
/// state before the step as far as it comes through the update gate.
struct StepBackward;

impl Step<6, 0, 5> for StepBackward {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        token: Token<V>,
        [r, z, n, new_from_hidden, before, dy]: [Lanes<V>; 6],
        _: [Lanes<V>; 0],
        [_, _, _, _, dh]: [Lanes<V>; 5],
    ) -> [Lanes<V>; 5] {
        // h' reaches the loss as an output and through the next step.
        let dh = dh + dy;
        // h' = (1 - z) n + z h: the gradient of h' reaches h with the factor z, z with h - n, and n with 1 - z.
        // n = tanh(a + r b), with the product a of the input and the product b of the state: the gradient of the sum
        // reaches a unchanged, b with the factor r, and r with the factor b.
        let kept = dh * z;
        let dz = Sigmoid.gradient_from_output(token, z, dh * (before - n));
        let dn = Tanh.gradient_from_output(token, n, dh - kept);
        let dr = Sigmoid.gradient_from_output(token, r, dn * new_from_hidden);
        [dr, dz, dn * r, dn, kept]
    }
}
