use super::{InvertedResidual, InvertedResidualWeights};
use crate::testing::{assert_length_error, noise, to_comparable_bits};
use crate::{Activation, Conv, Depthwise, Error, PlaneWindow, Volumes, Window, Workspace};

/// A block, and the same layers one after the other, which it must equal bit by bit.
fn check_block(input: Volumes, expanded: Option<usize>, window: PlaneWindow, outputs: usize) {
    let block = InvertedResidual::new(input, expanded, window, outputs).unwrap();
    let inner = expanded.unwrap_or(input.channels());
    let [_, height, width] = input.size();
    let taps = window.kernel[0] * window.kernel[1];
    let (x, before) = (noise(input.len(), 1), noise(block.output().len(), 2));
    let (expand, taps) = (noise(inner * input.channels(), 3), noise(inner * taps, 4));
    let (project, bias) = (noise(outputs * inner, 5), noise(inner.max(outputs), 6));
    let packed = block
        .pack(InvertedResidualWeights {
            expand: expanded.map(|_| (&expand[..], &bias[..inner])),
            depthwise: (&taps, &bias[..inner]),
            project: (&project, &bias[..outputs]),
        })
        .unwrap();
    let (relu, mut workspace) = (Activation::Relu6, Workspace::new());
    let mut y = before.clone();
    block
        .forward_add(&x, &packed, relu, &mut y, &mut workspace)
        .unwrap();
    let mut written = vec![f32::NAN; y.len()];
    block
        .forward(&x, &packed, relu, &mut written, &mut workspace)
        .unwrap();

    let mut middle = x.clone();
    if expanded.is_some() {
        let rows = Volumes::rows(input.positions(), input.channels()).unwrap();
        let layer = Conv::new(rows, inner, Window::point()).unwrap();
        middle = vec![0.0; layer.output().len()];
        let bias = Some(&bias[..inner]);
        layer
            .forward_unpacked(&x, &expand, bias, relu, &mut middle, &mut workspace)
            .unwrap();
    }
    let images = Volumes::images(input.batch(), height, width, inner).unwrap();
    let layer = Depthwise::new(images, window).unwrap();
    let ordered = layer.order_weights(&taps).unwrap();
    let mut filtered = vec![0.0; layer.output().len()];
    layer
        .forward(&middle, &ordered, Some(&bias[..inner]), relu, &mut filtered)
        .unwrap();
    let rows = Volumes::rows(layer.output().positions(), inner).unwrap();
    let layer = Conv::new(rows, outputs, Window::point()).unwrap();
    let packed = layer.pack(&project).unwrap();
    let (bias, identity) = (Some(&bias[..outputs]), Activation::Identity);
    let mut expected = before;
    layer
        .forward_add(
            &filtered,
            &packed,
            bias,
            identity,
            &mut expected,
            &mut workspace,
        )
        .unwrap();
    assert_eq!(to_comparable_bits(&y), to_comparable_bits(&expected));
    layer
        .forward(
            &filtered,
            &packed,
            bias,
            identity,
            &mut expected,
            &mut workspace,
        )
        .unwrap();
    assert_eq!(to_comparable_bits(&written), to_comparable_bits(&expected));
}

#[test]
fn bands_give_the_same_as_whole_images() {
    let shapes: &[[usize; 4]] = if cfg!(miri) {
        &[[2, 4, 3, 2]]
    } else {
        &[
            [1, 1, 1, 1],
            [2, 5, 7, 3],
            [1, 112, 112, 16],
            [3, 56, 56, 24],
        ]
    };
    for &[batch, height, width, channels] in shapes {
        let input = Volumes::images(batch, height, width, channels).unwrap();
        let windows: &[(usize, usize)] = if cfg!(miri) {
            &[(3, 2)]
        } else {
            &[(3, 1), (3, 2), (5, 1), (5, 2)]
        };
        for &(kernel, stride) in windows {
            let same = PlaneWindow::same(kernel, stride, [height, width]);
            let even = PlaneWindow::square(kernel, stride, kernel / 2);
            check_block(input, Some(6 * channels), even, channels + 1);
            check_block(input, Some(channels + 5), same, 7);
            check_block(input, None, even, 2 * channels);
        }
    }
}

#[test]
fn wrong_lengths_and_other_weights_are_refused() {
    let window = PlaneWindow::square(3, 1, 1);
    let input = Volumes::images(1, 4, 4, 2).unwrap();
    let block = InvertedResidual::new(input, Some(6), window, 3).unwrap();
    let weights = InvertedResidualWeights {
        expand: Some((&[0.0; 12], &[0.0; 6])),
        depthwise: (&[0.0; 54], &[0.0; 6]),
        project: (&[0.0; 18], &[0.0; 3]),
    };
    let packed = block.pack(weights).unwrap();
    let (mut y, mut workspace, relu) = ([0.0; 48], Workspace::new(), Activation::Relu);
    let short = block.forward(&[0.0; 31], &packed, relu, &mut y, &mut workspace);
    assert_length_error(short, "the input");
    let short = block.forward(&[0.0; 32], &packed, relu, &mut y[1..], &mut workspace);
    assert_length_error(short, "the output");
    let part = InvertedResidualWeights {
        depthwise: (&[0.0; 54], &[0.0; 5]),
        ..weights
    };
    assert_length_error(block.pack(part), "the filter's bias");
    let part = InvertedResidualWeights {
        project: (&[0.0; 17], &[0.0; 3]),
        ..weights
    };
    assert_length_error(block.pack(part), "the weights");
    let none = InvertedResidualWeights {
        expand: None,
        ..weights
    };
    assert!(matches!(block.pack(none), Err(Error::OtherLayer { .. })));

    let other = InvertedResidual::new(input, Some(5), window, 3).unwrap();
    let refused = other.forward(&[0.0; 32], &packed, relu, &mut y, &mut workspace);
    assert!(refused.is_err());
    let zero = PlaneWindow::square(3, 0, 1);
    assert!(InvertedResidual::new(input, Some(6), zero, 3).is_err());
    assert!(InvertedResidual::new(input, Some(0), window, 3).is_err());
    assert!(InvertedResidual::new(input, Some(6), window, 0).is_err());
}
