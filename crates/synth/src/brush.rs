//! Painting of smooth-edged shapes.
//!
//! A shape is given by its signed distance function: negative inside, in pixels. A pixel whose
//! centre lies within half a pixel of the edge is blended in proportion, which gives edges without
//! stairs.

use crate::surface::{Color, Depths, Surface};

/// A point in the picture, in pixels.
pub(crate) type Point = (f32, f32);

/// The pattern of an ink.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pattern {
    /// One colour.
    Plain,
    /// Bands of two colours, each this many pixels high.
    Bands(f32),
    /// A chequerboard of two colours with squares of this many pixels.
    Checks(f32),
}

/// Two colours and their pattern, which moves with the painted object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ink {
    pub(crate) color: Color,
    pub(crate) second: Color,
    pub(crate) pattern: Pattern,
    /// The origin of the painted object, to which the pattern is fixed.
    pub(crate) origin: Point,
}

impl Ink {
    /// An ink of one colour.
    pub(crate) fn solid(color: Color) -> Self {
        Self {
            color,
            second: color,
            pattern: Pattern::Plain,
            origin: (0.0, 0.0),
        }
    }

    fn color_at(&self, x: f32, y: f32) -> Color {
        let second = match self.pattern {
            Pattern::Plain => 0,
            Pattern::Bands(period) => band_parity(y - self.origin.1, period),
            Pattern::Checks(period) => {
                band_parity(y - self.origin.1, period) ^ band_parity(x - self.origin.0, period)
            }
        };
        if second == 0 { self.color } else { self.second }
    }
}

/// 0 or 1 in turn, for bands of `period` pixels.
fn band_parity(v: f32, period: f32) -> i32 {
    (v / period).floor() as i32 & 1
}

/// A coordinate system for the parts of one object: metres to the right and upwards from its
/// origin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalFrame {
    /// The origin in the picture.
    pub(crate) origin: Point,
    /// Pixels per metre.
    pub(crate) scale: f32,
    /// Scales lengths to the right: the cosine of the object's turn, negative for the other
    /// direction.
    pub(crate) across: f32,
    /// Metres by which the object is lifted above its origin.
    pub(crate) lift: f32,
}

impl LocalFrame {
    /// The point of the picture at a position in metres.
    pub(crate) fn point(&self, right: f32, up: f32) -> Point {
        (
            self.origin.0 + right * self.across * self.scale,
            self.origin.1 - (self.lift + up) * self.scale,
        )
    }
}

/// The fixed objects that hide what is painted behind them, shifted by the camera's jitter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Veil<'a> {
    pub(crate) depths: &'a Depths,
    /// The position of the picture's corner in `depths`.
    pub(crate) corner: (usize, usize),
}

/// Paints smooth-edged shapes at one distance.
#[derive(Debug)]
pub(crate) struct Brush<'a, S> {
    pub(crate) surface: &'a mut S,
    pub(crate) veil: Option<Veil<'a>>,
    /// The distance of the painted object, in metres.
    pub(crate) depth: f32,
}

/// Light falls from the left: the fraction by which the right side of a round object is darker.
const RELIEF: f32 = 0.16;

