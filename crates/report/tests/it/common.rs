//! A small run with everything that a report can show.

use std::fs;
use std::path::Path;

use oddframe_core::{Frame, FrameSource, Silent, Video, VideoId};
use oddframe_pipeline::{
    Data, Engine, KnownLabels, Recipe, Registry, RunFolder, Runner, SceneRecipe, Truth,
};
use oddframe_report::{ReportOptions, write_report};

const RECIPE: &str = r#"
name = "tiny"
seed = 7
baselines = false
report = { maps = true }

[[system]]
name = "frames"
kind = "conv_ae"
members = 2
post = "gaussian(sigma=1) per video | minmax"
model = { channels = [4, 8], latent = 0 }
input = { width = 24, height = 16, color = "rgb", scale = "signed" }
train = { epochs = 3, validation = 0.3 }
score = { pool = "max", channels = "max" }

[[system]]
name = "motion"
kind = "frame_difference"
width = 24
height = 16

[fuse]
how = "mean"
post = "minmax"
"#;

/// A name that ends elements and attributes where it is not escaped.
pub(crate) const NASTY: &str = "</script><script>hacked=1</script>\"' onload='hacked=2' é東";
/// A reason of the same kind.
pub(crate) const NASTY_REASON: &str = "2 times <img src=x onerror=hacked=3> \"usual\" & '</script>";

/// A video with another name.
struct Renamed(Video, Box<dyn FrameSource>);

impl FrameSource for Renamed {
    fn video(&self) -> &Video {
        &self.0
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), oddframe_core::Error> {
        self.1.read_into(index, out)?;
        // 25 frames a second, as a video file would say.
        out.set_time(Some(std::time::Duration::from_millis(40 * index as u64)));
        Ok(())
    }
}

/// A video of the scene under a new name.
fn rename(name: &str, source: &oddframe_synth::SceneVideo) -> Box<dyn FrameSource> {
    let video = Video::new(name.into(), source.shape(), source.numbers().to_vec()).unwrap();
    Box::new(Renamed(video, Box::new(source.clone())))
}

fn data() -> Data {
    let scene = SceneRecipe {
        preset: oddframe_synth::Preset::Tiny,
        seed: 3,
        damaged: false,
    };
    let scene = oddframe_synth::Scene::new(scene.preset, scene.seed);
    let names = [NASTY, "02", "03"];
    let test = scene.test().iter().zip(names);
    let test = test.map(|(video, name)| rename(name, video)).collect();
    let train = scene.train().iter();
    let train = train
        .map(|video| rename(video.id().name(), video))
        .collect();
    let labels = scene.labels();
    let labels = labels.videos().iter().zip(names).map(|(video, name)| {
        let (numbers, flags) = (video.numbers().to_vec(), video.abnormal().to_vec());
        oddframe_core::VideoLabels::new(name.into(), numbers, flags).unwrap()
    });
    let known = KnownLabels {
        labels: oddframe_core::Labels::new(labels.collect()).unwrap(),
        from: "labels & <more>.csv".to_owned(),
        sha256: Some("0123abcd".to_owned()),
        assumption: None,
    };
    Data::new("street <i>", train, test).with_known(known, Truth::default())
}

/// Runs the recipe into a folder, with boxes and a reason for one frame, as a system that localises would leave them.
pub(crate) fn run_in(folder: &Path) -> RunFolder {
    let registry = Registry::default();
    let recipe = Recipe::parse(RECIPE, &registry).unwrap();
    let engine = Engine::open("flex".parse().unwrap()).unwrap();
    Runner::new(&registry, &engine)
        .run(&recipe, &data(), folder, &mut Silent)
        .unwrap();
    let run = open(folder);
    let details = serde_json::json!([{
        "frame": 20,
        "boxes": [{ "box": [4.0, 6.0, 20.0, 30.0], "score": 1.5 }],
        "cue": "speed",
        "reason": NASTY_REASON,
    }]);
    let scores = run.raw_scores_folder("frames", 0);
    let file = fs::read_dir(&scores)
        .unwrap()
        .flatten()
        .map(|entry| entry.path());
    let first = file
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| !name.to_string_lossy().starts_with('0'))
        })
        .find(|path| path.extension().is_some_and(|extension| extension == "csv"))
        .unwrap();
    fs::write(first.with_extension("details.json"), details.to_string()).unwrap();
    assert_eq!(
        run.read_details("frames", 0, &VideoId::new(NASTY))
            .unwrap()
            .len(),
        1
    );
    run
}

pub(crate) fn open(folder: &Path) -> RunFolder {
    RunFolder::open(folder, &Registry::default()).unwrap()
}

/// Writes the report and returns the page.
pub(crate) fn page_of(run: &RunFolder, options: ReportOptions) -> String {
    write_report(run, &options).unwrap();
    fs::read_to_string(run.report_file()).unwrap()
}

/// Gives a run events and suspended frames, as calibration and the watch over the camera leave them.
pub(crate) fn add_events(run: &RunFolder) {
    let scores = oddframe_pipeline::Outcome::read(run).unwrap().fused.scores;
    let video = scores.video(&VideoId::new(NASTY)).unwrap();
    let peak = video
        .numbers()
        .iter()
        .position(|number| number.0 == 20)
        .unwrap();
    let events = serde_json::json!({
        "threshold": video.values()[peak],
        "threshold_from": "normal scores",
        "false_alarms_per_hour": 0.5,
        "interval": [0.1, 2.0],
        "events": [{
            "video": NASTY, "start": 18, "end": 24, "start_seconds": 0.72, "end_seconds": 1.0, "peak": 20,
            "peak_score": video.values()[peak], "severity": 4.0, "area": [4.0, 6.0, 20.0, 30.0],
            "system": "frames", "cue": "speed", "reason": NASTY_REASON,
        }],
    });
    fs::write(run.events_file(), events.to_string()).unwrap();
    let states = "video,frame,state,reason\n02,5,suspended,covered: <b>dark</b>\n02,6,suspended,covered: <b>dark</b>\n";
    fs::write(run.states_file(), states).unwrap();
}
