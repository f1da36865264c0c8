//! The LSTM against the reference implementation, against PyTorch, and with invalid input.

use crate::common::cell::{Cell, Inputs, Outputs};
use crate::common::{assert_close, golden_values, noise, not_written, to_f64, values};
use oddframe_kernels::{
    CellState, CellTrace, Error, Lstm, LstmGradients, RecurrentWeights, Simd, Workspace,
};
use proptest::prelude::*;

/// The inputs of a layer (sizes, input, weights, both biases, states) and the gradients of its outputs.
struct Case {
    sizes: [usize; 4],
    x: Vec<f32>,
    weight_ih: Vec<f32>,
    weight_hh: Vec<f32>,
    biases: [Vec<f32>; 2],
    h: Vec<f32>,
    c: Vec<f32>,
    dy: Vec<f32>,
    dh: Vec<f32>,
    dc: Vec<f32>,
}

impl Case {
    fn new(sizes: [usize; 4], make: impl Fn(usize, usize) -> Vec<f32>) -> Self {
        let [batch, steps, inputs, hidden] = sizes;
        Self {
            sizes,
            x: make(batch * steps * inputs, 1),
            weight_ih: make(4 * hidden * inputs, 2),
            weight_hh: make(4 * hidden * hidden, 3),
            biases: [make(4 * hidden, 4), make(4 * hidden, 5)],
            h: make(batch * hidden, 6),
            c: make(batch * hidden, 7),
            dy: make(batch * steps * hidden, 8),
            dh: make(batch * hidden, 9),
            dc: make(batch * hidden, 10),
        }
    }

    fn weights(&self) -> RecurrentWeights<'_> {
        RecurrentWeights {
            weight_ih: &self.weight_ih,
            weight_hh: &self.weight_hh,
            bias_ih: Some(&self.biases[0]),
            bias_hh: Some(&self.biases[1]),
        }
    }

    /// The same case for the reference implementation.
    fn reference_case(&self) -> (Cell, Inputs, Outputs) {
        let [batch, steps, inputs, hidden] = self.sizes;
        let cell = Cell {
            batch,
            steps,
            size: [1, 1],
            inputs,
            hidden,
            kernel: 1,
            order: [0, 1, 2, 3],
        };
        let rows = self
            .weight_ih
            .chunks(inputs)
            .zip(self.weight_hh.chunks(hidden));
        let w: Vec<f32> = rows.flat_map(|(ih, hh)| [ih, hh].concat()).collect();
        let bias = self.biases[0]
            .iter()
            .zip(&self.biases[1])
            .map(|(a, b)| f64::from(*a) + f64::from(*b));
        let from = Inputs {
            x: to_f64(&self.x),
            w: to_f64(&w),
            bias: bias.collect(),
            h: to_f64(&self.h),
            c: to_f64(&self.c),
        };
        (
            cell,
            from,
            Outputs {
                y: to_f64(&self.dy),
                h: to_f64(&self.dh),
                c: to_f64(&self.dc),
            },
        )
    }
}

/// Results of a layer, forward and backward.
struct Found {
    y: Vec<f32>,
    h: Vec<f32>,
    c: Vec<f32>,
    dx: Vec<f32>,
    dw_ih: Vec<f32>,
    dw_hh: Vec<f32>,
    db: Vec<f32>,
    dh: Vec<f32>,
    dc: Vec<f32>,
}

fn run_both_passes(lstm: &Lstm, case: &Case) -> Found {
    let (mut workspace, mut trace) = (Workspace::new(), CellTrace::new());
    let weights = case.weights();
    let packed = lstm.pack(weights).unwrap();
    let (mut y, mut h, mut c) = (
        not_written(lstm.output_len()),
        case.h.clone(),
        case.c.clone(),
    );
    let state = CellState {
        h: &mut h,
        c: &mut c,
    };
    lstm.forward_training(&case.x, &packed, state, &mut y, &mut trace, &mut workspace)
        .unwrap();

    // Inference gives the same bits as training.
    let (mut y2, mut h2, mut c2) = (not_written(y.len()), case.h.clone(), case.c.clone());
    let state = CellState {
        h: &mut h2,
        c: &mut c2,
    };
    lstm.forward(&case.x, &packed, state, &mut y2, &mut workspace)
        .unwrap();
    assert!(y == y2 && h == h2 && c == c2);

    let (mut dx, mut db) = (not_written(case.x.len()), not_written(case.biases[0].len()));
    let (mut dw_ih, mut dw_hh) = (
        not_written(case.weight_ih.len()),
        not_written(case.weight_hh.len()),
    );
    let (mut dh, mut dc) = (case.dh.clone(), case.dc.clone());
    let gradients = LstmGradients {
        x: Some(&mut dx),
        weight_ih: &mut dw_ih,
        weight_hh: &mut dw_hh,
        bias: &mut db,
        state: CellState {
            h: &mut dh,
            c: &mut dc,
        },
    };
    lstm.backward(
        &case.x,
        weights,
        &trace,
        &case.dy,
        gradients,
        &mut workspace,
    )
    .unwrap();
    Found {
        y,
        h,
        c,
        dx,
        dw_ih,
        dw_hh,
        db,
        dh,
        dc,
    }
}

