//! A training stopped at any moment and gone on with comes to the bits of one that was never stopped.
#![allow(clippy::default_trait_access)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{A, Bars, Net, alone, bars, bits, net, stop_after};
use oddframe_core::{Error as CoreError, Observer, Random, Silent};
use oddframe_train::{Error, FitOptions, Fitted, Keep, Patience, fit};

/// Names the checkpoint to the process that is to be killed.
const CHECKPOINT: &str = "ODDFRAME_TEST_CHECKPOINT";

fn options() -> FitOptions {
    let patience = Patience { epochs: 6, delta: 0.0 };
    FitOptions::new(8, 4, 1e-2)
        .with_keep(Keep::Best)
        .with_patience(patience)
        .with_gradient_clip(0.1)
        .with_weight_decay(1e-3)
        .with_seed(11)
}

fn run(
    options: FitOptions,
    checkpoint: Option<&Path>,
    watch: &mut dyn Observer,
) -> Result<Fitted<Net<A>>, Error> {
    // It wants the contrary of what is learned, so that an early epoch is the best and has to be kept.
    let validation = Bars { wanted: -1.0, ..bars(5) };
    fit::<A, _>(net(false), &bars(14), Some(&validation), &options, &[Default::default()], checkpoint, watch)
}

fn assert_same(found: &Fitted<Net<A>>, expected: &Fitted<Net<A>>) {
    assert_eq!(found.epochs, expected.epochs);
    assert_eq!((found.best_epoch, found.ended), (expected.best_epoch, expected.ended));
    assert_eq!(bits::<A>(&found.model), bits::<A>(&expected.model));
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.checkpoint");
    (folder, path)
}

#[test]
fn stopped_at_any_step() {
    let _alone = alone();
    let (_folder, path) = place();
    let expected = run(options(), None, &mut Silent).unwrap();
    assert!(expected.best_epoch < expected.epochs.len() as u64, "{:?}", expected.epochs);
    let mut random = Random::new(5);
    let mut stops = 0;
    let fitted = loop {
        // An epoch is four steps of training and two of validation, so that none or some epochs come to their end.
        let steps = random.below(16) as usize;
        match run(options(), Some(&path), &mut stop_after(steps)) {
            Ok(fitted) => break fitted,
            Err(Error::Core(CoreError::Interrupted)) => stops += 1,
            Err(other) => panic!("{other:?}"),
        }
        // What a kill while writing leaves behind is in nobody's way.
        fs::write(path.with_file_name(format!(".oddframe.1.{stops}.tmp")), b"half a chec").unwrap();
    };
    assert!(stops > 2, "{stops}");
    assert!(fitted.resumed_from.is_some_and(|epochs| epochs > 0));
    assert_same(&fitted, &expected);

    // A finished training gives its result again.
    let again = run(options(), Some(&path), &mut stop_after(0)).unwrap();
    assert_eq!(again.resumed_from, Some(expected.epochs.len() as u64));
    assert_same(&again, &expected);
}

#[test]
fn more_epochs_go_on_where_fewer_ended() {
    let _alone = alone();
    let (_folder, path) = place();
    let of = |epochs| FitOptions::new(epochs, 4, 1e-2).with_seed(2);
    let five = run(of(5), None, &mut Silent).unwrap();
    run(of(2), Some(&path), &mut Silent).unwrap();
    let longer = run(of(5), Some(&path), &mut Silent).unwrap();
    assert_eq!(longer.resumed_from, Some(2));
    assert_same(&longer, &five);
    let error = run(of(4), Some(&path), &mut Silent).unwrap_err().to_string();
    assert!(error.contains("options.epochs is 5 there and 4 here"), "{error}");
}

#[test]
fn weights_made_without_the_seed_survive_the_first_epoch() {
    let _alone = alone();
    let (_folder, path) = place();
    let devices = [Default::default()];
    let fit = |steps: usize, network| {
        let result =
            fit::<A, _>(network, &bars(8), None, &options(), &devices, Some(&path), &mut stop_after(steps));
        result.map(|fitted| bits::<A>(&fitted.model))
    };
    let mine = net(false);
    // Now they are made.
    bits::<A>(&mine);
    assert!(fit(1, mine.clone()).is_err());
    let other = fit(99, net(false)).unwrap();
    fs::remove_file(&path).unwrap();
    let expected = {
        let (_folder, path) = place();
        let result =
            oddframe_train::fit::<A, _>(mine, &bars(8), None, &options(), &devices, Some(&path), &mut Silent);
        bits::<A>(&result.unwrap().model)
    };
    assert_eq!(other, expected);
}

#[test]
fn a_place_that_cannot_be_written_is_told_at_once() {
    let _alone = alone();
    let (_folder, path) = place();
    let nowhere = path.join("deeper");
    match run(options(), Some(&nowhere), &mut stop_after(0)) {
        Err(error @ Error::Write { .. }) => assert!(error.to_string().contains("deeper"), "{error}"),
        other => panic!("{other:?}"),
    }
    fs::write(&path, b"something else").unwrap();
    assert!(matches!(run(options(), Some(&path), &mut Silent), Err(Error::Damaged { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"something else");
}

/// Run as a process of its own by the test below, which kills it.
#[test]
fn a_process_that_trains() {
    if let Some(path) = std::env::var_os(CHECKPOINT) {
        let mut slowly = |_: oddframe_core::Event<'_>| {
            sleep(Duration::from_millis(2));
            std::ops::ControlFlow::Continue(())
        };
        run(options(), Some(Path::new(&path)), &mut slowly).unwrap();
    }
}

#[test]
fn killed_at_any_moment() {
    let _alone = alone();
    let (_folder, path) = place();
    let expected = run(options(), None, &mut Silent).unwrap();
    let mut random = Random::new(9);
    for _ in 0..5 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_process_that_trains"])
            .env(CHECKPOINT, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // A little after it has begun: once a checkpoint is there, and then at some moment.
        let started = Instant::now();
        while !path.exists() && started.elapsed() < Duration::from_secs(20) {
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_millis(random.below(150)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let fitted = run(options(), Some(&path), &mut Silent).unwrap();
    assert!(fitted.resumed_from.is_some());
    assert_same(&fitted, &expected);
}
