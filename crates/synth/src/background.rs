//! The empty street: procedural colours of the ground and the houses.

use crate::camera::Camera;
use crate::surface::Color;
use crate::texture::{cell_value, grain_noise, lerp, value_noise};

/// Distance of the house fronts.
pub(crate) const FRONT_M: f64 = 22.0;
/// The alley between the houses, seen at their fronts: left and right wall.
pub(crate) const ALLEY_M: (f64, f64) = (0.7, 3.3);
/// Distance of the wall at the alley's end.
const END_M: f64 = 38.0;
/// Top of that wall; above it is sky.
const END_TOP_M: f64 = 6.6;

/// The surface that a ray through a pixel of the empty street hits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ray {
    pub(crate) color: Color,
    /// Whether this is a house front, which hides all actors behind it.
    pub(crate) front: bool,
}

/// Traces a ray through a point of the picture to the empty street: the house fronts first, then
/// the wall at the end of the alley, then the ground.
pub(crate) fn trace_ray(camera: Camera, seed: u32, x_px: f64, y_px: f64) -> Ray {
    // The house fronts fill the picture above the ground, except for the alley between them.
    let (right, up) = camera.unproject_to_plane(x_px, y_px, FRONT_M);
    let alley = right > ALLEY_M.0 && right < ALLEY_M.1;
    if up > 0.0 && !alley {
        let (right, up) = (right as f32, up as f32);
        let color = if right < ALLEY_M.0 as f32 {
            brick_house_color(seed, right, up)
        } else {
            plaster_house_color(seed, right, up)
        };
        return Ray { color, front: true };
    }
    // Through the alley: sky above the wall at its end, then the wall itself.
    let (far_right, far_up) = camera.unproject_to_plane(x_px, y_px, END_M);
    if far_up > END_TOP_M {
        return Ray {
            color: [198.0, 212.0, 226.0],
            front: false,
        };
    }
    if far_up > 0.0 {
        return Ray {
            color: end_wall_color(seed, far_right as f32, far_up as f32),
            front: false,
        };
    }
    let (x, z) = camera.unproject_to_ground(x_px, y_px);
    Ray {
        color: ground_color(seed, x as f32, z as f32),
        front: false,
    }
}

fn ground_color(seed: u32, x: f32, z: f32) -> Color {
    // The lawn around the tree: an ellipse with an uneven edge of bare earth.
    // Every texture has a seed of its own, so that no two patterns repeat each other.
    let green = ((x - 3.2) / 2.3, (z - 9.15) / 0.75);
    let edge =
        green.0 * green.0 + green.1 * green.1 + 0.25 * grain_noise(seed ^ 0x61, x * 2.0, z * 2.0);
    if edge < 1.0 {
        let blade = grain_noise(seed ^ 0x62, x * 6.0, z * 2.5);
        let light = 1.0 + 0.3 * blade;
        return if edge > 0.86 {
            [112.0 * light, 98.0 * light, 74.0 * light]
        } else {
            [82.0 * light, 108.0 * light, 58.0 * light]
        };
    }
    // Everything else is paved. Wear and stains vary the brightness.
    let wear = 1.0
        + 0.09 * grain_noise(seed ^ 0x63, x * 0.8, z * 0.8)
        + 0.05 * grain_noise(seed ^ 0x64, x * 5.0, z * 5.0);
    let stain = (value_noise(seed ^ 0x65, x * 0.9, z * 0.7) - 0.6).max(0.0) * 0.4;
    let light = wear * (1.0 - stain);
    // A manhole cover, then stripes of paving at different distances, separated by kerbs.
    let cover = ((x + 1.3) * (x + 1.3) + (z - 7.9) * (z - 7.9)).sqrt();
    let base = if cover < 0.36 {
        let rib = ((x * 14.0).floor() as i32 + (z * 14.0).floor() as i32) & 1;
        if cover > 0.31 || rib == 0 {
            [78.0, 76.0, 74.0]
        } else {
            [104.0, 101.0, 98.0]
        }
    } else if z < 8.55 {
        paving_color(
            seed ^ 0x71,
            x,
            z,
            (0.9, 0.9),
            [168.0, 160.0, 148.0],
            [146.0, 136.0, 124.0],
        )
    } else if z < 9.6 {
        paving_color(
            seed ^ 0x72,
            x,
            z,
            (0.32, 0.26),
            [122.0, 117.0, 112.0],
            [98.0, 94.0, 92.0],
        )
    } else if z < 9.75 {
        [190.0, 186.0, 178.0]
    } else if z < 17.6 {
        paving_color(
            seed ^ 0x73,
            x,
            z,
            (1.5, 1.1),
            [154.0, 152.0, 150.0],
            [134.0, 134.0, 136.0],
        )
    } else if z < 17.85 {
        [182.0, 178.0, 170.0]
    } else {
        paving_color(
            seed ^ 0x74,
            x,
            z,
            (2.0, 2.0),
            [138.0, 130.0, 122.0],
            [124.0, 116.0, 108.0],
        )
    };
    base.map(|c| c * light)
}

