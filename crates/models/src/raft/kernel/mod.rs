//! RAFT on the native kernels: packed weights, channels last throughout, buffers kept from call to call.

mod conv;
mod correlations;
mod encoder;
mod motion;
mod recurrence;

use oddframe_kernels::{Activation, ConvexUpsampling, Error, Volumes, Workspace};

use self::conv::{PackedConv, grow_to};
use self::correlations::Correlations;
use self::encoder::{KernelEncoder, Maps};
use self::motion::KernelMotion;
use self::recurrence::Recurrence;
use super::fused::FusedConv;
use super::options::RaftOptions;
use super::pairs::Pairs;
use super::parts::{CONTEXT, FACTOR, FEATURES, HIDDEN, MOTION, Parts};

/// The network on native kernels.
///
/// ```text
/// both frames ──▶ features ──▶ correlations ──look up──▶ motion ──▶ GRU ──▶ head ──▶ flow += step
/// first frame ──▶ context  ──▶ hidden state, context ───────────────┘▲         │        │
///                                                    └──── updates ──┴─────────┴────────┘
/// ```
#[derive(Debug)]
pub(super) struct KernelRaft {
    features: KernelEncoder,
    context: KernelEncoder,
    correlations: Correlations,
    motion: KernelMotion,
    recurrence: Recurrence,
    flow_head: [PackedConv; 2],
    mask: [PackedConv; 2],
    options: RaftOptions,
    buffers: Buffers,
    workspace: Workspace,
}

#[derive(Debug, Default)]
struct Buffers {
    maps: Maps,
    features: Vec<f32>,
    context: Vec<f32>,
    /// `[position, x and y]` of the place in the second frame that each position of the first has moved to.
    places: Vec<f32>,
    flow: Vec<f32>,
    values: Vec<f32>,
    motion: Vec<f32>,
    hidden: Vec<f32>,
    wide: Vec<f32>,
    step: Vec<f32>,
    mask: Vec<f32>,
}

impl KernelRaft {
    pub(super) fn new(parts: Parts<FusedConv>, options: RaftOptions) -> Result<Self, Error> {
        let [first, second] = parts.flow_head;
        let [wide, mask] = parts.mask;
        Ok(Self {
            features: KernelEncoder::new(parts.features, true)?,
            context: KernelEncoder::new(parts.context, false)?,
            correlations: Correlations::new(options.memory_limit),
            motion: KernelMotion::new(&parts.motion)?,
            recurrence: Recurrence::new(&parts.grus)?,
            flow_head: [PackedConv::new(&first)?, PackedConv::new(&second)?],
            mask: [PackedConv::new(&wide)?, PackedConv::new(&mask)?],
            options,
            buffers: Buffers::default(),
            workspace: Workspace::new(),
        })
    }

    /// Writes the flow of all pairs, `[pairs, 2, height, width]`.
    pub(super) fn run(&mut self, pairs: &Pairs<'_>, flow: &mut [f32]) -> Result<(), Error> {
        let [height, width] = pairs.size;
        let size = pairs.size.map(|side| side / FACTOR);
        let each = size[0] * size[1] * FEATURES;
        let (buffers, workspace) = (&mut self.buffers, &mut self.workspace);
        let maps = &mut buffers.maps;

        // The first frame of a pair of a video is the second one of the pair before: its features are there already.
        let mut images = Volumes::images(2 * pairs.count, height, width, 3)?;
        let mut features = grow_to(&mut buffers.features, 2 * pairs.count * each);
        let mut pixels = pairs.pixels;
        if pairs.continues {
            features.copy_within(each.., 0);
            features = &mut features[each..];
            pixels = &pixels[images.len() / 2..];
            images = Volumes::images(1, height, width, 3)?;
        }
        self.features
            .run(images, pixels, features, maps, workspace)?;
        let first = Volumes::images(pairs.count, height, width, 3)?;
        let context = grow_to(&mut buffers.context, pairs.count * each);
        let pixels = &pairs.pixels[..first.len()];
        self.context.run(first, pixels, context, maps, workspace)?;
        self.correlations
            .fill(pairs.count, size, &buffers.features, workspace)?;
        self.split_context(pairs.count, size)?;
        self.start_places(pairs.count, size);
        // Each update looks the correlations up around the places so far and moves every place by a step.
        for _ in 0..self.options.updates {
            self.update(pairs.count, size)?;
        }
        self.upsample(pairs.count, size, flow)
    }

    /// The first frame's features as the hidden state's start, `tanh`, and as the context, `relu`.
    fn split_context(&mut self, pairs: usize, size: [usize; 2]) -> Result<(), Error> {
        let positions = pairs * size[0] * size[1];
        let buffers = &mut self.buffers;
        let hidden = grow_to(&mut buffers.hidden, positions * HIDDEN);
        let context = grow_to(&mut buffers.wide, positions * CONTEXT);
        let rows = buffers.context[..positions * (HIDDEN + CONTEXT)].chunks_exact(HIDDEN + CONTEXT);
        let to = hidden
            .chunks_exact_mut(HIDDEN)
            .zip(context.chunks_exact_mut(CONTEXT));
        for (row, (hidden, context)) in rows.zip(to) {
            hidden.copy_from_slice(&row[..HIDDEN]);
            context.copy_from_slice(&row[HIDDEN..]);
        }
        Activation::Tanh.apply(hidden);
        Activation::Relu.apply(context);
        let images = Volumes::images(pairs, size[0], size[1], CONTEXT)?;
        self.recurrence
            .start(images, hidden, context, &mut self.workspace)
    }

