//! Other backends start from the same weights as flex, and train to the same losses.

use burn::backend::{Autodiff, Flex};
use oddframe_core::Silent;
use oddframe_nn::{Kernels, init_seeded};
use oddframe_train::{FitOptions, Trainer};

use crate::common::{new_bars, new_net_on, weight_bits};

/// The initial weights, and the losses of the first 20 steps, with dropout and batch normalisation.
fn train_20_steps<B: Kernels>() -> (Vec<u32>, Vec<f64>) {
    let network = init_seeded(5, || new_net_on::<Autodiff<B>>(false));
    let weights = weight_bits::<Autodiff<B>>(&network);
    // Eight examples in batches of eight: each epoch is one step.
    let (options, devices) = (
        FitOptions::new(20, 8, 1e-2).with_seed(5),
        [Default::default()],
    );
    let trainer = Trainer::<Autodiff<B>>::new(options, &devices).unwrap();
    let fitted = trainer.fit(network, &new_bars(8), &mut Silent).unwrap();
    (
        weights,
        fitted.epochs.iter().map(|epoch| epoch.train).collect(),
    )
}

fn assert_trains_like_flex<B: Kernels>() {
    let ((expected_weights, expected), (weights, losses)) =
        (train_20_steps::<Flex>(), train_20_steps::<B>());
    assert!(weights == expected_weights, "the initial weights differ");
    assert_eq!(losses.len(), 20);
    // Backends add in different orders, and Adam amplifies the differences from step to step.
    for (loss, expected) in losses.iter().zip(&expected) {
        assert!(
            (loss - expected).abs() < 1e-3 * expected,
            "{losses:?} instead of {expected:?}"
        );
    }
}

#[test]
fn ndarray_trains_like_flex() {
    assert_trains_like_flex::<burn::backend::NdArray>();
}

#[cfg(feature = "wgpu")]
#[test]
fn wgpu_trains_like_flex() {
    assert_trains_like_flex::<burn::backend::Wgpu>();
}
