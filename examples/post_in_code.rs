//! Post-processing in code: what every step does to a short series, chains of steps, and a step of your own.
//!
//! `cargo run --example post_in_code`

use std::sync::Arc;

use anyhow::Result;
use oddframe::core::{FrameNumber, Origin, ParseError, PostStep, ScoreTable, VideoScores};
use oddframe::post::{
    Chain, Ema, Gaussian, Median, MinMax, MovingAverage, Outcome, Parameter, PercentileClip, Rank,
    RobustZ, Rolling, Round, Savgol, Signature, Step, Transform, Uniform, ZScore,
};

/// Scores of one video: a single spike at frame 3, which is noise, and an event from frame 7 to 9.
const SERIES: [f64; 12] = [0.2, 0.1, 0.2, 0.9, 0.1, 0.2, 0.3, 0.7, 0.8, 0.7, 0.2, 0.1];

fn main() -> Result<()> {
    // 1. Every step, with the scores that it gives to the first frame, the spike and the middle of the event. Smoothers
    //    lower the spike below the event. The three means differ only at the ends: `uniform` mirrors the series,
    //    `moving_average` adds zeros, `rolling` shortens the window. Normalisers keep the order and change the scale.
    let clip = PercentileClip::new(5.0, 90.0)?;
    let steps = [
        (Step::per_video(Gaussian::new(1.0)?), [0.174, 0.450, 0.686]),
        (Step::per_video(Uniform::new(3)?), [0.167, 0.400, 0.733]),
        (Step::per_video(MovingAverage::new(3)?), [0.1, 0.4, 0.733]),
        (Step::per_video(Rolling::new(3)?), [0.150, 0.400, 0.733]),
        (Step::per_video(Median::new(3)?), [0.200, 0.200, 0.700]),
        (Step::per_video(Savgol::new(5, 2)?), [0.066, 0.514, 0.826]),
        (Step::per_video(Ema::new(0.5)?), [0.210, 0.549, 0.629]),
        (Step::over_all(MinMax)?, [0.125, 1.0, 0.875]),
        (Step::over_all(clip)?, [0.145, 1.0, 1.0]),
        (Step::over_all(ZScore)?, [-0.600, 1.799, 1.456]),
        (Step::over_all(RobustZ)?, [0.0, 4.721, 4.047]),
        (Step::over_all(Rank)?, [0.458, 1.0, 0.917]),
        (Step::over_all(Round::new(0)?)?, [0.0, 1.0, 1.0]),
    ];
    print_series("raw", &SERIES);
    for (step, expected) in &steps {
        let mut scores = SERIES;
        assert_eq!(step.apply_to_series(&mut scores)?, None, "{step} warns");
        print_series(&step.to_string(), &scores);
        for (score, expected) in [0, 3, 8].map(|frame| scores[frame]).iter().zip(expected) {
            assert!((score - expected).abs() < 0.0005, "{step}: {score}");
        }
    }

    // 2. A chain in code equals the chain of its text, and prints as that text: recipes and logs need no code.
    let built = Chain::new()
        .then(Step::per_video(Median::new(3)?))
        .then(Step::per_video(Gaussian::new(1.0)?))
        .then(Step::over_all(MinMax)?);
    let text = "median(window=3) per video | gaussian(sigma=1) per video | minmax over all";
    let parsed: Chain = text.parse()?;
    assert_eq!((&built, built.to_string().as_str()), (&parsed, text));
    let raw = table([SERIES, SERIES.map(|score| 3.0 * score)])?;
    let (mut by_code, mut by_text) = (raw.clone(), raw.clone());
    built.apply(&mut by_code)?;
    parsed.apply(&mut by_text)?;
    assert_eq!(by_code, by_text);

    // 3. The scope decides which scores are comparable. Video 02 has three times the scores of video 01. Per video both
    //    peaks become 1; over all videos the quiet one stays below a third.
    let (mut per_video, mut over_all) = (raw.clone(), raw);
    Step::per_video(MinMax).apply(&mut per_video)?;
    Step::over_all(MinMax)?.apply(&mut over_all)?;
    println!("{:.2?}, {:.2?}", peaks(&per_video), peaks(&over_all));
    assert_eq!(peaks(&per_video), [1.0, 1.0]);
    assert_eq!(peaks(&over_all), [(0.9 - 0.1) / (3.0 * 0.9 - 0.1), 1.0]);

    // 4. Mistakes are found when a chain is built, not when it runs: a smoother over all videos would mix the end of one
    //    with the start of the next. Errors of texts know the place.
    assert!(Step::over_all(Gaussian::new(3.0)?).is_err());
    let wrong = ["minmax | gausian(sigma=3)", "ema(alpha=2)", "savgol(7)"];
    let errors = wrong.map(|text| text.parse::<Chain>().err());
    errors
        .iter()
        .flatten()
        .for_each(|error| println!("{error}"));
    let places = errors.map(|error| error.as_ref().map(ParseError::offset));
    assert_eq!(places, [Some(9), Some(10), Some(0)]);

    // 5. A step of your own stands in a chain like the others.
    let sharpened = Chain::new()
        .then(Step::over_all(MinMax)?)
        .then(Step::over_all(Power(2.0))?);
    let mut scores = SERIES;
    sharpened.apply_to_series(&mut scores)?;
    print_series(&sharpened.to_string(), &scores);
    assert_eq!((scores[1], scores[3], scores[8]), (0.0, 1.0, 0.765_625));
    Ok(())
}

/// Raises scores to a power: above 1 it spreads high scores and presses low ones together.
#[derive(Debug)]
struct Power(f64);

static POWER: Signature = Signature {
    name: "power",
    smooths: false,
    parameters: &[Parameter::required("exponent")],
    build: |values| Ok(Arc::new(Power(values[0]))),
};

impl Transform for Power {
    fn signature(&self) -> &'static Signature {
        &POWER
    }
    fn parameter_values(&self) -> Vec<f64> {
        vec![self.0]
    }
    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        for score in series {
            *score = score.powf(self.0);
        }
        Outcome::Done
    }
}

/// A table of the videos 01 and 02, whose frames are numbered from 0.
fn table(videos: [[f64; 12]; 2]) -> Result<ScoreTable> {
    let numbers: Vec<_> = (0..12).map(FrameNumber).collect();
    let mut scored = Vec::new();
    for (name, values) in ["01", "02"].into_iter().zip(videos) {
        let (numbers, origins) = (numbers.clone(), vec![Origin::Computed; 12]);
        scored.push(VideoScores::from_parts(
            name.into(),
            numbers,
            values.into(),
            origins,
        )?);
    }
    Ok(ScoreTable::new(scored)?)
}

/// The highest score of each video.
fn peaks(table: &ScoreTable) -> Vec<f64> {
    let series = table.videos().iter().map(VideoScores::values);
    series
        .map(|values| values.iter().copied().fold(0.0, f64::max))
        .collect()
}

fn print_series(name: &str, scores: &[f64]) {
    let scores: Vec<String> = scores.iter().map(|score| format!("{score:5.2}")).collect();
    println!("{} {name}", scores.join(" "));
}
