//! The image network of CLIP's RN101 (Radford and others, "Learning transferable visual models from natural language
//! supervision"), with the names of its authors' state dict.
//!
//! It differs from the usual residual network: three convolutions and an average pool at the start, an average pool
//! before a convolution of single pixels instead of a stride, and attention pooling at the end.

use oddframe_nn::{Activation, GraphValue, PlaneWindow, StateDict};

use super::assembler::{Assembler, NormedConv};

/// What batch normalisation adds to the variance.
pub(super) const EPSILON: f64 = 1e-5;

/// Channels inside the blocks of each stage, and the number of blocks.
const STAGES: [(usize, usize); 4] = [(64, 3), (128, 4), (256, 23), (512, 3)];
/// A block outputs so many times its inner channels.
const EXPANSION: usize = 4;
/// Heads of the attention pool: one for each 64 of its 2048 channels.
const HEADS: usize = 32;
/// Numbers of the embedding.
const EMBEDDING: usize = 512;

/// Takes the image half of a whole CLIP; a file may also hold that half alone.
pub(super) fn adapt_names(state: &mut StateDict) {
    state.select_prefix("visual");
}

/// Adds the network; returns the outputs of stages 2 and 3 and the embedding.
pub(super) fn assemble(net: &mut Assembler<'_>) -> Result<[GraphValue; 3], oddframe_nn::Error> {
    let mut x = net.input();
    for (number, channels, stride) in [(1, 32, 2), (2, 32, 1), (3, 64, 1)] {
        let [conv, norm] = [format!("conv{number}"), format!("bn{number}")];
        let layer = NormedConv {
            conv: &conv,
            norm: &norm,
            window: PlaneWindow::square(3, stride, 1),
            activation: Activation::Relu,
        };
        x = net.conv(x, channels, &layer)?;
    }
    x = net.average_pool(x, 2)?;
    let mut stages = [x; 4];
    for (stage, (channels, blocks)) in STAGES.into_iter().enumerate() {
        for block in 0..blocks {
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
    let embedding = net.attention_pool(x, "attnpool", HEADS, EMBEDDING)?;
    Ok([stages[1], stages[2], embedding])
}

/// Three convolutions, the middle one of 3x3 pixels, and the block's input.
fn add_block(
    net: &mut Assembler<'_>,
    x: GraphValue,
    name: &str,
    channels: usize,
    stride: usize,
) -> Result<GraphValue, oddframe_nn::Error> {
    let point = PlaneWindow::square(1, 1, 0);
    let [conv, norm] = ["conv1", "bn1"].map(|part| format!("{name}.{part}"));
    let first = NormedConv {
        conv: &conv,
        norm: &norm,
        window: point,
        activation: Activation::Relu,
    };
    let y = net.conv(x, channels, &first)?;
    let [conv, norm] = ["conv2", "bn2"].map(|part| format!("{name}.{part}"));
    let second = NormedConv {
        conv: &conv,
        norm: &norm,
        window: PlaneWindow::square(3, 1, 1),
        activation: Activation::Relu,
    };
    let y = net.conv(y, channels, &second)?;
    // CLIP halves an image by the mean of squares where the usual network skips positions: no position is left out.
    let y = net.average_pool(y, stride)?;
    let outputs = channels * EXPANSION;
    let residual = if stride == 1 && x.shape()[2] == outputs {
        x
    } else {
        let pooled = net.average_pool(x, stride)?;
        let [conv, norm] = [0, 1].map(|part| format!("{name}.downsample.{part}"));
        let adapt = NormedConv {
            conv: &conv,
            norm: &norm,
            window: point,
            activation: Activation::Identity,
        };
        net.conv(pooled, outputs, &adapt)?
    };
    let [conv, norm] = ["conv3", "bn3"].map(|part| format!("{name}.{part}"));
    let third = NormedConv {
        conv: &conv,
        norm: &norm,
        window: point,
        activation: Activation::Relu,
    };
    net.conv_add(y, residual, &third)
}
