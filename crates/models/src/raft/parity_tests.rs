//! The encoders against torchvision's, whose outputs `scripts/export_raft.py` writes, in both forms of the network.

#![allow(clippy::default_trait_access)]

use std::path::Path;

use burn::backend::Flex;
use oddframe_nn::without_kernels;

use super::fused::FusedConv;
use super::generic::GenericRaft;
use super::kernel::KernelRaft;
use super::options::RaftOptions;
use super::pairs::Pairs;
use super::parts::Parts;
use super::weights::open_parts;
use crate::weights_source::WeightsSource;

/// Height and width of the image.
const SIZE: [usize; 2] = [128, 160];

/// The convolutions with the random weights that the script has too.
fn random_parts() -> Parts<FusedConv> {
    open_parts(Some(&WeightsSource::Random { seed: 0 })).unwrap()
}

/// Squares of six pixels in random colours, as the script makes them, from -1 to 1.
fn image() -> Vec<f32> {
    let mut pixels = Vec::new();
    for y in 0..SIZE[0] {
        for x in 0..SIZE[1] {
            let cell = (y + 60) / 6 * 128 + (x + 60) / 6;
            for channel in 0..3 {
                let value = super::random::random_byte("image", cell * 3 + channel);
                pixels.push((f32::from(value) / 255.0 - 0.5) / 0.5);
            }
        }
    }
    pixels
}

/// Every 16th channel of both encoders: `[encoder, channel, position]`.
fn golden() -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/raft_encoders.out");
    let bytes = std::fs::read(path).unwrap();
    let values = bytes.as_chunks::<4>().0.iter();
    values.map(|value| f32::from_le_bytes(*value)).collect()
}

#[test]
fn both_encoders_agree_with_torchvision() {
    let mut network = KernelRaft::new(random_parts(), RaftOptions::default()).unwrap();
    let both = network.encode(SIZE, &image()).unwrap();
    let (golden, positions) = (golden(), SIZE[0] * SIZE[1] / 64);
    assert_eq!(golden.len(), 2 * 16 * positions);
    for (at, expected) in golden.iter().enumerate() {
        let (encoder, channel) = (at / (16 * positions), at / positions % 16 * 16);
        let found = both[encoder][at % positions * 256 + channel];
        assert!(
            (found - expected).abs() < 2e-5 * expected.abs().max(1.0),
            "encoder {encoder}, value {at}: {found}, should be {expected}"
        );
    }
}

#[test]
fn both_forms_agree_with_and_without_a_memory_limit() {
    let (previous, mut next) = (image(), image());
    next.rotate_right(2 * 3);
    let pixels = [previous, next].concat();
    let pairs = Pairs {
        count: 1,
        size: SIZE,
        pixels: &pixels,
        continues: false,
    };
    let mut flows = Vec::new();
    for limit in [None, Some(100_000)] {
        let options = RaftOptions::default()
            .with_updates(2)
            .with_memory_limit(limit);
        let mut flow = vec![0.0; 2 * SIZE[0] * SIZE[1]];
        let mut kernel = KernelRaft::new(random_parts(), options).unwrap();
        kernel.run(&pairs, &mut flow).unwrap();
        flows.push(flow.clone());
        without_kernels(|| {
            let generic =
                GenericRaft::<Flex>::new(random_parts(), options, &Default::default()).unwrap();
            generic.run(&pairs, &mut flow).unwrap();
        });
        flows.push(flow);
    }
    let largest = flows[0]
        .iter()
        .fold(0.0, |most: f32, value| most.max(value.abs()));
    assert!(largest > 1.0, "{largest} px");
    for (at, flow) in flows.iter().enumerate() {
        for (found, expected) in flow.iter().zip(&flows[0]) {
            assert!(
                (found - expected).abs() < 1e-4,
                "form {at}: {found}, should be {expected}"
            );
        }
    }
}
