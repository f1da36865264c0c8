//! Every stage against Python, whose values `scripts/export_objects.py` writes.

use std::path::{Path, PathBuf};

use oddframe_core::{Frame, FrameInput, FrameNumber, FrameShape, PixelFormat, Silent, Video};
use oddframe_frames::{Dataset, prepared};
use safetensors::{Dtype, SafeTensors};

use super::*;
use crate::calibration::Cue;
use crate::found::FrameFindings;
use crate::hog;
use crate::image::ByteBlur;
use crate::judge::Judge;
use crate::local_tail::Switch;
use crate::masks::Masker;
use crate::scorer::calibrate;
use crate::shape::MEASURES;
use crate::smoothing::Smoothing;

const SWITCH: Switch = Switch {
    slow: 0.4,
    spread: 0.35,
};

/// Pictures and flow are stored at every so many pixels, masks of every so many frames.
const STEP: usize = 7;
const MASK_STEP: usize = 3;

/// A video in memory.
struct Recorded {
    video: Video,
    frames: Vec<Frame>,
}

impl Recorded {
    fn new(name: &str, mut frames: Vec<Frame>) -> Self {
        let numbers: Vec<FrameNumber> = (0..frames.len() as u64).map(FrameNumber).collect();
        for (frame, number) in frames.iter_mut().zip(&numbers) {
            frame.relabel(*number, None);
        }
        let video = Video::new(name.into(), frames[0].shape(), numbers).unwrap();
        Self { video, frames }
    }
}

impl FrameSource for Recorded {
    fn video(&self) -> &Video {
        &self.video
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), oddframe_core::Error> {
        out.copy_from(&self.frames[index]);
        Ok(())
    }
}

/// The values of the prototype.
struct Fixture(Vec<u8>);

impl Fixture {
    fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        Self(std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        let tensors = SafeTensors::deserialize(&self.0).unwrap();
        tensors.tensor(name).unwrap().data().to_vec()
    }

    fn values(&self, name: &str) -> Vec<f64> {
        let tensors = SafeTensors::deserialize(&self.0).unwrap();
        let tensor = tensors.tensor(name).unwrap();
        match tensor.dtype() {
            Dtype::F32 => {
                let chunks = tensor.data().as_chunks::<4>().0.iter();
                chunks
                    .map(|bytes| f32::from_le_bytes(*bytes).into())
                    .collect()
            }
            Dtype::F64 => {
                let chunks = tensor.data().as_chunks::<8>().0.iter();
                chunks.map(|bytes| f64::from_le_bytes(*bytes)).collect()
            }
            other => panic!("{name} is {other:?}"),
        }
    }
}

/// Asserts that values are those of the prototype, and prints how far they are from them.
fn assert_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    let worst = differences.clone().fold(0.0, f64::max);
    println!(
        "{what}: mean {:.2e}, max {worst:.2e}",
        differences.sum::<f64>() / found.len().max(1) as f64
    );
    assert!(worst <= tolerance, "{what}: {worst} away");
}

/// Every so many pixels in both directions.
fn sample(values: &[f32], width: usize) -> Vec<f64> {
    let rows = values.chunks_exact(width).step_by(STEP);
    rows.flat_map(|row| row.iter().step_by(STEP).map(|value| f64::from(*value)))
        .collect()
}

/// How far values may be from the prototype's.
struct Tolerances {
    /// Gray levels of the background.
    background: f64,
    /// Mask pixels that differ, of all frames.
    mask_pixels: usize,
    /// Pixels per frame.
    motion: f64,
}

