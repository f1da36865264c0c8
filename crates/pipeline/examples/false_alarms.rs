//! Does an asked number of false alarms per hour come true on *other* normal video? The tables of docs/calibration.md.
//!
//! `cargo run --release -p oddframe-pipeline --example false_alarms -- [ped2=DIR] [streets=FIRST..=LAST] [only=SYSTEM]`
//!
//! Only training videos are read, which are normal. They are divided into four parts. In turn, one part is left out completely, a recipe
//! with `[calibration]` is fitted on the others, and the events in the part that was left out are counted at the threshold for each asked
//! number. All of them are false alarms. The streets are those of `oddframe synth --preset small --seed N`; their counts are added up.

use std::error::Error;
use std::path::Path;

use oddframe_core::{FrameSource, Random, Silent};
use oddframe_pipeline::{Data, Engine, Model, Recipe, Registry, Runner};
use oddframe_post::find_events;
use oddframe_synth::{Preset, Scene};

/// The share of the other three parts that is held out: a third, so that half of all videos are fitted.
const HELD_OUT: f64 = 1.0 / 3.0;
const PARTS: usize = 4;
const FRAMES_PER_SECOND: f64 = 25.0;
const ASKED: [f64; 5] = [10.0, 100.0, 300.0, 1000.0, 3000.0];
/// Each with its settings. The two of `objects` are given because choosing them takes most of the time of a fit.
const SYSTEMS: [(&str, &str); 2] = [
    ("frame_difference", ""),
    ("objects", "switch = { slow = 0.4, spread = 0.35 }"),
];

type Failure = Box<dyn Error>;

/// What one part of the videos gave at each asked number.
struct Part {
    /// The false alarms in each video.
    alarms: Vec<[usize; ASKED.len()]>,
    /// The frames of each video.
    frames: Vec<usize>,
    /// The interval that the calibration itself gave, for each asked number.
    intervals: Vec<Option<[f64; 2]>>,
    /// The share of frames with calibrated scores of at least 1, 2 and 3.
    rare: [usize; 3],
    normal_hours: f64,
}

fn main() -> Result<(), Failure> {
    // The data lives as long as the program, so that its videos can be given to several runs.
    let mut sets: Vec<(String, Vec<&'static Data>)> = Vec::new();
    let mut only = None;
    for word in std::env::args().skip(1) {
        match word.split_once('=') {
            Some(("ped2", folder)) => {
                let data = Box::leak(Box::new(Data::open(Path::new(folder))?));
                sets.push(("Ped2".to_owned(), vec![data]));
            }
            Some(("streets", seeds)) => {
                let (first, last) = seeds.split_once("..=").ok_or("seeds are FIRST..=LAST")?;
                let seeds = first.parse()?..=last.parse::<u64>()?;
                let streets = seeds.map(street).collect();
                sets.push((format!("streets {first} to {last}"), streets));
            }
            Some(("only", system)) => only = Some(system.to_owned()),
            _ => {
                return Err(format!("`{word}` is no data set: see the top of this example").into());
            }
        }
    }
    for (name, data) in &sets {
        for (system, settings) in SYSTEMS {
            if only.as_ref().is_some_and(|only| only != system) {
                continue;
            }
            let mut parts = Vec::new();
            for data in data {
                for left_out in 0..PARTS {
                    parts.push(measure(data, (system, settings), left_out)?);
                }
            }
            print_table(name, system, &parts);
        }
    }
    Ok(())
}

fn street(seed: u64) -> &'static Data {
    let videos = Scene::new(Preset::Small, seed);
    let train = videos
        .train()
        .iter()
        .map(|video| Box::new(video.clone()) as _);
    let data = Data::new(&format!("street {seed}"), train.collect(), Vec::new());
    Box::leak(Box::new(data))
}