fn check_lstm(sizes: [usize; 4], seed: u64) {
    let case = Case::new(sizes, |len, which| noise(len, seed * 16 + which as u64));
    let (cell, from, d) = case.reference_case();
    let (out, to) = (cell.forward(&from), cell.backward(&from, &d));
    let [batch, steps, inputs, hidden] = sizes;
    let bound = 2e-6 * ((inputs + hidden) as f64).sqrt();
    let lstm = Lstm::new(batch, steps, inputs, hidden).unwrap();
    for &simd in Simd::available() {
        let found = run_both_passes(&lstm.with_simd(simd).unwrap(), &case);
        assert_close("y", &found.y, &out.y, bound);
        assert_close("h", &found.h, &out.h, bound);
        assert_close("c", &found.c, &out.c, bound);
        assert_close("dx", &found.dx, &to.x, 4.0 * bound);
        let joined: Vec<f32> = found
            .dw_ih
            .chunks(inputs)
            .zip(found.dw_hh.chunks(hidden))
            .flat_map(|(i, h)| [i, h].concat())
            .collect();
        let bound = 4.0 * bound * ((batch * steps) as f64).sqrt();
        assert_close("dw", &joined, &to.w, bound);
        assert_close("db", &found.db, &to.bias, bound);
        assert_close("dh", &found.dh, &to.h, bound);
        assert_close("dc", &found.dc, &to.c, bound);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 1 } else { 60 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_size_agrees_with_the_definition(
        batch in 1..7_usize, steps in 1..5_usize, inputs in 1..9_usize, hidden in 1..20_usize, seed in any::<u16>(),
    ) {
        let most = if cfg!(miri) { 5 } else { usize::MAX };
        check_lstm([batch, steps, inputs, hidden].map(|n| n.min(most)), u64::from(seed));
    }
}

/// Several tasks of the elementwise part, several panels of the products, and incomplete vectors in both.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_large_layer_agrees_with_the_definition() {
    check_lstm([67, 3, 33, 130], 3);
}

/// The sum of all outputs, weighted with `d`.
fn weighted_output(out: &Outputs, d: &Outputs) -> f64 {
    let outputs = [(&out.y, &d.y), (&out.h, &d.h), (&out.c, &d.c)];
    outputs
        .into_iter()
        .flat_map(|(values, weights)| values.iter().zip(weights))
        .map(|(a, b)| a * b)
        .sum()
}

/// Selects one of the inputs of a cell.
type Part = fn(&mut Inputs) -> &mut Vec<f64>;

#[test]
#[cfg_attr(miri, ignore = "slow under Miri, and free of unsafe code")]
fn the_reference_gradients_agree_with_finite_differences() {
    let case = Case::new([2, 2, 2, 3], |len, which| noise(len, which as u64));
    let (cell, from, d) = case.reference_case();
    let to = cell.backward(&from, &d);
    let parts: [(&str, Part); 5] = [
        ("x", |all| &mut all.x),
        ("w", |all| &mut all.w),
        ("bias", |all| &mut all.bias),
        ("h", |all| &mut all.h),
        ("c", |all| &mut all.c),
    ];
    for (name, part) in parts {
        let gradient = part(&mut to.clone()).clone();
        for (at, expected) in gradient.iter().enumerate() {
            let [above, below] = [1e-5, -1e-5].map(|difference| {
                let mut from = from.clone();
                part(&mut from)[at] += difference;
                weighted_output(&cell.forward(&from), &d)
            });
            let found = (above - below) / 2e-5;
            assert!(
                (found - expected).abs() < 1e-8,
                "{name}[{at}]: {found} and {expected}"
            );
        }
    }
}

