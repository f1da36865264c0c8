//! The GRU against its definition in `f64` and the definition's finite differences, and with invalid input.

use crate::common::{assert_close, noise, not_written, to_f64};
use oddframe_kernels::{Error, Gru, GruGradients, GruTrace, RecurrentWeights, Simd, Workspace};

/// The inputs of a layer: sizes, input, both weights, both biases, state. `dy` and `dh` are gradients of its outputs.
#[derive(Clone)]
struct Case {
    sizes: [usize; 4],
    operands: [Vec<f32>; 6],
    dy: Vec<f32>,
    dh: Vec<f32>,
}

const NAMES: [&str; 6] = ["x", "weight_ih", "weight_hh", "bias_ih", "bias_hh", "state"];

impl Case {
    fn new(sizes: [usize; 4]) -> Self {
        let [batch, steps, inputs, hidden] = sizes;
        Self {
            sizes,
            operands: [
                noise(batch * steps * inputs, 1),
                noise(3 * hidden * inputs, 2),
                noise(3 * hidden * hidden, 3),
                noise(3 * hidden, 4),
                noise(3 * hidden, 5),
                noise(batch * hidden, 6),
            ],
            dy: noise(batch * steps * hidden, 7),
            dh: noise(batch * hidden, 8),
        }
    }

    fn weights(&self) -> RecurrentWeights<'_> {
        RecurrentWeights {
            weight_ih: &self.operands[1],
            weight_hh: &self.operands[2],
            bias_ih: Some(&self.operands[3]),
            bias_hh: Some(&self.operands[4]),
        }
    }

    /// The hidden states of all steps by definition.
    fn states(&self, [x, ih, hh, bias_ih, bias_hh, start]: &[Vec<f64>; 6]) -> Vec<f64> {
        let [batch, steps, inputs, hidden] = self.sizes;
        let mut states = Vec::new();
        for item in 0..batch {
            let mut h = start[item * hidden..][..hidden].to_vec();
            for step in 0..steps {
                let x = &x[(item * steps + step) * inputs..][..inputs];
                let of_input = product(ih, x, bias_ih);
                let of_state = product(hh, &h, bias_hh);
                for (unit, value) in h.iter_mut().enumerate() {
                    let [reset, update, new] = [unit, hidden + unit, 2 * hidden + unit];
                    let r = sigmoid(of_input[reset] + of_state[reset]);
                    let z = sigmoid(of_input[update] + of_state[update]);
                    let n = (of_input[new] + r * of_state[new]).tanh();
                    *value = (1.0 - z) * n + z * *value;
                }
                states.extend(&h);
            }
        }
        states
    }

    /// What `dy` and `dh` are gradients of, as a number.
    fn loss(&self, operands: &[Vec<f64>; 6]) -> f64 {
        let [batch, steps, _, hidden] = self.sizes;
        let y = self.states(operands);
        let outputs = y.iter().zip(&self.dy).map(|(y, dy)| y * f64::from(*dy));
        let mut loss: f64 = outputs.sum();
        for item in 0..batch {
            let last = &y[((item + 1) * steps - 1) * hidden..][..hidden];
            let dh = &self.dh[item * hidden..][..hidden];
            loss += last
                .iter()
                .zip(dh)
                .map(|(h, dh)| h * f64::from(*dh))
                .sum::<f64>();
        }
        loss
    }

    /// The gradient of an operand by central differences, exact to about eight digits.
    fn slopes(&self, operand: usize) -> Vec<f64> {
        let mut operands = self.operands.clone().map(|values| to_f64(&values));
        (0..operands[operand].len())
            .map(|at| {
                let value = operands[operand][at];
                let [above, below] = [1e-5, -1e-5].map(|step| {
                    operands[operand][at] = value + step;
                    self.loss(&operands)
                });
                operands[operand][at] = value;
                (above - below) / 2e-5
            })
            .collect()
    }

    /// The output, and the gradients of all operands.
    fn run(&self, layer: &Gru, workspace: &mut Workspace, trace: &mut GruTrace) -> [Vec<f32>; 7] {
        let packed = layer.pack(self.weights()).unwrap();
        let mut h = self.operands[5].clone();
        let mut y = not_written(layer.output_len());
        layer
            .forward_training(&self.operands[0], &packed, &mut h, &mut y, trace, workspace)
            .unwrap();
        let [mut x, mut ih, mut hh, mut bias_ih, mut bias_hh, _] = self
            .operands
            .clone()
            .map(|values| not_written(values.len()));
        let mut state = self.dh.clone();
        let gradients = GruGradients {
            x: Some(&mut x),
            weight_ih: &mut ih,
            weight_hh: &mut hh,
            bias_ih: &mut bias_ih,
            bias_hh: &mut bias_hh,
            state: &mut state,
        };
        layer
            .backward(
                &self.operands[0],
                self.weights(),
                trace,
                &self.dy,
                gradients,
                workspace,
            )
            .unwrap();
        [y, x, ih, hh, bias_ih, bias_hh, state]
    }
}

