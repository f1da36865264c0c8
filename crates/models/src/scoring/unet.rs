use oddframe_clips::ClipScorer;
use oddframe_core::{ClipShape, Error};
use oddframe_nn::{Freezer, Frozen, Kernels};

use super::{check, failed};
use crate::{Network, Unet};

/// A [`Unet`] as a chain for each step: what two of them share is joined between.
#[derive(Debug)]
pub(crate) struct FrozenUnet<B: Kernels> {
    kind: &'static str,
    clip: ClipShape,
    down: Vec<Frozen<B>>,
    up: Vec<Frozen<B>>,
    /// What each step down gave.
    skips: Vec<Vec<f32>>,
    /// What the last step up gave, and with a skip behind it.
    raised: Vec<f32>,
    joined: Vec<f32>,
}

impl<B: Kernels> FrozenUnet<B> {
    pub(crate) fn new(net: &Unet<B>, device: &B::Device) -> Result<Self, oddframe_nn::Error> {
        let clip = net.clip();
        let mut item = vec![clip.channels, clip.height, clip.width];
        let mut down: Vec<Frozen<B>> = Vec::with_capacity(net.steps_down.len());
        for step in &net.steps_down {
            let chain = step.refine.freeze(step.halve.freeze(Freezer::new(&item))?)?.build(device)?;
            item = chain.output().to_vec();
            down.push(chain);
        }
        let mut up: Vec<Frozen<B>> = Vec::with_capacity(net.steps_up.len());
        for (place, step) in net.steps_up.iter().enumerate() {
            let mut chain = Freezer::new(&item);
            if let (0, Some(latent)) = (place, &net.latent) {
                chain = latent.freeze(chain, &item)?;
            }
            chain = step.refine.freeze(step.double.freeze(chain)?)?;
            if place + 1 == net.steps_up.len() {
                chain = chain.conv2d(&net.output)?;
            }
            let chain = chain.build(device)?;
            item = chain.output().to_vec();
            // The next one sees the skip as well.
            item[0] *= 2;
            up.push(chain);
        }
        let skips = vec![Vec::new(); down.len()];
        Ok(Self { kind: net.kind(), clip, down, up, skips, raised: Vec::new(), joined: Vec::new() })
    }

    fn run(&mut self, images: &[f32], count: usize, out: &mut [f32]) -> Result<(), oddframe_nn::Error> {
        let Self { down, up, skips, raised, joined, .. } = self;
        for (place, chain) in down.iter_mut().enumerate() {
            let (before, rest) = skips.split_at_mut(place);
            let Some(skip) = rest.first_mut() else { continue };
            skip.resize(count * values(chain.output()), 0.0);
            chain.run(before.last().map_or(images, |before| before), count, skip)?;
        }
        let Some((innermost, skips)) = skips.split_last() else { return Ok(()) };
        let Some((last, before)) = up.split_last_mut() else { return Ok(()) };
        let mut inner = innermost;
        for (chain, skip) in before.iter_mut().zip(skips.iter().rev()) {
            let item = values(chain.output());
            raised.resize(count * item, 0.0);
            chain.run(inner, count, raised)?;
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

fn values(item: &[usize]) -> usize {
    item.iter().product()
}

impl<B: Kernels> ClipScorer for FrozenUnet<B> {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        check(self.clip, &self.explained(), batch, clips, out.len())?;
        let kind = self.kind;
        self.run(clips, batch * self.clip.frames, out).map_err(failed(kind))
    }
}