#[test]
fn results_agree_with_pytorch() {
    let file = include_str!("golden/lstm.txt");
    let case = Case::new([2, 3, 2, 5], |len, which| {
        values(
            len,
            which,
            match which {
                1 => 1.5,
                2..=5 => 0.8,
                _ => 1.0,
            },
        )
    });
    for &simd in Simd::available() {
        let found = run_both_passes(
            &Lstm::new(2, 3, 2, 5).unwrap().with_simd(simd).unwrap(),
            &case,
        );
        let parts = [
            ("y", &found.y),
            ("h", &found.h),
            ("c", &found.c),
            ("dx", &found.dx),
            ("dweight_ih", &found.dw_ih),
            ("dweight_hh", &found.dw_hh),
            ("dbias", &found.db),
            ("dh", &found.dh),
            ("dc", &found.dc),
        ];
        for (name, part) in parts {
            assert_close(name, part, &golden_values(file, name), 2e-6);
        }
    }
}

/// The gradient of a shared input is the sum over the steps.
#[test]
fn a_shared_input_equals_that_input_at_every_step() {
    let (batch, steps, inputs, hidden) = if cfg!(miri) {
        (2, 3, 2, 3)
    } else {
        (3, 4, 5, 18)
    };
    let lstm = Lstm::new(batch, steps, inputs, hidden).unwrap();
    let mut case = Case::new([batch, steps, inputs, hidden], |len, which| {
        noise(len, which as u64)
    });
    let rows = noise(batch * inputs, 30);
    case.x = rows
        .chunks(inputs)
        .flat_map(|row| row.repeat(steps))
        .collect();
    let expected = run_both_passes(&lstm, &case);
    case.x = rows;
    let shared = lstm.with_shared_input().unwrap();
    assert_eq!(shared.input_len(), batch * inputs);
    let found = run_both_passes(&shared, &case);
    assert_eq!(found.y, expected.y);
    let sums: Vec<f64> = (0..batch * inputs)
        .map(|at| {
            (0..steps)
                .map(|t| f64::from(expected.dx[(at / inputs * steps + t) * inputs + at % inputs]))
                .sum()
        })
        .collect();
    assert_close("dx", &found.dx, &sums, 1e-5);
    assert_close("dw_ih", &found.dw_ih, &to_f64(&expected.dw_ih), 1e-5);
    assert_close("db", &found.db, &to_f64(&expected.db), 1e-5);
    assert_eq!(found.dw_hh, expected.dw_hh);
    assert_eq!(found.dh, expected.dh);
}

/// The state that one call leaves is the start of the next one.
#[test]
fn a_sequence_in_two_halves_gives_the_same_results() {
    let case = Case::new([2, 4, 3, 7], |len, which| noise(len, which as u64));
    let whole = run_both_passes(&Lstm::new(2, 4, 3, 7).unwrap(), &case);
    let half = Lstm::new(2, 2, 3, 7).unwrap();
    let packed = half.pack(case.weights()).unwrap();
    let (mut h, mut c, mut workspace) = (case.h.clone(), case.c.clone(), Workspace::new());
    for start in [0, 2] {
        let x: Vec<f32> = case
            .x
            .chunks(4 * 3)
            .flat_map(|sequence| sequence[start * 3..][..2 * 3].to_vec())
            .collect();
        let mut y = vec![0.0; half.output_len()];
        half.forward(
            &x,
            &packed,
            CellState {
                h: &mut h,
                c: &mut c,
            },
            &mut y,
            &mut workspace,
        )
        .unwrap();
        for (n, y) in y.chunks(2 * 7).enumerate() {
            assert_eq!(y, &whole.y[(n * 4 + start) * 7..][..2 * 7]);
        }
    }
    assert_eq!((h, c), (whole.h, whole.c));
}

#[test]
fn biases_may_be_missing() {
    let mut case = Case::new([2, 2, 3, 4], |len, which| noise(len, which as u64));
    let lstm = Lstm::new(2, 2, 3, 4).unwrap();
    let zeros = vec![0.0; 16];
    let weights = case.weights();
    let results = [
        RecurrentWeights {
            bias_ih: None,
            bias_hh: None,
            ..weights
        },
        RecurrentWeights {
            bias_ih: Some(&zeros),
            bias_hh: Some(&zeros),
            ..weights
        },
        RecurrentWeights {
            bias_ih: None,
            ..weights
        },
        RecurrentWeights {
            bias_ih: Some(&zeros),
            ..weights
        },
    ]
    .map(|weights| {
        let (mut y, mut h, mut c) = (vec![0.0; 16], vec![0.0; 8], vec![0.0; 8]);
        let packed = lstm.pack(weights).unwrap();
        let state = CellState {
            h: &mut h,
            c: &mut c,
        };
        lstm.forward(&case.x, &packed, state, &mut y, &mut Workspace::new())
            .unwrap();
        y
    });
    assert_eq!(results[0], results[1]);
    assert_eq!(results[2], results[3]);
    assert_ne!(results[0], results[2]);
    case.biases[0].pop();
    assert!(matches!(
        lstm.pack(case.weights()),
        Err(Error::Length {
            what: "the bias",
            found: 15,
            expected: 16
        })
    ));
}

