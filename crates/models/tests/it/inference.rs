//! The inference forms against the networks that they were made from.

use crate::common::{assert_close, clip, clips, noise, small, values_of};
use burn::backend::{Autodiff, Flex};
use burn::module::{AutodiffModule, Module};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::{ClipScorer, Measure};
use oddframe_core::{ClipShape, Error};
use oddframe_models::{CuboidAeConfig, Model, ModelConfig, Network};
use oddframe_nn::{
    ClipLoss, Kernels, Linear, LinearConfig, Reconstruct, mean_squared_error, without_kernels,
};
use oddframe_score::{AnyPool, Channels, Distance, Max, Mean, Quantile, TopK, TopKPatches};

type A = Autodiff<Flex>;

/// A network whose batch normalisation has running statistics.
fn trained(config: &ModelConfig, clip: ClipShape) -> Model<Flex> {
    let net: Model<A> = config.init(clip, &Default::default()).unwrap();
    for seed in 0..3 {
        let _ = net.reconstruct(clips(noise(4 * values_of(clip), seed), clip));
    }
    net.valid()
}

fn values<const D: usize>(tensor: Tensor<Flex, D>) -> Vec<f32> {
    tensor.into_data().to_vec().unwrap()
}

/// The fused form on native kernels, and the generic one.
fn both_forms(net: &Model<Flex>) -> [Box<dyn ClipScorer>; 2] {
    [
        net.to_inference().unwrap(),
        without_kernels(|| net.to_inference().unwrap()),
    ]
}

#[test]
fn both_forms_reconstruct_like_the_network() {
    for (config, clip) in small() {
        let net = trained(&config, clip);
        for mut scorer in both_forms(&net) {
            assert_eq!(
                (scorer.clip(), scorer.predicted_frames()),
                (clip, net.predicted_frames(clip.frames))
            );
            // A second batch size and then the first one again reuse the same buffers.
            for batch in [3, 1, 3] {
                let seen = noise(batch * values_of(clip), batch as u64);
                let expected = values(net.reconstruct(clips(seen.clone(), clip)));
                let mut found = vec![f32::NAN; expected.len()];
                scorer.reconstruct(&seen, batch, &mut found).unwrap();
                assert_close(config.kind(), &found, &expected, 1e-5);
            }
        }
    }
}

#[test]
fn both_forms_give_the_same_scores() {
    let top = TopKPatches::new(2, 2, TopK::Count(2)).unwrap();
    let measures = [
        Measure::new(Mean),
        Measure::new(Max).with_channels(Channels::Max),
        Measure::new(top).with_channels(Channels::Sum),
        // These are pooled on the CPU.
        Measure::new(Quantile::new(0.9).unwrap()),
        Measure::new(Mean).with_distance(Distance::Absolute),
    ];
    for (config, clip) in small() {
        let net = trained(&config, clip);
        let (batch, explained) = (2, net.predicted_frames(clip.frames).len());
        let seen = noise(batch * values_of(clip), 9);
        let scored = |scorer: &mut dyn ClipScorer, measures: &[Measure]| {
            let mut scores = vec![f64::NAN; measures.len() * batch * explained];
            scorer
                .score(&seen, batch, measures, &mut Vec::new(), &mut scores)
                .unwrap();
            scores
                .into_iter()
                .map(|score| score as f32)
                .collect::<Vec<_>>()
        };
        // The measures that the device pools, and all of them.
        for some in [&measures[..3], &measures[..]] {
            for mut scorer in both_forms(&net) {
                let alone: Vec<f32> = some
                    .iter()
                    .flat_map(|one| scored(&mut *scorer, &[*one]))
                    .collect();
                assert_close(config.kind(), &scored(&mut *scorer, some), &alone, 1e-6);
            }
        }
        for measure in &measures {
            let [found, expected] =
                both_forms(&net).map(|mut scorer| scored(&mut *scorer, &[*measure]));
            assert_close(config.kind(), &found, &expected, 2e-5);
            assert!(found.iter().all(|score| *score > 0.0));
            if measure.pool == AnyPool::from(Mean) && measure.distance == Distance::Squared {
                let maps = net.error_maps(clips(seen.clone(), clip), measure.channels);
                let means = values(maps.mean_dim(3).mean_dim(2));
                assert_close(config.kind(), &found, &means, 2e-5);
            }
        }
    }
}