/// Compares all stages on training videos and a test video.
fn compare(name: &str, train: &[Recorded], ids: [&str; 2], test: &Recorded, within: &Tolerances) {
    let fixture = Fixture::read(name);
    let normal: Vec<&dyn FrameSource> = train.iter().map(|video| video as _).collect();
    let shape = analysed_shape(normal[0]).unwrap();
    let width = shape.width();
    let (mut camera, views) = learn_camera(&normal, shape, &mut Silent).unwrap();
    measure_heights(&normal, shape, &mut camera, &views, &mut Silent).unwrap();
    assert_close(
        "background",
        &sample(&camera.background.values, width),
        &fixture.values("camera.background"),
        within.background,
    );
    let [offset, slope, low, high] = camera.heights.line();
    assert_close(
        "line of heights",
        &[slope, offset, low, high],
        &fixture.values("camera.line"),
        1e-6,
    );
    assert_close(
        "heights",
        &camera.heights_by_centre(),
        &fixture.values("camera.heights"),
        1e-6,
    );
    for (id, view) in ids.iter().zip(&views) {
        let value = |part: &str| fixture.values(&format!("view.{id}.{part}"));
        assert_close("own", &sample(&view.own, width), &value("own"), 1e-4);
        assert_close(
            "threshold",
            &[view.threshold.into()],
            &value("threshold"),
            1e-3,
        );
        assert_close(
            "moved",
            &sample(&view.background, width),
            &value("background"),
            within.background,
        );
    }
    let pixels: Vec<&[u8]> = test.frames.iter().map(Frame::pixels).collect();
    let every = |stride: usize| -> Vec<&[u8]> { pixels.iter().copied().step_by(stride).collect() };
    let median = steady_median(&every(median_stride(pixels.len())), width);
    let view = camera
        .view(&median, &every(noise_stride(pixels.len())), test.id())
        .unwrap();
    compare_masks(&fixture, &pixels, &view, width, within.mask_pixels);

    let geometry = Arc::new(Geometry::new(&camera).unwrap());
    let training = analyse(&normal, &geometry, &views, &mut Silent).unwrap();
    let mut analysis = Analysis::new(Arc::clone(&geometry), true);
    let mut found = Vec::new();
    for frames in test.frames.chunks(6) {
        analysis.push(frames, &view, &mut found).unwrap();
    }
    analysis.finish(&mut found);
    compare_findings(&fixture, &found, within.motion);

    let model = ObjectModel::learn((width, shape.height()), camera, &training, SWITCH, 1).unwrap();
    let scale = [model.parts.scale.usual_height, model.parts.scale.unit];
    assert_close(
        "scale of speeds",
        &scale,
        &fixture.values("tail.scale"),
        within.motion,
    );
    compare_cues(&fixture, model, &found);
}

fn compare_masks(fixture: &Fixture, pixels: &[&[u8]], view: &View, width: usize, allowed: usize) {
    let (moving, any) = (fixture.bytes("test.moving"), fixture.bytes("test.any"));
    let bytes = pixels[0].len() / 8;
    let (mut blur, mut masker) = (ByteBlur::default(), Masker::default());
    let (mut blurred, mut own_moving, mut own_any) = (Vec::new(), Vec::new(), Vec::new());
    let mut different = 0;
    for (number, frame) in pixels.iter().step_by(MASK_STEP).enumerate() {
        blur.blur_into(frame, width, &mut blurred);
        masker.mark(&blurred, view, &mut own_moving, &mut own_any);
        for (own, expected) in [(&own_moving, &moving), (&own_any, &any)] {
            let expected = &expected[number * bytes..][..bytes];
            let differs = |place: &usize| own[*place] != expected[place / 8] >> (place % 8) & 1;
            different += (0..own.len()).filter(differs).count();
        }
    }
    println!("masks: {different} pixels differ");
    assert!(
        different <= allowed,
        "{different} pixels of the masks differ"
    );
}