    /// Every position at its own place: no motion.
    fn start_places(&mut self, pairs: usize, [height, width]: [usize; 2]) {
        let places = grow_to(&mut self.buffers.places, pairs * height * width * 2);
        for (at, place) in places.chunks_exact_mut(2).enumerate() {
            place.copy_from_slice(&own_place(at, [height, width]));
        }
    }

    /// One update of the hidden state and the places.
    fn update(&mut self, pairs: usize, size: [usize; 2]) -> Result<(), Error> {
        let positions = pairs * size[0] * size[1];
        let (buffers, workspace) = (&mut self.buffers, &mut self.workspace);
        let places = &buffers.places[..2 * positions];
        let values = &mut buffers.values;
        self.correlations
            .look_up(pairs, &buffers.features, places, values)?;
        let flow = grow_to(&mut buffers.flow, 2 * positions);
        subtract_own_places(places, size, flow);
        let images = Volumes::images(pairs, size[0], size[1], MOTION)?;
        let motion = grow_to(&mut buffers.motion, images.len());
        self.motion.run(images, values, flow, motion, workspace)?;
        let hidden = &mut buffers.hidden[..positions * HIDDEN];
        self.recurrence.run(motion, hidden, workspace)?;
        let [first, second] = &mut self.flow_head;
        let images = Volumes::images(pairs, size[0], size[1], HIDDEN)?;
        let wide = first.run(images, hidden, &mut buffers.wide, workspace)?;
        let steps = second.run(
            wide,
            &buffers.wide[..wide.len()],
            &mut buffers.step,
            workspace,
        )?;
        let steps = &buffers.step[..steps.len()];
        for (place, step) in buffers.places.iter_mut().zip(steps) {
            *place += step;
        }
        Ok(())
    }

    /// The flow of the last update at the size of the frames. Only this one needs a mask.
    fn upsample(&mut self, pairs: usize, size: [usize; 2], fine: &mut [f32]) -> Result<(), Error> {
        let positions = pairs * size[0] * size[1];
        let (buffers, workspace) = (&mut self.buffers, &mut self.workspace);
        let [first, second] = &mut self.mask;
        let images = Volumes::images(pairs, size[0], size[1], HIDDEN)?;
        let hidden = &buffers.hidden[..images.len()];
        let wide = first.run(images, hidden, &mut buffers.wide, workspace)?;
        let masks = second.run(
            wide,
            &buffers.wide[..wide.len()],
            &mut buffers.mask,
            workspace,
        )?;
        let flow = grow_to(&mut buffers.flow, 2 * positions);
        subtract_own_places(&buffers.places, size, flow);
        let upsampling = ConvexUpsampling::new(size, FACTOR)?;
        let of_pair = flow
            .chunks_exact(flow.len() / pairs)
            .zip(buffers.mask[..masks.len()].chunks_exact(masks.len() / pairs))
            .zip(fine.chunks_exact_mut(fine.len() / pairs));
        for ((flow, mask), fine) in of_pair {
            upsampling.run(flow, mask, fine)?;
        }
        Ok(())
    }

    /// The features of both encoders for one batch of images, `[images, positions, channels]`.
    #[cfg(test)]
    pub(super) fn encode(
        &mut self,
        size: [usize; 2],
        pixels: &[f32],
    ) -> Result<[Vec<f32>; 2], Error> {
        let images = Volumes::images(pixels.len() / (size[0] * size[1] * 3), size[0], size[1], 3)?;
        let values = images.positions() / (FACTOR * FACTOR) * FEATURES;
        let mut both = [vec![0.0; values], vec![0.0; values]];
        let (maps, workspace) = (&mut self.buffers.maps, &mut self.workspace);
        self.features
            .run(images, pixels, &mut both[0], maps, workspace)?;
        self.context
            .run(images, pixels, &mut both[1], maps, workspace)?;
        Ok(both)
    }
}

/// x and y of a position in its image.
fn own_place(position: usize, [height, width]: [usize; 2]) -> [f32; 2] {
    let inside = position % (height * width);
    [(inside % width) as f32, (inside / width) as f32]
}

/// The flow of every position: the place it has moved to, less its own.
fn subtract_own_places(places: &[f32], size: [usize; 2], flow: &mut [f32]) {
    let pairs = flow.chunks_exact_mut(2).zip(places.chunks_exact(2));
    for (at, (flow, place)) in pairs.enumerate() {
        let own = own_place(at, size);
        flow.copy_from_slice(&[place[0] - own[0], place[1] - own[1]]);
    }
}
