use crate::activation::Activation::{Sigmoid, Tanh};
use crate::error::{Error, check_length};
use crate::partition::{PART_LEN, for_each_part};
use crate::simd::{Lanes, Simd, Step, Token, Vector, map_slices};
use crate::volumes::Volumes;

/// The elementwise part of a convolutional GRU: reset gate, update gate and candidate of one step.
///
/// With h the hidden state and x the input of the step, a GRU computes
///
/// ```text
/// z = sigmoid(conv_z[h, x])    r = sigmoid(conv_r[h, x])    q = tanh(conv_q[r h, x])
/// h' = (1 - z) h + z q
/// ```
///
/// A [`Conv`](crate::Conv) forms the sums; this type does the rest, on rows of one position each:
///
/// ```text
/// state   [h | x]      the input of conv_z and conv_r, which `update` changes in place
/// reset   [r h | x]    the input of conv_q, which `reset` writes
/// shared  [z | r | q]  sums that all steps share: the bias, and the part of x that does not change from step to step
/// ```
///
/// ```
/// use oddframe_kernels::GruStep;
///
/// // One position with one hidden value, 0.5, and an input of one value. Large sums open both gates.
/// let step = GruStep::new(1, 1, 1)?;
/// let (mut state, mut reset) = ([0.5, 7.0], [0.0; 2]);
/// step.reset(&[30.0, 30.0], &[0.0; 3], &state, &mut reset)?;
/// assert_eq!(reset, [0.5, 7.0]);
/// step.update(&[30.0, 30.0], &[0.0], &[0.0; 3], &mut state)?;
/// assert_eq!(state, [0.0, 7.0]); // the candidate tanh(0)
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct GruStep {
    positions: usize,
    hidden: usize,
    /// Values of a row of the state: hidden ones, then those of the input.
    row: usize,
    simd: Simd,
}

impl GruStep {
    /// The steps of a GRU with `hidden` values and `inputs` at each position.
    ///
    /// # Errors
    /// A size of zero, or more values than can be addressed.
    pub fn new(positions: usize, hidden: usize, inputs: usize) -> Result<Self, Error> {
        if hidden == 0 {
            return Err(Error::Zero {
                what: "the number of hidden values",
            });
        }
        let row = hidden.saturating_add(inputs);
        // Three gates may be longer than a row; both must be addressable.
        Volumes::rows(positions, row.max(hidden.saturating_mul(3)))?;
        Ok(Self {
            positions,
            hidden,
            row,
            simd: Simd::detect(),
        })
    }

    #[cfg(test)]
    fn with_simd(self, simd: Simd) -> Self {
        Self { simd, ..self }
    }

    /// Writes `[r h | x]` to `reset`, from the sums of both gates, `[z | r]`.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn reset(
        &self,
        gates: &[f32],
        shared: &[f32],
        state: &[f32],
        reset: &mut [f32],
    ) -> Result<(), Error> {
        let hidden = self.hidden;
        self.check_shared(gates, shared, state)?;
        check_length("the reset state", reset.len(), self.positions * self.row)?;
        let rows = self.part_rows();
        let parts = gates
            .chunks(rows * 2 * hidden)
            .zip(shared.chunks(rows * 3 * hidden))
            .zip(state.chunks(rows * self.row))
            .zip(reset.chunks_mut(rows * self.row));
        for_each_part(parts, |(((gates, shared), state), reset)| {
            let rows = gates
                .chunks_exact(2 * hidden)
                .zip(shared.chunks_exact(3 * hidden))
                .zip(state.chunks_exact(self.row))
                .zip(reset.chunks_exact_mut(self.row));
            for (((gates, shared), state), reset) in rows {
                let (h, x) = state.split_at(hidden);
                let (reset, input) = reset.split_at_mut(hidden);
                // The reset gate is the second part of both rows of sums.
                let read = [&gates[hidden..], &shared[hidden..2 * hidden], h];
                map_slices(self.simd, &Reset, hidden, read, [], [reset]);
                input.copy_from_slice(x);
            }
        });
        Ok(())
    }

    /// Replaces the hidden values of `state` by those after the step, from the sums of both gates, `[z | r]`, and of the
    /// candidate q.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn update(
        &self,
        gates: &[f32],
        candidate: &[f32],
        shared: &[f32],
        state: &mut [f32],
    ) -> Result<(), Error> {
        let hidden = self.hidden;
        self.check_shared(gates, shared, state)?;
        check_length("the candidate", candidate.len(), self.positions * hidden)?;
        let rows = self.part_rows();
        let parts = gates
            .chunks(rows * 2 * hidden)
            .zip(shared.chunks(rows * 3 * hidden))
            .zip(candidate.chunks(rows * hidden))
            .zip(state.chunks_mut(rows * self.row));
        for_each_part(parts, |(((gates, shared), candidate), state)| {
            let rows = gates
                .chunks_exact(2 * hidden)
                .zip(shared.chunks_exact(3 * hidden))
                .zip(candidate.chunks_exact(hidden))
                .zip(state.chunks_exact_mut(self.row));
            for (((gates, shared), candidate), state) in rows {
                // The update gate is the first part of both rows, and the candidate the last part of the shared one.
                let read = [
                    &gates[..hidden],
                    &shared[..hidden],
                    candidate,
                    &shared[2 * hidden..],
                ];
                map_slices(self.simd, &Update, hidden, read, [], [&mut state[..hidden]]);
            }
        });
        Ok(())
    }

    /// Rows of one task.
    fn part_rows(&self) -> usize {
        (PART_LEN / self.row.max(3 * self.hidden)).max(1)
    }

    fn check_shared(&self, gates: &[f32], shared: &[f32], state: &[f32]) -> Result<(), Error> {
        check_length("the gates", gates.len(), self.positions * 2 * self.hidden)?;
        check_length(
            "the shared sums",
            shared.len(),
            self.positions * 3 * self.hidden,
        )?;
        check_length("the state", state.len(), self.positions * self.row)
    }
}

