//! The fixed furniture of the street.

use crate::brush::{Brush, Ink, LocalFrame, Pattern};
use crate::camera::Camera;
use crate::surface::{Color, Surface};
use crate::texture::cell_value;

/// A fixed object; people walk in front of it and behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Furniture {
    Tree,
    Lamp,
    Bench,
    Planter,
    Bin,
}

/// The furniture of the street, the farthest first, with its position in metres.
pub(crate) const FURNITURE: [(Furniture, f64, f64); 6] = [
    (Furniture::Planter, 6.6, 15.2),
    (Furniture::Bench, -5.4, 14.6),
    (Furniture::Bin, -3.7, 14.4),
    (Furniture::Planter, 5.0, 14.4),
    (Furniture::Tree, 3.1, 9.1),
    (Furniture::Lamp, -2.3, 8.9),
];

const IRON: Color = [58.0, 62.0, 64.0];
const WOOD: Color = [124.0, 84.0, 50.0];
const BARK: Color = [88.0, 70.0, 54.0];

/// Paints one piece of furniture.
pub(crate) fn paint_furniture<S: Surface>(
    brush: &mut Brush<'_, S>,
    camera: Camera,
    pad: f32,
    thing: Furniture,
    place: (f64, f64),
) {
    let seen = camera.project(place.0, place.1);
    let (x, y, m) = (seen.x as f32 + pad, seen.y as f32 + pad, seen.scale as f32);
    brush.depth = place.1 as f32;
    let frame = LocalFrame {
        origin: (x, y),
        scale: m,
        across: 1.0,
        lift: 0.0,
    };
    match thing {
        Furniture::Tree => {
            brush.draw_shadow(frame.point(0.5, -0.05), 1.3 * m, 0.3 * m, 0.4);
            let bark = Ink {
                second: [76.0, 60.0, 45.0],
                pattern: Pattern::Bands(0.09 * m),
                ..Ink::solid(BARK)
            };
            brush.draw_rod(
                frame.point(0.0, 0.0),
                frame.point(0.05, 3.2),
                0.17 * m,
                0.11 * m,
                &bark,
            );
            brush.draw_rod(
                frame.point(0.05, 2.2),
                frame.point(-0.8, 3.4),
                0.07 * m,
                0.05 * m,
                &bark,
            );
            brush.draw_rod(
                frame.point(0.05, 2.5),
                frame.point(0.9, 3.5),
                0.07 * m,
                0.05 * m,
                &bark,
            );
            // The leaves come from fixed hashes and not from the seed, so that the furniture is the
            // same in every scene.
            for leaf in 0..90 {
                let random = [0, 1, 2, 3].map(|axis| cell_value(0x1EAF, leaf, axis));
                let (right, up) = (random[0] * 3.6 - 1.8, 2.75 + random[1] * 1.9);
                let green = 0.7 + 0.6 * random[2];
                let ink = Ink::solid([62.0 * green, 96.0 * green, 44.0 * green]);
                let r = (0.12 + 0.16 * random[3]) * m;
                brush.draw_ellipse(
                    frame.point(right, up + 0.1 * right * right),
                    r,
                    r * 0.8,
                    &ink,
                );
            }
        }
        Furniture::Lamp => {
            brush.draw_shadow(frame.point(0.3, 0.0), 0.6 * m, 0.12 * m, 0.35);
            let iron = Ink::solid(IRON);
            brush.draw_block(frame.point(-0.13, 0.5), frame.point(0.13, 0.0), &iron);
            brush.draw_rod(
                frame.point(0.0, 0.4),
                frame.point(0.0, 5.0),
                0.055 * m,
                0.05 * m,
                &iron,
            );
        }
        Furniture::Bench => {
            brush.draw_shadow(frame.point(0.1, 0.0), 1.2 * m, 0.2 * m, 0.4);
            for leg in [-0.8, 0.8] {
                brush.draw_rod(
                    frame.point(leg, 0.0),
                    frame.point(leg, 0.85),
                    0.04 * m,
                    0.04 * m,
                    &Ink::solid(IRON),
                );
            }
            for board in [0.42, 0.62, 0.8] {
                brush.draw_block(
                    frame.point(-0.95, board + 0.1),
                    frame.point(0.95, board),
                    &Ink::solid(WOOD),
                );
            }
        }
        Furniture::Planter => {
            brush.draw_shadow(frame.point(0.2, 0.0), 1.1 * m, 0.25 * m, 0.4);
            let pot = Ink {
                second: [150.0, 92.0, 70.0],
                pattern: Pattern::Bands(0.14 * m),
                ..Ink::solid([164.0, 104.0, 80.0])
            };
            for shrub in 0..14 {
                let random = [0, 1, 2, 3].map(|axis| cell_value(0x5A1B, shrub, axis));
                let green = 0.7 + 0.7 * random[2];
                let ink = Ink::solid([54.0 * green, 92.0 * green, 46.0 * green]);
                let r = (0.13 + 0.1 * random[3]) * m;
                brush.draw_ellipse(
                    frame.point(random[0] * 1.3 - 0.65, 0.55 + random[1] * 0.45),
                    r,
                    r,
                    &ink,
                );
            }
            brush.draw_block(frame.point(-0.75, 0.55), frame.point(0.75, 0.0), &pot);
        }
        Furniture::Bin => {
            brush.draw_shadow(frame.point(0.15, 0.0), 0.45 * m, 0.12 * m, 0.35);
            brush.draw_rod(
                frame.point(0.0, 0.15),
                frame.point(0.0, 0.75),
                0.2 * m,
                0.24 * m,
                &Ink::solid([52.0, 84.0, 66.0]),
            );
            brush.draw_ellipse(
                frame.point(0.0, 0.95),
                0.25 * m,
                0.07 * m,
                &Ink::solid(IRON),
            );
        }
    }
}
