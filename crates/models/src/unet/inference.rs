use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_nn::{Arithmetic, Inference, InferenceBuilder, Kernels};

use super::{KIND, Unet};
use crate::layer_scorer::{LayerScorer, RunLayers};
use crate::network::Network;

/// The inference form of a [`Unet`]: one chain per step, with the skips concatenated between the decoder's chains.
#[derive(Debug)]
struct UnetInference<B: Kernels> {
    /// The images of a clip.
    frames: usize,
    down: Vec<Inference<B>>,
    up: Vec<Inference<B>>,
    /// The output of each encoder step.
    skips: Vec<Vec<f32>>,
    /// The output of the last decoder step, and that output concatenated with its skip.
    raised: Vec<f32>,
    joined: Vec<f32>,
}

impl<B: Kernels> UnetInference<B> {
    fn new(
        net: &Unet<B>,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Self, oddframe_nn::Error> {
        let clip = net.clip;
        let mut item = vec![clip.channels, clip.height, clip.width];
        // Skips are read outside the chains, so that each step needs a chain of its own.
        let mut down: Vec<Inference<B>> = Vec::with_capacity(net.steps_down.len());
        for step in &net.steps_down {
            let chain = step
                .refine
                .append_to(step.halve.append_to(InferenceBuilder::new(&item))?)?
                .build_with(device, arithmetic)?;
            item = chain.output().to_vec();
            down.push(chain);
        }
        let mut up: Vec<Inference<B>> = Vec::with_capacity(net.steps_up.len());
        for (place, step) in net.steps_up.iter().enumerate() {
            let mut chain = InferenceBuilder::new(&item);
            // The bottleneck comes before the first decoder step, the output convolution after the last one.
            if let (0, Some(latent)) = (place, &net.latent) {
                chain = latent.append_to(chain, &item)?;
            }
            chain = step.refine.append_to(step.double.append_to(chain)?)?;
            if place + 1 == net.steps_up.len() {
                chain = chain.conv2d(&net.output)?;
            }
            let chain = chain.build_with(device, arithmetic)?;
            item = chain.output().to_vec();
            // The next step reads the skip as well: twice the channels.
            item[0] *= 2;
            up.push(chain);
        }
        let skips = vec![Vec::new(); down.len()];
        Ok(Self {
            frames: clip.frames,
            down,
            up,
            skips,
            raised: Vec::new(),
            joined: Vec::new(),
        })
    }
}

impl<B: Kernels> RunLayers for UnetInference<B> {
    fn run_batch(
        &mut self,
        clips: &[f32],
        batch: usize,
        out: &mut [f32],
    ) -> Result<(), oddframe_nn::Error> {
        let Self {
            frames,
            down,
            up,
            skips,
            raised,
            joined,
        } = self;
        let count = batch * *frames;
        for (place, chain) in down.iter_mut().enumerate() {
            // Each step reads the output of the one before, the first one the frames.
            let (before, rest) = skips.split_at_mut(place);
            let Some(skip) = rest.first_mut() else {
                continue;
            };
            // The buffers keep their memory from call to call: a second batch of the same size allocates nothing.
            skip.resize(count * item_values(chain.output()), 0.0);
            chain.run(before.last().map_or(clips, |before| before), count, skip)?;
        }
        // The innermost output goes into the decoder; the others are skips, which it reads in reverse order.
        let Some((innermost, skips)) = skips.split_last() else {
            return Ok(());
        };
        let Some((last, before)) = up.split_last_mut() else {
            return Ok(());
        };
        let mut inner = innermost;
        for (chain, skip) in before.iter_mut().zip(skips.iter().rev()) {
            let item = item_values(chain.output());
            raised.resize(count * item, 0.0);
            chain.run(inner, count, raised)?;
            // Channels first: concatenating channels appends one item to the other.
            joined.clear();
            for (raised, skip) in raised.chunks_exact(item).zip(skip.chunks_exact(item)) {
                joined.extend_from_slice(raised);
                joined.extend_from_slice(skip);
            }
            inner = joined;
        }
        last.run(inner, count, out)
    }
}

/// The number of values of an item.
fn item_values(item: &[usize]) -> usize {
    item.iter().product()
}

impl<B: Kernels> Network<B> for Unet<B> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn clip_shape(&self) -> ClipShape {
        self.clip
    }

    fn fused_inference(
        &self,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Option<Box<dyn ClipScorer>>, crate::Error> {
        LayerScorer::boxed(self, UnetInference::new(self, device, arithmetic))
    }
}