fn measure(
    data: &'static Data,
    (system, settings): (&str, &str),
    left_out: usize,
) -> Result<Part, Failure> {
    let videos = data.train()?;
    let is_left_out = |place: usize| place * PARTS / videos.len() == left_out;
    let mut others: Vec<Box<dyn FrameSource>> = Vec::new();
    let mut checked: Vec<&dyn FrameSource> = Vec::new();
    for (place, video) in videos.iter().enumerate() {
        if is_left_out(place) {
            checked.push(*video);
        } else {
            others.push(Box::new(*video));
        }
    }
    let text = format!(
        "baselines = false\nseed = 42\n[calibration]\nheld_out = {HELD_OUT}\nframes_per_second = {FRAMES_PER_SECOND}\n\
         [[system]]\nname = \"one\"\nkind = \"{system}\"\n{settings}"
    );
    let (registry, engine) = (Registry::default(), Engine::open("flex".parse()?)?);
    let recipe = Recipe::parse(&text, &registry)?;
    let folder = tempfile::tempdir()?;
    let rest = Data::new(
        &format!("{} without part {left_out}", data.name()),
        others,
        Vec::new(),
    );
    Runner::new(&registry, &engine).fit(&recipe, &rest, folder.path(), &mut Silent)?;
    let model = Model::open(folder.path(), &registry, &engine)?;
    let table = model.score(&checked, None, &mut Silent)?;
    let calibration = model.calibration()?.ok_or("the recipe has a calibration")?;
    let rate = calibration.alarm_rate()?;
    let mut part = Part {
        alarms: Vec::new(),
        frames: Vec::new(),
        intervals: Vec::new(),
        rare: [1.0, 2.0, 3.0].map(|least| table.values().filter(|score| *score >= least).count()),
        normal_hours: rate.hours(),
    };
    for asked in ASKED {
        part.intervals.push(rate.interval(rate.threshold(asked)));
    }
    for video in table.videos() {
        let mut counts = [0; ASKED.len()];
        for (count, asked) in counts.iter_mut().zip(ASKED) {
            let options = calibration.event_options(rate.threshold(asked))?;
            *count = find_events(video, &[], options)?.len();
        }
        part.alarms.push(counts);
        part.frames.push(video.len());
    }
    Ok(part)
}

fn print_table(set: &str, system: &str, parts: &[Part]) {
    let frames: Vec<usize> = parts.iter().flat_map(|part| part.frames.clone()).collect();
    let hours = hours_of(frames.iter().sum());
    let normal: f64 = parts.iter().map(|part| part.normal_hours).sum::<f64>() / parts.len() as f64;
    println!(
        "\n### {set}, `{system}`\n\n{} calibrations, each from {:.0} s of held-out video; {:.0} s of other normal video in {} videos\n",
        parts.len(),
        normal * 3600.0,
        hours * 3600.0,
        frames.len()
    );
    println!(
        "| asked per hour | expected in all | found | found per hour | 95 % interval | interval of the calibration |"
    );
    println!("|---|---|---|---|---|---|");
    let alarms: Vec<[usize; ASKED.len()]> =
        parts.iter().flat_map(|part| part.alarms.clone()).collect();
    for (column, asked) in ASKED.into_iter().enumerate() {
        let counts: Vec<usize> = alarms.iter().map(|counts| counts[column]).collect();
        let found: usize = counts.iter().sum();
        let [low, high] = interval(&counts, &frames);
        println!(
            "| {asked} | {:.1} | {found} | {:.0} | {low:.0} to {high:.0} | {} |",
            asked * hours,
            found as f64 / hours,
            mean_interval(parts, column)
        );
    }
    let total: usize = frames.iter().sum();
    let shares = [0, 1, 2].map(|place| {
        let count: usize = parts.iter().map(|part| part.rare[place]).sum();
        format!("{:.3} %", 100.0 * count as f64 / total as f64)
    });
    println!(
        "\nFrames with a score of 1, 2 and 3 or more, where 10 %, 1 % and 0.1 % are right: {}.",
        shares.join(", ")
    );
}

fn hours_of(frames: usize) -> f64 {
    frames as f64 / FRAMES_PER_SECOND / 3600.0
}

/// A 95 % interval of the alarms per hour: the percentile bootstrap over whole videos.
fn interval(counts: &[usize], frames: &[usize]) -> [f64; 2] {
    const RESAMPLES: usize = 2000;
    let mut rates: Vec<f64> = (0..RESAMPLES as u64)
        .map(|resample| {
            let mut random = Random::stream(1, &[resample]);
            let (mut alarms, mut drawn) = (0, 0);
            for _ in counts {
                let place = random.below(counts.len() as u64) as usize;
                alarms += counts[place];
                drawn += frames[place];
            }
            alarms as f64 / hours_of(drawn)
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    [rates[RESAMPLES / 40], rates[RESAMPLES - 1 - RESAMPLES / 40]]
}

/// The mean ends of the intervals that the calibrations gave.
fn mean_interval(parts: &[Part], column: usize) -> String {
    let known: Vec<[f64; 2]> = parts
        .iter()
        .filter_map(|part| part.intervals[column])
        .collect();
    if known.is_empty() {
        return "-".to_owned();
    }
    let mean = |end: usize| known.iter().map(|ends| ends[end]).sum::<f64>() / known.len() as f64;
    format!("{:.0} to {:.0}", mean(0), mean(1))
}
