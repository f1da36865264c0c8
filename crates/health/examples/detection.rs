//! Which problems are found, at which strength and how fast, and how often a frame is suspended by mistake: the tables of
//! docs/health.md.
//!
//! `cargo run --release -p oddframe-health --example detection -- [ped2=FOLDER] [streets=FIRST..=LAST]`

#[path = "../tests/it/damage.rs"]
mod damage;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use oddframe_core::{Frame, FrameSource, PreparedFrame, Silent, StreamInfo};
use oddframe_frames::{Dataset, prepared};
use oddframe_health::{Finding, HealthModel, HealthSettings, Problem};
use oddframe_synth::{Preset, Scene};

use crate::damage::{Changed, add_noise, blur, cover, scale, shift, turn_over};

/// The frames that are damaged, of every test video.
const DAMAGED: std::ops::Range<usize> = 40..80;

/// The first so many test videos of a data set are damaged.
const VIDEOS: usize = 6;

type Sources = Vec<Box<dyn FrameSource>>;
type Damage = fn(&mut Frame);

/// The damage that is made: what should be found, how strong it is, and how it is made.
const DAMAGES: [(Problem, &str, Damage); 22] = [
    (Problem::Covered, "gray level 30", |frame| cover(frame, 30)),
    (Problem::Covered, "gray level 0", |frame| cover(frame, 0)),
    (Problem::Covered, "gray level 120", |frame| {
        cover(frame, 120);
    }),
    (Problem::Covered, "75 % of the width", |frame| {
        cover_part(frame, 75);
    }),
    (Problem::Covered, "50 % of the width", |frame| {
        cover_part(frame, 50);
    }),
    (Problem::Noise, "deviation 5", |frame| {
        add_noise(frame, 5.0, 1);
    }),
    (Problem::Noise, "deviation 10", |frame| {
        add_noise(frame, 10.0, 1);
    }),
    (Problem::Noise, "deviation 20", |frame| {
        add_noise(frame, 20.0, 1);
    }),
    (Problem::Noise, "deviation 40", |frame| {
        add_noise(frame, 40.0, 1);
    }),
    (Problem::Flipped, "top to bottom", turn_over),
    (Problem::Moved, "2 % of the width", |frame| {
        shift(frame, 0.02);
    }),
    (Problem::Moved, "5 % of the width", |frame| {
        shift(frame, 0.05);
    }),
    (Problem::Moved, "10 % of the width", |frame| {
        shift(frame, 0.10);
    }),
    (Problem::Moved, "30 % of the width", |frame| {
        shift(frame, 0.30);
    }),
    (Problem::Defocused, "sigma 0.25 % of the width", |frame| {
        blur(frame, 0.0025);
    }),
    (Problem::Defocused, "sigma 0.5 % of the width", |frame| {
        blur(frame, 0.005);
    }),
    (Problem::Defocused, "sigma 1 % of the width", |frame| {
        blur(frame, 0.01);
    }),
    (Problem::Defocused, "sigma 2 % of the width", |frame| {
        blur(frame, 0.02);
    }),
    (Problem::Brightness, "-20 %", |frame| scale(frame, 0.8)),
    (Problem::Brightness, "-40 %", |frame| scale(frame, 0.6)),
    (Problem::Brightness, "+20 %", |frame| scale(frame, 1.2)),
    (Problem::Brightness, "+40 %", |frame| scale(frame, 1.4)),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut sets = Vec::new();
    for argument in std::env::args().skip(1) {
        if let Some(folder) = argument.strip_prefix("ped2=") {
            let data = Dataset::open(Path::new(folder))?;
            sets.push(("Ped2".to_owned(), boxed(data.train()), boxed(data.test())));
        } else if let Some((first, last)) = argument
            .strip_prefix("streets=")
            .and_then(|seeds| seeds.split_once("..="))
        {
            for seed in first.parse::<u64>()?..=last.parse()? {
                let scene = Scene::new(Preset::Small, seed);
                sets.push((
                    format!("street {seed}"),
                    boxed(scene.train()),
                    boxed(scene.test()),
                ));
            }
        } else {
            return Err(
                format!("`{argument}` is neither ped2=FOLDER nor streets=FIRST..=LAST").into(),
            );
        }
    }
    let mut tally = Tally::default();
    println!(
        "| data | test frames | suspended | judging, in % of reading and resizing |\n|---|---|---|---|"
    );
    for (name, train, test) in &sets {
        let model = learn(train)?;
        let (mut frames, mut suspended) = (0, 0);
        let mut whole = Times::default();
        for video in test {
            let (found, time) = judge(&model, video)?;
            whole.reading += time.reading;
            whole.judging += time.judging;
            frames += found.len();
            suspended += found.iter().flatten().count();
            for finding in found.into_iter().flatten() {
                eprintln!("{name}, video {}: {finding}", video.id());
            }
        }
        let share = 100.0 * whole.judging / whole.reading;
        println!("| {name} | {frames} | {suspended} | {share:.1} |");
        for video in test.iter().take(VIDEOS) {
            tally.add_video(&model, video)?;
        }
    }
    tally.print();
    Ok(())
}

