//! A training that is interrupted at any moment and resumed gives the bits of one that was never interrupted.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use oddframe_core::{Event, Observer, Random, Silent};
use oddframe_train::{Error, FitOptions, Fitted, Keep, Patience, Trainer};

use crate::common::{A, Bars, Net, cancel_after, child_command, new_bars, new_net, weight_bits};

/// The environment variable that passes the checkpoint's path to the child process.
const CHECKPOINT: &str = "ODDFRAME_TEST_CHECKPOINT";

fn default_options() -> FitOptions {
    let patience = Patience {
        epochs: 6,
        delta: 0.0,
    };
    FitOptions::new(8, 4, 1e-2)
        .with_keep(Keep::Best)
        .with_patience(patience)
        .with_gradient_clip(0.1)
        .with_weight_decay(1e-3)
        .with_seed(11)
}

fn fit_network(
    options: FitOptions,
    checkpoint: Option<&Path>,
    observer: &mut dyn Observer,
) -> Result<Fitted<Net<A>>, Error> {
    // The validation targets are the negated training targets: an early epoch is the best, and its weights are kept.
    let (validation, devices) = (
        Bars {
            target_factor: -1.0,
            ..new_bars(5)
        },
        [Default::default()],
    );
    let trainer = Trainer::<A>::new(options, &devices)?;
    let trainer = trainer
        .with_validation(Some(&validation))
        .with_checkpoint(checkpoint);
    trainer.fit(new_net(false), &new_bars(14), observer)
}

fn assert_same(found: &Fitted<Net<A>>, expected: &Fitted<Net<A>>) {
    assert_eq!(found.epochs, expected.epochs);
    assert_eq!(
        (found.best_epoch, found.stop_reason),
        (expected.best_epoch, expected.stop_reason)
    );
    assert_eq!(
        weight_bits::<A>(&found.model),
        weight_bits::<A>(&expected.model)
    );
}

fn new_checkpoint_path() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.checkpoint");
    (folder, path)
}

#[test]
fn cancelled_at_any_step() {
    let (_folder, path) = new_checkpoint_path();
    let expected = fit_network(default_options(), None, &mut Silent).unwrap();
    assert!(
        expected.best_epoch < expected.epochs.len() as u64,
        "{:?}",
        expected.epochs
    );
    let mut random = Random::new(5);
    let mut cancellations = 0;
    let fitted = loop {
        // An epoch is four training steps and two validation steps: each run completes zero to two epochs.
        let steps = random.below(16) as usize;
        match fit_network(default_options(), Some(&path), &mut cancel_after(steps)) {
            Ok(fitted) => break fitted,
            Err(Error::Cancelled) => cancellations += 1,
            Err(other) => panic!("{other:?}"),
        }
        // A temporary file, as a kill during a write leaves it, does not disturb the next run.
        fs::write(
            path.with_file_name(format!(".oddframe.1.{cancellations}.tmp")),
            b"half a chec",
        )
        .unwrap();
    };
    assert!(cancellations > 2, "{cancellations}");
    assert!(fitted.resumed_from.is_some_and(|epochs| epochs > 0));
    assert_same(&fitted, &expected);

    // A finished training returns its result again.
    let again = fit_network(default_options(), Some(&path), &mut cancel_after(0)).unwrap();
    assert_eq!(again.resumed_from, Some(expected.epochs.len() as u64));
    assert_same(&again, &expected);
}

#[test]
fn raising_the_epochs_continues_the_training() {
    let (_folder, path) = new_checkpoint_path();
    let [two, four, five] = [2, 4, 5].map(|epochs| FitOptions::new(epochs, 4, 1e-2).with_seed(2));
    let uninterrupted = fit_network(five, None, &mut Silent).unwrap();
    fit_network(two, Some(&path), &mut Silent).unwrap();
    let longer = fit_network(five, Some(&path), &mut Silent).unwrap();
    assert_eq!(longer.resumed_from, Some(2));
    assert_same(&longer, &uninterrupted);
    let error = fit_network(four, Some(&path), &mut Silent)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("options.epochs is 5 in the checkpoint and 4 in this training"),
        "{error}"
    );
}

#[test]
fn weights_initialised_before_the_training_survive_the_first_epoch() {
    let (_folder, path) = new_checkpoint_path();
    let devices = [Default::default()];
    let trainer = Trainer::<A>::new(default_options(), &devices)
        .unwrap()
        .with_checkpoint(Some(&path));
    let mine = new_net(false);
    // Reading the weights initialises them, so that they do not come from the training's seed.
    weight_bits::<A>(&mine);
    let cancelled = trainer.fit(mine.clone(), &new_bars(8), &mut cancel_after(1));
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    // The checkpoint written before the first epoch replaces the weights of another network.
    let resumed = trainer
        .fit(new_net(false), &new_bars(8), &mut Silent)
        .unwrap();
    fs::remove_file(&path).unwrap();
    let expected = trainer.fit(mine, &new_bars(8), &mut Silent).unwrap();
    assert_eq!(
        weight_bits::<A>(&resumed.model),
        weight_bits::<A>(&expected.model)
    );
}

#[test]
fn a_path_that_cannot_be_written_is_an_error_before_the_first_epoch() {
    let (_folder, path) = new_checkpoint_path();
    let nowhere = path.join("deeper");
    match fit_network(default_options(), Some(&nowhere), &mut cancel_after(0)) {
        Err(error @ Error::WriteCheckpoint { .. }) => {
            assert!(error.to_string().contains("deeper"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    fs::write(&path, b"something else").unwrap();
    let other_file = fit_network(default_options(), Some(&path), &mut Silent);
    assert!(matches!(other_file, Err(Error::DamagedCheckpoint { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"something else");
}

/// Started in a process of its own, and killed, by the next test.
#[test]
#[ignore = "started by killed_at_any_moment"]
fn child_that_trains() {
    let path = std::env::var_os(CHECKPOINT).unwrap();
    let mut slow = |_: Event<'_>| {
        sleep(Duration::from_millis(2));
        ControlFlow::Continue(())
    };
    fit_network(default_options(), Some(Path::new(&path)), &mut slow).unwrap();
}

#[test]
fn killed_at_any_moment() {
    let (_folder, path) = new_checkpoint_path();
    let expected = fit_network(default_options(), None, &mut Silent).unwrap();
    let mut random = Random::new(9);
    for _ in 0..5 {
        let mut command = child_command("resume::child_that_trains");
        let mut child = command
            .env(CHECKPOINT, &path)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Killed at a random moment after the first checkpoint is there.
        let started = Instant::now();
        while !path.exists() && started.elapsed() < Duration::from_secs(20) {
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_millis(random.below(150)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let fitted = fit_network(default_options(), Some(&path), &mut Silent).unwrap();
    assert!(fitted.resumed_from.is_some());
    assert_same(&fitted, &expected);
}
