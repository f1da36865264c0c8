use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_nn::{Arithmetic, Inference, InferenceBuilder, Kernels};

use super::{Conv3dAe, KIND};
use crate::layer_scorer::{LayerScorer, RunLayers};
use crate::network::Network;

/// The inference form of a [`Conv3dAe`]: one chain over volumes.
///
/// A clip is `[T, C, H, W]`, a volume `[C, T, H, W]`: planes are copied into the other order before and after the chain,
/// except for one channel, where both orders are the same.
#[derive(Debug)]
struct VolumeInference<B: Kernels> {
    clip: ClipShape,
    chain: Inference<B>,
    volumes: Vec<f32>,
    outputs: Vec<f32>,
}

impl<B: Kernels> VolumeInference<B> {
    fn new(clip: ClipShape, chain: Inference<B>) -> Self {
        Self {
            clip,
            chain,
            volumes: Vec::new(),
            outputs: Vec::new(),
        }
    }
}

impl<B: Kernels> RunLayers for VolumeInference<B> {
    fn run_batch(
        &mut self,
        clips: &[f32],
        batch: usize,
        out: &mut [f32],
    ) -> Result<(), oddframe_nn::Error> {
        let ClipShape {
            frames,
            channels,
            height,
            width,
        } = self.clip;
        let plane = height * width;
        if channels == 1 {
            return self.chain.run(clips, batch, out);
        }
        self.volumes.resize(clips.len(), 0.0);
        self.outputs.resize(clips.len(), 0.0);
        swap_planes(clips, &mut self.volumes, [frames, channels], plane);
        self.chain.run(&self.volumes, batch, &mut self.outputs)?;
        swap_planes(&self.outputs, out, [channels, frames], plane);
        Ok(())
    }
}

impl<B: Kernels> Conv3dAe<B> {
    fn inference_builder(&self) -> Result<InferenceBuilder, oddframe_nn::Error> {
        let ClipShape {
            frames,
            channels,
            height,
            width,
        } = self.clip;
        let steps = self.down.len();
        let mut chain = InferenceBuilder::new(&[channels, frames, height, width]);
        for block in &self.down {
            chain = block.append_to(chain)?;
        }
        // The bottleneck flattens the innermost volume: its shape is needed to undo that.
        if let (Some(latent), Some(first)) = (&self.latent, self.up.first()) {
            let innermost = first.conv.weight.val().dims()[0];
            chain = latent.append_to(
                chain,
                &[
                    innermost,
                    frames >> (steps - 1),
                    height >> steps,
                    width >> steps,
                ],
            )?;
        }
        self.up
            .iter()
            .try_fold(chain, |chain, block| block.append_to(chain))
    }
}

impl<B: Kernels> Network<B> for Conv3dAe<B> {
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
        let chain = self
            .inference_builder()
            .and_then(|chain| chain.build_with::<B>(device, arithmetic));
        LayerScorer::boxed(
            self,
            chain.map(|chain| VolumeInference::new(self.clip, chain)),
        )
    }
}

/// `[batch, a, b, plane]` to `[batch, b, a, plane]`.
fn swap_planes(from: &[f32], to: &mut [f32], [a, b]: [usize; 2], plane: usize) {
    for (from, to) in from
        .chunks_exact(a * b * plane)
        .zip(to.chunks_exact_mut(a * b * plane))
    {
        for (place, to) in to.chunks_exact_mut(plane).enumerate() {
            // Plane (outer, inner) of the result is plane (inner, outer) of the source.
            let (outer, inner) = (place / a, place % a);
            to.copy_from_slice(&from[(inner * b + outer) * plane..][..plane]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_swapped_and_swapped_back() {
        let from: Vec<f32> = (0..24_u8).map(f32::from).collect();
        let mut to = vec![0.0; 24];
        swap_planes(&from, &mut to, [2, 3], 2);
        assert_eq!(
            to[..12],
            [0.0, 1.0, 6.0, 7.0, 2.0, 3.0, 8.0, 9.0, 4.0, 5.0, 10.0, 11.0]
        );
        assert_eq!(to[12..14], [12.0, 13.0]);
        let mut back = vec![0.0; 24];
        swap_planes(&to, &mut back, [3, 2], 2);
        assert_eq!(back, from);
    }
}
