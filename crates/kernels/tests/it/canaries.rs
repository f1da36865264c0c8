//! Nothing outside the slices that a caller passes in is read or written: sentinels before and after each of them stay
//! unchanged, and no result depends on them. A read past an end would give a NaN.

use crate::common::noise;
use oddframe_kernels::{
    Activation, CellState, CellTrace, Conv, Lstm, LstmGradients, RecurrentWeights, Simd, Volumes,
    Window, Workspace,
};

/// Number of sentinels on each side of a slice: more values than any vector or tile has.
const MARGIN: usize = 160;

/// A slice with sentinels on both sides. Their bits are a NaN that no computation returns.
struct Guarded(Vec<f32>);

const SENTINEL: u32 = 0x7FC5_A5A5;

impl Guarded {
    fn new(values: &[f32]) -> Self {
        let margin = vec![f32::from_bits(SENTINEL); MARGIN];
        Self([&margin, values, &margin].concat())
    }

    fn noise(len: usize, seed: u64) -> Self {
        Self::new(&noise(len, seed))
    }

    /// A slice that is still to be written.
    fn unset(len: usize) -> Self {
        Self::new(&vec![f32::NAN; len])
    }

    fn values(&self) -> &[f32] {
        &self.0[MARGIN..self.0.len() - MARGIN]
    }

    fn values_mut(&mut self) -> &mut [f32] {
        let end = self.0.len() - MARGIN;
        &mut self.0[MARGIN..end]
    }

    #[track_caller]
    fn assert_intact(&self, name: &str, finite: bool) {
        let (before, rest) = self.0.split_at(MARGIN);
        let (values, after) = rest.split_at(rest.len() - MARGIN);
        assert!(
            before.iter().all(|v| v.to_bits() == SENTINEL),
            "{name}: written before the slice"
        );
        assert!(
            after.iter().all(|v| v.to_bits() == SENTINEL),
            "{name}: written after the slice"
        );
        assert!(
            !finite || values.iter().all(|v| v.is_finite()),
            "{name}: values were not written, or values outside the slice were read"
        );
    }
}

fn windows() -> Vec<(Volumes, usize, Window)> {
    let square = Window::square;
    let tiny = [
        (Volumes::images(1, 2, 3, 2), 3, square(4, 2, 1)),
        (Volumes::images(1, 2, 2, 9), 2, square(3, 1, 1)),
        (Volumes::rows(7, 3), 9, Window::point()),
    ];
    let small = [
        (Volumes::images(2, 6, 6, 3), 8, square(4, 2, 1)),
        (Volumes::images(1, 5, 7, 17), 5, square(3, 1, 1)),
        (
            Volumes::images(7, 3, 3, 4),
            33,
            square(3, 2, 1).with_dilation([1, 1, 1]),
        ),
        (Volumes::rows(7, 19), 21, Window::point()),
        (Volumes::rows(1, 1), 1, Window::point()),
        (
            Volumes::new(1, [3, 4, 5], 2),
            3,
            Window::volume([3; 3])
                .with_stride([1, 2, 2])
                .with_padding([1; 3]),
        ),
        (
            Volumes::images(2, 5, 5, 4),
            6,
            square(3, 1, 2).with_dilation([1, 2, 2]),
        ),
        (
            Volumes::images(2, 4, 4, 6),
            4,
            square(3, 1, 1).with_groups(2),
        ),
    ];
    let large = [
        (Volumes::images(2, 16, 16, 32), 64, square(4, 2, 1)),
        (Volumes::images(1, 8, 9, 70), 3, square(4, 2, 1)),
        (Volumes::images(6, 4, 4, 65), 130, square(4, 2, 1)),
        (Volumes::images(2, 17, 15, 1), 16, square(5, 2, 3)),
    ];
    let cases = if cfg!(miri) {
        tiny.to_vec()
    } else {
        [&small[..], &large].concat()
    };
    cases
        .into_iter()
        .map(|(input, outputs, window)| (input.unwrap(), outputs, window))
        .collect()
}

