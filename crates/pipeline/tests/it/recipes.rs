//! The recipes of the documented experiments, and the messages about wrong ones.

use std::fs;
use std::path::{Path, PathBuf};

use oddframe_core::Silent;
use oddframe_pipeline::{
    Data, Model, Problem, Recipe, RecipeError, Registry, Runner, SceneRecipe, Setting,
};

use crate::common::engine;

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect()
}

#[test]
fn every_example_is_read_and_written_back_equal() {
    let examples = examples();
    assert!(examples.len() >= 18, "{examples:?}");
    for path in examples {
        let recipe = Recipe::read(&path, &[], &Registry::default()).unwrap();
        assert_eq!(
            path.file_stem().unwrap().to_str(),
            Some(recipe.name.as_str())
        );
        let text = recipe.to_toml().unwrap();
        assert_eq!(
            Recipe::parse(&text, &Registry::default()).unwrap(),
            recipe,
            "{text}"
        );
    }
}

#[test]
fn the_quickstart_recipe_is_that_of_the_examples() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quickstart.toml");
    assert_eq!(
        fs::read_to_string(example).unwrap(),
        Recipe::quickstart_text()
    );
    assert_eq!(
        Recipe::quickstart(&Registry::default()).unwrap().name,
        "quickstart"
    );
}

#[test]
fn the_systems_for_comparison_are_added_once_and_can_be_left_out() {
    let names = |recipe: &Recipe| {
        recipe
            .systems
            .iter()
            .map(|system| system.name.clone())
            .collect::<Vec<_>>()
    };
    let recipe = with("").unwrap();
    assert_eq!(names(&recipe), ["one", "frame_difference", "typical_frame"]);
    assert_eq!(recipe.fused_systems().count(), 1);
    let complete = recipe.to_toml().unwrap();
    assert_eq!(
        names(&Recipe::parse(&complete, &Registry::default()).unwrap()),
        names(&recipe)
    );
    let own = with(
        "[[system]]\nname = \"typical_frame\"\nkind = \"typical_frame\"\ntypical = \"median\"",
    )
    .unwrap();
    assert_eq!(names(&own), ["one", "typical_frame", "frame_difference"]);
    assert_eq!(
        names(
            &parse_text("baselines = false\n[[system]]\nname = \"one\"\nkind = \"conv_ae\"")
                .unwrap()
        ),
        ["one"]
    );
}

fn parse_text(text: &str) -> Result<Recipe, RecipeError> {
    Recipe::parse(text, &Registry::default())
}

/// A recipe that is right apart from one line, the fifth.
fn with(line: &str) -> Result<Recipe, RecipeError> {
    parse_text(&format!(
        "name = \"a\"\n[[system]]\nname = \"one\"\nkind = \"conv_ae\"\n{line}\n"
    ))
}

#[test]
fn mistakes_are_reported_with_their_line() {
    for (line, says) in [
        (
            "train = { epoch = 3 }",
            "line 5: unknown field `epoch`; did you mean `epochs`?",
        ),
        (
            "wndow = { frames = 2 }",
            "unknown field `wndow`; did you mean `window`?",
        ),
        ("[fuse]\nhow = \"maxx\"", "line 6: unknown"),
        ("post = \"gausian(sigma=3)\"", "did you mean `gaussian`?"),
        (
            "score = { pool = \"tops\" }",
            "unknown pool `tops`; did you mean `topk`?",
        ),
        ("score = { edge = \"near\" }", "`near`"),
        (
            "input = { color = \"grey\" }",
            "line 5: `grey` is not known here; did you mean `gray`?",
        ),
        (
            "train = { epochs = \"three\" }",
            "line 5: invalid type: string \"three\", expected",
        ),
        (
            "members = 2\njoin = \"weighted(1, 2, 3)\"",
            "system.one.join: 3 weights for 2 score tables",
        ),
        (
            "[fuse]\nhow = \"weighted(1, 2)\"",
            "fuse.how: 2 weights for 1 score tables",
        ),
        (
            "[[system]]\nname = \"One\"\nkind = \"unet\"",
            "two systems are named `One`",
        ),
        (
            "[[system]]\nname = \"a/b\"\nkind = \"unet\"",
            "a system cannot be named `a/b`",
        ),
        (
            "[[system]]\nname = \"two\"\nkind = \"conv_aw\"",
            "line 7: `conv_aw` is not a kind of system; did you mean `conv_ae`?",
        ),
        (
            "[[system]]\nname = \"two\"\nkind = \"unet\"\nmodel = { latnt = 3 }",
            "line 8: unknown field `latnt`",
        ),
        ("[[system]]\nname = \"two\"", "missing field `kind`"),
        (
            "members = 0",
            "system.one.members is 0; it must be from 1 to 1000",
        ),
        (
            "members = 1001",
            "system.one.members is 1001; it must be from 1 to 1000",
        ),
        ("fused = false", "no system takes part in the fusion"),
        ("train = { epochs = ", "line 5: "),
    ] {
        let error = with(line).unwrap_err().to_string();
        assert!(error.contains(says), "{line}\n{error}");
    }
    assert!(matches!(
        *parse_text("").unwrap_err().problem,
        Problem::NoSystem
    ));
    let nowhere = Recipe::read(Path::new("nowhere.toml"), &[], &Registry::default())
        .unwrap_err()
        .to_string();
    assert!(nowhere.starts_with("nowhere.toml: "), "{nowhere}");
}

