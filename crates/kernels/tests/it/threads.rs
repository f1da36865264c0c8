//! The results do not depend on the number of threads, to the last bit.

use crate::common::noise;
use oddframe_kernels::{
    Activation, CellState, CellTrace, Conv, ConvLstm, ConvLstmGradients, Gru, GruGradients,
    GruTrace, Lstm, LstmGradients, RecurrentWeights, Simd, Volumes, Window, Workspace, set_threads,
};

/// The limit applies to the whole process, so one test at a time may change it.
static LIMIT: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn to_bits(results: Vec<Vec<f32>>) -> Vec<Vec<u32>> {
    results
        .into_iter()
        .map(|values| values.into_iter().map(f32::to_bits).collect())
        .collect()
}

#[track_caller]
fn assert_same_on_any_number_of_threads(name: &str, run: impl Fn() -> Vec<Vec<f32>>) {
    let _held = LIMIT.lock().unwrap();
    set_threads(1);
    let alone = to_bits(run());
    for threads in [2, 2, 64] {
        set_threads(threads);
        assert!(
            to_bits(run()) == alone,
            "{name} differs on {threads} threads"
        );
    }
}

fn check_conv(input: Volumes, outputs: usize, window: Window, simd: Simd) {
    assert_same_on_any_number_of_threads(&format!("{input} {window:?} {simd:?}"), || {
        // Built in here: the plan of a layer is made when it is built.
        let layer = Conv::new(input, outputs, window)
            .unwrap()
            .with_simd(simd)
            .unwrap();
        let (x, dy) = (
            noise(layer.input().len(), 1),
            noise(layer.output().len(), 2),
        );
        let (weights, bias) = (noise(layer.weights_len(), 3), noise(outputs, 4));
        let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), weights.clone());
        let mut workspace = Workspace::new();
        let packed = layer.pack(&weights).unwrap();
        layer
            .forward(
                &x,
                &packed,
                Some(&bias),
                Activation::Sigmoid,
                &mut y,
                &mut workspace,
            )
            .unwrap();
        layer
            .input_gradient(&dy, &weights, &mut dx, &mut workspace)
            .unwrap();
        layer
            .weight_gradient(&x, &dy, &mut dw, &mut workspace)
            .unwrap();
        vec![y, dx, dw]
    });
}