#[test]
fn batches_of_other_sizes_are_refused() {
    for (config, clip) in small() {
        let net = trained(&config, clip);
        for mut scorer in both_forms(&net) {
            let mut out = vec![0.0; net.predicted_frames(clip.frames).len() * clip.frame_values()];
            let seen = noise(values_of(clip), 1);
            scorer.reconstruct(&seen, 1, &mut out).unwrap();
            let mut refused = |seen: &[f32], batch, out: &mut [f32]| {
                scorer.reconstruct(seen, batch, out).unwrap_err()
            };
            assert!(matches!(
                refused(&seen[1..], 1, &mut out),
                Error::Length {
                    what: "clips to score",
                    ..
                }
            ));
            let error = refused(&seen, 1, &mut out[1..]);
            assert!(matches!(
                error,
                Error::Length {
                    what: "outputs of a batch",
                    ..
                }
            ));
            assert!(matches!(
                refused(&seen, usize::MAX, &mut out),
                Error::Length { .. }
            ));
            assert!(matches!(refused(&[], 0, &mut []), Error::Nothing { .. }));
            let mut scores = [0.0; 40];
            let scored = scorer.score(
                &seen,
                1,
                &[Measure::new(Mean)],
                &mut Vec::new(),
                &mut scores,
            );
            assert!(matches!(scored, Err(Error::Length { .. })));
        }
    }
}

#[test]
fn a_network_in_training_form_is_refused() {
    let (config, clip) = small().remove(0);
    let net: Model<A> = config.init(clip, &Default::default()).unwrap();
    let error = net.to_inference().unwrap_err();
    assert_eq!(
        error.to_string(),
        "conv_ae: the network is in training form; call `to_inference` on what its `valid()` returns"
    );
}

/// Batch statistics and channel dropout in training; running statistics and all channels in inference.
#[test]
fn dropout_and_batch_statistics_apply_in_training_only() {
    let clip = clip(4, 1, 8, 12);
    let seen = noise(4 * values_of(clip), 5);
    let differ = |config: CuboidAeConfig| {
        let net = config.init::<A>(clip, &Default::default()).unwrap();
        let version = |scoring: bool| {
            let version: Tensor<A, 5> = net.reconstruct(clips(seen.clone(), clip));
            let scored = values(net.valid().reconstruct(clips(seen.clone(), clip)));
            if scoring {
                scored
            } else {
                values(version.inner())
            }
        };
        let scores = [version(true), version(true)];
        let moved = scores[0] != scores[1];
        (
            version(false) != version(false),
            moved,
            version(false) != version(true),
        )
    };
    let small = CuboidAeConfig {
        channels: vec![6, 8],
        ..CuboidAeConfig::default()
    };
    // Dropout is random in training; each run in training changes the running statistics.
    assert_eq!(differ(small.clone()), (true, true, true));
    assert_eq!(
        differ(CuboidAeConfig {
            dropout: 0.0,
            ..small.clone()
        }),
        (false, true, true)
    );
    assert_eq!(
        differ(CuboidAeConfig {
            norm: false,
            ..small.clone()
        }),
        (true, false, true)
    );
    assert_eq!(
        differ(CuboidAeConfig {
            norm: false,
            dropout: 0.0,
            ..small
        }),
        (false, false, false)
    );
}

/// A network with nothing but the required methods: all frames of a clip, scaled by one learned number.
#[derive(Module, Debug)]
struct Scaled<B: Backend> {
    layer: Linear<B>,
}

impl<B: Kernels> Reconstruct<B> for Scaled<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let shape = clips.dims();
        self.layer
            .forward::<2>(clips.reshape([-1, 1]))
            .reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for Scaled<B> {
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(input), target)
    }
}

impl<B: Kernels> Network<B> for Scaled<B> {
    fn kind(&self) -> &'static str {
        "scaled"
    }

    fn clip_shape(&self) -> ClipShape {
        clip(3, 2, 4, 5)
    }
}

/// The backend has native kernels and the network no form for them: the generic form runs.
#[test]
fn a_network_needs_no_inference_form_of_its_own() {
    let net = Scaled::<Flex> {
        layer: LinearConfig::new(1, 1).init(&Default::default()).unwrap(),
    };
    let seen = noise(2 * values_of(net.clip_shape()), 4);
    let expected = values(net.reconstruct(clips(seen.clone(), net.clip_shape())));
    let mut scorer = net.to_inference().unwrap();
    assert!(
        format!("{scorer:?}").starts_with("GenericInference"),
        "{scorer:?}"
    );
    let mut found = vec![f32::NAN; expected.len()];
    scorer.reconstruct(&seen, 2, &mut found).unwrap();
    assert_eq!(found, expected);
    let error = scorer.reconstruct(&seen[1..], 2, &mut found).unwrap_err();
    assert!(matches!(
        error,
        Error::Length {
            what: "clips to score",
            ..
        }
    ));
}

