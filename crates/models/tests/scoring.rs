//! The scoring forms against the networks they were made of.
#![allow(clippy::default_trait_access)]

mod common;

use burn::backend::{Autodiff, Flex};
use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use common::{assert_close, clips, noise, small, values_of};
use oddframe_clips::{ClipScorer, Measure};
use oddframe_core::Error;
use oddframe_models::{CuboidAeConfig, Model, ModelConfig, Network};
use oddframe_nn::{ErrorMapper, without_kernels};
use oddframe_score::{AnyPool, Channels, Distance, Max, Mean, Quantile, TopK, TopKPatches};

type A = Autodiff<Flex>;

/// A network whose batch normalisation has seen something.
fn trained(config: &ModelConfig, clip: oddframe_core::ClipShape) -> Model<Flex> {
    let net: Model<A> = config.init(clip, &Default::default()).unwrap();
    for seed in 0..3 {
        let _ = net.reconstruct(clips(noise(4 * values_of(clip), seed), clip));
    }
    net.valid()
}

fn values<const D: usize>(tensor: Tensor<Flex, D>) -> Vec<f32> {
    tensor.into_data().to_vec().unwrap()
}

/// The form on our kernels, and the one on the device.
fn both_forms(net: &Model<Flex>) -> [Box<dyn ClipScorer>; 2] {
    [net.freeze().unwrap(), without_kernels(|| net.freeze().unwrap())]
}

#[test]
fn it_gives_the_same_versions() {
    for (config, clip) in small() {
        let net = trained(&config, clip);
        for mut scorer in both_forms(&net) {
            assert_eq!((scorer.clip(), scorer.explained()), (clip, net.explained(clip.frames)));
            // A second batch size, and the first one again, find the same buffers.
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
fn it_gives_the_same_scores() {
    let top = TopKPatches::new(2, 2, TopK::Count(2)).unwrap();
    let measures = [
        Measure::new(Mean),
        Measure::new(Max).with_channels(Channels::Max),
        Measure::new(top).with_channels(Channels::Sum),
        // Not on the device.
        Measure::new(Quantile::new(0.9).unwrap()),
        Measure::new(Mean).with_distance(Distance::Absolute),
    ];
    for (config, clip) in small() {
        let net = trained(&config, clip);
        let (batch, explained) = (2, net.explained(clip.frames).len());
        let seen = noise(batch * values_of(clip), 9);
        let scored = |scorer: &mut dyn ClipScorer, measures: &[Measure]| {
            let mut scores = vec![f64::NAN; measures.len() * batch * explained];
            scorer.score(&seen, batch, measures, &mut Vec::new(), &mut scores).unwrap();
            scores.into_iter().map(|score| score as f32).collect::<Vec<_>>()
        };
        // Those a device pools by itself, and all.
        for some in [&measures[..3], &measures[..]] {
            for mut scorer in both_forms(&net) {
                let alone: Vec<f32> = some.iter().flat_map(|one| scored(&mut *scorer, &[*one])).collect();
                assert_close(config.kind(), &scored(&mut *scorer, some), &alone, 1e-6);
            }
        }
        for measure in &measures {
            let [found, expected] = both_forms(&net).map(|mut scorer| scored(&mut *scorer, &[*measure]));
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
fn what_does_not_fit_is_refused() {
    for (config, clip) in small() {
        let net = trained(&config, clip);
        for mut scorer in both_forms(&net) {
            let mut out = vec![0.0; net.explained(clip.frames).len() * clip.frame_values()];
            let seen = noise(values_of(clip), 1);
            scorer.reconstruct(&seen, 1, &mut out).unwrap();
            let mut refused =
                |seen: &[f32], batch, out: &mut [f32]| scorer.reconstruct(seen, batch, out).unwrap_err();
            assert!(matches!(refused(&seen[1..], 1, &mut out), Error::Length { what: "clips to score", .. }));
            let error = refused(&seen, 1, &mut out[1..]);
            assert!(matches!(error, Error::Length { what: "versions of a batch", .. }));
            assert!(matches!(refused(&seen, usize::MAX, &mut out), Error::Length { .. }));
            assert!(matches!(refused(&[], 0, &mut []), Error::Nothing { .. }));
            let mut scores = [0.0; 40];
            let scored = scorer.score(&seen, 1, &[Measure::new(Mean)], &mut Vec::new(), &mut scores);
            assert!(matches!(scored, Err(Error::Length { .. })));
        }
    }
}

#[test]
fn a_network_in_training_is_not_frozen() {
    let (config, clip) = small().remove(0);
    let net: Model<A> = config.init(clip, &Default::default()).unwrap();
    let error = net.freeze().unwrap_err();
    assert_eq!(
        error.to_string(),
        "conv_ae: a network in training does not score; freeze what its `valid()` gives"
    );
}

/// Batch statistics and dropped channels in training, running statistics and all channels in scoring.
#[test]
fn training_and_scoring_differ_as_they_should() {
    let clip = common::clip(4, 1, 8, 12);
    let seen = noise(4 * values_of(clip), 5);
    let differ = |config: CuboidAeConfig| {
        let net = config.init::<A>(clip, &Default::default()).unwrap();
        let version = |scoring: bool| {
            let version: Tensor<A, 5> = net.reconstruct(clips(seen.clone(), clip));
            let scored = values(net.valid().reconstruct(clips(seen.clone(), clip)));
            if scoring { scored } else { values(version.inner()) }
        };
        let scores = [version(true), version(true)];
        let moved = scores[0] != scores[1];
        (version(false) != version(false), moved, version(false) != version(true))
    };
    let small = CuboidAeConfig { channels: vec![6, 8], ..CuboidAeConfig::default() };
    // Chance in training; running statistics that each run in training moves.
    assert_eq!(differ(small.clone()), (true, true, true));
    assert_eq!(differ(CuboidAeConfig { dropout: 0.0, ..small.clone() }), (false, true, true));
    assert_eq!(differ(CuboidAeConfig { norm: false, ..small.clone() }), (true, false, true));
    assert_eq!(differ(CuboidAeConfig { norm: false, dropout: 0.0, ..small }), (false, false, false));
}
