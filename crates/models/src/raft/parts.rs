//! The layers of RAFT-Large, written once: the shapes of its weights, and both of its forms, follow from this list.

use oddframe_kernels::Correlation;
use oddframe_nn::Activation;
use oddframe_nn::Activation::{Identity, Relu};

use super::spec::ConvSpec;

/// Channels of the stem, of the three pairs of residual blocks, and of the output of an encoder.
const ENCODER: [usize; 5] = [64, 64, 96, 128, 256];
/// Channels of the hidden state; the other half of the context encoder's output is the context.
pub(super) const HIDDEN: usize = 128;
/// Channels of the context: the second half of the context encoder's output.
pub(super) const CONTEXT: usize = 128;
/// Channels of a feature map.
pub(super) const FEATURES: usize = 256;
/// Values of the correlation at one position.
const CORRELATION: usize = Correlation::VALUES;
/// Channels of the motion encoder's output, of which the last two are the flow itself.
pub(super) const MOTION: usize = 128;
/// Side of the square of pixels that one position stands for.
pub(super) const FACTOR: usize = 8;

/// All convolutions of the network, in the form `C`.
#[derive(Debug)]
pub(super) struct Parts<C> {
    /// With instance normalisation; of both frames.
    pub(super) features: Encoder<C>,
    /// With batch normalisation; of the first frame.
    pub(super) context: Encoder<C>,
    pub(super) motion: MotionEncoder<C>,
    /// Along rows, then along columns.
    pub(super) grus: [Gru<C>; 2],
    pub(super) flow_head: [C; 2],
    pub(super) mask: [C; 2],
}

/// An encoder: an image to features at an eighth of its size.
#[derive(Debug)]
pub(super) struct Encoder<C> {
    pub(super) stem: C,
    pub(super) blocks: Vec<Block<C>>,
    pub(super) output: C,
}

/// A residual block: `relu(shortcut(x) + second(first(x)))`.
#[derive(Debug)]
pub(super) struct Block<C> {
    pub(super) first: C,
    pub(super) second: C,
    /// Where the block halves the image; otherwise the input itself is added.
    pub(super) shortcut: Option<C>,
}

/// Flow and correlation to motion features: `output[correlation2(correlation1(c)), flow2(flow1(f))]`, and the flow.
#[derive(Debug)]
pub(super) struct MotionEncoder<C> {
    pub(super) correlation: [C; 2],
    pub(super) flow: [C; 2],
    pub(super) output: C,
}

/// The convolutions of a GRU over hidden state, context and motion features.
#[derive(Debug)]
pub(super) struct Gru<C> {
    pub(super) update: C,
    pub(super) reset: C,
    pub(super) candidate: C,
}

impl Parts<ConvSpec> {
    /// The layers of torchvision's `raft_large`, by its names.
    pub(super) fn list() -> Self {
        Self {
            features: Encoder::list("feature_encoder", false),
            context: Encoder::list("context_encoder", true),
            motion: MotionEncoder {
                correlation: [
                    ConvSpec::square(name_motion("convcorr1"), [CORRELATION, 256], 1, Relu),
                    ConvSpec::square(name_motion("convcorr2"), [256, 192], 3, Relu),
                ],
                flow: [
                    ConvSpec::square(name_motion("convflow1"), [2, 128], 7, Relu),
                    ConvSpec::square(name_motion("convflow2"), [128, 64], 3, Relu),
                ],
                output: ConvSpec::square(name_motion("conv"), [192 + 64, MOTION - 2], 3, Relu),
            },
            grus: [("convgru1", [1, 5]), ("convgru2", [5, 1])].map(|(name, kernel)| {
                Gru::list(&name_update(&format!("recurrent_block.{name}")), kernel)
            }),
            flow_head: [
                ConvSpec::square(name_update("flow_head.conv1"), [HIDDEN, 256], 3, Relu),
                ConvSpec::square(name_update("flow_head.conv2"), [256, 2], 3, Identity),
            ],
            mask: [
                ConvSpec::square("mask_predictor.convrelu.0".into(), [HIDDEN, 256], 3, Relu),
                // torchvision multiplies the mask by a quarter.
                ConvSpec::square(
                    "mask_predictor.conv".into(),
                    [256, 9 * FACTOR * FACTOR],
                    1,
                    Identity,
                )
                .with_multiplier(0.25),
            ],
        }
    }
}

