use std::ops::Range;

use oddframe_clips::ClipScorer;
use oddframe_core::{ClipShape, Error};
use oddframe_nn::{Freezer, Frozen, FrozenConvLstm, Kernels};

use super::{check, failed};
use crate::{ConvLstmPredictor, Network};

/// A [`ConvLstmPredictor`] as a chain, a convolutional LSTM and a chain.
#[derive(Debug)]
pub(crate) struct FrozenPredictor<B: Kernels> {
    kind: &'static str,
    clip: ClipShape,
    down: Frozen<B>,
    cell: FrozenConvLstm<B>,
    up: Frozen<B>,
    /// The frames that are seen, as images, and what becomes of them.
    seen: Vec<f32>,
    images: Vec<f32>,
    remembered: Vec<f32>,
    last: Vec<f32>,
}

impl<B: Kernels> FrozenPredictor<B> {
    pub(crate) fn new(net: &ConvLstmPredictor<B>, device: &B::Device) -> Result<Self, oddframe_nn::Error> {
        let clip = net.clip();
        let mut chain = Freezer::new(&[clip.channels, clip.height, clip.width]);
        for block in &net.down {
            chain = block.freeze(chain)?;
        }
        let down: Frozen<B> = chain.build(device)?;
        let size = [clip.height >> net.down.len(), clip.width >> net.down.len()];
        let cell = FrozenConvLstm::new(&net.cell, size, device)?;
        let [_, hidden] = cell.channels();
        let mut chain = net.widen.freeze(Freezer::new(&[hidden, size[0], size[1]]))?;
        for block in &net.up {
            chain = block.freeze(chain)?;
        }
        let [seen, images, remembered, last] = [const { Vec::new() }; 4];
        Ok(Self {
            kind: net.kind(),
            clip,
            down,
            cell,
            up: chain.build(device)?,
            seen,
            images,
            remembered,
            last,
        })
    }

    fn run(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), oddframe_nn::Error> {
        let (frames, image) = (self.clip.frames, self.clip.frame_values());
        let steps = frames - 1;
        self.seen.clear();
        for clip in clips.chunks_exact(frames * image) {
            self.seen.extend_from_slice(&clip[..steps * image]);
        }
        let inner: usize = self.down.output().iter().product();
        self.images.resize(batch * steps * inner, 0.0);
        self.down.run(&self.seen, batch * steps, &mut self.images)?;
        let hidden: usize = self.up.input().iter().product();
        self.remembered.resize(batch * steps * hidden, 0.0);
        self.cell.run(&self.images, batch, steps, &mut self.remembered)?;
        self.last.clear();
        for steps in self.remembered.chunks_exact(steps * hidden) {
            self.last.extend_from_slice(&steps[steps.len() - hidden..]);
        }
        self.up.run(&self.last, batch, out)
    }
}

impl<B: Kernels> ClipScorer for FrozenPredictor<B> {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn explained(&self) -> Range<usize> {
        self.clip.frames - 1..self.clip.frames
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        check(self.clip, &self.explained(), batch, clips, out.len())?;
        let kind = self.kind;
        self.run(clips, batch, out).map_err(failed(kind))
    }
}
