use crate::brush::{Brush, Color, Ink, Pattern};
use crate::camera::Camera;
use crate::surface::Surface;
use crate::texture::cell;

/// A fixed thing in front of which and behind which people walk.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Furniture {
    Tree,
    Lamp,
    Bench,
    Planter,
    Bin,
}

/// What stands in the street, farthest first: the thing and where it stands, in metres.
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
pub(crate) fn paint<S: Surface>(
    brush: &mut Brush<'_, S>,
    camera: Camera,
    pad: f32,
    thing: Furniture,
    place: (f64, f64),
) {
    let seen = camera.see(place.0, place.1);
    let (x, y, m) = (seen.x as f32 + pad, seen.y as f32 + pad, seen.scale as f32);
    brush.depth = place.1 as f32;
    let at = |right: f32, up: f32| (x + right * m, y - up * m);
    match thing {
        Furniture::Tree => {
            brush.shadow(at(0.5, -0.05), 1.3 * m, 0.3 * m, 0.4);
            let bark =
                Ink { second: [76.0, 60.0, 45.0], pattern: Pattern::Bands(0.09 * m), ..Ink::plain(BARK) };
            brush.rod(at(0.0, 0.0), at(0.05, 3.2), 0.17 * m, 0.11 * m, &bark);
            brush.rod(at(0.05, 2.2), at(-0.8, 3.4), 0.07 * m, 0.05 * m, &bark);
            brush.rod(at(0.05, 2.5), at(0.9, 3.5), 0.07 * m, 0.05 * m, &bark);
            for leaf in 0..90 {
                let random = |axis| cell(0x1EAF, leaf, axis);
                let (right, up) = (random(0) * 3.6 - 1.8, 2.75 + random(1) * 1.9);
                let green = 0.7 + 0.6 * random(2);
                let ink = Ink::plain([62.0 * green, 96.0 * green, 44.0 * green]);
                let r = (0.12 + 0.16 * random(3)) * m;
                brush.ellipse(at(right, up + 0.1 * right * right), r, r * 0.8, &ink);
            }
        }
        Furniture::Lamp => {
            brush.shadow(at(0.3, 0.0), 0.6 * m, 0.12 * m, 0.35);
            let iron = Ink::plain(IRON);
            brush.block(at(-0.13, 0.5), at(0.13, 0.0), &iron);
            brush.rod(at(0.0, 0.4), at(0.0, 5.0), 0.055 * m, 0.05 * m, &iron);
        }
        Furniture::Bench => {
            brush.shadow(at(0.1, 0.0), 1.2 * m, 0.2 * m, 0.4);
            for leg in [-0.8, 0.8] {
                brush.rod(at(leg, 0.0), at(leg, 0.85), 0.04 * m, 0.04 * m, &Ink::plain(IRON));
            }
            for board in [0.42, 0.62, 0.8] {
                brush.block(at(-0.95, board + 0.1), at(0.95, board), &Ink::plain(WOOD));
            }
        }
        Furniture::Planter => {
            brush.shadow(at(0.2, 0.0), 1.1 * m, 0.25 * m, 0.4);
            let pot = Ink {
                second: [150.0, 92.0, 70.0],
                pattern: Pattern::Bands(0.14 * m),
                ..Ink::plain([164.0, 104.0, 80.0])
            };
            for shrub in 0..14 {
                let random = |axis| cell(0x5A1B, shrub, axis);
                let green = 0.7 + 0.7 * random(2);
                let ink = Ink::plain([54.0 * green, 92.0 * green, 46.0 * green]);
                let r = (0.13 + 0.1 * random(3)) * m;
                brush.ellipse(at(random(0) * 1.3 - 0.65, 0.55 + random(1) * 0.45), r, r, &ink);
            }
            brush.block(at(-0.75, 0.55), at(0.75, 0.0), &pot);
        }
        Furniture::Bin => {
            brush.shadow(at(0.15, 0.0), 0.45 * m, 0.12 * m, 0.35);
            brush.rod(at(0.0, 0.15), at(0.0, 0.75), 0.2 * m, 0.24 * m, &Ink::plain([52.0, 84.0, 66.0]));
            brush.ellipse(at(0.0, 0.95), 0.25 * m, 0.07 * m, &Ink::plain(IRON));
        }
    }
}
