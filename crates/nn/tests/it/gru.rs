//! The GRU against its formulas in 64-bit floats, their finite differences, and Burn's own operations.

use burn::backend::Flex;
use burn::tensor::{Tensor, TensorData};
use oddframe_nn::{Error, Gru, GruConfig, GruInference, without_kernels};

use crate::common::{A, assert_close, compare_paths, gradient, noise, output_and_gradients};

const BATCH: usize = 2;
const STEPS: usize = 4;
const INPUTS: usize = 5;
const HIDDEN: usize = 3;

fn layer(inputs: usize, hidden: usize) -> Gru<A> {
    GruConfig::new(inputs, hidden)
        .init(&Default::default())
        .unwrap()
}

/// Everything that the output depends on, as 64-bit floats: input, first state, both weights, both biases.
type Operands = [Vec<f64>; 6];

fn operands(layer: &Gru<A>, input: &Tensor<A, 3>, state: &Tensor<A, 2>) -> Operands {
    [
        input.to_data(),
        state.to_data(),
        layer.weight_ih_l0.val().into_data(),
        layer.weight_hh_l0.val().into_data(),
        layer.bias_ih_l0.val().into_data(),
        layer.bias_hh_l0.val().into_data(),
    ]
    .map(|data| data.iter::<f64>().collect())
}

fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

/// The states of all steps, `[batch, steps, hidden]`, by the formulas of PyTorch's documentation.
fn run_reference([input, state, ih, hh, bias_ih, bias_hh]: &Operands) -> Vec<f64> {
    let mut states = Vec::new();
    for item in 0..BATCH {
        let mut h = state[item * HIDDEN..][..HIDDEN].to_vec();
        for step in 0..STEPS {
            let x = &input[(item * STEPS + step) * INPUTS..][..INPUTS];
            let product = |row: usize| {
                let of_input: f64 = (0..INPUTS).map(|i| ih[row * INPUTS + i] * x[i]).sum();
                let of_state: f64 = (0..HIDDEN).map(|i| hh[row * HIDDEN + i] * h[i]).sum();
                (of_input + bias_ih[row], of_state + bias_hh[row])
            };
            let next = (0..HIDDEN).map(|unit| {
                let (reset, update) = (product(unit), product(HIDDEN + unit));
                let new = product(2 * HIDDEN + unit);
                let n = (new.0 + sigmoid(reset.0 + reset.1) * new.1).tanh();
                let z = sigmoid(update.0 + update.1);
                (1.0 - z) * n + z * h[unit]
            });
            h = next.collect();
            states.extend(&h);
        }
    }
    states
}

#[test]
fn states_and_gradients_are_those_of_the_formulas() {
    let layer = layer(INPUTS, HIDDEN);
    let input = noise::<A, 3>([BATCH, STEPS, INPUTS], 1).require_grad();
    let state = noise::<A, 2>([BATCH, HIDDEN], 2).require_grad();
    let (rows, last) = layer.forward(input.clone(), Some(state.clone()));
    let weights = noise::<A, 3>([BATCH, STEPS, HIDDEN], 3);

    let mut all = operands(&layer, &input, &state);
    let expected = run_reference(&all);
    let expected: Vec<f32> = expected.iter().map(|value| *value as f32).collect();
    let expected = TensorData::new(expected, [BATCH, STEPS, HIDDEN]);
    assert_close(&[("states", rows.to_data())], &[("states", expected)], 1e-6);
    let of_last = rows.clone().narrow(1, STEPS - 1, 1).squeeze_dim::<2>(1);
    assert_eq!(last.to_data(), of_last.into_data());

    // Central differences of the loss in 64-bit floats are exact to about nine digits.
    let gradients = (rows * weights.clone()).sum().backward();
    let found = [
        ("input", input.grad(&gradients).unwrap().into_data()),
        ("state", state.grad(&gradients).unwrap().into_data()),
        ("weight_ih", gradient(&layer.weight_ih_l0, &gradients)),
        ("weight_hh", gradient(&layer.weight_hh_l0, &gradients)),
        ("bias_ih", gradient(&layer.bias_ih_l0, &gradients)),
        ("bias_hh", gradient(&layer.bias_hh_l0, &gradients)),
    ];
    let weights: Vec<f64> = weights.into_data().iter::<f64>().collect();
    for (operand, (name, found)) in found.into_iter().enumerate() {
        let mut slopes = Vec::new();
        for at in 0..all[operand].len() {
            let value = all[operand][at];
            let [above, below] = [1e-5, -1e-5].map(|step| {
                all[operand][at] = value + step;
                let states = run_reference(&all);
                states.iter().zip(&weights).map(|(h, w)| h * w).sum::<f64>()
            });
            all[operand][at] = value;
            slopes.push(((above - below) / 2e-5) as f32);
        }
        let slopes = TensorData::new(slopes, found.shape.clone());
        assert_close(&[(name, found)], &[(name, slopes)], 1e-5);
    }
}

