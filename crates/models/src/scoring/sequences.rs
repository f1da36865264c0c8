use oddframe_clips::ClipScorer;
use oddframe_core::{ClipShape, Error};
use oddframe_nn::{Freezer, Frozen, FrozenLstm, Kernels};

use super::{check, failed};
use crate::{LstmAe, Network};

/// An [`LstmAe`] as two LSTM and a dense layer: a frame is a row of pixels, as it lies in memory.
#[derive(Debug)]
pub(crate) struct FrozenSequences<B: Kernels> {
    kind: &'static str,
    clip: ClipShape,
    encoder: FrozenLstm<B>,
    decoder: FrozenLstm<B>,
    out: Frozen<B>,
    /// The hidden states of either LSTM.
    states: Vec<f32>,
}

impl<B: Kernels> FrozenSequences<B> {
    pub(crate) fn new(net: &LstmAe<B>, device: &B::Device) -> Result<Self, oddframe_nn::Error> {
        let encoder = FrozenLstm::new(&net.encoder, device)?;
        let decoder = FrozenLstm::new(&net.decoder, device)?;
        let out = Freezer::new(&[decoder.hidden()]).linear(&net.out)?.build(device)?;
        Ok(Self { kind: net.kind(), clip: net.clip(), encoder, decoder, out, states: Vec::new() })
    }

    fn run(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), oddframe_nn::Error> {
        let Self { encoder, decoder, states, clip, .. } = self;
        states.resize(batch * clip.frames * encoder.hidden(), 0.0);
        encoder.run(clips, batch, clip.frames, states)?;
        states.resize(batch * clip.frames * decoder.hidden(), 0.0);
        decoder.run_repeated(encoder.last_hidden(), batch, clip.frames, states)?;
        self.out.run(states, batch * clip.frames, out)
    }
}

impl<B: Kernels> ClipScorer for FrozenSequences<B> {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        check(self.clip, &self.explained(), batch, clips, out.len())?;
        let kind = self.kind;
        self.run(clips, batch, out).map_err(failed(kind))
    }
}
