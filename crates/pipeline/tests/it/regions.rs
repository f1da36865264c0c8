//! Parts of the picture that are ignored: by every system, in fitting, scoring and learning.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use oddframe_core::{
    Error as CoreError, Frame, FrameNumber, FrameSource, Labels, NormalPart, PixelFormat, Silent,
    Video,
};
use oddframe_frames::{Region, RegionUnit, Regions, decode_into};
use oddframe_metrics::{Detection, LocalisationOptions, rbdc_tbdc};
use oddframe_pipeline::{
    Data, Error, KnownLabels, Model, Recipe, Registry, RunFolder, Runner, SelectionOptions, Truth,
    read_regions,
};
use oddframe_synth::{Preset, Scene, SceneVideo};
use tempfile::tempdir;

use crate::common::{engine, parse, read, run};

const RECIPE: &str = r#"
name = "regions"
baselines = false
[[system]]
name = "people"
kind = "objects"
switch = { slow = 0.0, spread = 0.25 }
[[system]]
name = "difference"
kind = "frame_difference"
width = 48
height = 32
"#;

/// The left half of the picture.
const LEFT: &str =
    "\n[[regions.ignore]]\nname = \"left\"\npoints = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]\n";

/// A video in which a bright block flickers from side to side in the left half, for some frames.
struct WithBlock(SceneVideo);

impl FrameSource for WithBlock {
    fn video(&self) -> &Video {
        self.0.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        self.0.read_into(index, out)?;
        if (10..30).contains(&index) {
            let (left, bytes) = (3 + index % 5 * 5, out.shape().row_bytes());
            for row in out.pixels_mut().chunks_exact_mut(bytes).skip(20).take(25) {
                row[3 * left..3 * (left + 18)].fill(250);
            }
        }
        Ok(())
    }
}

/// The tiny street; its first test video is as it is, or has the block.
fn street(with_block: bool) -> Data {
    let scene = Scene::new(Preset::Tiny, 3);
    let train = scene.train().iter();
    let train = train.map(|video| Box::new(video.clone()) as Box<dyn FrameSource>);
    let first = scene.test()[0].clone();
    let first: Box<dyn FrameSource> = if with_block {
        Box::new(WithBlock(first))
    } else {
        Box::new(first)
    };
    let test = vec![first, Box::new(scene.test()[1].clone())];
    Data::new("street", train.collect(), test)
}

fn raw_scores(recipe: &Recipe, data: &Data, folder: &Path) -> BTreeMap<String, Vec<u64>> {
    run(recipe, data, folder).unwrap();
    let run = RunFolder::open(folder, &Registry::default()).unwrap();
    let systems = recipe.systems.iter().map(|system| {
        let scores = run.read_raw_scores(&system.name, 0).unwrap();
        (
            system.name.clone(),
            scores.values().map(f64::to_bits).collect(),
        )
    });
    systems.collect()
}

/// The centres of all boxes of a system, as fractions of the frame.
fn centres(folder: &Path) -> Vec<(f64, f64)> {
    let mut centres = Vec::new();
    for entry in fs::read_dir(folder.join("scores/people.0")).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().ends_with(".details.json") {
            continue;
        }
        let frames: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for found in frames
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|frame| frame["boxes"].as_array().unwrap())
        {
            let side = |place: usize| found["box"][place].as_f64().unwrap();
            centres.push(((side(0) + side(2)) / 192.0, (side(1) + side(3)) / 128.0));
        }
    }
    centres
}

#[test]
fn what_happens_in_an_ignored_region_changes_no_score_and_has_no_box() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (whole, masked) = (parse(RECIPE), parse(&format!("{RECIPE}{LEFT}")));
    let without = raw_scores(&masked, &street(false), &at("a"));
    assert_eq!(raw_scores(&masked, &street(true), &at("b")), without);
    // Without regions every system sees the block, and finds boxes on the left.
    let before = raw_scores(&whole, &street(false), &at("c"));
    let after = raw_scores(&whole, &street(true), &at("d"));
    for system in ["people", "difference"] {
        assert_ne!(before[system], after[system], "{system}");
        assert_ne!(before[system], without[system], "{system}");
    }
    assert!(centres(&at("d")).iter().any(|(x, _)| *x < 0.5));
    let left = centres(&at("b"));
    assert!(
        !left.is_empty() && left.iter().all(|(x, _)| *x >= 0.5),
        "{left:?}"
    );
}

