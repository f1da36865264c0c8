use oddframe_core::FrameInput;
use oddframe_nn::{Inference, InferenceBuilder, Kernels};

use crate::{Error, FlipClassifier, FlipNet};

/// A trained [`FlipNet`] for inference only.
///
/// Weights are copied and packed, and buffers are kept from call to call.
#[derive(Debug)]
pub struct FlipInference<B: Kernels> {
    input: FrameInput,
    convs: Inference<B>,
    head: Inference<B>,
    maps: Vec<f32>,
    features: Vec<f32>,
    outputs: Vec<f32>,
}

impl<B: Kernels> FlipInference<B> {
    /// Freezes a network; one that was trained gives its inner form with `valid()`.
    ///
    /// # Errors
    /// When its weights cannot be read.
    pub fn new(net: &FlipNet<B>) -> Result<Self, Error> {
        let input = net.config.input()?;
        let device = net.output.weight.val().device();
        let side = net.config.side_px;
        let mut convs = InferenceBuilder::new(&[1, side, side]);
        for conv in &net.convs {
            convs = convs.conv2d(conv)?;
        }
        let convs: Inference<B> = convs.build(&device)?;
        // Two chains, with the pooling between them done here: a chain holds layers with weights only. Dropout does
        // nothing in inference.
        let mut head = InferenceBuilder::new(&convs.output()[..1]);
        if let Some(hidden) = &net.hidden {
            head = head.linear(hidden)?;
        }
        let head = head.linear(&net.output)?.build(&device)?;
        Ok(Self {
            input,
            convs,
            head,
            maps: Vec::new(),
            features: Vec::new(),
            outputs: Vec::new(),
        })
    }
}

impl<B: Kernels> FlipClassifier for FlipInference<B> {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn flip_probabilities(
        &mut self,
        frames: &[f32],
        batch: usize,
        probabilities: &mut [f64],
    ) -> Result<(), Error> {
        oddframe_core::Error::check_length("probabilities of a batch", batch, probabilities.len())?;
        let Self {
            convs,
            head,
            maps,
            features,
            outputs,
            ..
        } = self;
        let (values, channels) = (convs.output().iter().product::<usize>(), convs.output()[0]);
        let count = head.output()[0];
        maps.resize(batch * values, 0.0);
        features.resize(batch * channels, 0.0);
        outputs.resize(batch * count, 0.0);
        convs.run(frames, batch, maps)?;
        let positions = values / channels;
        // The maps lie as `[batch, channel, position]`: each run of `positions` values is one feature of one frame.
        // Summed in f64, so that a side of thousands of pixels costs no digits.
        for (map, feature) in maps.chunks_exact(positions).zip(features.iter_mut()) {
            *feature = (map.iter().copied().map(f64::from).sum::<f64>() / positions as f64) as f32;
        }
        head.run(features, batch, outputs)?;
        for (output, probability) in outputs.chunks_exact(count).zip(probabilities) {
            // The softmax of two outputs is the sigmoid of their difference, so that both heads end in the same
            // formula.
            let log_odds = match output {
                [upright, flipped] => f64::from(*flipped) - f64::from(*upright),
                other => other.iter().copied().map(f64::from).sum(),
            };
            *probability = 1.0 / (1.0 + (-log_odds).exp());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::tensor::activation::sigmoid;
    use burn::tensor::{Device, Distribution, Tensor};

    use super::*;
    use crate::{FlipConfig, FlipHead};

    #[test]
    fn the_frozen_form_gives_what_the_network_gives() {
        let device = Device::<Flex>::default();
        for (head, side_px) in [
            (FlipHead::Hidden, 64),
            (FlipHead::Linear, 20),
            (FlipHead::Sigmoid, 1),
        ] {
            let config = FlipConfig {
                head,
                side_px,
                ..FlipConfig::default()
            };
            let net: FlipNet<Flex> = config.init(&device).unwrap();
            let frames = Tensor::random(
                [5, 1, side_px, side_px],
                Distribution::Uniform(0.0, 1.0),
                &device,
            );
            let expected = sigmoid(net.log_odds(frames.clone()))
                .into_data()
                .to_vec::<f32>()
                .unwrap();
            let frames = frames.into_data().to_vec::<f32>().unwrap();
            let mut classifier = FlipInference::new(&net).unwrap();
            assert_eq!(
                classifier.convs.output(),
                [64, side_px.div_ceil(8), side_px.div_ceil(8)]
            );
            // In one batch, and one by one in the buffers of that batch.
            let mut found = [0.0; 5];
            classifier
                .flip_probabilities(&frames, 5, &mut found)
                .unwrap();
            let image = side_px * side_px;
            for (frame, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let mut alone = [0.0];
                classifier
                    .flip_probabilities(&frames[frame * image..][..image], 1, &mut alone)
                    .unwrap();
                for found in [*found, alone[0]] {
                    assert!(
                        (found - f64::from(*expected)).abs() < 1e-5,
                        "{head:?}: {found}, {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn slices_of_other_lengths_are_refused() {
        let device = Device::<Flex>::default();
        let mut classifier =
            FlipInference::<Flex>::new(&FlipConfig::default().init(&device).unwrap()).unwrap();
        assert!(
            classifier
                .flip_probabilities(&[0.0; 4096], 1, &mut [0.0; 2])
                .is_err()
        );
        assert!(
            classifier
                .flip_probabilities(&[0.0; 4095], 1, &mut [0.0])
                .is_err()
        );
        assert!(classifier.flip_probabilities(&[], 0, &mut []).is_err());
    }
}