fn boxed<S: FrameSource + Clone + 'static>(videos: &[S]) -> Sources {
    let videos = videos.iter();
    videos.map(|video| Box::new(video.clone()) as _).collect()
}

fn learn(train: &Sources) -> Result<HealthModel, Box<dyn Error>> {
    let train: Vec<_> = train
        .iter()
        .map(|video| prepared(HealthModel::input(), &**video))
        .collect::<Result<_, _>>()?;
    let train: Vec<&dyn FrameSource> = train.iter().map(|video| &**video as _).collect();
    Ok(HealthModel::learn(&train, HealthSettings::default(), &mut Silent)?.model)
}

/// What is found in each frame of a video.
type Findings = Vec<Option<Finding>>;

/// Seconds of work.
#[derive(Default)]
struct Times {
    reading: f64,
    judging: f64,
}

/// What is found in each frame, and how long that took.
fn judge(
    model: &HealthModel,
    video: &dyn FrameSource,
) -> Result<(Findings, Times), Box<dyn Error>> {
    let video = prepared(HealthModel::input(), video)?;
    let mut monitor = model.monitor()?;
    monitor.start(&StreamInfo::from(video.video()));
    let (mut found, mut times) = (Vec::new(), Times::default());
    for index in 0..video.numbers().len() {
        let started = Instant::now();
        let image = video.read(index)?;
        times.reading += started.elapsed().as_secs_f64();
        let frame = PreparedFrame {
            index,
            number: image.number(),
            time: None,
            image: Some(&image),
        };
        let started = Instant::now();
        found.push(monitor.push(&frame)?);
        times.judging += started.elapsed().as_secs_f64();
    }
    Ok((found, times))
}

/// Covers the left part of a picture.
fn cover_part(frame: &mut Frame, percent: usize) {
    let shape = frame.shape();
    let mut covered = frame.clone();
    cover(&mut covered, 30);
    let part = shape.width() * percent / 100 * shape.channels();
    let rows = frame.pixels_mut().chunks_exact_mut(shape.row_bytes());
    for (row, covered) in rows.zip(covered.pixels().chunks_exact(shape.row_bytes())) {
        row[..part].copy_from_slice(&covered[..part]);
    }
}

/// What was found of the damage of each kind and strength.
#[derive(Default)]
struct Tally {
    rows: BTreeMap<(Problem, usize), Row>,
}

#[derive(Default)]
struct Row {
    strength: String,
    /// For each video the frames from the first damaged one to the first that is found; none when no frame is.
    delays: Vec<Option<usize>>,
    damaged: usize,
    found: usize,
    named: usize,
}

impl Tally {
    fn add_video(
        &mut self,
        model: &HealthModel,
        video: &dyn FrameSource,
    ) -> Result<(), Box<dyn Error>> {
        for (place, (problem, strength, damage)) in DAMAGES.into_iter().enumerate() {
            let change = |index: usize, frame: &mut Frame| {
                if DAMAGED.contains(&index) {
                    damage(frame);
                }
            };
            self.add(
                model,
                (problem, place, strength),
                &Changed {
                    source: video,
                    change,
                },
            )?;
        }
        let still = video.read(DAMAGED.start)?;
        for (place, (strength, noise)) in [("exactly", 0.0), ("with noise of deviation 0.3", 0.3)]
            .into_iter()
            .enumerate()
        {
            let change = |index: usize, frame: &mut Frame| {
                if DAMAGED.contains(&index) {
                    frame.pixels_mut().copy_from_slice(still.pixels());
                    add_noise(frame, noise, 3);
                }
            };
            self.add(
                model,
                (Problem::Frozen, place, strength),
                &Changed {
                    source: video,
                    change,
                },
            )?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        model: &HealthModel,
        (problem, place, strength): (Problem, usize, &str),
        video: &dyn FrameSource,
    ) -> Result<(), Box<dyn Error>> {
        let (found, _) = judge(model, video)?;
        let damaged = &found[DAMAGED];
        let row = self.rows.entry((problem, place)).or_default();
        strength.clone_into(&mut row.strength);
        row.damaged += damaged.len();
        row.found += damaged.iter().flatten().count();
        row.named += damaged
            .iter()
            .flatten()
            .filter(|finding| finding.problem == problem)
            .count();
        row.delays.push(damaged.iter().position(Option::is_some));
        Ok(())
    }

    fn print(&self) {
        println!(
            "\n| problem | strength | videos | found in | frames until found | frames found | named right |"
        );
        println!("|---|---|---|---|---|---|---|");
        for ((problem, _), row) in &self.rows {
            let mut delays: Vec<usize> = row.delays.iter().flatten().copied().collect();
            delays.sort_unstable();
            let until = match delays[..] {
                [] => "-".to_owned(),
                [.., most] => format!("{} (at most {})", delays[delays.len() / 2] + 1, most + 1),
            };
            let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
            println!(
                "| {problem} | {} | {} | {} | {until} | {:.0} % | {:.0} % |",
                row.strength,
                row.delays.len(),
                delays.len(),
                percent(row.found, row.damaged),
                percent(row.named, row.found)
            );
        }
    }
}