#[test]
fn invalid_sizes_are_refused() {
    for sizes in [[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0]] {
        let [batch, steps, inputs, hidden] = sizes;
        assert!(
            matches!(
                Lstm::new(batch, steps, inputs, hidden),
                Err(Error::Zero { .. })
            ),
            "{sizes:?}"
        );
    }
    for large in [
        usize::MAX,
        usize::MAX / 2,
        usize::MAX / 4,
        usize::MAX / 8,
        1 << 61,
    ] {
        for at in 0..4 {
            let mut sizes = [2; 4];
            sizes[at] = large;
            let [batch, steps, inputs, hidden] = sizes;
            assert!(
                matches!(
                    Lstm::new(batch, steps, inputs, hidden),
                    Err(Error::TooLarge { .. })
                ),
                "{sizes:?}"
            );
        }
    }
}

#[test]
fn slices_of_another_length_are_refused() {
    let lstm = Lstm::new(2, 3, 4, 5).unwrap();
    let case = Case::new([2, 3, 4, 5], |len, which| noise(len, which as u64));
    let packed = lstm.pack(case.weights()).unwrap();
    let other = Case::new([2, 3, 4, 6], |len, which| noise(len, which as u64));
    assert!(matches!(
        lstm.pack(other.weights()),
        Err(Error::Length {
            what: "weight_ih",
            ..
        })
    ));
    let (mut workspace, mut trace) = (Workspace::new(), CellTrace::new());
    let lengths: [usize; 4] = [24, 30, 10, 10];
    for wrong in 0..4 {
        for by in [-1_isize, 1] {
            let [x, y, h, c] = std::array::from_fn(|n| {
                vec![0.0; lengths[n].wrapping_add_signed(if n == wrong { by } else { 0 })]
            });
            let (mut y, mut h, mut c) = (y, h, c);
            let state = CellState {
                h: &mut h,
                c: &mut c,
            };
            let found =
                lstm.forward_training(&x, &packed, state, &mut y, &mut trace, &mut workspace);
            assert!(matches!(found, Err(Error::Length { .. })), "{wrong} {by}");
        }
    }
    let (mut y, mut h, mut c) = (vec![0.0; 30], vec![0.0; 10], vec![0.0; 10]);
    let larger = Lstm::new(2, 3, 4, 6)
        .unwrap()
        .pack(other.weights())
        .unwrap();
    let state = CellState {
        h: &mut h,
        c: &mut c,
    };
    let found = lstm.forward(&case.x, &larger, state, &mut y, &mut workspace);
    assert!(matches!(found, Err(Error::OtherLayer { .. })));
    let state = CellState {
        h: &mut h,
        c: &mut c,
    };
    lstm.forward_training(&case.x, &packed, state, &mut y, &mut trace, &mut workspace)
        .unwrap();

    // A trace of as many values, but of another batch and number of steps.
    let (other_shape, mut other_shape_trace) = (Lstm::new(3, 2, 4, 5).unwrap(), CellTrace::new());
    let (mut h, mut c) = (vec![0.0; 15], vec![0.0; 15]);
    let state = CellState {
        h: &mut h,
        c: &mut c,
    };
    other_shape
        .forward_training(
            &case.x,
            &packed,
            state,
            &mut y,
            &mut other_shape_trace,
            &mut workspace,
        )
        .unwrap();

    let empty = CellTrace::new();
    let lengths = [24, 30, 24, 80, 100, 20, 10, 10];
    for wrong in 0..10 {
        let mut slices: Vec<Vec<f32>> = lengths
            .iter()
            .enumerate()
            .map(|(n, &len)| vec![0.0; len + usize::from(n == wrong)])
            .collect();
        let [x, dy, dx, dw_ih, dw_hh, db, dh, dc] =
            slices.get_disjoint_mut([0, 1, 2, 3, 4, 5, 6, 7]).unwrap();
        let gradients = LstmGradients {
            x: Some(dx),
            weight_ih: dw_ih,
            weight_hh: dw_hh,
            bias: db,
            state: CellState { h: dh, c: dc },
        };
        let trace = [&trace, &empty, &other_shape_trace][wrong.saturating_sub(7)];
        let found = lstm.backward(x, case.weights(), trace, dy, gradients, &mut workspace);
        let refused = if wrong < 8 {
            matches!(found, Err(Error::Length { .. }))
        } else {
            matches!(found, Err(Error::OtherTrace { .. }))
        };
        assert!(refused, "{wrong}: {found:?}");
    }
}