impl<S: Surface> Brush<'_, S> {
    /// Draws a rod with round ends, whose radius goes from `ra` at `a` to `rb` at `b`.
    pub(crate) fn draw_rod(&mut self, a: Point, b: Point, ra: f32, rb: f32, ink: &Ink) {
        let (abx, aby) = (b.0 - a.0, b.1 - a.1);
        let length = abx * abx + aby * aby;
        let inverse = if length > 0.0 { 1.0 / length } else { 0.0 };
        let r = ra.max(rb);
        let reach = [
            a.0.min(b.0) - r,
            a.1.min(b.1) - r,
            a.0.max(b.0) + r,
            a.1.max(b.1) + r,
        ];
        self.fill_shape(reach, ink, |x, y| {
            let (px, py) = (x - a.0, y - a.1);
            // The nearest point of the axis, and the distance to it less the radius there.
            let t = ((px * abx + py * aby) * inverse).clamp(0.0, 1.0);
            let (dx, dy) = (px - abx * t, py - aby * t);
            let radius = ra + (rb - ra) * t;
            ((dx * dx + dy * dy).sqrt() - radius, dx / radius.max(0.5))
        });
    }

    /// Draws an upright ellipse.
    pub(crate) fn draw_ellipse(&mut self, centre: Point, rx: f32, ry: f32, ink: &Ink) {
        let (rx, ry) = (rx.max(0.1), ry.max(0.1));
        let reach = [centre.0 - rx, centre.1 - ry, centre.0 + rx, centre.1 + ry];
        // The exact distance to an ellipse needs the root of a quartic. The distance to the unit
        // circle, scaled by the shorter radius, has the same zero and is close enough for the
        // blended edge.
        let thin = rx.min(ry);
        self.fill_shape(reach, ink, |x, y| {
            let (u, v) = ((x - centre.0) / rx, (y - centre.1) / ry);
            (((u * u + v * v).sqrt() - 1.0) * thin, u)
        });
    }

    /// Draws an elliptic ring whose line is `2 * half` pixels wide.
    pub(crate) fn draw_ring(&mut self, centre: Point, rx: f32, ry: f32, half: f32, ink: &Ink) {
        let (rx, ry) = (rx.max(0.1), ry.max(0.1));
        let reach = [
            centre.0 - rx - half,
            centre.1 - ry - half,
            centre.0 + rx + half,
            centre.1 + ry + half,
        ];
        let thin = rx.min(ry);
        self.fill_shape(reach, ink, |x, y| {
            let (u, v) = ((x - centre.0) / rx, (y - centre.1) / ry);
            (((u * u + v * v).sqrt() - 1.0).abs() * thin - half, 0.0)
        });
    }

    /// Draws an upright box between two corners.
    pub(crate) fn draw_block(&mut self, a: Point, b: Point, ink: &Ink) {
        let (left, right) = (a.0.min(b.0), a.0.max(b.0));
        let (top, bottom) = (a.1.min(b.1), a.1.max(b.1));
        let half = ((right - left) / 2.0).max(0.5);
        self.fill_shape([left, top, right, bottom], ink, |x, y| {
            let outside = (left - x).max(x - right).max(top - y).max(y - bottom);
            (outside, ((x - left) / half - 1.0).clamp(-1.0, 1.0))
        });
    }

    /// Darkens an ellipse on the ground, softly towards its edge.
    pub(crate) fn draw_shadow(&mut self, centre: Point, rx: f32, ry: f32, strength: f32) {
        let (rx, ry) = (rx.max(0.5), ry.max(0.5));
        let reach = [centre.0 - rx, centre.1 - ry, centre.0 + rx, centre.1 + ry];
        self.visit_visible_pixels(reach, |surface, x, y| {
            let (u, v) = (
                (x as f32 + 0.5 - centre.0) / rx,
                (y as f32 + 0.5 - centre.1) / ry,
            );
            let light = 1.0 - (u * u + v * v);
            if light > 0.0 {
                surface.darken_pixel(x, y, strength * light * light);
            }
        });
    }

    /// Paints the pixels of a shape. `distance` gives the signed distance of a pixel's centre to
    /// the edge, and the pixel's position across the object, -1 (left) to 1 (right), for the
    /// shading.
    fn fill_shape(
        &mut self,
        reach: [f32; 4],
        ink: &Ink,
        distance: impl Fn(f32, f32) -> (f32, f32),
    ) {
        self.visit_visible_pixels(reach, |surface, x, y| {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let (outside, across) = distance(px, py);
            let cover = (0.5 - outside).min(1.0);
            if cover > 0.0 {
                let light = 1.0 - RELIEF * across.clamp(-1.0, 1.0);
                surface.blend_pixel(x, y, cover, ink.color_at(px, py).map(|c| c * light));
            }
        });
    }

    /// Calls `paint` for every pixel within `reach` (left, top, right, bottom) that no nearer fixed
    /// object hides.
    fn visit_visible_pixels(
        &mut self,
        reach: [f32; 4],
        mut paint: impl FnMut(&mut S, usize, usize),
    ) {
        let [left, top, right, bottom] = reach;
        // Float-to-integer casts saturate, so that positions outside the picture end at its edge.
        let x0 = (left - 0.5).floor().max(0.0) as usize;
        let y0 = (top - 0.5).floor().max(0.0) as usize;
        let x1 = ((right + 1.5).floor().max(0.0) as usize).min(self.surface.width());
        let y1 = ((bottom + 1.5).floor().max(0.0) as usize).min(self.surface.height());
        for y in y0..y1 {
            for x in x0..x1 {
                let hidden = self.veil.is_some_and(|v| {
                    v.depths.depth_at(x + v.corner.0, y + v.corner.1) < self.depth
                });
                if !hidden {
                    paint(self.surface, x, y);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::surface::{Canvas, Silhouette};

    fn place() -> impl Strategy<Value = f32> {
        prop_oneof![8 => -60.0_f32..90.0, 1 => -1e9_f32..1e9]
    }

    proptest! {
        #[test]
        fn shapes_cover_the_pixels_whose_centres_they_hold(
            a in (place(), place()), b in (place(), place()), r in 0.5_f32..20.0, s in 0.5_f32..20.0,
        ) {
            let ink = Ink::solid([255.0; 3]);
            let holds = |inside: &dyn Fn(f32, f32) -> bool| {
                (0..40 * 30).filter(|i| inside((i % 40) as f32 + 0.5, (i / 40) as f32 + 0.5)).count()
            };
            let block = holds(&|x, y| {
                x > a.0.min(b.0) && x < a.0.max(b.0) && y > a.1.min(b.1) && y < a.1.max(b.1)
            });
            prop_assert_eq!(count(|brush| brush.draw_block(a, b, &ink)), block);
            let disc = holds(&|x, y| {
                let (u, v) = ((x - a.0) / r, (y - a.1) / s);
                u * u + v * v < 1.0
            });
            prop_assert!(count(|brush| brush.draw_ellipse(a, r, s, &ink)).abs_diff(disc) <= 2);
            let rod = count(|brush| brush.draw_rod(a, a, r, r, &ink));
            prop_assert!(rod.abs_diff(count(|brush| brush.draw_ellipse(a, r, r, &ink))) <= 2);
            prop_assert!(count(|brush| brush.draw_rod(a, b, r, r, &ink)) + 2 >= rod);
        }
    }

    fn count(paint: impl Fn(&mut Brush<'_, Silhouette>)) -> usize {
        let mut surface = Silhouette::new(40, 30);
        surface.tag = 7;
        paint(&mut Brush {
            surface: &mut surface,
            veil: None,
            depth: 1.0,
        });
        surface
            .tags()
            .iter()
            .map(|tag| usize::from(*tag == 7))
            .sum()
    }

    #[test]
    fn shapes_have_their_areas() {
        let ink = Ink::solid([255.0; 3]);
        assert_eq!(count(|b| b.draw_block((5.0, 6.0), (15.0, 10.0), &ink)), 40);
        let disc = count(|b| b.draw_ellipse((20.0, 15.0), 10.0, 10.0, &ink));
        assert!((300..330).contains(&disc), "{disc}");
        let rod = count(|b| b.draw_rod((10.0, 15.0), (30.0, 15.0), 2.0, 2.0, &ink));
        assert!((85..100).contains(&rod), "{rod}");
        let ring = count(|b| b.draw_ring((20.0, 15.0), 10.0, 10.0, 1.0, &ink));
        assert!((110..140).contains(&ring), "{ring}");
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        let ink = Ink::solid([255.0; 3]);
        assert_eq!(
            count(|b| b.draw_block((-100.0, -100.0), (2.0, 3.0), &ink)),
            6
        );
        assert_eq!(
            count(|b| b.draw_ellipse((-50.0, 15.0), 10.0, 10.0, &ink)),
            0
        );
        assert_eq!(count(|b| b.draw_block((38.0, 28.0), (1e9, 1e9), &ink)), 4);
    }

    #[test]
    fn nearer_fixed_things_hide_farther_painted_ones() {
        let mut depths = Depths::new(42, 32);
        depths.set_depth(3 + 1, 4 + 1, 9.0);
        let painted = |depth| {
            let mut surface = Silhouette::new(40, 30);
            surface.tag = 1;
            let veil = Some(Veil {
                depths: &depths,
                corner: (1, 1),
            });
            let mut brush = Brush {
                surface: &mut surface,
                veil,
                depth,
            };
            brush.draw_block((0.0, 0.0), (10.0, 10.0), &Ink::solid([0.0; 3]));
            surface.tags()[4 * 40 + 3]
        };
        assert_eq!((painted(8.0), painted(10.0)), (1, 0));
    }

    #[test]
    fn edges_are_smooth_and_shadows_darken() {
        let mut pixels = vec![200; 3 * 20 * 10];
        let mut canvas = Canvas {
            width: 20,
            pixels: &mut pixels,
        };
        let mut brush = Brush {
            surface: &mut canvas,
            veil: None,
            depth: 1.0,
        };
        brush.draw_block((2.5, 2.0), (6.0, 5.0), &Ink::solid([0.0; 3]));
        brush.draw_shadow((14.0, 5.0), 4.0, 3.0, 0.5);
        let red = |x: usize, y: usize| pixels[3 * (y * 20 + x)];
        assert_eq!((red(2, 3), red(4, 3), red(8, 3)), (100, 0, 200));
        assert!(red(13, 5) < 120 && red(11, 5) < 200 && red(18, 5) == 200);
    }
}
