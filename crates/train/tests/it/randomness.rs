//! Everything random comes from streams that belong to one training.

use std::thread;

use oddframe_core::Silent;
use oddframe_train::{FitOptions, Trainer};

use crate::common::{A, fit_on_cpu, new_bars, new_net, weight_bits};

/// The weights after a training with dropout and shuffling.
fn train_with_seed(seed: u64) -> Vec<u32> {
    let options = FitOptions::new(6, 4, 1e-2).with_seed(seed);
    weight_bits::<A>(
        &fit_on_cpu(new_net(false), &new_bars(14), options)
            .unwrap()
            .model,
    )
}

#[test]
fn trainings_side_by_side_give_the_bits_they_give_alone() {
    let seeds = [1, 2, 3];
    let alone = seeds.map(train_with_seed);
    let together = thread::scope(|scope| {
        seeds
            .map(|seed| scope.spawn(move || train_with_seed(seed)))
            .map(|training| training.join().unwrap())
    });
    assert!(alone == together);
}

#[test]
fn dropout_on_several_devices_is_reproducible() {
    let devices = [Default::default(); 3];
    let trainer = Trainer::<A>::new(FitOptions::new(3, 6, 1e-2), &devices).unwrap();
    // Losses and not weights: Burn merges the running statistics of several threads in no fixed order. They take no part
    // in training.
    let [first, second] = [(); 2].map(|()| {
        trainer
            .fit(new_net(false), &new_bars(14), &mut Silent)
            .unwrap()
            .epochs
    });
    assert_eq!(first, second);
}