#[test]
fn convolutions_do_not_depend_on_the_number_of_threads() {
    let cases = [
        (Volumes::images(2, 32, 32, 3), 32, Window::square(4, 2, 1)),
        (Volumes::images(7, 8, 8, 33), 64, Window::square(4, 2, 1)),
        (Volumes::images(2, 17, 16, 33), 3, Window::square(4, 2, 1)),
        (
            Volumes::images(3, 9, 9, 6),
            9,
            Window::square(3, 1, 1).with_groups(3),
        ),
        (Volumes::rows(300, 100), 70, Window::point()),
    ];
    // Enough for several tasks of each kind.
    let few = [(Volumes::images(2, 2, 3, 2), 9, Window::square(3, 1, 1))];
    for (input, outputs, window) in if cfg!(miri) { &few[..] } else { &cases[..] } {
        for &simd in Simd::available() {
            check_conv(input.clone().unwrap(), *outputs, *window, simd);
            check_conv(
                input.clone().unwrap(),
                *outputs,
                window.with_transposed(true),
                simd,
            );
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn an_lstm_does_not_depend_on_the_number_of_threads() {
    let (batch, steps, inputs, hidden) = (130, 3, 21, 67);
    for &simd in Simd::available() {
        let (ih, hh) = (noise(4 * hidden * inputs, 3), noise(4 * hidden * hidden, 4));
        let weights = RecurrentWeights {
            weight_ih: &ih,
            weight_hh: &hh,
            bias_ih: None,
            bias_hh: None,
        };
        assert_same_on_any_number_of_threads(&format!("Lstm {simd:?}"), || {
            let lstm = Lstm::new(batch, steps, inputs, hidden)
                .unwrap()
                .with_simd(simd)
                .unwrap();
            let (x, dy) = (noise(lstm.input_len(), 1), noise(lstm.output_len(), 2));
            let mut out: [Vec<f32>; 9] = [
                dy.clone(),
                noise(lstm.state_len(), 5),
                noise(lstm.state_len(), 6),
                x.clone(),
                ih.clone(),
                hh.clone(),
                vec![0.0; 4 * hidden],
                noise(lstm.state_len(), 7),
                noise(lstm.state_len(), 8),
            ];
            let [y, h, c, dx, dw_ih, dw_hh, db, dh, dc] = &mut out;
            let (mut workspace, mut trace) = (Workspace::new(), CellTrace::new());
            let packed = lstm.pack(weights).unwrap();
            lstm.forward_training(
                &x,
                &packed,
                CellState { h, c },
                y,
                &mut trace,
                &mut workspace,
            )
            .unwrap();
            let gradients = LstmGradients {
                x: Some(dx),
                weight_ih: dw_ih,
                weight_hh: dw_hh,
                bias: db,
                state: CellState { h: dh, c: dc },
            };
            lstm.backward(&x, weights, &trace, &dy, gradients, &mut workspace)
                .unwrap();
            out.to_vec()
        });
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_gru_does_not_depend_on_the_number_of_threads() {
    let (batch, steps, inputs, hidden) = (130, 3, 21, 67);
    for &simd in Simd::available() {
        let (ih, hh) = (noise(3 * hidden * inputs, 3), noise(3 * hidden * hidden, 4));
        let bias = noise(3 * hidden, 9);
        let weights = RecurrentWeights {
            weight_ih: &ih,
            weight_hh: &hh,
            bias_ih: None,
            bias_hh: Some(&bias),
        };
        assert_same_on_any_number_of_threads(&format!("Gru {simd:?}"), || {
            let gru = Gru::new(batch, steps, inputs, hidden)
                .unwrap()
                .with_simd(simd)
                .unwrap();
            let (x, dy) = (noise(gru.input_len(), 1), noise(gru.output_len(), 2));
            let mut out: [Vec<f32>; 8] = [
                dy.clone(),
                noise(gru.state_len(), 5),
                x.clone(),
                ih.clone(),
                hh.clone(),
                bias.clone(),
                bias.clone(),
                noise(gru.state_len(), 7),
            ];
            let [y, h, dx, dw_ih, dw_hh, db_ih, db_hh, dh] = &mut out;
            let (mut workspace, mut trace) = (Workspace::new(), GruTrace::new());
            let packed = gru.pack(weights).unwrap();
            gru.forward_training(&x, &packed, h, y, &mut trace, &mut workspace)
                .unwrap();
            let gradients = GruGradients {
                x: Some(dx),
                weight_ih: dw_ih,
                weight_hh: dw_hh,
                bias_ih: db_ih,
                bias_hh: db_hh,
                state: dh,
            };
            gru.backward(&x, weights, &trace, &dy, gradients, &mut workspace)
                .unwrap();
            out.to_vec()
        });
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_convolutional_lstm_does_not_depend_on_the_number_of_threads() {
    assert_same_on_any_number_of_threads("ConvLstm", || {
        let layer = ConvLstm::new(Volumes::images(3, 12, 11, 9).unwrap(), 3, 18, 3).unwrap();
        let (x, dy) = (noise(layer.input_len(), 1), noise(layer.output_len(), 2));
        let weights = noise(layer.weights_len(), 3);
        let mut out: [Vec<f32>; 8] = [
            dy.clone(),
            noise(layer.state_len(), 5),
            noise(layer.state_len(), 6),
            x.clone(),
            weights.clone(),
            vec![0.0; 4 * 18],
            noise(layer.state_len(), 7),
            noise(layer.state_len(), 8),
        ];
        let [y, h, c, dx, dw, db, dh, dc] = &mut out;
        let (mut workspace, mut trace) = (Workspace::new(), CellTrace::new());
        let packed = layer.pack(&weights, None).unwrap();
        layer
            .forward_training(
                &x,
                &packed,
                CellState { h, c },
                y,
                &mut trace,
                &mut workspace,
            )
            .unwrap();
        let gradients = ConvLstmGradients {
            x: Some(dx),
            weights: dw,
            bias: db,
            state: CellState { h: dh, c: dc },
        };
        layer
            .backward(&x, &weights, &trace, &dy, gradients, &mut workspace)
            .unwrap();
        out.to_vec()
    });
}
