//! Models that learn more after they were fitted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use oddframe_core::{Event, FrameNumber, NormalPart, Silent};
use oddframe_pipeline::{Data, Error, Model, Registry, RunFolder, Runner};
use tempfile::TempDir;

use crate::common::{engine, parse, run, with_causes};

const RECIPE: &str = r#"
name = "learning"
baselines = false
scene = { preset = "tiny", seed = 3 }
[[system]]
name = "people"
kind = "objects"
members = 2
switch = { slow = 0.0, spread = 0.25 }
[[system]]
name = "typical"
kind = "typical_frame"
"#;

fn fit(text: &str) -> (TempDir, Data) {
    let (recipe, folder) = (parse(text), tempfile::tempdir().unwrap());
    let data = Data::scene(&recipe.scene).unwrap();
    Runner::new(&Registry::default(), &engine())
        .fit(&recipe, &data, folder.path(), &mut Silent)
        .unwrap();
    (folder, data)
}

fn open(folder: &Path) -> Model {
    Model::open(folder, &Registry::default(), &engine()).unwrap()
}

/// The scores as they are, bit by bit.
fn scores(model: &Model, data: &Data) -> Vec<u64> {
    let table = model
        .score(&data.test().unwrap(), None, &mut Silent)
        .unwrap();
    table.values().map(f64::to_bits).collect()
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            let below = files(&entry.path()).into_iter();
            found.extend(below.map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

fn learn(model: &mut Model, part: NormalPart<'_>) -> Result<(), Error> {
    model.learn(&[part], "the street", &mut Silent).map(|_| ())
}

#[test]
fn learning_changes_the_scores_and_taking_it_back_restores_every_byte() {
    let (folder, data) = fit(RECIPE);
    let test = data.test().unwrap();
    let mut model = open(folder.path());
    let (fitted, before) = (files(folder.path()), scores(&model, &data));
    learn(&mut model, NormalPart::whole(test[0])).unwrap();
    let (first, after) = (files(folder.path()), scores(&model, &data));
    assert_ne!(after, before);
    assert_eq!(scores(&open(folder.path()), &data), after);
    for member in ["people.0", "people.1"] {
        assert!(first.contains_key(&format!("learned/1/{member}/objects.safetensors")));
    }
    assert!(!first.keys().any(|path| path.contains("learned/1/typical")));

    let range = NormalPart::whole(test[1]).between(FrameNumber(5), FrameNumber(20));
    learn(&mut model, range).unwrap();
    let log = model.folder().learned();
    assert_eq!((log[1].number, log[1].frames()), (2, 16));
    assert_eq!(log[1].systems, ["people.0", "people.1"]);
    assert_eq!(
        (log[1].videos[0].first_frame, log[1].videos[0].last_frame),
        (5, 20)
    );
    assert_eq!(
        (log[1].data.as_str(), log[1].videos[0].sha256.len()),
        ("the street", 64)
    );
    assert_ne!(scores(&model, &data), after);

    assert_eq!(model.undo_learning().unwrap().number, 2);
    assert_eq!(files(folder.path()), first);
    assert_eq!(scores(&model, &data), after);
    let mut reopened = open(folder.path());
    reopened.undo_learning().unwrap();
    assert_eq!(scores(&reopened, &data), before);
    let mut left = files(folder.path());
    assert!(left.remove("learned.json").is_some());
    assert_eq!(left, fitted);
    let error = reopened.undo_learning().unwrap_err().to_string();
    assert!(error.contains("nothing was learned"), "{error}");
    // The first one's view of the folder is outdated.
    let error = model.undo_learning().unwrap_err().to_string();
    assert!(error.contains("repeat the command"), "{error}");
}

#[test]
fn frames_that_are_learned_are_refused() {
    let (folder, data) = fit(RECIPE);
    let test = data.test().unwrap();
    let mut model = open(folder.path());
    let part = NormalPart::whole(test[0]);
    learn(&mut model, part.between(FrameNumber(0), FrameNumber(9))).unwrap();
    let before = files(folder.path());
    for again in [part, part.between(FrameNumber(9), FrameNumber(12))] {
        let error = learn(&mut model, again).unwrap_err().to_string();
        assert!(
            error.contains("frames 0 to 9 of video 01 are learned already"),
            "{error}"
        );
        assert_eq!(files(folder.path()), before);
    }
    learn(&mut model, part.between(FrameNumber(10), FrameNumber(12))).unwrap();
    // The same video twice in one go, as links in a folder may give.
    let twice = [NormalPart::whole(test[1]); 2];
    let error = model
        .learn(&twice, "", &mut Silent)
        .unwrap_err()
        .to_string();
    assert!(error.contains("are named twice"), "{error}");
    let error = learn(&mut model, part.between(FrameNumber(900), FrameNumber(901)));
    let error = error.unwrap_err().to_string();
    assert!(error.contains("its frames are 0 to 39"), "{error}");
}

#[test]
fn a_learning_that_fails_or_is_killed_leaves_the_model() {
    let (folder, data) = fit(RECIPE);
    let test = data.test().unwrap();
    let mut model = open(folder.path());
    let (fitted, before) = (files(folder.path()), scores(&model, &data));
    let mut events = 0;
    let mut cancel = |_: Event<'_>| {
        events += 1;
        if events > 46 {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    };
    let cancelled = model.learn(&[NormalPart::whole(test[0])], "", &mut cancel);
    assert!(cancelled.unwrap_err().is_cancelled());
    assert_eq!(files(folder.path()), fitted);
    // What a process leaves that is killed before it lists its models.
    let half = folder.path().join("learned/1/people.0");
    fs::create_dir_all(&half).unwrap();
    fs::write(half.join("objects.safetensors"), "half").unwrap();
    let mut model = open(folder.path());
    assert_eq!(scores(&model, &data), before);
    learn(&mut model, NormalPart::whole(test[0])).unwrap();
    assert_ne!(scores(&model, &data), before);
    // A folder that cannot be written to.
    let (folder, _) = fit(RECIPE);
    fs::write(folder.path().join("learned"), "a file").unwrap();
    let before = files(folder.path());
    let mut model = open(folder.path());
    let error = learn(&mut model, NormalPart::whole(test[0])).unwrap_err();
    assert!(error.to_string().contains("learned"), "{error}");
    assert_eq!(files(folder.path()), before);
}

#[test]
fn models_of_the_last_learnings_are_kept() {
    let one = RECIPE.replace("members = 2", "members = 1");
    let (folder, data) = fit(&one);
    let test = data.test().unwrap();
    let mut model = open(folder.path());
    for number in 0..10 {
        let frame = FrameNumber(number);
        learn(&mut model, NormalPart::whole(test[0]).between(frame, frame)).unwrap();
    }
    let kept = fs::read_dir(folder.path().join("learned")).unwrap().count();
    assert_eq!((kept, model.folder().learned().len()), (8, 10));
    for _ in 0..7 {
        model.undo_learning().unwrap();
    }
    let error = model.undo_learning().unwrap_err().to_string();
    assert!(error.contains("only the last 8"), "{error}");
    assert!(!scores(&model, &data).is_empty());
}

#[test]
fn systems_that_cannot_learn_say_so() {
    let (folder, data) = fit(
        "baselines = false\nscene = { preset = \"tiny\" }\n[[system]]\nname = \"a\"\nkind = \"typical_frame\"",
    );
    let mut model = open(folder.path());
    let test = data.test().unwrap();
    let error = learn(&mut model, NormalPart::whole(test[0])).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("(kinds: typical_frame)") && error.contains("these kinds can: objects"),
        "{error}"
    );
    // Beside one that can, the others stay as they are.
    let (folder, data) = fit(RECIPE);
    let mut warnings = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            warnings.push(message.to_owned());
        }
        std::ops::ControlFlow::Continue(())
    };
    let test = data.test().unwrap();
    let part = NormalPart::whole(test[0]);
    open(folder.path())
        .learn(&[part], "", &mut observer)
        .unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].starts_with("typical: a system of kind typical_frame"),
        "{warnings:?}"
    );
    let recipe = parse(RECIPE);
    let resumed = Runner::new(&Registry::default(), &engine()).fit(
        &recipe,
        &data,
        folder.path(),
        &mut Silent,
    );
    let error = with_causes(&resumed.unwrap_err());
    assert!(error.contains("learn MODEL --undo"), "{error}");
}

#[test]
fn a_run_draws_what_objects_take_for_normal() {
    let one = RECIPE.replace("members = 2", "members = 1");
    let (recipe, folder) = (parse(&one), tempfile::tempdir().unwrap());
    let data = Data::scene(&recipe.scene).unwrap();
    run(&recipe, &data, folder.path()).unwrap();
    let run_folder = RunFolder::open(folder.path(), &Registry::default()).unwrap();
    let pictures = run_folder.read_model_pictures("people").unwrap();
    assert_eq!(pictures.len(), 4);
    assert!(
        pictures
            .iter()
            .all(|picture| picture.png.starts_with(b"\x89PNG") && !picture.caption.is_empty())
    );
    assert!(
        run_folder
            .read_model_pictures("typical")
            .unwrap()
            .is_empty()
    );
    let speed = folder.path().join("model/people.0/pictures/speed.png");
    assert!(fs::read(speed).unwrap().starts_with(b"\x89PNG"));
    assert!(!folder.path().join("model/typical.0/pictures").exists());
}