#[test]
fn both_paths_agree() {
    let layer = layer(21, 13);
    compare_paths(5e-5, || {
        let state = noise::<A, 2>([3, 13], 5).require_grad();
        output_and_gradients::<3, 2>(
            noise([3, 4, 21], 1),
            |x| {
                let (rows, last) = layer.forward(x, Some(state.clone()));
                // Every output has a part in the loss: all steps, and the last state.
                Tensor::cat(vec![rows.reshape([3, 4 * 13]), last], 1)
            },
            |gradients| {
                vec![
                    ("weight_ih", gradient(&layer.weight_ih_l0, gradients)),
                    ("weight_hh", gradient(&layer.weight_hh_l0, gradients)),
                    ("bias_ih", gradient(&layer.bias_ih_l0, gradients)),
                    ("bias_hh", gradient(&layer.bias_hh_l0, gradients)),
                    ("state", state.grad(gradients).unwrap().into_data()),
                ]
            },
        )
    });
}

#[test]
fn without_a_state_it_starts_from_zeros() {
    let layer = layer(6, 4);
    let input = noise::<A, 3>([2, 3, 6], 1);
    let zeros = Tensor::zeros([2, 4], &Default::default());
    let (from_zeros, _) = layer.forward(input.clone(), Some(zeros));
    let (from_none, _) = layer.forward(input, None);
    assert_eq!(from_none.into_data(), from_zeros.into_data());
}

#[test]
fn sizes_of_zero_are_refused() {
    for (config, says) in [
        (GruConfig::new(0, 3), "the input's size is zero"),
        (GruConfig::new(3, 0), "the hidden size is zero"),
    ] {
        let error: Error = config.init::<A>(&Default::default()).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
#[should_panic(expected = "Gru: the state is [2, 3], the input asks for [1, 3]")]
fn a_state_of_another_batch_is_refused() {
    let (_, state) = layer(4, 3).forward(noise([2, 2, 4], 1), None);
    let _ = layer(4, 3).forward(noise([1, 2, 4], 1), Some(state));
}

#[test]
#[should_panic(expected = "Gru: the input is [1, 2, 5], the layer takes [batch, time, 4]")]
fn an_input_of_another_size_is_refused() {
    let _ = layer(4, 3).forward(noise([1, 2, 5], 1), None);
}

#[test]
fn the_inference_form_gives_the_same_on_both_paths() {
    let layer = layer(21, 13);
    let run = || {
        let mut inference = GruInference::<Flex>::new(&layer, &Default::default()).unwrap();
        assert_eq!((inference.inputs(), inference.hidden()), (21, 13));
        assert!(inference.last_hidden().is_empty());
        // Larger, smaller and again: the state starts from zeros each time.
        for [batch, steps] in [[3, 4], [5, 2], [1, 1], [2, 7], [3, 4]] {
            let x = noise::<A, 3>([batch, steps, 21], (batch + steps) as u64);
            let values = x.to_data().to_vec::<f32>().unwrap();
            let mut y = vec![f32::NAN; batch * steps * 13];
            inference.run(&values, batch, steps, &mut y).unwrap();
            let (rows, last) = layer.forward(x, None);
            let found = [
                ("rows", TensorData::new(y, [batch, steps, 13])),
                (
                    "last",
                    TensorData::new(inference.last_hidden().to_vec(), [batch, 13]),
                ),
            ];
            let expected = [("rows", rows.into_data()), ("last", last.into_data())];
            assert_close(&found, &expected, 1e-5);
        }
        let (x, mut y) = ([0.0; 6 * 21], [0.0; 6 * 13]);
        let state = inference.last_hidden().to_vec();
        for (x, batch, steps, says) in [
            (&x[..], 2, 2, "the output: 52 values expected, 78 found"),
            (&x[1..], 2, 3, "the input: 126 values expected, 125 found"),
        ] {
            let error = inference.run(x, batch, steps, &mut y).unwrap_err();
            assert_eq!(error.to_string(), says);
        }
        let error = inference.run(&[], 2, 0, &mut []).unwrap_err().to_string();
        assert_eq!(
            error,
            "GruInference: the number of steps is zero; it must be at least 1"
        );
        assert_eq!(
            inference.last_hidden(),
            state,
            "a refused run changes nothing"
        );
    };
    run();
    without_kernels(run);
}