fn check_conv(input: Volumes, outputs: usize, window: Window, simd: Simd) {
    let layer = Conv::new(input, outputs, window)
        .unwrap()
        .with_simd(simd)
        .unwrap();
    let name = format!("{input} {window:?} {simd:?}");
    let (x, dy) = (
        Guarded::noise(layer.input().len(), 1),
        Guarded::noise(layer.output().len(), 2),
    );
    let (weights, bias) = (
        Guarded::noise(layer.weights_len(), 3),
        Guarded::noise(layer.output().channels(), 4),
    );
    let (mut y, mut dx, mut dw) = (
        Guarded::unset(dy.values().len()),
        Guarded::unset(x.values().len()),
        Guarded::unset(layer.weights_len()),
    );
    let mut workspace = Workspace::new();
    let packed = layer.pack(weights.values()).unwrap();
    for activation in [Activation::Identity, Activation::Tanh] {
        let bias = Some(bias.values());
        layer
            .forward(
                x.values(),
                &packed,
                bias,
                activation,
                y.values_mut(),
                &mut workspace,
            )
            .unwrap();
        y.assert_intact(&name, true);
    }
    let first = y.0.clone();
    y.values_mut().fill(f32::NAN);
    let bias_values = Some(bias.values());
    let to = y.values_mut();
    layer
        .forward_unpacked(
            x.values(),
            weights.values(),
            bias_values,
            Activation::Tanh,
            to,
            &mut workspace,
        )
        .unwrap();
    assert_eq!(
        first[MARGIN..first.len() - MARGIN],
        *y.values(),
        "{name}: unpacked"
    );
    layer
        .input_gradient(
            dy.values(),
            weights.values(),
            dx.values_mut(),
            &mut workspace,
        )
        .unwrap();
    layer
        .weight_gradient(x.values(), dy.values(), dw.values_mut(), &mut workspace)
        .unwrap();
    for (part, what, finite) in [
        (&y, "y", true),
        (&dx, "dx", true),
        (&dw, "dw", true),
        (&x, "x", true),
        (&dy, "dy", true),
    ] {
        part.assert_intact(&format!("{name} {what}"), finite);
    }
    weights.assert_intact(&name, true);
    bias.assert_intact(&name, true);
}

#[test]
fn convolutions_keep_to_their_slices() {
    for (input, outputs, window) in windows() {
        for &simd in Simd::available() {
            check_conv(input, outputs, window, simd);
            check_conv(input, outputs, window.with_transposed(true), simd);
        }
    }
}

#[test]
fn recurrent_layers_keep_to_their_slices() {
    let sizes: &[[usize; 4]] = if cfg!(miri) {
        &[[2, 2, 3, 5]]
    } else {
        &[[2, 3, 3, 5], [7, 2, 1, 16], [70, 2, 9, 67]]
    };
    for &[batch, steps, inputs, hidden] in sizes {
        for &simd in Simd::available() {
            let lstm = Lstm::new(batch, steps, inputs, hidden)
                .unwrap()
                .with_simd(simd)
                .unwrap();
            let (x, dy) = (
                Guarded::noise(lstm.input_len(), 1),
                Guarded::noise(lstm.output_len(), 2),
            );
            let (ih, hh) = (
                Guarded::noise(4 * hidden * inputs, 3),
                Guarded::noise(4 * hidden * hidden, 4),
            );
            let bias = Guarded::noise(4 * hidden, 5);
            let mut state = [6, 7, 8, 9].map(|seed| Guarded::noise(lstm.state_len(), seed));
            let lengths = [
                lstm.output_len(),
                x.values().len(),
                ih.values().len(),
                hh.values().len(),
                4 * hidden,
            ];
            let mut out = lengths.map(Guarded::unset);
            let weights = RecurrentWeights {
                weight_ih: ih.values(),
                weight_hh: hh.values(),
                bias_ih: Some(bias.values()),
                bias_hh: None,
            };
            let [y, dx, dw_ih, dw_hh, db] = &mut out;
            let [h, c, dh, dc] = &mut state;
            let (mut workspace, mut trace) = (Workspace::new(), CellTrace::new());
            let packed = lstm.pack(weights).unwrap();
            let first = CellState {
                h: h.values_mut(),
                c: c.values_mut(),
            };
            lstm.forward_training(
                x.values(),
                &packed,
                first,
                y.values_mut(),
                &mut trace,
                &mut workspace,
            )
            .unwrap();
            let gradients = LstmGradients {
                x: Some(dx.values_mut()),
                weight_ih: dw_ih.values_mut(),
                weight_hh: dw_hh.values_mut(),
                bias: db.values_mut(),
                state: CellState {
                    h: dh.values_mut(),
                    c: dc.values_mut(),
                },
            };
            lstm.backward(
                x.values(),
                weights,
                &trace,
                dy.values(),
                gradients,
                &mut workspace,
            )
            .unwrap();
            for part in out.iter().chain(&state).chain([&x, &dy, &ih, &hh, &bias]) {
                part.assert_intact(&format!("{batch} {steps} {inputs} {hidden} {simd:?}"), true);
            }
        }
    }
}