#[test]
fn a_model_carries_its_regions_and_scores_as_its_run_did() {
    let folder = tempdir().unwrap();
    let (recipe, data) = (parse(&format!("{RECIPE}{LEFT}")), street(true));
    let outcome = run(&recipe, &data, folder.path()).unwrap();
    assert!(read(folder.path(), "recipe.toml").contains("[[regions.ignore]]"));
    let mut model = Model::open(folder.path(), &Registry::default(), &engine()).unwrap();
    let maps = folder.path().join("maps");
    let scores = model
        .score(&data.test().unwrap(), Some(&maps), &mut Silent)
        .unwrap();
    assert_eq!(scores, outcome.fused.scores);
    assert_maps_are_masked(&maps.join("difference.0/01"));
    assert_pictures_are_masked(&folder.path().join("model/people.0/pictures"));
    // What it learns from is masked too: with and without the block it is the same footage.
    let [plain, blocked] = [street(false), data];
    let part = plain.test().unwrap()[0];
    model
        .learn(&[NormalPart::whole(part)], "plain", &mut Silent)
        .unwrap();
    let again = NormalPart::whole(blocked.test().unwrap()[0]);
    let error = model.learn(&[again], "blocked", &mut Silent).unwrap_err();
    assert!(matches!(error, Error::AlreadyLearned { .. }), "{error}");
}

/// The left half of every error map is zero, and the right half is not.
fn assert_maps_are_masked(folder: &Path) {
    let mut right = 0.0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let values = bytes[bytes.len() - 4 * 48 * 32..].chunks_exact(4);
        for (place, value) in values.enumerate() {
            let value = f32::from_le_bytes(value.try_into().unwrap());
            if place % 48 < 24 {
                assert_eq!(value, 0.0);
            } else {
                right += value;
            }
        }
    }
    assert!(right > 0.0);
}

/// Nothing but gray is far inside the left half of the pictures of a model, below the title and above the legend.
fn assert_pictures_are_masked(folder: &Path) {
    let mut coloured = 0;
    for name in ["speed", "direction", "activity", "dwelling"] {
        let png = fs::read(folder.join(format!("{name}.png"))).unwrap();
        let mut picture = Frame::default();
        decode_into(&png, PixelFormat::Rgb, FrameNumber(0), &mut picture).unwrap();
        let (width, height) = (picture.shape().width(), picture.shape().height());
        for y in height / 4..height * 3 / 4 {
            let pixels: Vec<&[u8]> = picture.row(y).chunks_exact(3).collect();
            let is_coloured = |pixel: &&&[u8]| pixel[0] != pixel[1] || pixel[1] != pixel[2];
            // What stands at the edge is as wide as a person, and reaches over it.
            let left = pixels[..width * 30 / 100].iter().find(is_coloured);
            assert_eq!(left, None, "{name}, row {y}");
            coloured += pixels[width / 2..].iter().filter(is_coloured).count();
        }
    }
    assert!(coloured > 0);
}

#[test]
fn a_run_with_other_regions_is_not_resumed() {
    let folder = tempdir().unwrap();
    let (first, data) = (parse(&format!("{RECIPE}{LEFT}")), street(false));
    run(&first, &data, folder.path()).unwrap();
    run(&first, &data, folder.path()).unwrap();
    let moved = parse(&format!("{RECIPE}{}", LEFT.replace("0.5", "0.4")));
    for (other, field) in [
        (
            moved,
            "regions.ignore.0.points.1.0 is 0.5 there and 0.4 here",
        ),
        (parse(RECIPE), "regions is"),
    ] {
        let error = run(&other, &data, folder.path()).unwrap_err();
        assert!(matches!(error, Error::OtherRecipe { .. }), "{error}");
        assert!(error.to_string().contains(field), "{error}");
        let found = first.difference_in_scoring(&other).unwrap().unwrap();
        assert!(found.field.starts_with("regions"), "{found}");
    }
}