fn product(weight: &[f64], values: &[f64], bias: &[f64]) -> Vec<f64> {
    let rows = weight.chunks_exact(values.len()).zip(bias);
    rows.map(|(row, bias)| bias + row.iter().zip(values).map(|(w, v)| w * v).sum::<f64>())
        .collect()
}

fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn output_and_gradients_are_those_of_the_definition() {
    let mut workspace = Workspace::new();
    let mut trace = GruTrace::new();
    // Sizes below, at and above the width of a vector; workspace and trace are reused from case to case.
    for sizes in [[1, 1, 1, 1], [2, 3, 5, 4], [3, 4, 2, 17], [2, 2, 19, 16]] {
        let case = Case::new(sizes);
        let [batch, steps, inputs, hidden] = sizes;
        let layer = Gru::new(batch, steps, inputs, hidden).unwrap();
        let [y, gradients @ ..] = case.run(&layer, &mut workspace, &mut trace);
        let operands = case.operands.clone().map(|values| to_f64(&values));
        assert_close("y", &y, &case.states(&operands), 2e-6);
        for ((operand, name), found) in NAMES.iter().enumerate().zip(&gradients) {
            let slopes = case.slopes(operand);
            let largest = slopes
                .iter()
                .fold(1.0_f64, |most, slope| most.max(slope.abs()));
            for (at, (found, slope)) in found.iter().zip(&slopes).enumerate() {
                let apart = (f64::from(*found) - slope).abs();
                assert!(
                    apart <= 1e-5 * largest,
                    "{sizes:?} {name} at {at}: {found}, not {slope}"
                );
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri runs plain Rust alone")]
fn every_instruction_set_gives_nearly_the_same() {
    let case = Case::new([2, 3, 7, 21]);
    let layer = Gru::new(2, 3, 7, 21).unwrap();
    let run = |layer: &Gru| case.run(layer, &mut Workspace::new(), &mut GruTrace::new());
    let portable = run(&layer.with_simd(Simd::Portable).unwrap());
    for (found, expected) in run(&layer).iter().zip(&portable) {
        assert_close("simd", found, &to_f64(expected), 1e-5);
    }
}

#[test]
fn inference_gives_the_states_of_training_and_the_last_one() {
    let case = Case::new([2, 3, 5, 4]);
    let layer = Gru::new(2, 3, 5, 4).unwrap();
    let [expected, ..] = case.run(&layer, &mut Workspace::new(), &mut GruTrace::new());
    let packed = layer.pack(case.weights()).unwrap();
    let (mut h, mut y) = (case.operands[5].clone(), not_written(layer.output_len()));
    layer
        .forward(
            &case.operands[0],
            &packed,
            &mut h,
            &mut y,
            &mut Workspace::new(),
        )
        .unwrap();
    assert_eq!(y, expected);
    assert_eq!(h[..4], y[2 * 4..3 * 4]);
    assert_eq!(h[4..], y[5 * 4..]);
}

#[test]
fn wrong_lengths_and_traces_are_refused() {
    for sizes in [
        [0, 1, 1, 1],
        [1, 0, 1, 1],
        [1, 1, 0, 1],
        [1, 1, 1, 0],
        [1, 1, 1, usize::MAX],
    ] {
        let [batch, steps, inputs, hidden] = sizes;
        assert!(Gru::new(batch, steps, inputs, hidden).is_err(), "{sizes:?}");
    }
    let case = Case::new([2, 3, 5, 4]);
    let layer = Gru::new(2, 3, 5, 4).unwrap();
    let short = RecurrentWeights {
        bias_hh: Some(&case.operands[4][1..]),
        ..case.weights()
    };
    assert!(matches!(layer.pack(short), Err(Error::Length { .. })));
    let packed = layer.pack(case.weights()).unwrap();
    let workspace = &mut Workspace::new();
    let (mut h, mut y) = (case.operands[5].clone(), not_written(layer.output_len()));
    for (x, h, y) in [
        (&case.operands[0][1..], &mut h[..], &mut y[..]),
        (&case.operands[0][..], &mut [0.0; 7][..], &mut [0.0; 24][..]),
        (&case.operands[0][..], &mut [0.0; 8][..], &mut [0.0; 23][..]),
    ] {
        let result = layer.forward(x, &packed, h, y, workspace);
        assert!(matches!(result, Err(Error::Length { .. })));
    }
    // A trace of no pass.
    let mut all: Vec<Vec<f32>> = case
        .operands
        .iter()
        .map(|values| vec![0.0; values.len()])
        .collect();
    let [_, ih, hh, bias_ih, bias_hh, state] = &mut all[..] else {
        unreachable!()
    };
    let gradients = GruGradients {
        x: None,
        weight_ih: ih,
        weight_hh: hh,
        bias_ih,
        bias_hh,
        state,
    };
    let trace = GruTrace::new();
    let result = layer.backward(
        &case.operands[0],
        case.weights(),
        &trace,
        &case.dy,
        gradients,
        workspace,
    );
    assert!(matches!(result, Err(Error::OtherTrace { .. })));
}
