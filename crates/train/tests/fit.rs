//! What fitting does, on a network small enough to do it often.
#![allow(clippy::default_trait_access, clippy::items_after_statements)]

mod common;

use std::ops::ControlFlow;

use burn::backend::Flex;
use burn::module::{AutodiffModule, ModuleMapper, Param};
use burn::prelude::Module;
use burn::tensor::Tensor;
use common::{A, Bars, Net, alone, bars, bits, net, stop_after};
use oddframe_clips::Examples;
use oddframe_core::{ClipShape, Error as CoreError, Event, Silent};
use oddframe_nn::parameter_count;
use oddframe_train::{Ended, Error, FitOptions, Fitted, Keep, Patience, fit, yardsticks};

fn options() -> FitOptions {
    FitOptions::new(4, 4, 1e-2).with_seed(3)
}

fn run(
    examples: &dyn Examples,
    validation: Option<&dyn Examples>,
    options: &FitOptions,
) -> Result<Fitted<Net<A>>, Error> {
    fit::<A, _>(net(false), examples, validation, options, &[Default::default()], None, &mut Silent)
}

#[test]
fn it_learns_and_passes_the_yardsticks() {
    let _alone = alone();
    let options = FitOptions::new(60, 4, 2e-2).with_patience(Patience { epochs: 40, delta: 0.0 });
    let untrained = net(true);
    let mut warned = 0;
    let mut count = |event: Event<'_>| {
        warned += usize::from(matches!(event, Event::Warned { .. }));
        ControlFlow::Continue(())
    };
    let before = yardsticks::<Flex, _>(&untrained.valid(), &bars(20), 3, &mut count).unwrap();
    let fitted =
        fit::<A, _>(untrained, &bars(20), None, &options, &[Default::default()], None, &mut Silent).unwrap();
    let after = yardsticks::<Flex, _>(&fitted.model.valid(), &bars(20), 7, &mut count).unwrap();
    assert!(!before.passed() && after.passed(), "{before:?} {after:?}");
    assert_eq!(warned, 1);
    // A bar of 1 on 0.2, one column of eight: 0.16 for zeros; seen evenly often, the mean frame is flat.
    assert!((after.zero - 0.16).abs() < 1e-6 && (before.zero - after.zero).abs() < 1e-9, "{after:?}");
    assert!((after.mean_frame - 0.07).abs() < 1e-2 && after.model < 0.01, "{after:?}");
    assert!(fitted.epochs.last().unwrap().train < 0.1 * fitted.epochs[0].train, "{:?}", fitted.epochs);
}

