//! Fitting, on a network small enough to do it often.

use std::ops::ControlFlow;
use std::process::Stdio;
use std::thread;

use burn::backend::Flex;
use burn::module::{AutodiffModule, ModuleMapper, Param};
use burn::prelude::Module;
use burn::tensor::Tensor;
use oddframe_clips::Examples;
use oddframe_core::{ClipShape, Error as CoreError, Event, Silent};
use oddframe_nn::parameter_count;
use oddframe_train::{
    Error, FitOptions, Fitted, Keep, Patience, StopReason, Trainer, measure_trivial_errors,
};

use crate::common::{
    A, Bars, Net, cancel_after, child_command, fit_on_cpu, new_bars, new_net, weight_bits,
};

fn default_options() -> FitOptions {
    FitOptions::new(4, 4, 1e-2).with_seed(3)
}

fn fit_with_validation(
    examples: &dyn Examples,
    validation: &dyn Examples,
    options: FitOptions,
) -> Result<Fitted<Net<A>>, Error> {
    let devices = [Default::default()];
    let trainer = Trainer::<A>::new(options, &devices)?.with_validation(Some(validation));
    trainer.fit(new_net(false), examples, &mut Silent)
}

#[test]
fn training_beats_the_trivial_errors() {
    let options = FitOptions::new(60, 4, 2e-2).with_patience(Patience {
        epochs: 40,
        delta: 0.0,
    });
    let untrained = new_net(true);
    let mut warned = 0;
    let mut count_warnings = |event: Event<'_>| {
        warned += usize::from(matches!(event, Event::Warned { .. }));
        ControlFlow::Continue(())
    };
    let bars = new_bars(20);
    let before =
        measure_trivial_errors::<Flex, _>(&untrained.valid(), &bars, 3, &mut count_warnings)
            .unwrap();
    let fitted = fit_on_cpu(untrained, &bars, options).unwrap();
    let after =
        measure_trivial_errors::<Flex, _>(&fitted.model.valid(), &bars, 7, &mut count_warnings)
            .unwrap();
    assert!(
        !before.is_beaten() && after.is_beaten(),
        "{before:?} {after:?}"
    );
    assert_eq!(warned, 1);
    // A bar of 1 in one of eight columns, 0.2 elsewhere: zeros have an error of (1 + 7 × 0.04) / 8 = 0.16. The bar is in
    // each column equally often, so that the mean frame is 0.3 throughout and has an error of 0.16 − 0.3² = 0.07.
    assert!(
        (after.zero - 0.16).abs() < 1e-6 && (before.zero - after.zero).abs() < 1e-9,
        "{after:?}"
    );
    assert!(
        (after.mean_frame - 0.07).abs() < 1e-2 && after.network < 0.01,
        "{after:?}"
    );
    assert!(
        fitted.epochs.last().unwrap().train < 0.1 * fitted.epochs[0].train,
        "{:?}",
        fitted.epochs
    );
}

#[test]
fn everything_random_comes_from_the_seed() {
    // The initial weights too: they are drawn when they are first used, inside `fit`.
    let [first, same, other] = [1, 1, 2].map(|seed| {
        let options = default_options().with_seed(seed);
        weight_bits::<A>(
            &fit_on_cpu(new_net(false), &new_bars(10), options)
                .unwrap()
                .model,
        )
    });
    assert_eq!(first, same);
    assert_ne!(first, other);
}

#[test]
fn every_option_changes_the_weights() {
    let base = FitOptions::new(2, 4, 1e-3);
    let others = [
        base,
        FitOptions::new(3, 4, 1e-3),
        FitOptions::new(2, 3, 1e-3),
        FitOptions::new(2, 4, 2e-3),
        base.with_weight_decay(0.1),
        base.with_gradient_clip(0.05),
        base.with_seed(1),
    ];
    let fitted = others.map(|options| {
        weight_bits::<A>(
            &fit_on_cpu(new_net(false), &new_bars(8), options)
                .unwrap()
                .model,
        )
    });
    for (at, weights) in fitted.iter().enumerate() {
        assert!(!fitted[..at].contains(weights), "{:?}", others[at]);
    }
}

#[test]
fn dropout_differs_at_every_step() {
    // The clip has no noise, and the learning rate is too small to change a weight, so a difference between two epochs can
    // only come from dropout.
    let still = Bars {
        noise: 0.0,
        ..new_bars(1)
    };
    let fitted = fit_on_cpu(new_net(false), &still, FitOptions::new(3, 1, 1e-30)).unwrap();
    let [a, b, c] = [0, 1, 2].map(|epoch| fitted.epochs[epoch].train);
    assert!(a != b && b != c && a != c, "{a} {b} {c}");
}

