//! Frames, error maps, scores and clips as arrays of the crate `ndarray`.
//!
//! `cargo run -p oddframe --no-default-features --features light --example ndarray_views`; a program of your own enables
//! the feature `ndarray-views`.

use anyhow::{Context, Result, ensure};
use ndarray::{Array1, Array3, Axis, s};
use oddframe::clips::{ClipSet, ExampleArrays, read_example};
use oddframe::core::{AlignedLabels, Frame, FrameInput, FrameNumber, FrameSource};
use oddframe::core::{PixelFormat, Pool, ScoreTable, VideoScores, WindowSpec};
use oddframe::frames::{Filter, Resizer, frame_from_array, frame_view, frame_view_mut, prepared};
use oddframe::metrics::Ranking;
use oddframe::post::Chain;
use oddframe::score::{Channels, Distance, Mean, Pair};
use oddframe::score::{error_map_array, error_map_into, map_from_view, view_of_map};
use oddframe::synth::{Preset, Scene};

/// The size of the images that are scored.
const WIDTH: usize = 48;
const HEIGHT: usize = 32;

fn main() -> Result<()> {
    // 1. A frame is an array of bytes, [height, width, channels]. Its views read and write the frame's own memory.
    let scene = Scene::new(Preset::Tiny, 0);
    let mut frame = scene.test()[0].read(0)?;
    ensure!(frame_view(&frame).dim() == (64, 96, 3));
    ensure!(frame_view(&frame).as_ptr() == frame.pixels().as_ptr());
    let mut view = frame_view_mut(&mut frame);
    view.slice_mut(s![..8, .., ..]).fill(0);
    ensure!(frame.pixels()[..8 * 96 * 3].iter().all(|byte| *byte == 0));

    // An array becomes a frame by giving its memory away. The library then treats it like any other frame.
    let ramp = Array3::from_shape_fn((64, 96, 1), |(_, x, _)| 2 * x as u8);
    let memory = ramp.as_ptr();
    let ramp = frame_from_array(ramp, FrameNumber(0))?;
    ensure!(ramp.pixels().as_ptr() == memory);
    let mut half = Frame::default();
    Resizer::new(WIDTH, HEIGHT, Filter::OpenCv)?.resize_into(&ramp, &mut half);
    ensure!(frame_view(&half).slice(s![0, ..3, 0]).to_vec() == [1, 5, 9]);

    let smoothing: Chain = "gaussian(sigma=3)".parse()?;
    let mut videos = Vec::new();
    for video in scene.test() {
        // 2. The images of a video, [frames, height, width], each predicted by the one before it. The errors of all
        //    frames are array arithmetic; a pool takes the map of each frame as it lies in memory.
        let images = read_video(video)?;
        let mut predicted = images.clone();
        let mut later = predicted.slice_mut(s![1.., .., ..]);
        later.assign(&images.slice(s![..-1, .., ..]));
        let errors = &images - &predicted;
        let maps = errors.mapv(|error| error * error);
        let mut scores = Array1::zeros(maps.dim().0);
        for (score, map) in scores.iter_mut().zip(maps.outer_iter()) {
            *score = Mean.pool(map_from_view(&map)?);
        }

        // 3. The library's own error maps are the same numbers: as a new array, or in memory that is already there.
        let image = images.slice(s![9..10, .., ..]);
        let prediction = predicted.slice(s![9..10, .., ..]);
        let pair = Pair::from_views(&image, &prediction)?;
        let mut map = error_map_array(pair, Distance::Squared, Channels::Mean);
        ensure!(map == maps.index_axis(Axis(0), 9));
        let memory = map.as_slice_mut().context("not in one piece")?;
        error_map_into(pair, Distance::Absolute, Channels::Mean, memory)?;
        let absolute = errors.index_axis(Axis(0), 9).mapv(f32::abs);
        ensure!(view_of_map(map_from_view(&map.view())?) == absolute);

        // 4. The scores of the video are smoothed in place.
        smoothing.apply_to_array(scores.view_mut())?;
        videos.push(VideoScores::computed(video.video(), scores.to_vec())?);
    }

    // 5. A metric, after the labels were brought into the order of the scores.
    let table = ScoreTable::new(videos)?;
    let AlignedLabels { videos, unused } = scene.labels().align(&table)?;
    ensure!(unused == 0, "{unused} labelled frames have no score");
    let labels = Array1::from(videos.concat());
    let scores: Array1<f64> = table.values().collect();
    let auc = Ranking::from_arrays(labels.view(), scores.view())?.roc_auc();
    println!("{} frames, AUC {auc:.3}", scores.len());
    ensure!(auc > 0.75, "the differences do not tell what is unusual");

    // 6. Training clips, [frames, channels, height, width]: of eight frames a network would predict the last two.
    let input = FrameInput::new(WIDTH, HEIGHT, PixelFormat::Gray)?;
    let video = prepared(input, &scene.train()[0])?;
    let clips = ClipSet::new(&[&video], input, WindowSpec::new(8, 4)?)?;
    let clips = clips.with_predicted_frames(6..8)?;
    let ExampleArrays { input, target } = read_example(&clips, 0, 1)?;
    let images = read_video(&scene.train()[0])?;
    ensure!(input.index_axis(Axis(1), 0) == images.slice(s![4..12, .., ..]));
    ensure!(target == input.slice(s![6.., .., .., ..]));
    Ok(())
}

/// The brightness of every pixel of a video, from 0 to 1: `[frames, height, width]`.
fn read_video(video: &impl FrameSource) -> Result<Array3<f32>> {
    let video = prepared(FrameInput::new(WIDTH, HEIGHT, PixelFormat::Gray)?, video)?;
    let mut images = Array3::zeros((video.numbers().len(), HEIGHT, WIDTH));
    for (index, mut image) in images.outer_iter_mut().enumerate() {
        let frame = video.read(index)?;
        let gray = frame_view(&frame).index_axis_move(Axis(2), 0);
        image.assign(&gray.mapv(|byte| f32::from(byte) / 255.0));
    }
    Ok(images)
}
