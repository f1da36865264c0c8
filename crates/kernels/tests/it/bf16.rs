//! Recurrent layers whose weights are kept in 16 bits, beside the same layers with weights that were rounded before.

use oddframe_kernels::{
    CellState, ConvLstm, Error, Gru, Lstm, RecurrentWeights, Volumes, Workspace,
};

use crate::common::{noise, not_written};

const SIZES: [usize; 4] = [2, 3, 4, 5];

/// Rounds to bfloat16. Ties would be rounded up, but the noise has none.
fn round_to_bf16(values: &[f32]) -> Vec<f32> {
    let round = |value: &f32| f32::from_bits((value.to_bits() + 0x8000) & 0xffff_0000);
    values.iter().map(round).collect()
}

/// Noise for the weights of a layer with so many gates, and the same rounded.
fn exact_and_rounded(gates: usize) -> [[Vec<f32>; 2]; 2] {
    let [_, _, inputs, hidden] = SIZES;
    let exact = [inputs, hidden].map(|columns| noise(gates * hidden * columns, columns as u64));
    let rounded = exact.each_ref().map(|values| round_to_bf16(values));
    assert!(exact[0] != rounded[0] && exact[1] != rounded[1]);
    [exact, rounded]
}

fn without_bias([weight_ih, weight_hh]: &[Vec<f32>; 2]) -> RecurrentWeights<'_> {
    RecurrentWeights {
        weight_ih,
        weight_hh,
        bias_ih: None,
        bias_hh: None,
    }
}

/// The output of a layer with a cell state, from a state of noise.
fn run_cell(
    [state, output]: [usize; 2],
    forward: impl FnOnce(CellState<'_>, &mut [f32]) -> Result<(), Error>,
) -> Vec<f32> {
    let (mut h, mut c, mut y) = (noise(state, 7), noise(state, 8), not_written(output));
    let state = CellState {
        h: &mut h,
        c: &mut c,
    };
    forward(state, &mut y).unwrap();
    y
}

#[test]
fn an_lstm_reads_all_weights_rounded() {
    let [batch, steps, inputs, hidden] = SIZES;
    let layer = Lstm::new(batch, steps, inputs, hidden).unwrap();
    let [exact, rounded] = exact_and_rounded(4);
    let narrow = layer.pack(without_bias(&exact)).unwrap().into_bf16();
    let [found, expected] = [narrow, layer.pack(without_bias(&rounded)).unwrap()].map(|packed| {
        let x = noise(layer.input_len(), 9);
        run_cell([layer.state_len(), layer.output_len()], |state, y| {
            layer.forward(&x, &packed, state, y, &mut Workspace::new())
        })
    });
    assert_eq!(found, expected);
}

#[test]
fn a_gru_reads_all_weights_rounded() {
    let [batch, steps, inputs, hidden] = SIZES;
    let layer = Gru::new(batch, steps, inputs, hidden).unwrap();
    let [exact, rounded] = exact_and_rounded(3);
    let narrow = layer.pack(without_bias(&exact)).unwrap().into_bf16();
    let [found, expected] = [narrow, layer.pack(without_bias(&rounded)).unwrap()].map(|packed| {
        let mut h = noise(layer.state_len(), 7);
        let (x, mut y) = (noise(layer.input_len(), 9), not_written(layer.output_len()));
        let mut workspace = Workspace::new();
        layer
            .forward(&x, &packed, &mut h, &mut y, &mut workspace)
            .unwrap();
        y
    });
    assert_eq!(found, expected);
}

#[test]
fn a_convolutional_lstm_reads_all_weights_rounded() {
    let input = Volumes::images(1, 3, 4, 2).unwrap();
    let layer = ConvLstm::new(input, 2, 3, 3).unwrap();
    let exact = noise(layer.weights_len(), 5);
    let narrow = layer.pack(&exact, None).unwrap().into_bf16();
    let [found, expected] =
        [narrow, layer.pack(&round_to_bf16(&exact), None).unwrap()].map(|packed| {
            let x = noise(layer.input_len(), 9);
            run_cell([layer.state_len(), layer.output_len()], |state, y| {
                layer.forward(&x, &packed, state, y, &mut Workspace::new())
            })
        });
    assert_eq!(found, expected);
}