/// `r h`, from the sums of r, what all steps add to them, and h.
struct Reset;

impl Step<3, 0, 1> for Reset {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        [gate, shared, h]: [Lanes<V>; 3],
        _: [Lanes<V>; 0],
        _: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [(gate + shared).activate(Sigmoid) * h]
    }
}

/// The new hidden value.
struct Update;

impl Step<4, 0, 1> for Update {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        token: Token<V>,
        [gate, shared_gate, candidate, shared_candidate]: [Lanes<V>; 4],
        _: [Lanes<V>; 0],
        [h]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        let z = (gate + shared_gate).activate(Sigmoid);
        let q = (candidate + shared_candidate).activate(Tanh);
        [z.mul_add(q, (token.splat(1.0) - z) * h)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{activation_value, assert_length_error, noise, run_guarded};

    #[test]
    fn a_step_agrees_with_the_definition_in_double_precision() {
        let mut sizes = vec![[1, 1, 0], [7, 5, 3], [3, 20, 1]];
        if !cfg!(miri) {
            sizes.push([300, 128, 128]);
        }
        for [positions, hidden, inputs] in sizes {
            let scaled = |len, seed| -> Vec<f32> {
                noise(len, seed).iter().map(|value| value * 4.0).collect()
            };
            let (gates, candidate) = (
                scaled(positions * 2 * hidden, 1),
                scaled(positions * hidden, 2),
            );
            let (shared, state) = (
                scaled(positions * 3 * hidden, 3),
                noise(positions * (hidden + inputs), 4),
            );
            for &simd in Simd::available() {
                let step = GruStep::new(positions, hidden, inputs)
                    .unwrap()
                    .with_simd(simd);
                let (reset, done) = run_guarded(&vec![f32::NAN; state.len()], |reset| {
                    step.reset(&gates, &shared, &state, reset)
                });
                done.unwrap();
                let (after, done) = run_guarded(&state, |state| {
                    step.update(&gates, &candidate, &shared, state)
                });
                done.unwrap();
                for place in 0..positions * (hidden + inputs) {
                    let (position, at) = (place / (hidden + inputs), place % (hidden + inputs));
                    if at >= hidden {
                        assert_eq!((reset[place], after[place]), (state[place], state[place]));
                        continue;
                    }
                    let sum = |values: &[f32], gates: usize, gate: usize| {
                        f64::from(values[(position * gates + gate) * hidden + at])
                    };
                    let z = activation_value(Sigmoid, sum(&gates, 2, 0) + sum(&shared, 3, 0));
                    let r = activation_value(Sigmoid, sum(&gates, 2, 1) + sum(&shared, 3, 1));
                    let q = activation_value(Tanh, sum(&candidate, 1, 0) + sum(&shared, 3, 2));
                    let h = f64::from(state[place]);
                    assert!((f64::from(reset[place]) - r * h).abs() < 1e-6);
                    assert!((f64::from(after[place]) - ((1.0 - z) * h + z * q)).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let step = GruStep::new(2, 3, 1).unwrap();
        let (gates, shared, mut state) = ([0.0; 12], [0.0; 18], [0.0; 8]);
        assert_length_error(
            step.reset(&gates[1..], &shared, &[0.0; 8], &mut state),
            "the gates",
        );
        assert_length_error(
            step.reset(&gates, &shared[1..], &[0.0; 8], &mut state),
            "the shared sums",
        );
        assert_length_error(
            step.reset(&gates, &shared, &[0.0; 7], &mut state),
            "the state",
        );
        assert_length_error(
            step.reset(&gates, &shared, &[0.0; 8], &mut state[1..]),
            "the reset state",
        );
        assert_length_error(
            step.update(&gates, &[0.0; 5], &shared, &mut state),
            "the candidate",
        );
        assert!(matches!(GruStep::new(2, 0, 1), Err(Error::Zero { .. })));
    }
}
