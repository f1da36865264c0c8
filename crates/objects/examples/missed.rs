//! A picture of the events that the system misses most: fits on synthetic streets, scores their test videos, and draws a frame
//! from the middle of each of the six events with the lowest scores.
//!
//! `cargo run --release -p oddframe-objects --example missed -- FIRST..=LAST OUT.jpg`
//!
//! The true box is green, the highest box of the system orange. The table that is printed tells which event is where in the picture.
//! An event is ranked by the share of normal frames of its street that score lower than its frames, on average.

use image::{RgbImage, imageops};
use jpeg_encoder::{ColorType, Encoder};
use oddframe_core::{
    Frame, FrameNumber, FrameSource, ModelFolder, Rect, ScoredVideo, Silent, System, Track,
};
use oddframe_frames::{Dataset, FramePass, prepared, score_videos};
use oddframe_labels::{VideoFrames, read_labels};
use oddframe_objects::{ObjectSettings, Objects};
use oddframe_synth::{Preset, Scene, WriteOptions};

type Failure = Box<dyn std::error::Error>;

/// Pictures in a row, and rows.
const COLUMNS: u32 = 3;
const ROWS: u32 = 2;

/// How much larger than in the video a frame is drawn.
const ZOOM: u32 = 2;

/// The quality of the JPEG file, of 100.
const QUALITY: u8 = 85;

const TRUTH: [u8; 3] = [40, 200, 60];
const FOUND: [u8; 3] = [255, 140, 0];

/// An event that was scored.
struct Event {
    /// The share of normal frames that score lower than a frame of the event, on average.
    rank: f64,
    name: String,
    reason: String,
    picture: RgbImage,
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [seeds, out] = words.as_slice() else {
        return Err("usage: missed FIRST..=LAST OUT.jpg".into());
    };
    let (first, last) = seeds.split_once("..=").ok_or("seeds are FIRST..=LAST")?;
    let mut events = Vec::new();
    for seed in first.parse::<u64>()?..=last.parse()? {
        events.extend(score_street(seed)?);
        println!("street {seed}: {} events so far", events.len());
    }
    events.sort_by(|a, b| a.rank.total_cmp(&b.rank));
    events.truncate((COLUMNS * ROWS) as usize);
    let Some(Event { picture, .. }) = events.first() else {
        return Err("these streets have no events".into());
    };
    let (width, height) = picture.dimensions();
    let mut sheet = RgbImage::new(COLUMNS * width, ROWS * height);
    println!("| event | normal frames below | what the system says |\n|---|---|---|");
    for (place, event) in (0_u32..).zip(&events) {
        let (x, y) = (place % COLUMNS * width, place / COLUMNS * height);
        imageops::replace(&mut sheet, &event.picture, x.into(), y.into());
        println!(
            "| {} | {:.0} % | {} |",
            event.name,
            100.0 * event.rank,
            event.reason
        );
    }
    let (width, height) = (sheet.width() as u16, sheet.height() as u16);
    Encoder::new_file(out, QUALITY)?.encode(sheet.as_raw(), width, height, ColorType::Rgb)?;
    Ok(())
}

