use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_nn::{Arithmetic, ConvLstmInference, Inference, InferenceBuilder, Kernels};

use super::{ConvLstmPredictor, KIND};
use crate::layer_scorer::{LayerScorer, RunLayers};
use crate::network::Network;

/// The inference form of a [`ConvLstmPredictor`]: a chain, a convolutional LSTM and a chain.
#[derive(Debug)]
struct PredictorInference<B: Kernels> {
    clip: ClipShape,
    down: Inference<B>,
    cell: ConvLstmInference<B>,
    up: Inference<B>,
    /// Buffers: the frames before the last, the encoder's outputs, the hidden states of all steps, and the last ones.
    frames: Vec<f32>,
    encoded: Vec<f32>,
    states: Vec<f32>,
    last: Vec<f32>,
}

impl<B: Kernels> PredictorInference<B> {
    fn new(
        net: &ConvLstmPredictor<B>,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Self, oddframe_nn::Error> {
        let clip = net.clip;
        let mut chain = InferenceBuilder::new(&[clip.channels, clip.height, clip.width]);
        for block in &net.down {
            chain = block.append_to(chain)?;
        }
        let down: Inference<B> = chain.build_with(device, arithmetic)?;
        // The recurrence runs at the innermost size.
        let size = [clip.height >> net.down.len(), clip.width >> net.down.len()];
        let cell = ConvLstmInference::with_arithmetic(&net.cell, size, device, arithmetic)?;
        let [_, hidden] = cell.channels();
        let mut chain = net
            .widen
            .append_to(InferenceBuilder::new(&[hidden, size[0], size[1]]))?;
        for block in &net.up {
            chain = block.append_to(chain)?;
        }
        let [frames_buffer, encoded, states, last] = [const { Vec::new() }; 4];
        Ok(Self {
            clip,
            down,
            cell,
            up: chain.build_with(device, arithmetic)?,
            frames: frames_buffer,
            encoded,
            states,
            last,
        })
    }
}

impl<B: Kernels> RunLayers for PredictorInference<B> {
    fn run_batch(
        &mut self,
        clips: &[f32],
        batch: usize,
        out: &mut [f32],
    ) -> Result<(), oddframe_nn::Error> {
        let (frames, image) = (self.clip.frames, self.clip.frame_values());
        let steps = frames - 1;
        self.frames.clear();
        // The last frame of each clip is the one to predict: it is not an input.
        for clip in clips.chunks_exact(frames * image) {
            self.frames.extend_from_slice(&clip[..steps * image]);
        }
        // All frames of all clips go through the encoder as one batch.
        let inner: usize = self.down.output().iter().product();
        self.encoded.resize(batch * steps * inner, 0.0);
        self.down
            .run(&self.frames, batch * steps, &mut self.encoded)?;
        let hidden: usize = self.up.input().iter().product();
        self.states.resize(batch * steps * hidden, 0.0);
        self.cell
            .run(&self.encoded, batch, steps, &mut self.states)?;
        self.last.clear();
        // The decoder reads the hidden state of the last step only.
        for states in self.states.chunks_exact(steps * hidden) {
            self.last
                .extend_from_slice(&states[states.len() - hidden..]);
        }
        self.up.run(&self.last, batch, out)
    }
}

impl<B: Kernels> Network<B> for ConvLstmPredictor<B> {
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
        LayerScorer::boxed(self, PredictorInference::new(self, device, arithmetic))
    }
}