#[test]
fn values_that_a_system_cannot_use_are_refused_before_anything_is_trained() {
    let folder = tempfile::tempdir().unwrap();
    let (registry, engine) = (Registry::default(), engine());
    for (line, says) in [
        (
            "train = { epochs = 0 }",
            "system one: train: the epochs is 0; it must be at least 1",
        ),
        (
            "train = { delta = nan }",
            "system one: train.delta is NaN; it must be at least 0 and finite",
        ),
        (
            "train = { validation = 1.0 }",
            "train.validation is 1; it must be 0 or above, and below 1",
        ),
        (
            "train = { noise = { probability = 2.0 } }",
            "the probability of noise",
        ),
        (
            "input = { width = 0 }",
            "a frame of 0x128 pixels is not possible",
        ),
        ("window = { stride = 0 }", "stride of at least 1"),
        // Sizes that no memory holds.
        (
            "model = { latent = 100000000000 }",
            "system one: conv_ae: Linear: weights of 8192x100000000000 are more than a layer can have",
        ),
        (
            "window = { frames = 100000000000 }",
            "system one: conv_ae: clips of 100000000000 frames of 128x128 with 1 channels are too large",
        ),
        (
            "score = { batch = 0 }",
            "score.batch is 0; it must be at least 1",
        ),
        // The documented pairing of tanh is -1 to 1: errors of values from 0 to 1 would never become small.
        ("input = { scale = \"unit\" }", "input.scale is `unit`"),
        (
            "model = { last = \"sigmoid\" }\ninput = { scale = \"signed\" }",
            "input.scale is `signed`",
        ),
        // A network that predicts the last frame of a clip cannot score every frame of it.
        (
            "[[system]]\nname = \"two\"\nkind = \"conv_lstm\"\nwindow = { frames = 9, align = \"every\" }",
            "system two: the network predicts frames 8 to 8",
        ),
        // No test video of the tiny street has 1001 frames.
        (
            "post = \"savgol(1001, 3)\"",
            "system.one.post cannot be applied to these videos",
        ),
        (
            "window = { frames = 500, short = \"skip\" }",
            "system one: clips: video 01: none of its 40",
        ),
    ] {
        let recipe = with(line).unwrap();
        let data = Data::scene(&SceneRecipe {
            preset: oddframe_synth::Preset::Tiny,
            ..SceneRecipe::default()
        })
        .unwrap();
        let out = folder.path().join("run");
        let error = Runner::new(&registry, &engine)
            .run(&recipe, &data, &out, &mut Silent)
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{line}\n{error}");
        assert!(!out.exists(), "{line}: nothing is left behind");
    }
}

#[test]
fn the_name_of_a_recipe_is_never_a_path() {
    for name in ["../../evil", "a/b", "", "C:\\\\evil"] {
        let text = format!("name = \"{name}\"\n[[system]]\nname = \"one\"\nkind = \"conv_ae\"");
        let error = parse_text(&text).unwrap_err().to_string();
        assert!(error.contains("a recipe cannot be named"), "{error}");
    }
}

#[test]
fn the_range_of_the_input_follows_the_network() {
    let text = with("").unwrap();
    let settings: oddframe_pipeline::NetworkSettings<oddframe_models::ConvAeConfig> =
        text.systems[0].settings_as().unwrap();
    assert_eq!(settings.input.scale, None);
    let range = oddframe_models::ModelConfig::from(settings.model).input_scale();
    assert_eq!(range, oddframe_core::Scale::Signed, "conv_ae ends in tanh");
    assert_eq!(
        settings.input.frame_input(range).unwrap().scale(),
        oddframe_core::Scale::Signed
    );
}