/// Paving of slabs in two colours with dark joints; every second row is shifted by half a slab.
fn paving_color(seed: u32, x: f32, z: f32, size: (f32, f32), a: Color, b: Color) -> Color {
    // The row decides the shift, and row and column together the colour of the slab.
    let row = (z / size.1).floor();
    let shift = if row as i32 & 1 == 0 { 0.0 } else { 0.5 };
    let column = (x / size.0 + shift).floor();
    let (u, v) = (x / size.0 + shift - column, z / size.1 - row);
    let joint = 0.035 / size.0;
    if u < joint || v < 0.04 / size.1 {
        return [96.0, 92.0, 86.0];
    }
    let tone = cell_value(seed, column as i32, row as i32);
    let mut color = [0.0; 3];
    for (out, (a, b)) in color.iter_mut().zip(a.into_iter().zip(b)) {
        *out = lerp(a, b, tone);
    }
    color
}

/// The house on the left: stone courses, sash windows and a door.
fn brick_house_color(seed: u32, x: f32, up: f32) -> Color {
    // The front repeats every 2.6 metres; the windows of two floors share their columns.
    let pitch = 2.6;
    let bay = ((x + 0.5) / pitch).floor();
    let across = x + 0.5 - bay * pitch - pitch / 2.0;
    if bay as i32 == -2 && across.abs() < 0.75 && up < 2.5 {
        return door_color(across, up);
    }
    for (floor, bottom) in [0.95, 3.9].into_iter().enumerate() {
        if let Some(color) = window_color(
            seed,
            (bay as i32, floor as i32),
            (across, up - bottom),
            (0.62, 1.6),
        ) {
            return color;
        }
    }
    // The base and the cornice between the floors.
    if up < 0.45 || (3.1..3.35).contains(&up) {
        let light = 1.0 + 0.08 * grain_noise(seed ^ 0x81, x * 3.0, up * 3.0);
        return [138.0 * light, 128.0 * light, 116.0 * light];
    }
    let brick = paving_color(
        seed ^ 0x82,
        x,
        up,
        (0.8, 0.4),
        [166.0, 116.0, 92.0],
        [138.0, 92.0, 74.0],
    );
    let light = 1.0 + 0.1 * grain_noise(seed ^ 0x83, x * 2.0, up * 2.0);
    brick.map(|c| c * light)
}

/// The house on the right: plaster above shop windows with a striped awning.
fn plaster_house_color(seed: u32, x: f32, up: f32) -> Color {
    // The awning between the shop windows and the upper floor.
    let stripe = (x / 0.45).floor() as i32 & 1;
    if (2.45..3.15).contains(&up) {
        return if stripe == 0 {
            [176.0, 62.0, 54.0]
        } else {
            [220.0, 212.0, 196.0]
        };
    }
    // Shop windows every 3.1 metres below, narrower windows every 1.9 metres above.
    let bay = (x / 3.1).floor();
    let across = x - bay * 3.1 - 1.55;
    if let Some(color) = window_color(
        seed ^ 0x90,
        (bay as i32, 0),
        (across, up - 0.55),
        (1.3, 1.75),
    ) {
        return color;
    }
    let narrow = (x / 1.9).floor();
    let beside = x - narrow * 1.9 - 0.95;
    if let Some(color) = window_color(
        seed ^ 0x91,
        (narrow as i32, 1),
        (beside, up - 3.9),
        (0.5, 1.5),
    ) {
        return color;
    }
    let light = 1.0 + 0.09 * grain_noise(seed ^ 0x92, x * 1.2, up * 1.2)
        - if up < 0.5 { 0.22 } else { 0.0 };
    [186.0 * light, 176.0 * light, 150.0 * light]
}

fn door_color(across: f32, up: f32) -> Color {
    if across.abs() > 0.62 || up > 2.35 {
        return [196.0, 188.0, 174.0];
    }
    // Two panels in darker green.
    let panel = across.abs() > 0.1 && across.abs() < 0.5 && (up * 1.4).fract() > 0.2;
    if panel {
        [46.0, 74.0, 62.0]
    } else {
        [60.0, 92.0, 78.0]
    }
}

/// The colour of a framed window at a position in metres from its middle and above its sill; `None`
/// outside.
fn window_color(seed: u32, which: (i32, i32), at: (f32, f32), size: (f32, f32)) -> Option<Color> {
    let (across, up) = at;
    let frame = 0.12;
    if across.abs() > size.0 + frame || up < -frame || up > size.1 + frame {
        return None;
    }
    // The glazing bars: one upright, one across.
    let bar = across.abs() < 0.05 || (up - size.1 * 0.55).abs() < 0.05;
    if across.abs() > size.0 || up < 0.0 || up > size.1 || bar {
        return Some([206.0, 200.0, 188.0]);
    }
    // Some windows have a curtain.
    let lit = cell_value(seed, which.0, which.1);
    if lit > 0.72 && across.abs() > size.0 * 0.55 {
        return Some([178.0, 168.0, 146.0]);
    }
    // Glass reflects the sky: lighter upwards, with a slanted highlight.
    let gleam = if (across + up * 0.6 + lit * 3.0).fract().abs() < 0.18 {
        26.0
    } else {
        0.0
    };
    let sky = 44.0 + 34.0 * up / size.1 + gleam;
    Some([sky * 0.82, sky * 0.98, sky * 1.16])
}

fn end_wall_color(seed: u32, x: f32, up: f32) -> Color {
    let bay = (x / 2.2).floor();
    let across = x - bay * 2.2 - 1.1;
    let floor = (up / 2.4).floor();
    let glass = across.abs() < 0.55 && (0.7..1.9).contains(&(up - floor * 2.4));
    let light = 1.0 + 0.08 * grain_noise(seed ^ 0xA1, x, up);
    if glass {
        [104.0, 114.0, 126.0]
    } else {
        [156.0 * light, 158.0 * light, 160.0 * light]
    }
}
