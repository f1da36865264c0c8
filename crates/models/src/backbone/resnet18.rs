//! The residual network of 18 layers (He and others, "Deep residual learning for image recognition"), with the names of
//! torchvision's `resnet18`.

use oddframe_nn::{Activation, GraphValue, PlaneWindow, StateDict};

use super::assembler::{Assembler, NormedConv};

/// What batch normalisation adds to the variance.
pub(super) const EPSILON: f64 = 1e-5;

/// Channels of the four stages, each of two blocks.
const CHANNELS: [usize; 4] = [64, 128, 256, 512];

/// Leaves out the classifier.
pub(super) fn adapt_names(state: &mut StateDict) {
    state.ignore("fc");
}

/// Adds the network; returns the outputs of stages 2 and 3 and the mean of the last one.
pub(super) fn assemble(net: &mut Assembler<'_>) -> Result<[GraphValue; 3], oddframe_nn::Error> {
    let stem = NormedConv {
        conv: "conv1",
        norm: "bn1",
        window: PlaneWindow::square(7, 2, 3),
        activation: Activation::Relu,
    };
    let x = net.input();
    let x = net.conv(x, 64, &stem)?;
    let mut x = net.max_pool(x, PlaneWindow::square(3, 2, 1))?;
    let mut stages = [x; 4];
    for (stage, channels) in CHANNELS.into_iter().enumerate() {
        for block in 0..2 {
            // The first block of each stage but the first halves the image.
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            x = add_block(
                net,
                x,
                &format!("layer{}.{block}", stage + 1),
                channels,
                stride,
            )?;
        }
        stages[stage] = x;
    }
    let pooled = net.global_average(x)?;
    Ok([stages[1], stages[2], pooled])
}

/// Two convolutions and the block's input, which a convolution of single pixels adapts where its shape changes.
fn add_block(
    net: &mut Assembler<'_>,
    x: GraphValue,
    name: &str,
    channels: usize,
    stride: usize,
) -> Result<GraphValue, oddframe_nn::Error> {
    let [conv, norm] = [format!("{name}.conv1"), format!("{name}.bn1")];
    let first = NormedConv {
        conv: &conv,
        norm: &norm,
        window: PlaneWindow::square(3, stride, 1),
        activation: Activation::Relu,
    };
    let y = net.conv(x, channels, &first)?;
    let residual = if x.shape() == y.shape() {
        x
    } else {
        let [conv, norm] = [0, 1].map(|part| format!("{name}.downsample.{part}"));
        let adapt = NormedConv {
            conv: &conv,
            norm: &norm,
            window: PlaneWindow::square(1, stride, 0),
            activation: Activation::Identity,
        };
        net.conv(x, channels, &adapt)?
    };
    let [conv, norm] = [format!("{name}.conv2"), format!("{name}.bn2")];
    let second = NormedConv {
        conv: &conv,
        norm: &norm,
        window: PlaneWindow::square(3, 1, 1),
        activation: Activation::Relu,
    };
    net.conv_add(y, residual, &second)
}
