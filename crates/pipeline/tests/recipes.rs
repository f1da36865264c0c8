//! The recipes of the documented experiments, and what a wrong one is told.

use std::fs;
use std::path::{Path, PathBuf};

use burn::backend::Flex;
use burn::tensor::Device;
use oddframe_pipeline::{Problem, Recipe, RecipeError, Setting};

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

#[test]
fn every_example_is_read_and_written_back_equal() {
    let examples = examples();
    assert!(examples.len() >= 18, "{examples:?}");
    for path in examples {
        let recipe = Recipe::read(&path, &[]).unwrap();
        assert_eq!(path.file_stem().unwrap().to_str(), Some(recipe.name.as_str()));
        let text = recipe.to_toml().unwrap();
        assert_eq!(Recipe::parse(&text).unwrap(), recipe, "{text}");
    }
}

#[test]
fn every_example_names_networks_that_can_be_built() {
    let device = Device::<Flex>::default();
    for path in examples() {
        for system in Recipe::read(&path, &[]).unwrap().systems {
            let clip = system.look.look().unwrap().clip(system.window.frames);
            let built = system.model.init::<Flex>(clip, &device);
            assert!(built.is_ok(), "{}, {}: {:?}", path.display(), system.name, built.err());
        }
    }
}

#[test]
fn the_recipe_to_begin_with_is_an_example() {
    assert_eq!(Recipe::quickstart().unwrap().name, "quickstart");
}

/// A recipe that is right but for one line.
fn with(line: &str) -> Result<Recipe, RecipeError> {
    Recipe::parse(&format!(
        "name = \"a\"\n[[system]]\nname = \"one\"\nmodel = {{ kind = \"conv_ae\" }}\n{line}\n"
    ))
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (line, says) in [
        ("train = { epoch = 3 }", "line 5: unknown field `epoch`; did you mean `epochs`?"),
        ("wndow = { frames = 2 }", "line 5: unknown field `wndow`; did you mean `window`?"),
        ("[fuse]\nhow = \"maxx\"", "line 6: unknown"),
        ("post = \"gausian(sigma=3)\"", "did you mean `gaussian`?"),
        ("score = { pool = \"tops\" }", "`tops` is no pool; known are mean, max"),
        ("score = { edge = \"near\" }", "`near` is no edge policy"),
        ("look = { color = \"grey\" }", "`grey` is not known here; did you mean `gray`?"),
        ("train = { epochs = \"three\" }", "line 5: invalid type: string \"three\", expected"),
        ("train = { epochs = 0 }", "system.one.train: the epochs is 0; it must be at least 1"),
        (
            "train = { validation = 1.0 }",
            "system.one.train.validation is 1; it must be 0 or above, and below 1",
        ),
        ("train = { noise = { probability = 2.0 } }", "the probability of noise"),
        ("look = { width = 0 }", "system.one.look: a frame of 0x128 pixels is not possible"),
        ("window = { stride = 0 }", "system.one.window"),
        ("members = 2\njoin = \"weighted(1, 2, 3)\"", "system.one.join: 3 weights for 2 score tables"),
        ("[fuse]\nhow = \"weighted(1, 2)\"", "fuse.how: 2 weights for 1 score tables"),
        ("[repair.flip]\nmajority = 2", "repair.flip.majority is 2; it must be an odd number of frames"),
        ("[[system]]\nname = \"One\"\nmodel = { kind = \"unet\" }", "two systems are called `One`"),
        ("[[system]]\nname = \"a/b\"\nmodel = { kind = \"unet\" }", "cannot be called `a/b`"),
        ("[[system]]\nname = \"fused\"\nmodel = { kind = \"unet\" }", "cannot be called `fused`"),
        (
            "[[system]]\nname = \"two\"\nmodel = { kind = \"conv_aw\" }",
            "line 7: `conv_aw` is not known here; did you mean `conv_ae`?",
        ),
        (
            "[[system]]\nname = \"two\"\nmodel = { kind = \"unet\", latnt = 3 }",
            "line 7: unknown field `latnt`; did you mean `latent`?",
        ),
        ("[[system]]\nname = \"two\"", "missing field `model`"),
        ("train = { epochs = ", "line 5: "),
    ] {
        let error = with(line).unwrap_err().to_string();
        assert!(error.contains(says), "{line}\n{error}");
    }
    assert!(matches!(*Recipe::parse("").unwrap_err().problem, Problem::NoSystem));
    let nowhere = Recipe::read(Path::new("nowhere.toml"), &[]).unwrap_err().to_string();
    assert!(nowhere.starts_with("nowhere.toml: "), "{nowhere}");
}

fn set(settings: &[&str]) -> Result<Recipe, RecipeError> {
    let settings: Vec<Setting> = settings.iter().map(|text| text.parse().unwrap()).collect();
    let text = "[[system]]\nname = \"small\"\nmodel = { kind = \"conv_ae\" }\ntrain = { batch = 4 }\n";
    Recipe::parse_with(text, &settings)
}

#[test]
fn values_are_set_by_place_and_by_name() {
    let recipe = set(&[
        "system.0.train.epochs=3",
        "system.small.score.pool=topk(patch=8, k=5%)",
        "fuse.how=mean",
        "seed=9",
        "repair.flip={}",
        "system.small.model={ kind = \"cuboid_ae\", norm = false }",
    ])
    .unwrap();
    let system = &recipe.systems[0];
    assert_eq!((system.train.epochs, system.train.batch, recipe.seed), (3, 4, 9));
    assert_eq!(system.score.pool.to_string(), "topk(patch=8, stride=8, k=5%)");
    assert_eq!((recipe.fuse.how.to_string().as_str(), system.model.kind()), ("mean", "cuboid_ae"));
    assert!(recipe.repair.flip.is_some());
}

#[test]
fn settings_that_lead_nowhere_are_named() {
    for (setting, says) in [
        (
            "system.0.train.epoch=3",
            "--set system.0.train.epoch=3: unknown field `epoch`; did you mean `epochs`?",
        ),
        ("system.smal.train.epochs=3", "there is no smal in [[system]]; did you mean `small`?"),
        ("system.1.train.epochs=3", "there is no 1 in [[system]]"),
        ("system.small.name.first=3", "name is no table"),
        ("fuse.how=best", "--set fuse.how=\"best\": "),
        ("seed=-1", "--set seed=-1: "),
    ] {
        let error = set(&[setting]).unwrap_err().to_string();
        assert!(error.contains(says), "{setting}\n{error}");
    }
    for text in ["", "seed", "=3", "a..b=3"] {
        assert!(text.parse::<Setting>().is_err(), "{text}");
    }
}

#[test]
fn the_first_difference_is_named_by_its_field() {
    let one = set(&[]).unwrap();
    assert_eq!(one.difference(&one).unwrap(), None);
    let other = set(&["system.0.train.batch=8"]).unwrap();
    let found = one.difference(&other).unwrap().unwrap();
    assert_eq!(found.to_string(), "system.0.train.batch is 4 there and 8 here");
    let other = set(&["repair.flip={}"]).unwrap();
    assert!(one.difference(&other).unwrap().unwrap().to_string().starts_with("repair.flip is absent there"));
}
