//! The smallest `EfficientNet` without squeeze-and-excitation and with rectifiers that end at 6 (Tan and Le,
//! "`EfficientNet`: rethinking model scaling for convolutional neural networks"), with the names of the
//! `efficientnet_lite_pytorch` package.

use oddframe_nn::{Activation, GraphValue, PlaneWindow, StateDict};

use super::assembler::{Assembler, NormedConv};

/// What batch normalisation adds to the variance.
pub(super) const EPSILON: f64 = 1e-3;

/// Number of blocks, output channels, kernel, stride of the first block and expansion.
const STAGES: [[usize; 5]; 7] = [
    [1, 16, 3, 1, 1],
    [2, 24, 3, 2, 6],
    [2, 40, 5, 2, 6],
    [3, 80, 3, 2, 6],
    [3, 112, 5, 1, 6],
    [4, 192, 5, 2, 6],
    [1, 320, 3, 1, 6],
];
/// The blocks whose outputs are features, counted from 0: the last ones at 28x28 and at 14x14 positions.
const TAPS: [usize; 2] = [4, 10];

/// Leaves out the classifier.
pub(super) fn adapt_names(state: &mut StateDict) {
    state.ignore("_fc");
}

/// Adds the network; returns the outputs of blocks 4 and 10 and the mean of the last layer.
pub(super) fn assemble(net: &mut Assembler<'_>) -> Result<[GraphValue; 3], oddframe_nn::Error> {
    let x = net.input();
    let stem = layer(
        "_conv_stem",
        "_bn0",
        same_padding(x, 3, 2),
        Activation::Relu6,
    );
    let mut x = net.conv(x, 32, &stem)?;
    let mut taps = [x; 2];
    let mut number = 0;
    for [blocks, channels, kernel, first_stride, expansion] in STAGES {
        for block in 0..blocks {
            let stride = if block == 0 { first_stride } else { 1 };
            x = add_block(net, x, number, [channels, kernel, stride, expansion])?;
            if let Some(tap) = TAPS.iter().position(|tap| *tap == number) {
                taps[tap] = x;
            }
            number += 1;
        }
    }
    let point = PlaneWindow::square(1, 1, 0);
    let x = net.conv(
        x,
        1280,
        &layer("_conv_head", "_bn1", point, Activation::Relu6),
    )?;
    let pooled = net.global_average(x)?;
    Ok([taps[0], taps[1], pooled])
}

/// More channels, a convolution of each channel by itself, and few channels again, without an activation.
fn add_block(
    net: &mut Assembler<'_>,
    x: GraphValue,
    number: usize,
    [channels, kernel, stride, expansion]: [usize; 4],
) -> Result<GraphValue, oddframe_nn::Error> {
    let [_, _, inputs] = x.shape();
    let point = PlaneWindow::square(1, 1, 0);
    let mut y = x;
    if expansion > 1 {
        let [conv, norm] = ["_expand_conv", "_bn0"].map(|part| format!("_blocks.{number}.{part}"));
        let expand = layer(&conv, &norm, point, Activation::Relu6);
        y = net.conv(x, inputs * expansion, &expand)?;
    }
    let [conv, norm] = ["_depthwise_conv", "_bn1"].map(|part| format!("_blocks.{number}.{part}"));
    let window = same_padding(y, kernel, stride);
    let y = net.depthwise(y, &layer(&conv, &norm, window, Activation::Relu6))?;
    let [conv, norm] = ["_project_conv", "_bn2"].map(|part| format!("_blocks.{number}.{part}"));
    let project = layer(&conv, &norm, point, Activation::Identity);
    // The block ends without an activation: a rectifier on few channels would destroy what they hold (linear bottlenecks,
    // Sandler and others, section 3.2).
    if stride == 1 && inputs == channels {
        net.conv_add(y, x, &project)
    } else {
        net.conv(y, channels, &project)
    }
}

fn layer<'a>(
    conv: &'a str,
    norm: &'a str,
    window: PlaneWindow,
    activation: Activation,
) -> NormedConv<'a> {
    NormedConv {
        conv,
        norm,
        window,
        activation,
    }
}

/// The padding of TensorFlow, with which the network was trained.
fn same_padding(x: GraphValue, kernel: usize, stride: usize) -> PlaneWindow {
    let [height, width, _] = x.shape();
    PlaneWindow::same(kernel, stride, [height, width])
}