#[test]
fn regions_that_leave_nothing_are_refused_before_anything_is_written() {
    let folder = tempdir().unwrap();
    let all = LEFT.replace("0.5", "1");
    let top = LEFT.replace("[0.5, 0], [0.5, 1], [0, 1]", "[1, 0], [1, 0.5], [0, 0.5]");
    let flip = "[repair.flip]\nepochs = 1\n";
    for (text, says) in [
        (
            format!("{RECIPE}{all}"),
            "leave no pixel of the 96x64 picture",
        ),
        (
            format!("{RECIPE}{flip}{top}"),
            "the mirror image of each region",
        ),
    ] {
        let out = folder.path().join("out");
        let error = run(&parse(&text), &street(false), &out).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(!out.exists());
    }
    let without_flip = parse(&format!("{RECIPE}{top}"));
    let runner_data = street(false).with_regions(&without_flip.regions).unwrap();
    assert_eq!(
        runner_data.test().unwrap()[0].read(0).unwrap().row(31)[5],
        128
    );
    assert_ne!(
        runner_data.test().unwrap()[0].read(0).unwrap().row(32),
        [128; 288]
    );
}

#[test]
fn a_selection_compares_systems_on_the_same_pictures() {
    let folder = tempdir().unwrap();
    let recipes = [parse(RECIPE), parse(&format!("{RECIPE}{LEFT}"))];
    let error = Runner::new(&Registry::default(), &engine())
        .select(
            &recipes,
            street(false),
            SelectionOptions::default(),
            &folder.path().join("out"),
            &mut Silent,
        )
        .unwrap_err();
    assert!(matches!(error, Error::OtherRegions { .. }), "{error}");
}

#[test]
fn a_file_of_regions_becomes_part_of_the_recipe() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("regions.toml");
    let text = "[[ignore]]\nname = \"road\"\npoints = [[0, 0], [0.5, 0], [0.5, 1.0]]\n\
                [[only]]\nname = \"yard\"\nunit = \"pixels\"\ncameras = [\"gate*\"]\npoints = [[0, 0], [64, 0], [5.5, 48]]\n";
    fs::write(&path, text).unwrap();
    let regions = read_regions(&path).unwrap();
    let road = Region::new("road", vec![[0.0, 0.0], [0.5, 0.0], [0.5, 1.0]]);
    let yard = Region::new("yard", vec![[0.0, 0.0], [64.0, 0.0], [5.5, 48.0]])
        .with_unit(RegionUnit::Pixels)
        .with_cameras(vec!["gate*".to_owned()]);
    assert_eq!(regions, Regions::new(vec![road], vec![yard]).unwrap());
    let recipe = parse(&format!("{RECIPE}\n[regions]\nfile = {path:?}\n"));
    assert_eq!(recipe.regions, regions);
    let written = recipe.to_toml().unwrap();
    assert!(!written.contains("regions.toml"), "{written}");
    assert_eq!(parse(&written), recipe);
    assert_eq!(
        parse(&parse(RECIPE).to_toml().unwrap()).regions,
        Regions::default()
    );
}

#[test]
fn files_of_regions_that_cannot_be_used_are_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("bad.toml");
    for (text, says) in [
        ("", "there is no region; write [[ignore]] or [[only]]"),
        ("ignore", "line 1: "),
        (
            "\n[[ignored]]\nname = \"a\"",
            "line 2: unknown field `ignored`; did you mean `ignore`?",
        ),
        (
            "[[ignore]]\nname = \"a\"\npoint = [[0, 0]]",
            "line 3: unknown field `point`; did you mean `points`?",
        ),
        (
            "[[ignore]]\npoints = [[0, 0], [1, 0], [1, 1]]",
            "line 1: missing field `name`",
        ),
        ("[[ignore]]\nname = \"a\"", "line 1: missing field `points`"),
        (
            "[[ignore]]\nname = \"a\"\npoints = [[0, 0, 0], [1, 0, 0], [1, 1, 0]]",
            "line 3: a point of 3 numbers; write [X, Y]",
        ),
        (
            "[[ignore]]\nname = \"a\"\npoints = [[0, 0], [1, \"x\"], [1, 1]]",
            "line 3: invalid type: string \"x\"",
        ),
        (
            "[[ignore]]\nname = \"a\"\nunit = \"pixel\"\npoints = [[0, 0], [1, 0], [1, 1]]",
            "line 3: `pixel` is not known here; did you mean `pixels`?",
        ),
        (
            "# two\n\n[[only]]\nname = \"yard\"\npoints = [[0, 0], [1, 0]]",
            "line 3: region yard has 2 points; an area needs at least 3",
        ),
        (
            "[[ignore]]\nname = \"road\"\npoints = [[0, 0], [320, 0], [320, 240]]",
            "line 1: region road, point 2: 320 is not between -1 and 2; coordinates are fractions",
        ),
        (
            "[[ignore]]\nname = \"road\"\npoints = [[0, nan], [1, 0], [1, 1]]",
            "line 1: region road, point 1: NaN",
        ),
    ] {
        fs::write(&path, text).unwrap();
        let error = read_regions(&path).unwrap_err().to_string();
        assert!(
            error.contains("bad.toml") && error.contains(says),
            "{text}: {error}"
        );
        // A recipe that names the file says where, and what is wrong there.
        let recipe = format!("\nregions.file = {path:?}\n{RECIPE}");
        let named = Recipe::parse(&recipe, &Registry::default()).unwrap_err();
        assert_eq!(named.to_string(), format!("line 2: {error}"));
    }
    let error = read_regions(&folder.path().join("none.toml")).unwrap_err();
    assert!(error.to_string().contains("none.toml"), "{error}");
    let inline = format!("{RECIPE}{}", LEFT.replace("[0.5, 1], [0, 1]", ""));
    let error = Recipe::parse(&inline, &Registry::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 14: region left has 2 points"),
        "{error}"
    );
}