#[test]
fn all_chance_comes_from_the_seed() {
    let _alone = alone();
    // The weights too: these networks' were not yet made.
    let of = |seed| bits::<A>(&run(&bars(10), None, &options().with_seed(seed)).unwrap().model);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn every_option_changes_what_is_learned() {
    let _alone = alone();
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
    let learned = others.map(|options| bits::<A>(&run(&bars(8), None, &options).unwrap().model));
    for (at, weights) in learned.iter().enumerate() {
        assert!(!learned[..at].contains(weights), "{:?}", others[at]);
    }
}

#[test]
fn dropout_is_drawn_anew_at_every_step() {
    let _alone = alone();
    // One clip without noise, and a rate too small to move a weight: only dropout tells the epochs apart.
    let still = Bars { noise: 0.0, ..bars(1) };
    let fitted = run(&still, None, &FitOptions::new(3, 1, 1e-30)).unwrap();
    let [a, b, c] = [0, 1, 2].map(|epoch| fitted.epochs[epoch].train);
    assert!(a != b && b != c && a != c, "{a} {b} {c}");
}

#[test]
fn patience_ends_it_and_the_best_weights_are_kept() {
    let _alone = alone();
    // So small a rate that nothing improves by more than delta.
    let patient = FitOptions::new(9, 4, 1e-5).with_patience(Patience { epochs: 2, delta: 0.5 });
    let ended = run(&bars(9), Some(&bars(3)), &patient).unwrap();
    assert_eq!((ended.ended, ended.epochs.len()), (Ended::NoImprovement, 3));

    // The validation wants the contrary of what is learned, so that an early epoch is the best.
    let contrary = Bars { wanted: -1.0, ..bars(3) };
    let keeping = |keep, epochs| {
        let options = FitOptions::new(epochs, 4, 2e-2).with_keep(keep);
        run(&bars(16), Some(&contrary), &options).unwrap()
    };
    let last = keeping(Keep::Last, 6);
    let best = keeping(Keep::Best, 6);
    assert_eq!((last.ended, last.epochs.len()), (Ended::AllEpochs, 6));
    assert!(best.best_epoch < 6, "{:?}", best.epochs);
    assert_eq!(last.epochs, best.epochs);
    assert_ne!(bits::<A>(&last.model), bits::<A>(&best.model));
    // The running statistics are of that epoch as well.
    assert_eq!(bits::<A>(&keeping(Keep::Last, best.best_epoch).model), bits::<A>(&best.model));
}

#[test]
fn the_observer_hears_of_progress_and_losses() {
    let _alone = alone();
    let mut heard = Vec::new();
    let mut watch = |event: Event<'_>| {
        match event {
            Event::Started { total, .. } => heard.push(format!("started {total:?}")),
            Event::Advanced { done } => heard.push(format!("{done}")),
            Event::Loss { epoch, .. } => heard.push(format!("loss {epoch}")),
            Event::ValidationLoss { epoch, .. } => heard.push(format!("validation {epoch}")),
            Event::Finished => heard.push("finished".to_string()),
            Event::Measured { name, value } => assert!(value > 0.0 && ["loss", "frames/s"].contains(&name)),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let two = FitOptions::new(2, 4, 1e-3);
    let validation = bars(3);
    let devices = [Default::default()];
    fit::<A, _>(net(false), &bars(6), Some(&validation), &two, &devices, None, &mut watch).unwrap();
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
    assert_eq!(heard, expected);
}

#[test]
fn two_devices_come_to_what_one_does() {
    let _alone = alone();
    // Nine examples in batches of four: equal parts, and a last batch that one device has to itself.
    let run = |devices| {
        let options = FitOptions::new(3, 4, 1e-3).with_gradient_clip(0.05).with_weight_decay(1e-3);
        let fitted = fit::<A, _>(net(true), &bars(9), None, &options, devices, None, &mut Silent).unwrap();
        let loss = fitted.epochs[2].train;
        (bits::<A>(&fitted.model), loss)
    };
    let device = Default::default();
    let ((one, loss), (two, of_two)) = (run(&[device]), run(&[device, device]));
    assert_eq!(one.len(), two.len());
    for (one, two) in one.iter().zip(&two) {
        let (one, two) = (f32::from_bits(*one), f32::from_bits(*two));
        assert!((one - two).abs() < 1e-5, "{one} and {two}");
    }
    assert!((loss - of_two).abs() < 1e-6 * loss);
    let three = [device; 3];
    let options = options();
    // Batch normalisation and dropout on several devices: no deadlock, and a result.
    let fitted =
        fit::<A, _>(net(false), &bars(7), Some(&bars(4)), &options, &three, None, &mut Silent).unwrap();
    assert_eq!(fitted.epochs.len(), 4);
}

/// Sets all weights to one value.
struct All(f32);

impl ModuleMapper<A> for All {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<A, D>>) -> Param<Tensor<A, D>> {
        param.map(|tensor| tensor.detach().full_like(self.0).require_grad())
    }
}

#[test]
fn losses_and_weights_that_are_not_finite_stop_it() {
    let _alone = alone();
    let devices = [Default::default()];
    let nan = net(false).map(&mut All(f32::NAN));
    match fit::<A, _>(nan, &bars(8), None, &options(), &devices, None, &mut Silent) {
        Err(Error::NotFinite { what: "training loss", value, epoch: 1, step: 1, learning_rate: 1e-2 }) => {
            assert!(value.is_nan());
        }
        other => panic!("{other:?}"),
    }
    // The third batch is the one that is too large for 32-bit floats.
    struct Blast(Bars);
    impl Examples for Blast {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn seen(&self) -> ClipShape {
            self.0.seen()
        }
        fn fill(
            &self,
            epoch: u64,
            index: usize,
            seen: &mut [f32],
            wanted: &mut [f32],
        ) -> Result<(), CoreError> {
            self.0.fill(epoch, index, seen, wanted)?;
            wanted.fill(if epoch == 2 { 1e30 } else { 0.0 });
            Ok(())
        }
    }
    match fit::<A, _>(net(true), &Blast(bars(8)), None, &options(), &devices, None, &mut Silent) {
        Err(error @ Error::NotFinite { epoch: 2, step: 1, .. }) => {
            let text = error.to_string();
            assert!(text.contains("epoch 2, step 1, learning rate 0.01") && text.contains("try"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    // The step after the last loss is taken with a rate that no weight survives.
    let huge = FitOptions::new(1, 8, 1e300);
    let result = fit::<A, _>(net(true), &bars(8), None, &huge, &devices, None, &mut Silent);
    assert!(matches!(result, Err(Error::Weights { epoch: 1, .. })), "{result:?}");
}

/// Claims another shape than the network takes.
struct Wide(Bars);

impl Examples for Wide {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn seen(&self) -> ClipShape {
        ClipShape { channels: 3, ..self.0.seen() }
    }
    fn fill(&self, _: u64, _: usize, _: &mut [f32], _: &mut [f32]) -> Result<(), CoreError> {
        Ok(())
    }
}

#[test]
fn bad_input_is_named() {
    let _alone = alone();
    let device = Default::default();
    // Also on several devices, where a thread panics.
    for devices in [&[device][..], &[device, device]] {
        match fit::<A, _>(net(false), &Wide(bars(8)), None, &options(), devices, None, &mut Silent) {
            Err(Error::Network { batch: [4, 2, 3, 8, 8], epoch: 1, step: 1, message }) => {
                assert!(message.contains("3 channels"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
    let nothing = |result| matches!(result, Err(Error::Core(CoreError::Nothing { .. })));
    assert!(nothing(run(&bars(0), None, &options())));
    assert!(nothing(run(&bars(4), Some(&bars(0)), &options())));
    assert!(matches!(run(&bars(4), Some(&Wide(bars(4))), &options()), Err(Error::OtherShape { .. })));
    let without = fit::<A, _>(net(false), &bars(4), None, &options(), &[], None, &mut Silent);
    assert!(matches!(without, Err(Error::NoDevice)));
    let stopped = fit::<A, _>(net(false), &bars(8), None, &options(), &[device], None, &mut stop_after(2));
    assert!(matches!(stopped.map_err(CoreError::from), Err(CoreError::Interrupted)));
}

#[test]
fn the_network_given_is_left_alone() {
    let _alone = alone();
    let mine = net(false);
    let before = (bits::<A>(&mine), parameter_count::<A, _>(&mine));
    let fitted =
        fit::<A, _>(mine.clone(), &bars(8), None, &options(), &[Default::default()], None, &mut Silent)
            .unwrap();
    assert_ne!(bits::<A>(&fitted.model), before.0);
    assert_eq!((bits::<A>(&mine), parameter_count::<A, _>(&mine)), before);
    // It can be trained on: what it learns, it learns by gradient.
    assert!(fitted.model.down.weight.val().is_require_grad());
}
