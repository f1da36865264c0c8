use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_nn::{Arithmetic, Inference, InferenceBuilder, Kernels, LstmInference};

use super::{KIND, LstmAe};
use crate::layer_scorer::{LayerScorer, RunLayers};
use crate::network::Network;

/// The inference form of an [`LstmAe`]: two LSTMs and a linear layer. A frame is a row of pixels as it lies in memory.
#[derive(Debug)]
struct SequenceInference<B: Kernels> {
    clip: ClipShape,
    encoder: LstmInference<B>,
    decoder: LstmInference<B>,
    /// None when the decoder's states are the output.
    out: Option<Inference<B>>,
    /// A buffer for the hidden states of either LSTM.
    states: Vec<f32>,
}

impl<B: Kernels> SequenceInference<B> {
    fn new(
        net: &LstmAe<B>,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Self, oddframe_nn::Error> {
        let [encoder, decoder] = [&net.encoder, &net.decoder]
            .map(|layer| LstmInference::with_arithmetic(layer, device, arithmetic));
        let (encoder, decoder) = (encoder?, decoder?);
        let mut out = None;
        if let Some(linear) = &net.out {
            let chain = InferenceBuilder::new(&[decoder.hidden()]).linear(linear)?;
            out = Some(chain.build_with(device, &arithmetic.in_floats())?);
        }
        Ok(Self {
            clip: net.clip,
            encoder,
            decoder,
            out,
            states: Vec::new(),
        })
    }
}

impl<B: Kernels> RunLayers for SequenceInference<B> {
    fn run_batch(
        &mut self,
        clips: &[f32],
        batch: usize,
        out: &mut [f32],
    ) -> Result<(), oddframe_nn::Error> {
        let Self {
            encoder,
            decoder,
            states,
            clip,
            out: linear,
        } = self;
        states.resize(batch * clip.frames * encoder.hidden(), 0.0);
        // Clips lie as rows of pixels already: `[batch, T, C * H * W]`.
        encoder.run(clips, batch, clip.frames, states)?;
        // The encoder kept its last state; the buffer is free for the decoder.
        let Some(linear) = linear else {
            return decoder.run_repeated(encoder.last_hidden(), batch, clip.frames, out);
        };
        states.resize(batch * clip.frames * decoder.hidden(), 0.0);
        decoder.run_repeated(encoder.last_hidden(), batch, clip.frames, states)?;
        linear.run(states, batch * clip.frames, out)
    }
}

impl<B: Kernels> Network<B> for LstmAe<B> {
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
        LayerScorer::boxed(self, SequenceInference::new(self, device, arithmetic))
    }
}
