//! The convolutional LSTM against the reference implementation, against PyTorch, and with invalid input.

use std::collections::HashMap;

use crate::common::cell::{Cell, Inputs, Outputs};
use crate::common::{assert_close, golden_values, noise, not_written, to_f64, values};
use oddframe_kernels::{
    CellState, CellTrace, ConvLstm, ConvLstmGradients, Error, Simd, Volumes, Workspace,
};
use proptest::prelude::*;

/// The inputs of a layer and the gradients of its outputs.
struct Case {
    cell: Cell,
    x: Vec<f32>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    h: Vec<f32>,
    c: Vec<f32>,
    dy: Vec<f32>,
    dh: Vec<f32>,
    dc: Vec<f32>,
}

impl Case {
    fn new(cell: Cell, make: impl Fn(usize, usize) -> Vec<f32>) -> Self {
        let states = cell.states();
        Self {
            cell,
            x: make(cell.batch * cell.steps * cell.places() * cell.inputs, 1),
            weights: make(
                4 * cell.hidden * (cell.inputs + cell.hidden) * cell.kernel * cell.kernel,
                2,
            ),
            bias: make(4 * cell.hidden, 3),
            h: make(states, 4),
            c: make(states, 5),
            dy: make(states * cell.steps, 6),
            dh: make(states, 7),
            dc: make(states, 8),
        }
    }

    fn layer(&self) -> ConvLstm {
        let Cell {
            batch,
            steps,
            size,
            inputs,
            hidden,
            kernel,
            ..
        } = self.cell;
        let input = Volumes::images(batch, size[0], size[1], inputs).unwrap();
        ConvLstm::new(input, steps, hidden, kernel).unwrap()
    }

    /// Runs both passes of a layer and compares every result with the expected one, by name.
    fn check_layer(&self, layer: &ConvLstm, expected: impl Fn(&str) -> Vec<f64>, bound: f64) {
        let (mut workspace, mut trace) = (Workspace::new(), CellTrace::new());
        assert_eq!(layer.weights_len(), self.weights.len());
        assert_eq!(layer.input_len(), self.x.len());
        let packed = layer.pack(&self.weights, Some(&self.bias)).unwrap();
        let (mut y, mut h, mut c) = (
            not_written(layer.output_len()),
            self.h.clone(),
            self.c.clone(),
        );
        let state = CellState {
            h: &mut h,
            c: &mut c,
        };
        layer
            .forward_training(&self.x, &packed, state, &mut y, &mut trace, &mut workspace)
            .unwrap();

        let (mut y2, mut h2, mut c2) = (not_written(y.len()), self.h.clone(), self.c.clone());
        let state = CellState {
            h: &mut h2,
            c: &mut c2,
        };
        layer
            .forward(&self.x, &packed, state, &mut y2, &mut workspace)
            .unwrap();
        assert!(
            y == y2 && h == h2 && c == c2,
            "inference differs from training"
        );

        let (mut dx, mut dw, mut db) = (
            not_written(self.x.len()),
            not_written(self.weights.len()),
            not_written(self.bias.len()),
        );
        let (mut dh, mut dc) = (self.dh.clone(), self.dc.clone());
        let gradients = ConvLstmGradients {
            x: Some(&mut dx),
            weights: &mut dw,
            bias: &mut db,
            state: CellState {
                h: &mut dh,
                c: &mut dc,
            },
        };
        layer
            .backward(
                &self.x,
                &self.weights,
                &trace,
                &self.dy,
                gradients,
                &mut workspace,
            )
            .unwrap();
        let found = [
            ("y", y),
            ("h", h),
            ("c", c),
            ("dx", dx),
            ("dweights", dw),
            ("dbias", db),
            ("dh", dh),
            ("dc", dc),
        ];
        for (name, part) in found {
            assert_close(name, &part, &expected(name), bound);
        }
    }

    fn check_definition(&self) {
        let from = Inputs {
            x: to_f64(&self.x),
            w: to_f64(&self.weights),
            bias: to_f64(&self.bias),
            h: to_f64(&self.h),
            c: to_f64(&self.c),
        };
        let out = self.cell.forward(&from);
        let d = Outputs {
            y: to_f64(&self.dy),
            h: to_f64(&self.dh),
            c: to_f64(&self.dc),
        };
        let to = self.cell.backward(&from, &d);
        let names = ["y", "h", "c", "dx", "dweights", "dbias", "dh", "dc"];
        let parts = [out.y, out.h, out.c, to.x, to.w, to.bias, to.h, to.c];
        let expected: HashMap<&str, Vec<f64>> = names.into_iter().zip(parts).collect();
        for &simd in Simd::available() {
            self.check_layer(
                &self.layer().with_simd(simd).unwrap(),
                |name| expected[name].clone(),
                3e-5,
            );
        }
    }
}