fn compare_findings(fixture: &Fixture, found: &[FrameFindings], tolerance: f64) {
    let expected = fixture.values("test.objects");
    let mut expected: Vec<(usize, [f64; 3])> = expected
        .as_chunks::<3>()
        .0
        .iter()
        .copied()
        .enumerate()
        .collect();
    let mut objects = Vec::new();
    for (number, frame) in found.iter().enumerate() {
        for (place, object) in frame.objects.iter().enumerate() {
            let look = &frame.looks[place * hog::LENGTH..][..hog::LENGTH];
            let centre_and_foot = [number as f64, object.centre(), object.foot()];
            objects.push((centre_and_foot, look, frame.shapes[place]));
        }
    }
    // Regions that touch the same row are found in another order.
    expected.sort_by(|a, b| a.1.partial_cmp(&b.1).unwrap());
    objects.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap());
    let flat = |places: Vec<[f64; 3]>| places.into_flattened();
    assert_close(
        "objects",
        &flat(objects.iter().map(|object| object.0).collect()),
        &flat(expected.iter().map(|object| object.1).collect()),
        1e-3,
    );
    let looks = fixture.values("test.looks");
    let stride = (expected.len() / 12).max(1);
    let shapes = fixture.values("test.shapes");
    for ((number, _), (_, look, shape)) in expected.iter().zip(&objects) {
        assert_close(
            "shape",
            &shape.map(f64::from),
            &shapes[number * MEASURES..][..MEASURES],
            2e-2,
        );
        if number % stride == 0 {
            let own: Vec<f64> = look.iter().map(|value| value.to_f64()).collect();
            assert_close(
                "look",
                &own,
                &looks[number / stride * hog::LENGTH..][..hog::LENGTH],
                2e-3,
            );
        }
    }
    let expected = fixture.values("test.windows");
    let mut windows = Vec::new();
    for (number, frame) in found.iter().enumerate() {
        for window in &frame.windows {
            let place = [number as f64, window.x.into(), window.y.into()];
            let motion = [window.dx, window.dy, window.body_dx, window.body_dy];
            windows.push((place, motion.map(f64::from)));
        }
    }
    let expected: Vec<([f64; 3], [f64; 4])> = expected
        .as_chunks::<7>()
        .0
        .iter()
        .map(|[frame, x, y, motion @ ..]| ([*frame, *x, *y], *motion))
        .collect();
    let places = |windows: &[([f64; 3], [f64; 4])]| -> Vec<f64> {
        windows.iter().flat_map(|w| w.0).collect()
    };
    let motion = |windows: &[([f64; 3], [f64; 4])]| -> Vec<f64> {
        windows.iter().flat_map(|w| w.1).collect()
    };
    assert_close(
        "places of windows",
        &places(&windows),
        &places(&expected),
        0.0,
    );
    assert_close(
        "motion of windows",
        &motion(&windows),
        &motion(&expected),
        tolerance,
    );
    let stride = (found.len() / 5).max(1);
    let dwell: Vec<f64> = found
        .iter()
        .step_by(stride)
        .flat_map(|frame| frame.dwell.iter().map(|t| f64::from(*t)))
        .collect();
    assert_close("dwell", &dwell, &fixture.values("test.dwell"), 1e-4);
}

/// Cues, their values in normal video, and the score.
fn compare_cues(fixture: &Fixture, model: ObjectModel, found: &[FrameFindings]) {
    let smoothing = Smoothing::new(4.0, false).unwrap();
    let calibrations = calibrate(&model, &smoothing).unwrap();
    let judge = Judge::new(Arc::new(model)).unwrap();
    let mut crowd: Vec<f64> = found.iter().map(|f| f.objects.len() as f64).collect();
    let numbers: Vec<u64> = found.iter().map(|frame| frame.number).collect();
    smoothing.smooth_frames(&numbers, &mut crowd).unwrap();
    let mut scores = vec![0.0; found.len()];
    // The script knows five of the cues, and its score is made of them.
    let cues = [
        (Cue::Motion, "parts", 0.1),
        (Cue::Body, "bodies", 0.1),
        (Cue::Appearance, "look", 0.02),
        (Cue::Shape, "shape", 0.02),
        (Cue::Dwelling, "dwell", 1e-4),
    ];
    let weights = ObjectSettings::default().weights.in_order();
    for (cue, name, tolerance) in cues {
        let normal = judge.model().normal_values(cue);
        let values: Vec<f64> = normal.videos.concat().into_iter().map(f64::from).collect();
        assert_close(
            &format!("normal values of {name}"),
            &values,
            &fixture.values(&format!("normal.{name}")),
            tolerance,
        );
        let mut values: Vec<f64> = found
            .iter()
            .map(|frame| {
                let finding = &judge.examine(frame)[cue as usize];
                finding
                    .as_ref()
                    .map_or(normal.missing.into(), |finding| finding.value)
            })
            .collect();
        let expected = fixture.values(&format!("score.{name}"));
        assert_close(&format!("values of {name}"), &values, &expected, tolerance);
        smoothing.smooth_frames(&numbers, &mut values).unwrap();
        let calibration = &calibrations[cue as usize];
        let mut level = calibration.start_video();
        let rarities = values
            .iter()
            .zip(&crowd)
            .map(|(value, crowd)| calibration.rarity(*value, *crowd, &mut level));
        for (score, rarity) in scores.iter_mut().zip(rarities) {
            *score += weights[cue as usize] * rarity;
        }
    }
    let of_sum = smoothing.of_sum();
    of_sum.smooth_frames(&numbers, &mut scores).unwrap();
    let expected = fixture.values("score");
    let ratios: Vec<f64> = scores.iter().zip(&expected).map(|(a, b)| a / b).collect();
    assert_close("scores, relative", &ratios, &vec![1.0; ratios.len()], 0.02);
}