impl Encoder<ConvSpec> {
    fn list(name: &str, batch_norm: bool) -> Self {
        let mut blocks = Vec::new();
        for layer in 1..4 {
            let (before, channels) = (ENCODER[layer - 1], ENCODER[layer]);
            // The first pair of blocks keeps the size of the stem's output.
            let stride = if layer == 1 { 1 } else { 2 };
            for (at, [inputs, stride]) in [[before, stride], [channels, 1]].into_iter().enumerate()
            {
                let block = format!("{name}.layer{layer}.{at}");
                blocks.push(Block::list(&block, [inputs, channels], stride, batch_norm));
            }
        }
        let stem = format!("{name}.convnormrelu");
        Self {
            stem: ConvSpec::normalised(&stem, [3, ENCODER[0]], 7, Relu, batch_norm).with_stride(2),
            blocks,
            output: ConvSpec::square(
                format!("{name}.conv"),
                [ENCODER[3], ENCODER[4]],
                1,
                Identity,
            ),
        }
    }
}

impl Block<ConvSpec> {
    fn list(name: &str, channels: [usize; 2], stride: usize, batch_norm: bool) -> Self {
        let [first, second, shortcut] =
            ["convnormrelu1", "convnormrelu2", "downsample"].map(|part| format!("{name}.{part}"));
        let outputs = [channels[1]; 2];
        Self {
            first: ConvSpec::normalised(&first, channels, 3, Relu, batch_norm).with_stride(stride),
            second: ConvSpec::normalised(&second, outputs, 3, Relu, batch_norm),
            shortcut: (stride > 1).then(|| {
                ConvSpec::normalised(&shortcut, channels, 1, Identity, batch_norm)
                    .with_stride(stride)
            }),
        }
    }
}

impl Gru<ConvSpec> {
    fn list(name: &str, kernel: [usize; 2]) -> Self {
        // Over the hidden state, the context (the other half of the context encoder's output) and the motion features.
        let channels = [ENCODER[4] + MOTION, HIDDEN];
        let [update, reset, candidate] = [
            ("convz", Activation::Sigmoid),
            ("convr", Activation::Sigmoid),
            ("convq", Activation::Tanh),
        ]
        .map(|(conv, activation)| {
            ConvSpec::new(format!("{name}.{conv}"), channels, kernel, activation)
        });
        Self {
            update,
            reset,
            candidate,
        }
    }
}

impl<C> Parts<C> {
    /// Every convolution in another form; the first error ends it.
    pub(super) fn try_map<D, E>(
        self,
        mut convert: impl FnMut(C) -> Result<D, E>,
    ) -> Result<Parts<D>, E> {
        let convert = &mut convert;
        Ok(Parts {
            features: self.features.try_map(convert)?,
            context: self.context.try_map(convert)?,
            motion: MotionEncoder {
                correlation: try_map_two(self.motion.correlation, convert)?,
                flow: try_map_two(self.motion.flow, convert)?,
                output: convert(self.motion.output)?,
            },
            grus: {
                let [rows, columns] = self.grus;
                [rows.try_map(convert)?, columns.try_map(convert)?]
            },
            flow_head: try_map_two(self.flow_head, convert)?,
            mask: try_map_two(self.mask, convert)?,
        })
    }
}

impl<C> Encoder<C> {
    /// Calls `change` with every convolution.
    pub(super) fn visit_mut(&mut self, mut change: impl FnMut(&mut C)) {
        change(&mut self.stem);
        for block in &mut self.blocks {
            change(&mut block.first);
            change(&mut block.second);
            block.shortcut.iter_mut().for_each(&mut change);
        }
        change(&mut self.output);
    }

    pub(super) fn try_map<D, E>(
        self,
        convert: &mut impl FnMut(C) -> Result<D, E>,
    ) -> Result<Encoder<D>, E> {
        let stem = convert(self.stem)?;
        let mut blocks = Vec::with_capacity(self.blocks.len());
        for block in self.blocks {
            blocks.push(Block {
                first: convert(block.first)?,
                second: convert(block.second)?,
                shortcut: block.shortcut.map(&mut *convert).transpose()?,
            });
        }
        Ok(Encoder {
            stem,
            blocks,
            output: convert(self.output)?,
        })
    }
}

impl<C> Gru<C> {
    fn try_map<D, E>(self, convert: &mut impl FnMut(C) -> Result<D, E>) -> Result<Gru<D>, E> {
        Ok(Gru {
            update: convert(self.update)?,
            reset: convert(self.reset)?,
            candidate: convert(self.candidate)?,
        })
    }
}

/// The name of a part of the update block.
fn name_update(part: &str) -> String {
    format!("update_block.{part}")
}

/// The name of a convolution of the motion encoder.
fn name_motion(part: &str) -> String {
    name_update(&format!("motion_encoder.{part}.0"))
}

fn try_map_two<C, D, E>(
    [first, second]: [C; 2],
    convert: &mut impl FnMut(C) -> Result<D, E>,
) -> Result<[D; 2], E> {
    Ok([convert(first)?, convert(second)?])
}
