//! The results do not depend on the number of threads, to the last bit.

mod common;

use common::noise;
use oddframe_kernels::{
    Activation, CellState, CellTrace, Conv, ConvLstm, ConvLstmGradients, ConvTranspose, Lstm, LstmGradients,
    LstmWeights, Simd, Volumes, Window, Workspace, set_threads,
};

/// The limit belongs to the whole process: one test holds it at a time.
static LIMIT: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[track_caller]
fn same_on_any_number(name: &str, run: impl Fn() -> Vec<Vec<f32>>) {
    let _held = LIMIT.lock().unwrap();
    set_threads(1);
    let bits = |all: Vec<Vec<f32>>| -> Vec<Vec<u32>> {
        all.into_iter().map(|part| part.into_iter().map(f32::to_bits).collect()).collect()
    };
    let alone = bits(run());
    for threads in [2, 2, 64] {
        set_threads(threads);
        assert!(bits(run()) == alone, "{name} differs on {threads} threads");
    }
}

macro_rules! check_layer {
    ($kind:ident, $input:expr, $outputs:expr, $window:expr, $simd:expr) => {{
        same_on_any_number(&format!("{} {} {:?} {:?}", stringify!($kind), $input, $window, $simd), || {
            // Built in here: how a layer is carried out is laid down when it is built.
            let layer = $kind::new($input, $outputs, $window).unwrap().with_simd($simd).unwrap();
            let (x, dy) = (noise(layer.input().len(), 1), noise(layer.output().len(), 2));
            let (weights, bias) = (noise(layer.weights_len(), 3), noise($outputs, 4));
            let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), weights.clone());
            let mut workspace = Workspace::new();
            let packed = layer.pack(&weights).unwrap();
            layer.forward(&x, &packed, Some(&bias), Activation::Sigmoid, &mut y, &mut workspace).unwrap();
            layer.input_gradient(&dy, &weights, &mut dx, &mut workspace).unwrap();
            layer.weight_gradient(&x, &dy, &mut dw, &mut workspace).unwrap();
            vec![y, dx, dw]
        });
    }};
}

#[test]
fn of_convolutions() {
    let cases = [
        (Volumes::images(2, 32, 32, 3), 32, Window::square(4, 2, 1)),
        (Volumes::images(7, 8, 8, 33), 64, Window::square(4, 2, 1)),
        (Volumes::images(2, 17, 16, 33), 3, Window::square(4, 2, 1)),
        (Volumes::images(3, 9, 9, 6), 9, Window::square(3, 1, 1).with_groups(3)),
        (Volumes::rows(300, 100), 70, Window::point()),
    ];
    // Enough for several tasks of each kind.
    let few = [(Volumes::images(2, 2, 3, 2), 9, Window::square(3, 1, 1))];
    for (input, outputs, window) in if cfg!(miri) { &few[..] } else { &cases[..] } {
        for &simd in Simd::available() {
            check_layer!(Conv, input.clone().unwrap(), *outputs, *window, simd);
            check_layer!(ConvTranspose, input.clone().unwrap(), *outputs, *window, simd);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow there")]
fn of_an_lstm() {
    let (batch, steps, inputs, hidden) = (130, 3, 21, 67);
    for &simd in Simd::available() {
        let (ih, hh) = (noise(4 * hidden * inputs, 3), noise(4 * hidden * hidden, 4));
        let weights = LstmWeights { weight_ih: &ih, weight_hh: &hh, bias_ih: None, bias_hh: None };
        same_on_any_number(&format!("Lstm {simd:?}"), || {
            let lstm = Lstm::new(batch, steps, inputs, hidden).unwrap().with_simd(simd).unwrap();
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
            lstm.forward_training(&x, &packed, CellState { h, c }, y, &mut trace, &mut workspace).unwrap();
            let gradients = LstmGradients {
                x: Some(dx),
                weight_ih: dw_ih,
                weight_hh: dw_hh,
                bias: db,
                state: CellState { h: dh, c: dc },
            };
            lstm.backward(&x, weights, &trace, &dy, gradients, &mut workspace).unwrap();
            out.to_vec()
        });
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow there")]
fn of_a_convolutional_lstm() {
    same_on_any_number("ConvLstm", || {
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
        layer.forward_training(&x, &packed, CellState { h, c }, y, &mut trace, &mut workspace).unwrap();
        let gradients =
            ConvLstmGradients { x: Some(dx), weights: dw, bias: db, state: CellState { h: dh, c: dc } };
        layer.backward(&x, &weights, &trace, &dy, gradients, &mut workspace).unwrap();
        out.to_vec()
    });
}