#[test]
fn patience_ends_the_training_and_the_best_weights_are_kept() {
    // The learning rate is so small that no epoch improves the loss by more than delta.
    let patient = FitOptions::new(9, 4, 1e-5).with_patience(Patience {
        epochs: 2,
        delta: 0.5,
    });
    let stopped = fit_with_validation(&new_bars(9), &new_bars(3), patient).unwrap();
    assert_eq!(
        (stopped.stop_reason, stopped.epochs.len()),
        (StopReason::NoImprovement, 3)
    );

    // The validation targets are the negated training targets, so that an early epoch is the best.
    let contrary = Bars {
        target_factor: -1.0,
        ..new_bars(3)
    };
    let options = FitOptions::new(6, 4, 2e-2);
    let last = fit_with_validation(&new_bars(16), &contrary, options).unwrap();
    let best =
        fit_with_validation(&new_bars(16), &contrary, options.with_keep(Keep::Best)).unwrap();
    assert_eq!(
        (last.stop_reason, last.epochs.len()),
        (StopReason::AllEpochs, 6)
    );
    assert!(best.best_epoch < 6, "{:?}", best.epochs);
    assert_eq!(last.epochs, best.epochs);
    assert_ne!(weight_bits::<A>(&last.model), weight_bits::<A>(&best.model));
    // The running statistics are those of the best epoch as well.
    let until_best = FitOptions::new(best.best_epoch, 4, 2e-2);
    let until_best = fit_with_validation(&new_bars(16), &contrary, until_best).unwrap();
    assert_eq!(
        weight_bits::<A>(&until_best.model),
        weight_bits::<A>(&best.model)
    );
}