#[test]
fn a_name_that_no_video_has_is_told() {
    let folder = tempdir().unwrap();
    let regions = format!("{LEFT}cameras = [\"gate*\"]\n");
    let recipe = parse(&format!("{RECIPE}{regions}"));
    let mut told = Vec::new();
    let mut observer = |event: oddframe_core::Event<'_>| {
        if let oddframe_core::Event::Warned { message } = event {
            told.push(message.to_owned());
        }
        std::ops::ControlFlow::Continue(())
    };
    Runner::new(&Registry::default(), &engine())
        .fit(&recipe, &street(false), folder.path(), &mut observer)
        .unwrap();
    assert_eq!(told, ["region left: no video has a name like gate*"]);
}

#[test]
fn ignored_ground_truth_is_left_out_of_localisation_and_labels_stay() {
    let scene = Scene::new(Preset::Tiny, 3);
    let labels = scene.labels();
    let videos: Vec<&Video> = scene.test().iter().map(FrameSource::video).collect();
    let tracks = labels.tracks();
    let hidden = &tracks[0];
    let points = |edge: fn(f64, f64) -> f64, side: fn(&oddframe_core::Rect) -> f64, start: f64| {
        hidden
            .boxes
            .iter()
            .map(|(_, area)| side(area))
            .fold(start, edge)
    };
    let left = points(f64::min, |area| area.left, 1e9).floor();
    let right = points(f64::max, |area| area.right, 0.0).ceil();
    let top = points(f64::min, |area| area.top, 1e9).floor();
    let bottom = points(f64::max, |area| area.bottom, 0.0).ceil();
    let region = Region::new(
        "r",
        vec![[left, top], [right, top], [right, bottom], [left, bottom]],
    )
    .with_unit(RegionUnit::Pixels)
    .with_cameras(vec![hidden.video.name().to_owned()]);
    let regions = Regions::new(vec![region], Vec::new()).unwrap();
    let visible = regions.visible_tracks(tracks, &videos).unwrap();
    assert_eq!(visible, tracks[1..]);
    // A detector that finds all others is perfect.
    let detections: Vec<Detection> = visible
        .iter()
        .flat_map(|track| {
            track.boxes.iter().map(|(frame, rect)| Detection {
                video: track.video.clone(),
                frame: *frame,
                rect: *rect,
                score: 1.0,
            })
        })
        .collect();
    let frames = videos.iter().map(|video| video.len()).sum();
    let perfect = rbdc_tbdc(
        &detections,
        &visible,
        frames,
        LocalisationOptions::default(),
    )
    .unwrap();
    assert_eq!((perfect.rbdc, perfect.tbdc), (1.0, 1.0));
    let all = rbdc_tbdc(&detections, tracks, frames, LocalisationOptions::default()).unwrap();
    assert!(all.tbdc < 1.0);
    // The labels of the data are those of the frames, whatever is ignored.
    let known = KnownLabels {
        labels: labels.clone(),
        from: "the scene".to_owned(),
        sha256: None,
        assumption: None,
    };
    let data = street(false).with_known(known, Truth::default());
    let masked = data.with_regions(&regions).unwrap().labels().unwrap();
    assert_eq!(masked.map(|known| known.labels), Some::<Labels>(labels));
}