/// The events of the test videos of a street, with their ranks.
fn score_street(seed: u64) -> Result<Vec<Event>, Failure> {
    let root = tempfile::tempdir()?;
    let street = Scene::new(Preset::Small, seed);
    street.write(root.path(), WriteOptions::new(), &mut Silent)?;
    let (data, system) = (
        Dataset::open(root.path())?,
        Objects::new(ObjectSettings::default())?,
    );
    let normal: Vec<_> = data
        .train()
        .iter()
        .map(|video| prepared(system.input(), video))
        .collect::<Result<_, _>>()?;
    let normal: Vec<&dyn FrameSource> = normal.iter().map(AsRef::as_ref).collect();
    let folder = tempfile::tempdir()?;
    let model = ModelFolder::create(folder.path())?;
    system.fit(&normal, &model, &mut Silent)?;
    let test: Vec<&dyn FrameSource> = data.test().iter().map(|video| video as _).collect();
    let mut scorers = [system.open(&model)?];
    let scored = score_videos(&test, &mut scorers, FramePass::new(), &mut Silent)?;
    let videos: Vec<ScoredVideo> = scored.into_iter().flatten().collect();
    let frames: Vec<VideoFrames> = videos
        .iter()
        .map(|v| VideoFrames::from(v.scores()))
        .collect();
    let labels = read_labels(root.path(), &frames)?.labels;

    let mut normal = Vec::new();
    for video in videos.iter().map(ScoredVideo::scores) {
        let known = labels.video(video.id());
        let scores = video.numbers().iter().zip(video.values());
        let scores = scores.filter(|(n, _)| known.and_then(|known| known.get(**n)) == Some(false));
        normal.extend(scores.map(|(_, score)| *score));
    }
    normal.sort_unstable_by(f64::total_cmp);
    let mut events = Vec::new();
    for track in labels.tracks() {
        let position = videos
            .iter()
            .position(|video| *video.scores().id() == track.video);
        let position = position.ok_or("a track of an unknown video")?;
        let event = describe_event(track, &videos[position], test[position], &normal)?;
        events.extend(event.map(|(place, event)| {
            let kind = street.test()[position].event_at(place);
            let kind = kind.map_or("an event".to_owned(), |kind| kind.to_string());
            let name = format!(
                "{kind}: street {seed}, video {}, frame {place}",
                track.video
            );
            Event { name, ..event }
        }));
    }
    Ok(events)
}

/// The frame in the middle of an event, and the event without its name. None where none of its frames was scored.
fn describe_event(
    track: &Track,
    video: &ScoredVideo,
    source: &dyn FrameSource,
    normal: &[f64],
) -> Result<Option<(usize, Event)>, Failure> {
    let place_of = |number: &FrameNumber| video.scores().numbers().binary_search(number).ok();
    let places: Vec<(usize, Rect)> = track
        .boxes
        .iter()
        .filter_map(|(number, area)| Some((place_of(number)?, *area)))
        .collect();
    let Some((middle, truth)) = places.get(places.len() / 2).copied() else {
        return Ok(None);
    };
    let below = places.iter().map(|(place, _)| {
        let score = video.scores().values()[*place];
        normal.partition_point(|other| *other < score) as f64 / normal.len().max(1) as f64
    });
    let mut frame = Frame::default();
    source.read_into(middle, &mut frame)?;
    let (width, height) = (frame.shape().width() as u32, frame.shape().height() as u32);
    let picture = RgbImage::from_raw(width, height, frame.pixels().to_vec())
        .ok_or("the frames of the street are in colour")?;
    let filter = imageops::FilterType::CatmullRom;
    let mut picture = imageops::resize(&picture, ZOOM * width, ZOOM * height, filter);
    let details = &video.details()[middle];
    let highest = details
        .boxes
        .iter()
        .max_by(|a, b| a.score.total_cmp(&b.score));
    if let Some(highest) = highest {
        draw_outline(&mut picture, highest.area, FOUND);
    }
    draw_outline(&mut picture, truth, TRUTH);
    let event = Event {
        rank: below.sum::<f64>() / places.len() as f64,
        name: String::new(),
        reason: details.reason.as_ref().map_or("nothing".into(), |reason| {
            format!("{}: {}", reason.cue, reason.sentence)
        }),
        picture,
    };
    Ok(Some((middle, event)))
}

/// Draws the outline of an area of the video, two pixels wide.
fn draw_outline(picture: &mut RgbImage, area: Rect, color: [u8; 3]) {
    let zoomed = |value: f64| (value * f64::from(ZOOM)).max(0.0) as u32;
    let (left, top) = (zoomed(area.left), zoomed(area.top));
    let (right, bottom) = (zoomed(area.right), zoomed(area.bottom));
    for y in top..=bottom {
        for x in left..=right {
            let from_edge = (x - left).min(right - x).min(y - top).min(bottom - y);
            if from_edge < 2 && x < picture.width() && y < picture.height() {
                picture.put_pixel(x, y, image::Rgb(color));
            }
        }
    }
}
