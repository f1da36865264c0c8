//! Scoring a video whose frames are in memory, at two sizes, with one and two threads. The time is that of all frames of it.
//!
//! The prototype in Python takes about 20 ms for a frame of 360x240 on one core, 11 of them for the flow.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oddframe_core::{
    Error, Frame, FrameInput, FrameSource, ModelFolder, PixelFormat, PreparedFrame, Scorer,
    Settled, Silent, System, Video,
};
use oddframe_frames::prepared;
use oddframe_objects::{ObjectSettings, Objects, Switch};
use oddframe_synth::{Preset, Scene, SceneVideo};
use rayon::ThreadPoolBuilder;

const SIZES: [(usize, usize); 2] = [(360, 240), (640, 360)];

/// Frames of each video.
const FRAMES: usize = 64;

/// The first frames of a video of the street, in memory.
struct Recorded {
    video: Video,
    frames: Vec<Frame>,
}

impl Recorded {
    fn read(video: &SceneVideo, (width, height): (usize, usize)) -> Result<Self, Error> {
        let input = FrameInput::new(width, height, PixelFormat::Rgb)?;
        let source = prepared(input, video)?;
        let frames = (0..FRAMES)
            .map(|index| source.read(index))
            .collect::<Result<Vec<_>, _>>()?;
        let numbers = source.numbers()[..FRAMES].to_vec();
        let video = Video::new(source.id().clone(), source.shape(), numbers)?;
        Ok(Self { video, frames })
    }
}

impl FrameSource for Recorded {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        out.copy_from(&self.frames[index]);
        Ok(())
    }
}

/// A scorer for the street in this size.
fn fit(scene: &Scene, size: (usize, usize)) -> Result<Box<dyn Scorer>, Box<dyn std::error::Error>> {
    let switch = Some(Switch {
        slow: 0.0,
        spread: 0.25,
    });
    let system = Objects::new(ObjectSettings {
        switch,
        ..ObjectSettings::default()
    })?;
    let videos = scene.train()[..4]
        .iter()
        .map(|video| Recorded::read(video, size))
        .collect::<Result<Vec<_>, _>>()?;
    let normal: Vec<&dyn FrameSource> = videos.iter().map(|video| video as _).collect();
    let folder = tempfile::tempdir()?;
    let model = ModelFolder::create(folder.path())?;
    system.fit(&normal, &model, &mut Silent)?;
    Ok(system.open(&model)?)
}

/// Scores a whole video with its preview. Returns the sum of the scores.
fn score(scorer: &mut dyn Scorer, video: &Recorded) -> Result<f64, Error> {
    let info = video.video().into();
    let prepare = |index: usize| PreparedFrame {
        index,
        number: video.frames[index].number(),
        time: None,
        image: Some(&video.frames[index]),
    };
    let mut settled = Settled::new();
    scorer.start(&info)?;
    for index in scorer.preview_positions(&info) {
        scorer.preview(&prepare(index))?;
    }
    for index in 0..FRAMES {
        scorer.push(&prepare(index), &mut settled)?;
    }
    scorer.finish(&mut settled)?;
    Ok(settled.take_scores(0).iter().map(|score| score.value).sum())
}

fn objects(c: &mut Criterion) {
    let scene = Scene::new(Preset::PixelPlay, 1);
    let mut group = c.benchmark_group("objects");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(3))
        .throughput(Throughput::Elements(FRAMES as u64));
    for size in SIZES {
        let video = Recorded::read(&scene.test()[0], size).expect("frames of the street");
        let mut scorer = fit(&scene, size).expect("a model of the street");
        for threads in [1, 2] {
            let pool = ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a thread pool");
            let id = BenchmarkId::new("score", format!("{}x{}/{threads}", size.0, size.1));
            group.bench_function(id, |b| {
                pool.install(|| {
                    b.iter(|| black_box(score(&mut *scorer, &video).expect("a scored video")));
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, objects);
criterion_main!(benches);