pub(crate) fn shared_data() -> Option<PathBuf> {
    let root = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join("ped2");
    if !path.exists() {
        eprintln!(
            "skipped: {} is not here (set ODDFRAME_DATA)",
            path.display()
        );
        return None;
    }
    Some(path)
}

#[test]
fn ped2() {
    let Some(root) = shared_data() else { return };
    let data = Dataset::open(&root).unwrap();
    let run = |video: &dyn FrameSource, first: usize| {
        let gray = prepared(FrameInput::unresized(PixelFormat::Gray), video).unwrap();
        let frames = (first..first + 15).map(|place| gray.read(place).unwrap());
        Recorded::new(video.id().name(), frames.collect())
    };
    let train: Vec<Recorded> = [0, 2, 5, 8]
        .map(|video| run(&data.train()[video], 40))
        .into();
    let test = run(&data.test()[1], 110);
    let within = Tolerances {
        background: 0.05,
        mask_pixels: 0,
        motion: 0.05,
    };
    compare("ped2", &train, ["1", "3"], &test, &within);
}

/// The finaliser that `oddframe_core::Random` uses, which the script repeats: the street is drawn from it.
fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The street of the script: a textured ground, noise, and six people in three lanes.
fn draw_street(video: u64, time: u64) -> Frame {
    let (width, height) = (144, 96);
    let mut pixels = Vec::with_capacity(144 * 96);
    for y in 0..height {
        for x in 0..width {
            let ground = 90 + mix(x / 3 + (1 << 20) * (y / 3)) % 50;
            let noise = mix(x + (y << 16) + ((video * 1000 + time) << 32)) % 5;
            pixels.push((ground + noise) as u8);
        }
    }
    for lane in 0..3_u64 {
        for person in 0..2 {
            let key = mix(1000 * video + 10 * lane + person + 1);
            let runs = video == 4 && lane == 1 && person == 0;
            let speed = [1, 2, -1][lane as usize] * if runs { 3 } else { 1 };
            let start = (key % 140) as i64 - if speed > 2 { 60 } else { 0 };
            let (foot, tall, bright) = (44 + 18 * lane, 16 + 4 * lane, 180 + 20 * lane);
            let left = start + speed * time as i64;
            let wide = tall as i64 / 2 - 2;
            for y in foot - tall..foot {
                for x in (0..width).filter(|x| (left..left + wide).contains(&(*x as i64))) {
                    let across = x.wrapping_sub(left.rem_euclid(1 << 32) as u64);
                    let texture = mix(across
                        .wrapping_mul(7)
                        .wrapping_add(y << 12)
                        .wrapping_add(bright))
                        % 40;
                    pixels[(y * width + x) as usize] = (bright - 20 + texture).min(255) as u8;
                }
            }
        }
    }
    let shape = FrameShape::new(144, 96, oddframe_core::PixelFormat::Gray).unwrap();
    Frame::from_pixels(shape, FrameNumber(time), pixels).unwrap()
}

#[test]
fn street() {
    let video = |number: u64| {
        let frames = (0..40).map(|time| draw_street(number, time)).collect();
        Recorded::new(&number.to_string(), frames)
    };
    let train: Vec<Recorded> = (0..4).map(video).collect();
    let within = Tolerances {
        background: 0.05,
        mask_pixels: 0,
        motion: 0.05,
    };
    compare("street", &train, ["0", "1"], &video(4), &within);
}