const ORDER: [usize; 4] = [0, 1, 3, 2];

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 1 } else { 40 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_size_agrees_with_the_definition(
        batch in 1..4_usize, steps in 1..4_usize, height in 1..5_usize, width in 1..5_usize,
        inputs in 1..6_usize, hidden in 1..10_usize, half in 0..3_usize, seed in any::<u16>(),
    ) {
        let most = if cfg!(miri) { 2 } else { usize::MAX };
        let [batch, steps, height, width, inputs] = [batch, steps, height, width, inputs].map(|n| n.min(most));
        let kernel = 2 * half.min(height.min(width)) + 1;
        let cell = Cell { batch, steps, size: [height, width], inputs, hidden, kernel, order: ORDER };
        // Small weights: with many large ones all gates would be 0 or 1, and all gradients 0.
        let scale = 1.0 / (((inputs + hidden) * kernel * kernel) as f32).sqrt();
        let case = Case::new(cell, |len, which| {
            let scale = if which == 2 { scale } else { 1.0 };
            noise(len, u64::from(seed) * 16 + which as u64).iter().map(|v| v * scale).collect()
        });
        case.check_definition();
    }
}

#[test]
#[cfg_attr(
    miri,
    ignore = "slow under Miri, where smaller layers run the same code"
)]
fn results_agree_with_pytorch() {
    let file = include_str!("golden/conv_lstm.txt");
    let cell = Cell {
        batch: 2,
        steps: 2,
        size: [3, 4],
        inputs: 2,
        hidden: 3,
        kernel: 3,
        order: ORDER,
    };
    let case = Case::new(cell, |len, which| {
        values(
            len,
            which,
            match which {
                1 => 1.5,
                2 | 3 => 0.5,
                _ => 1.0,
            },
        )
    });
    for &simd in Simd::available() {
        case.check_layer(
            &case.layer().with_simd(simd).unwrap(),
            |name| golden_values(file, name),
            5e-6,
        );
    }
}

#[test]
fn invalid_sizes_are_refused() {
    let input = Volumes::images(1, 4, 4, 2).unwrap();
    assert!(matches!(
        ConvLstm::new(input, 0, 1, 3),
        Err(Error::Zero { .. })
    ));
    assert!(matches!(
        ConvLstm::new(input, 1, 0, 3),
        Err(Error::Zero { .. })
    ));
    for kernel in [0, 2, 4] {
        assert!(
            matches!(
                ConvLstm::new(input, 1, 1, kernel),
                Err(Error::Parameter { .. })
            ),
            "{kernel}"
        );
    }
    for large in [
        usize::MAX,
        usize::MAX / 2,
        usize::MAX / 4,
        usize::MAX / 8,
        1 << 60,
    ] {
        assert!(
            matches!(
                ConvLstm::new(input, large, 1, 3),
                Err(Error::TooLarge { .. })
            ),
            "{large}"
        );
        assert!(
            matches!(
                ConvLstm::new(input, 1, large, 3),
                Err(Error::TooLarge { .. })
            ),
            "{large}"
        );
        assert!(ConvLstm::new(input, 1, 1, large | 1).is_err(), "{large}");
    }
}

#[test]
fn slices_of_another_length_are_refused() {
    let cell = Cell {
        batch: 1,
        steps: 2,
        size: [2, 3],
        inputs: 2,
        hidden: 3,
        kernel: 3,
        order: ORDER,
    };
    let case = Case::new(cell, |len, which| noise(len, which as u64));
    let layer = case.layer();
    assert!(matches!(
        layer.pack(&case.weights[1..], None),
        Err(Error::Length { .. })
    ));
    assert!(matches!(
        layer.pack(&case.weights, Some(&case.bias[1..])),
        Err(Error::Length { .. })
    ));
    let packed = layer.pack(&case.weights, None).unwrap();
    let (mut workspace, mut trace) = (Workspace::new(), CellTrace::new());
    let (mut y, mut h, mut c) = (case.dy.clone(), case.h.clone(), case.c.clone());
    let state = CellState {
        h: &mut h,
        c: &mut c,
    };
    let short = layer.forward(&case.x[1..], &packed, state, &mut y, &mut workspace);
    assert!(matches!(
        short,
        Err(Error::Length {
            what: "the input",
            ..
        })
    ));
    let state = CellState {
        h: &mut h,
        c: &mut c,
    };
    layer
        .forward_training(&case.x, &packed, state, &mut y, &mut trace, &mut workspace)
        .unwrap();

    let lengths = [
        case.x.len(),
        case.weights.len(),
        case.bias.len(),
        case.h.len(),
        case.c.len(),
    ];
    for wrong in 0..6 {
        let mut slices: Vec<Vec<f32>> = lengths
            .iter()
            .enumerate()
            .map(|(n, &len)| vec![0.0; len - usize::from(n == wrong)])
            .collect();
        let [dx, dw, db, dh, dc] = slices.get_disjoint_mut([0, 1, 2, 3, 4]).unwrap();
        let state = CellState { h: dh, c: dc };
        let gradients = ConvLstmGradients {
            x: Some(dx),
            weights: dw,
            bias: db,
            state,
        };
        let empty = CellTrace::new();
        let trace = if wrong == 5 { &empty } else { &trace };
        let found = layer.backward(
            &case.x,
            &case.weights,
            trace,
            &case.dy,
            gradients,
            &mut workspace,
        );
        let refused = if wrong < 5 {
            matches!(found, Err(Error::Length { .. }))
        } else {
            matches!(found, Err(Error::OtherTrace { .. }))
        };
        assert!(refused, "{wrong}: {found:?}");
    }
}
