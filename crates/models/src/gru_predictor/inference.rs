use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_nn::{Arithmetic, GruInference, Inference, InferenceBuilder, Kernels};

use super::{GruPredictor, KIND};
use crate::layer_scorer::{LayerScorer, RunLayers};
use crate::network::Network;

/// The inference form of a [`GruPredictor`]: a GRU and a linear layer. A flow is a row of values as it lies in memory.
#[derive(Debug)]
struct PredictorInference<B: Kernels> {
    clip: ClipShape,
    gru: GruInference<B>,
    out: Inference<B>,
    /// The flows that the network sees: clips without their last flow.
    seen: Vec<f32>,
    states: Vec<f32>,
}

impl<B: Kernels> PredictorInference<B> {
    fn new(
        net: &GruPredictor<B>,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Self, oddframe_nn::Error> {
        let gru = GruInference::with_arithmetic(&net.gru, device, arithmetic)?;
        let out = InferenceBuilder::new(&[gru.hidden()])
            .linear(&net.out)?
            .build_with(device, &arithmetic.in_floats())?;
        Ok(Self {
            clip: net.clip,
            gru,
            out,
            seen: Vec::new(),
            states: Vec::new(),
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
        let (steps, values) = (self.clip.frames - 1, self.clip.frame_values());
        self.seen.clear();
        for clip in clips.chunks_exact(self.clip.frames * values) {
            self.seen.extend_from_slice(&clip[..steps * values]);
        }
        self.states.resize(batch * steps * self.gru.hidden(), 0.0);
        self.gru.run(&self.seen, batch, steps, &mut self.states)?;
        self.out.run(self.gru.last_hidden(), batch, out)
    }
}

impl<B: Kernels> Network<B> for GruPredictor<B> {
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
