use oddframe_kernels::{Activation, ByteRange, Int8Conv, Int8Target, Int8Weights, Volumes, Window};

use super::arithmetic::LayerRange;
use super::buffers::grow_to;
use super::plans::Plans;
use super::stage::{Stage, item_size};
use crate::error::Error;

/// An inference chain in 8-bit integers.
///
/// The bytes between two layers lie in one of two buffers, which take turns; the first layer's are made from the input,
/// and the last layer writes floats.
#[derive(Debug)]
pub(super) struct Int8Path {
    layers: Vec<Int8Layer>,
    /// One plan for each batch size.
    plans: Plans<usize, Vec<Int8Conv>>,
    here: Vec<u8>,
    there: Vec<u8>,
    /// Floats between an image and a row of features.
    floats: Vec<f32>,
}

#[derive(Debug)]
struct Int8Layer {
    weights: Int8Weights,
    /// The range of its input.
    range: ByteRange,
    activation: Activation,
    window: Window,
    size: [usize; 3],
    channels: [usize; 2],
}

impl Int8Path {
    /// A chain of these stages, at least one, with the range of each one's input. The weights of each are freed as soon as they
    /// are packed.
    pub(super) fn new(stages: Vec<Stage>, ranges: &[LayerRange]) -> Result<Self, Error> {
        let layers = stages
            .into_iter()
            .zip(ranges)
            .map(|(stage, range)| Int8Layer::new(&stage, *range));
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
            plans: Plans::default(),
            here: Vec::new(),
            there: Vec::new(),
            floats: Vec::new(),
        })
    }

    pub(super) fn run(
        &mut self,
        input: &[f32],
        batch: usize,
        output: &mut [f32],
    ) -> Result<(), Error> {
        let Self {
            layers,
            plans,
            here,
            there,
            floats,
        } = self;
        let plan = plans.get_or_make(batch, || {
            layers.iter().map(|layer| layer.plan_batch(batch)).collect()
        })?;
        let largest = plan.iter().map(Int8Conv::input_bytes).max().unwrap_or(0);
        for buffer in [&mut *here, &mut *there] {
            buffer.resize(buffer.len().max(largest), 0);
        }
        let (mut from, mut to) = (here, there);
        if let (Some(conv), Some(layer)) = (plan.first(), layers.first()) {
            conv.quantize(input, layer.range, &mut from[..conv.input_bytes()])?;
        }
        for (at, (conv, layer)) in plan.iter().zip(layers.iter()).enumerate() {
            let bytes = &from[..conv.input_bytes()];
            let write = |target| conv.forward(bytes, &layer.weights, layer.activation, target);
            match (plan.get(at + 1), layers.get(at + 1)) {
                (Some(next), Some(after)) if next.input() == conv.output() => {
                    write(Int8Target::Bytes {
                        layer: next,
                        range: after.range,
                        bytes: &mut to[..next.input_bytes()],
                    })?;
                }
                // An image becomes a row of features here, or a row an image: both are the same floats with channels
                // first.
                (Some(next), Some(after)) => {
                    let planes = grow_to(floats, conv.output().len());
                    write(Int8Target::Planes(planes))?;
                    next.quantize(planes, after.range, &mut to[..next.input_bytes()])?;
                }
                _ => write(Int8Target::Planes(output))?,
            }
            std::mem::swap(&mut from, &mut to);
        }
        Ok(())
    }
}

impl Int8Layer {
    fn new(stage: &Stage, [least, largest]: LayerRange) -> Result<Self, Error> {
        let channels = [stage.input_channels(), stage.output_channels()];
        // A linear layer is a transposed convolution of one position: both have their weights as [in, out].
        let (window, size) = match stage.window {
            Some(window) => (window, item_size(&stage.from)),
            None => (Window::point().with_transposed(true), [1; 3]),
        };
        let range = ByteRange::new(least, largest)?;
        // Packing depends on channels and window only, so that a batch of one item serves for it.
        let volumes = Volumes::new(1, size, channels[0])?;
        let conv = Int8Conv::new(volumes, channels[1], window)?;
        Ok(Self {
            weights: conv.pack(&stage.weight, stage.bias.as_deref(), range)?,
            range,
            activation: stage.activation,
            window,
            size,
            channels,
        })
    }

    fn plan_batch(&self, batch: usize) -> Result<Int8Conv, Error> {
        let volumes = Volumes::new(batch, self.size, self.channels[0])?;
        Ok(Int8Conv::new(volumes, self.channels[1], self.window)?)
    }
}