/// A network with an unbounded output accepts frames in [0, 1] and in [-1, 1]; the recipe's scale then sets the data
/// range of SSIM.
#[test]
fn ssim_uses_the_range_of_the_frames_that_the_recipe_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let (registry, engine) = (Registry::default(), engine());
    let data = Data::scene(&SceneRecipe {
        preset: oddframe_synth::Preset::Tiny,
        ..SceneRecipe::default()
    })
    .unwrap();
    let losses = ["", ", range = 2.0", ", range = 1.0"].map(|range| {
        let text = format!(
            "baselines = false\n[[system]]\nname = \"one\"\nkind = \"unet\"\n\
             model = {{ channels = [4], latent = 0, last = \"identity\"{range} }}\n\
             input = {{ width = 16, height = 16, scale = \"signed\" }}\ntrain = {{ epochs = 1 }}"
        );
        let out = folder.path().join(format!("model{range}"));
        Runner::new(&registry, &engine)
            .fit(&parse_text(&text).unwrap(), &data, &out, &mut Silent)
            .unwrap();
        let model = Model::open(&out, &registry, &engine).unwrap();
        model.trainings().unwrap()[0].1.epochs[0].train
    });
    assert_eq!(losses[0], losses[1]);
    assert_ne!(losses[0], losses[2]);
}

fn set(settings: &[&str]) -> Result<Recipe, RecipeError> {
    let settings: Vec<Setting> = settings.iter().map(|text| text.parse().unwrap()).collect();
    let text = "[[system]]\nname = \"small\"\nkind = \"conv_ae\"\ntrain = { batch = 4 }\n";
    Recipe::parse_with(text, &settings, &Registry::default())
}

#[test]
fn values_are_set_by_position_and_by_name() {
    let recipe = set(&[
        "system.0.train.epochs=3",
        "system.small.score.pool=topk(patch=8, k=5%)",
        "fuse.how=mean",
        "seed=9",
        "repair.flip={}",
        "system.small.kind=cuboid_ae",
        "system.small.model={ norm = false }",
    ])
    .unwrap();
    let system = &recipe.systems[0];
    let train = system.settings["train"].as_table().unwrap();
    assert_eq!(
        (train["epochs"].as_integer(), train["batch"].as_integer()),
        (Some(3), Some(4))
    );
    assert_eq!(
        system.settings["score"]["pool"].as_str(),
        Some("topk(patch=8, stride=8, k=5%)")
    );
    assert_eq!(
        (recipe.seed, recipe.fuse.how.to_string().as_str()),
        (9, "mean")
    );
    assert_eq!(system.kind, "cuboid_ae");
    assert!(recipe.repair.flip.is_some());
}

#[test]
fn epochs_are_set_for_everything_that_trains_in_epochs() {
    let mut recipe = set(&["repair.flip={}"]).unwrap();
    recipe.set_epochs(2);
    assert_eq!(
        recipe.systems[0].settings["train"]["epochs"].as_integer(),
        Some(2)
    );
    assert_eq!(recipe.repair.flip.as_ref().map(|flip| flip.epochs), Some(2));
    assert!(!recipe.systems[1].settings.contains_key("train"));
}

#[test]
fn settings_that_lead_nowhere_are_named() {
    for (setting, says) in [
        (
            "system.0.train.epoch=3",
            "--set system.0.train.epoch=3: unknown field `epoch`; did you mean `epochs`?",
        ),
        (
            "system.smal.train.epochs=3",
            "there is no smal in [[system]]; did you mean `small`?",
        ),
        ("system.1.train.epochs=3", "there is no 1 in [[system]]"),
        ("system.small.name.first=3", "name is not a table"),
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
fn only_what_raw_scores_depend_on_makes_another_recipe() {
    let one = set(&[]).unwrap();
    for same in [
        "fuse.how=mean",
        "fuse.post=minmax",
        "system.0.post=rank",
        "system.0.join_post=rank",
        "name=other",
    ] {
        assert_eq!(
            one.difference_in_scoring(&set(&[same]).unwrap()).unwrap(),
            None,
            "{same}"
        );
    }
    let strict = set(&["repair.flip={}"]).unwrap();
    let lenient = set(&["repair.flip={ allow_weak = true }"]).unwrap();
    assert_eq!(strict.difference_in_scoring(&lenient).unwrap(), None);
    let other = set(&["system.0.train.batch=8"]).unwrap();
    let found = other.difference_in_scoring(&one).unwrap().unwrap();
    assert_eq!(
        found.to_string(),
        "system.0.train.batch is 4 there and 8 here"
    );
    let other = set(&["repair.flip={}"]).unwrap();
    let found = other
        .difference_in_scoring(&one)
        .unwrap()
        .unwrap()
        .to_string();
    assert!(found.starts_with("repair.flip is absent there"), "{found}");
}
