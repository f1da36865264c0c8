//! The second `MobileNet` (Sandler and others, "`MobileNetV2`: inverted residuals and linear bottlenecks"), with the
//! names of torchvision's `mobilenet_v2`, or those of a block as one flat sequence.

use oddframe_nn::{Activation, GraphValue, PlaneWindow, StateDict};

use super::assembler::{Assembler, NormedConv};

/// What batch normalisation adds to the variance.
pub(super) const EPSILON: f64 = 1e-5;

/// Expansion, output channels, number of blocks and stride of the first block.
const STAGES: [(usize, usize, usize, usize); 7] = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
];
/// The blocks whose outputs are features: the last ones at 28x28 and at 14x14 positions.
const TAPS: [usize; 2] = [6, 13];

/// Leaves out the classifier, and gives flat names those of torchvision.
pub(super) fn adapt_names(state: &mut StateDict) {
    state.ignore("classifier");
    // `conv.3` is a batch normalisation in nested blocks and a convolution in flat ones; `conv.0.weight` tells them apart.
    if state.names().any(|name| name == "features.2.conv.0.weight") {
        state.rename(nest_name);
    }
}

/// The name of a layer in nested blocks, from its name in flat blocks.
///
/// | layer | flat | nested |
/// |---|---|---|
/// | expansion and its norm | `conv.0`, `conv.1` | `conv.0.0`, `conv.0.1` |
/// | depthwise convolution and its norm | `conv.3`, `conv.4` | `conv.1.0`, `conv.1.1` |
/// | projection and its norm | `conv.6`, `conv.7` | `conv.2`, `conv.3` |
///
/// The first block has no expansion, so that all its numbers are lower.
fn nest_name(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let ["features", block, "conv", place, part] = parts[..] else {
        return name.into();
    };
    let first = block == "1";
    let nested = match (place, first) {
        ("0", _) => "0.0",
        ("1", _) => "0.1",
        ("3", true) => "1",
        ("3", false) => "1.0",
        ("4", false) => "1.1",
        ("4", true) | ("6", false) => "2",
        ("7", false) => "3",
        _ => return name.into(),
    };
    format!("features.{block}.conv.{nested}.{part}")
}

/// Adds the network; returns the outputs of blocks 6 and 13 and the mean of the last layer.
pub(super) fn assemble(net: &mut Assembler<'_>) -> Result<[GraphValue; 3], oddframe_nn::Error> {
    let x = net.input();
    let stem = NormedConv {
        conv: "features.0.0",
        norm: "features.0.1",
        window: PlaneWindow::square(3, 2, 1),
        activation: Activation::Relu6,
    };
    let mut x = net.conv(x, 32, &stem)?;
    let mut taps = [x; 2];
    let mut number = 0;
    for (expansion, channels, blocks, first_stride) in STAGES {
        for block in 0..blocks {
            number += 1;
            let stride = if block == 0 { first_stride } else { 1 };
            x = add_block(net, x, number, [expansion, channels, stride])?;
            if let Some(tap) = TAPS.iter().position(|tap| *tap == number) {
                taps[tap] = x;
            }
        }
    }
    let head = NormedConv {
        conv: "features.18.0",
        norm: "features.18.1",
        window: PlaneWindow::square(1, 1, 0),
        activation: Activation::Relu6,
    };
    let x = net.conv(x, 1280, &head)?;
    let pooled = net.global_average(x)?;
    Ok([taps[0], taps[1], pooled])
}

/// More channels, a convolution of each channel by itself, and few channels again, without an activation.
fn add_block(
    net: &mut Assembler<'_>,
    x: GraphValue,
    number: usize,
    [expansion, channels, stride]: [usize; 3],
) -> Result<GraphValue, oddframe_nn::Error> {
    let [_, _, inputs] = x.shape();
    let point = PlaneWindow::square(1, 1, 0);
    let mut y = x;
    // Without expansion the block begins with the depthwise convolution, and all numbers are lower by one.
    let mut place = 0;
    if expansion > 1 {
        let [conv, norm] = [0, 1].map(|part| format!("features.{number}.conv.0.{part}"));
        let expand = NormedConv {
            conv: &conv,
            norm: &norm,
            window: point,
            activation: Activation::Relu6,
        };
        y = net.conv(x, inputs * expansion, &expand)?;
        place = 1;
    }
    let [conv, norm] = [0, 1].map(|part| format!("features.{number}.conv.{place}.{part}"));
    let depthwise = NormedConv {
        conv: &conv,
        norm: &norm,
        window: PlaneWindow::square(3, stride, 1),
        activation: Activation::Relu6,
    };
    let y = net.depthwise(y, &depthwise)?;
    let [conv, norm] =
        [place + 1, place + 2].map(|place| format!("features.{number}.conv.{place}"));
    let project = NormedConv {
        conv: &conv,
        norm: &norm,
        window: point,
        activation: Activation::Identity,
    };
    // The block ends without an activation: a rectifier on few channels would destroy what they hold (linear bottlenecks,
    // Sandler and others, section 3.2).
    if stride == 1 && inputs == channels {
        net.conv_add(y, x, &project)
    } else {
        net.conv(y, channels, &project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_names_become_nested() {
        for (flat, nested) in [
            ("features.0.0.weight", "features.0.0.weight"),
            ("features.1.conv.0.weight", "features.1.conv.0.0.weight"),
            ("features.1.conv.3.weight", "features.1.conv.1.weight"),
            (
                "features.1.conv.4.running_var",
                "features.1.conv.2.running_var",
            ),
            ("features.7.conv.1.bias", "features.7.conv.0.1.bias"),
            ("features.7.conv.3.weight", "features.7.conv.1.0.weight"),
            ("features.17.conv.7.bias", "features.17.conv.3.bias"),
            ("features.2.conv.9.bias", "features.2.conv.9.bias"),
        ] {
            assert_eq!(nest_name(flat), nested);
        }
    }
}