#[test]
fn every_network_of_the_list_has_a_fused_form() {
    for (config, clip) in small() {
        let scorer = trained(&config, clip).to_inference().unwrap();
        assert!(
            !format!("{scorer:?}").starts_with("GenericInference"),
            "{}",
            config.kind()
        );
    }
}

/// The inference form in 8-bit integers, with ranges recorded on these clips.
fn int8_form(net: &Model<Flex>, seen: &[f32], batch: usize) -> Box<dyn ClipScorer> {
    let (mut scorer, record) = net.to_recording_inference().unwrap().unwrap();
    let frames = scorer.predicted_frames().len();
    let mut output = vec![0.0; batch * frames * scorer.clip().frame_values()];
    scorer.reconstruct(seen, batch, &mut output).unwrap();
    net.to_int8_inference(&record.ranges()).unwrap()
}

/// The root of the mean squared difference, as a share of that of the expected values.
fn relative_error(found: &[f32], expected: &[f32]) -> f32 {
    let differences = found.iter().zip(expected);
    let squares: f32 = differences.map(|(f, e)| (f - e).powi(2)).sum();
    let all: f32 = expected.iter().map(|value| value * value).sum();
    (squares / all).sqrt()
}

#[test]
fn bytes_reconstruct_nearly_like_floats() {
    let mut compared = Vec::new();
    for (config, clip) in small() {
        let net = trained(&config, clip);
        if net.to_recording_inference().unwrap().is_none() {
            continue;
        }
        let seen = noise(3 * values_of(clip), 5);
        let mut scorer = int8_form(&net, &seen, 3);
        let expected = values(net.reconstruct(clips(seen.clone(), clip)));
        for batch in [3, 1] {
            let len = expected.len() / 3 * batch;
            let mut found = vec![f32::NAN; len];
            scorer
                .reconstruct(&seen[..batch * values_of(clip)], batch, &mut found)
                .unwrap();
            let error = relative_error(&found, &expected[..len]);
            // Not the floats under another name, and not another network.
            assert!(error > 1e-5 && error < 0.05, "{}: {error}", config.kind());
        }
        compared.push(config.kind());
    }
    for kind in [
        "conv_ae",
        "unet",
        "conv3d_ae",
        "conv_lstm",
        "cuboid_ae",
        "denoising_ae",
    ] {
        assert!(compared.contains(&kind), "{kind} has no form in bytes");
    }
}

#[test]
fn weights_in_16_bits_reconstruct_nearly_like_floats() {
    for (config, clip) in small() {
        let net = trained(&config, clip);
        let mut scorer = net.to_bf16_inference().unwrap();
        for batch in [3, 1] {
            let seen = noise(batch * values_of(clip), 5);
            let expected = values(net.reconstruct(clips(seen.clone(), clip)));
            let mut found = vec![f32::NAN; expected.len()];
            scorer.reconstruct(&seen, batch, &mut found).unwrap();
            let error = relative_error(&found, &expected);
            assert!(error > 1e-6 && error < 0.02, "{}: {error}", config.kind());
        }
        let error = without_kernels(|| net.to_bf16_inference()).unwrap_err();
        let says = "no form with weights in 16 bits here";
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn bytes_need_the_ranges_of_the_network_and_its_kernels() {
    let (config, clip) = small()
        .into_iter()
        .find(|(config, _)| config.kind() == "conv_ae")
        .unwrap();
    let net = trained(&config, clip);
    let error = net.to_int8_inference(&[[0.0, 1.0]; 2]).unwrap_err();
    assert!(
        error.to_string().contains("2 ranges are given for the"),
        "{error}"
    );
    let error = without_kernels(|| net.to_int8_inference(&[[0.0, 1.0]; 2])).unwrap_err();
    assert!(
        error.to_string().contains("no form in 8-bit integers"),
        "{error}"
    );
    let (config, clip) = small()
        .into_iter()
        .find(|(config, _)| config.kind() == "lstm_ae")
        .unwrap();
    let error = trained(&config, clip).to_int8_inference(&[]).unwrap_err();
    assert!(
        error.to_string().contains("no form in 8-bit integers"),
        "{error}"
    );
}