#[test]
fn the_observer_receives_progress_and_losses() {
    let mut received = Vec::new();
    let mut observer = |event: Event<'_>| {
        match event {
            Event::Started { total, .. } => received.push(format!("started {total:?}")),
            Event::Advanced { done } => received.push(format!("{done}")),
            Event::Loss { epoch, .. } => received.push(format!("loss {epoch}")),
            Event::ValidationLoss { epoch, .. } => received.push(format!("validation {epoch}")),
            Event::Finished => received.push("finished".to_string()),
            Event::Measured { name, value } => {
                assert!(value > 0.0 && ["loss", "frames/s"].contains(&name));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let (validation, devices) = (new_bars(3), [Default::default()]);
    let trainer = Trainer::<A>::new(FitOptions::new(2, 4, 1e-3), &devices).unwrap();
    let trainer = trainer.with_validation(Some(&validation));
    trainer
        .fit(new_net(false), &new_bars(6), &mut observer)
        .unwrap();
    let expected = [
        "started Some(12)",
        "4",
        "6",
        "6",
        "loss 1",
        "validation 1",
        "10",
        "12",
        "12",
        "loss 2",
        "validation 2",
        "finished",
    ];
    assert_eq!(received, expected);
}

#[test]
fn two_devices_train_like_one() {
    // Nine examples in batches of four: batches of two equal parts, and a last batch of one for a single device.
    let options = FitOptions::new(3, 4, 1e-3)
        .with_gradient_clip(0.05)
        .with_weight_decay(1e-3);
    let device = Default::default();
    let [(one, loss), (two, loss_of_two)] = [&[device][..], &[device, device]].map(|devices| {
        let trainer = Trainer::<A>::new(options, devices).unwrap();
        let fitted = trainer
            .fit(new_net(true), &new_bars(9), &mut Silent)
            .unwrap();
        (weight_bits::<A>(&fitted.model), fitted.epochs[2].train)
    });
    assert_eq!(one.len(), two.len());
    for (one, two) in one.iter().zip(&two) {
        let (one, two) = (f32::from_bits(*one), f32::from_bits(*two));
        assert!((one - two).abs() < 1e-5, "{one} and {two}");
    }
    assert!((loss - loss_of_two).abs() < 1e-6 * loss);
    // Batch normalisation and dropout on several devices: no deadlock, and a result.
    let (validation, devices) = (new_bars(4), [device; 3]);
    let trainer = Trainer::<A>::new(default_options(), &devices)
        .unwrap()
        .with_validation(Some(&validation));
    let fitted = trainer
        .fit(new_net(false), &new_bars(7), &mut Silent)
        .unwrap();
    assert_eq!(fitted.epochs.len(), 4);
}

/// Sets all weights to one value.
struct Constant(f32);

impl ModuleMapper<A> for Constant {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<A, D>>) -> Param<Tensor<A, D>> {
        param.map(|tensor| tensor.detach().full_like(self.0).require_grad())
    }
}

/// Targets that become so large in the second epoch that their squares overflow 32-bit floats.
struct Overflowing(Bars);

impl Examples for Overflowing {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn input_shape(&self) -> ClipShape {
        self.0.input_shape()
    }
    fn write_example(
        &self,
        epoch: u64,
        index: usize,
        seen: &mut [f32],
        wanted: &mut [f32],
    ) -> Result<(), CoreError> {
        self.0.write_example(epoch, index, seen, wanted)?;
        wanted.fill(if epoch == 2 { 1e30 } else { 0.0 });
        Ok(())
    }
}

#[test]
fn losses_and_weights_that_are_not_finite_stop_the_training() {
    let nan = new_net(false).map(&mut Constant(f32::NAN));
    match fit_on_cpu(nan, &new_bars(8), default_options()) {
        Err(Error::NonFiniteLoss {
            what: "training loss",
            value,
            epoch: 1,
            step: 1,
            learning_rate: 1e-2,
        }) => {
            assert!(value.is_nan());
        }
        other => panic!("{other:?}"),
    }
    match fit_on_cpu(new_net(true), &Overflowing(new_bars(8)), default_options()) {
        Err(
            error @ Error::NonFiniteLoss {
                epoch: 2, step: 1, ..
            },
        ) => {
            let text = error.to_string();
            assert!(
                text.contains("epoch 2, step 1, learning rate 0.01") && text.contains("try"),
                "{text}"
            );
        }
        other => panic!("{other:?}"),
    }
    // The only loss is finite, and the step after it makes the weights infinite.
    let huge = FitOptions::new(1, 8, 1e300);
    let result = fit_on_cpu(new_net(true), &new_bars(8), huge);
    assert!(
        matches!(result, Err(Error::NonFiniteWeights { epoch: 1, .. })),
        "{result:?}"
    );
}

/// Examples of a shape that the network does not accept.
struct Wide(Bars);

impl Examples for Wide {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn input_shape(&self) -> ClipShape {
        ClipShape {
            channels: 3,
            ..self.0.input_shape()
        }
    }
    fn write_example(
        &self,
        _: u64,
        _: usize,
        _: &mut [f32],
        _: &mut [f32],
    ) -> Result<(), CoreError> {
        Ok(())
    }
}

#[test]
fn invalid_input_is_an_error_that_names_it() {
    let device = Default::default();
    // Also on several devices, where the network panics on another thread.
    for devices in [&[device][..], &[device, device]] {
        let trainer = Trainer::<A>::new(default_options(), devices).unwrap();
        match trainer.fit(new_net(false), &Wide(new_bars(8)), &mut Silent) {
            Err(Error::Network {
                batch: [4, 2, 3, 8, 8],
                epoch: 1,
                step: 1,
                message,
            }) => {
                assert!(message.contains("3 channels"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
    let empty = fit_on_cpu(new_net(false), &new_bars(0), default_options());
    assert!(matches!(
        empty,
        Err(Error::Core(CoreError::Nothing {
            what: "example to train on"
        }))
    ));
    let empty = fit_with_validation(&new_bars(4), &new_bars(0), default_options());
    assert!(matches!(
        empty,
        Err(Error::Core(CoreError::Nothing {
            what: "example to validate on"
        }))
    ));
    let wide = fit_with_validation(&new_bars(4), &Wide(new_bars(4)), default_options());
    assert!(matches!(wide, Err(Error::ShapeMismatch { .. })));
    assert!(matches!(
        Trainer::<A>::new(default_options(), &[]),
        Err(Error::NoDevice)
    ));
    let devices = [device];
    let trainer = Trainer::<A>::new(default_options(), &devices).unwrap();
    let cancelled = trainer.fit(new_net(false), &new_bars(8), &mut cancel_after(2));
    assert!(matches!(
        cancelled.map_err(CoreError::from),
        Err(CoreError::Interrupted)
    ));
}

/// Started in a process of its own by the next test.
#[test]
#[ignore = "started by a_network_that_panics_prints_nothing"]
fn child_with_a_panicking_network() {
    let result = fit_on_cpu(new_net(false), &Wide(new_bars(8)), default_options());
    assert!(matches!(result, Err(Error::Network { .. })));
    // Other panics of the process are printed as before.
    thread::spawn(|| panic!("unrelated")).join().unwrap_err();
}

#[test]
fn a_network_that_panics_prints_nothing() {
    let child = child_command("fit::child_with_a_panicking_network")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert!(
        stderr.matches("panicked").count() == 1 && stderr.contains("unrelated"),
        "{stderr}"
    );
}

#[test]
fn the_callers_network_does_not_change() {
    let mine = new_net(false);
    let before = (weight_bits::<A>(&mine), parameter_count::<A, _>(&mine));
    let fitted = fit_on_cpu(mine.clone(), &new_bars(8), default_options()).unwrap();
    assert_ne!(weight_bits::<A>(&fitted.model), before.0);
    assert_eq!(
        (weight_bits::<A>(&mine), parameter_count::<A, _>(&mine)),
        before
    );
    // The result can be trained further: its weights still require gradients.
    assert!(fitted.model.down.weight.val().is_require_grad());
}
