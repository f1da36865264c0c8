//! Synthetic pairs of frames, the same ones to the pixel as in `scripts/export_flow.py`.

use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};
use oddframe_flow::{Dis, DisOptions, EstimateFlow, Farneback, FarnebackOptions};

pub(crate) const WIDTH: usize = 200;
pub(crate) const HEIGHT: usize = 150;

/// Places are in sixteenths of a pixel.
const UNITS: i64 = 16;

pub(crate) const SCENES: [&str; 3] = ["shift", "turn", "object"];

/// A number from 0 to 255 for each corner of a grid.
fn hashed(i: i64, j: i64, seed: u32) -> i64 {
    let h = (i as u32)
        .wrapping_mul(374_761_393)
        .wrapping_add((j as u32).wrapping_mul(668_265_263))
        .wrapping_add(seed.wrapping_mul(2_246_822_519));
    let h = (h ^ (h >> 13)).wrapping_mul(1_274_126_177);
    i64::from((h ^ (h >> 16)) & 255)
}

/// Values between the corners of a grid whose cells are `cell` pixels wide.
fn noise(x: i64, y: i64, cell: i64, seed: u32) -> i64 {
    let side = cell * UNITS;
    let (i, j) = (x / side, y / side);
    let (fx, fy) = (x - i * side, y - j * side);
    let above = hashed(i, j, seed) * (side - fx) + hashed(i + 1, j, seed) * fx;
    let below = hashed(i, j + 1, seed) * (side - fx) + hashed(i + 1, j + 1, seed) * fx;
    (above * (side - fy) + below * fy) / (side * side)
}

pub(crate) fn texture(x: i64, y: i64) -> u8 {
    let (x, y) = (x + 1000 * UNITS, y + 1000 * UNITS);
    ((noise(x, y, 16, 1) * 4 + noise(x, y, 7, 2) * 3 + noise(x, y, 4, 3)) / 8) as u8
}

/// A gray frame painted pixel by pixel.
pub(crate) fn paint(width: usize, height: usize, pixel: impl Fn(i64, i64) -> u8) -> Frame {
    let shape = FrameShape::new(width, height, PixelFormat::Gray).unwrap();
    let places = (0..width * height).map(|i| ((i % width) as i64, (i / width) as i64));
    let pixels = places.map(|(x, y)| pixel(x, y)).collect();
    Frame::from_pixels(shape, FrameNumber(0), pixels).unwrap()
}

/// Two frames of a texture that moves by a number of sixteenths of a pixel.
pub(crate) fn shifted_pair(width: usize, height: usize, dx: i64, dy: i64) -> [Frame; 2] {
    [(0, 0), (dx, dy)].map(|(dx, dy)| {
        paint(width, height, |x, y| {
            texture(x * UNITS - dx, y * UNITS - dy)
        })
    })
}

fn inside(x: i64, y: i64, left: i64, top: i64) -> bool {
    (left..left + 50).contains(&x) && (top..top + 50).contains(&y)
}

/// One of the pairs that OpenCV's flow is known of.
pub(crate) fn pair(scene: &str) -> [Frame; 2] {
    let (center_x, center_y) = (WIDTH as i64 / 2, HEIGHT as i64 / 2);
    match scene {
        "shift" => shifted_pair(WIDTH, HEIGHT, 52, -24),
        "turn" => [
            paint(WIDTH, HEIGHT, |x, y| texture(x * UNITS, y * UNITS)),
            paint(WIDTH, HEIGHT, |x, y| {
                let (across, down) = (x - center_x, y - center_y);
                texture(x * UNITS - across + down, y * UNITS - down - across)
            }),
        ],
        _ => [(70, 50, 0, 0), (76, 52, 6, 2)].map(|(left, top, dx, dy)| {
            paint(WIDTH, HEIGHT, |x, y| {
                if inside(x, y, left, top) {
                    texture((x + 500 - dx) * UNITS, (y - dy) * UNITS)
                } else {
                    texture(x * UNITS, y * UNITS)
                }
            })
        }),
    }
}

/// The methods of `scripts/export_flow.py`.
pub(crate) fn method(name: &str) -> Box<dyn EstimateFlow> {
    let farneback = FarnebackOptions::default();
    let farneback = match name {
        "ultrafast" => return Box::new(Dis::new(DisOptions::ultrafast()).unwrap()),
        "fast" => return Box::new(Dis::new(DisOptions::fast()).unwrap()),
        "medium" => return Box::new(Dis::new(DisOptions::medium()).unwrap()),
        "gaussian" => FarnebackOptions {
            gaussian_window: true,
            ..farneback
        },
        "other" => FarnebackOptions {
            pyr_scale: 0.7,
            levels: 2,
            winsize: 16,
            iterations: 2,
            poly_n: 7,
            poly_sigma: 1.5,
            ..farneback
        },
        _ => farneback,
    };
    Box::new(Farneback::new(farneback).unwrap())
}
