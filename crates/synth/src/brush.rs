use crate::surface::{Depths, Surface};

/// Red, green and blue, 0 to 255.
pub(crate) type Color = [f32; 3];

/// A place in the picture, in pixels.
pub(crate) type Point = (f32, f32);

/// How a painted thing is coloured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pattern {
    /// One colour.
    Plain,
    /// Bands of two colours, each this many pixels high.
    Bands(f32),
    /// A chequerboard of two colours with squares of this many pixels.
    Checks(f32),
}

/// Colours and their pattern, which moves with the thing it is painted on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ink {
    pub(crate) color: Color,
    pub(crate) second: Color,
    pub(crate) pattern: Pattern,
    /// The thing's own origin.
    pub(crate) origin: Point,
}

impl Ink {
    pub(crate) fn plain(color: Color) -> Self {
        Self { color, second: color, pattern: Pattern::Plain, origin: (0.0, 0.0) }
    }

    fn at(&self, x: f32, y: f32) -> Color {
        let odd = |v: f32, period: f32| (v / period).floor() as i32 & 1;
        let second = match self.pattern {
            Pattern::Plain => 0,
            Pattern::Bands(period) => odd(y - self.origin.1, period),
            Pattern::Checks(period) => odd(y - self.origin.1, period) ^ odd(x - self.origin.0, period),
        };
        if second == 0 { self.color } else { self.second }
    }
}

/// The fixed things that hide what is painted behind them, seen through the camera's jitter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Veil<'a> {
    pub(crate) depths: &'a Depths,
    /// Where the picture's corner lies in `depths`.
    pub(crate) corner: (usize, usize),
}

/// Paints smooth-edged shapes at one distance.
#[derive(Debug)]
pub(crate) struct Brush<'a, S> {
    pub(crate) surface: &'a mut S,
    pub(crate) veil: Option<Veil<'a>>,
    /// Distance of what is painted, in metres.
    pub(crate) depth: f32,
}

/// Light falls from the left: the share by which the far side of a round thing is darker.
const RELIEF: f32 = 0.16;

impl<S: Surface> Brush<'_, S> {
    /// A rod with round ends whose radius goes from `ra` at `a` to `rb` at `b`.
    pub(crate) fn rod(&mut self, a: Point, b: Point, ra: f32, rb: f32, ink: &Ink) {
        let (abx, aby) = (b.0 - a.0, b.1 - a.1);
        let length = abx * abx + aby * aby;
        let inverse = if length > 0.0 { 1.0 / length } else { 0.0 };
        let r = ra.max(rb);
        let reach = [a.0.min(b.0) - r, a.1.min(b.1) - r, a.0.max(b.0) + r, a.1.max(b.1) + r];
        self.fill(reach, ink, |x, y| {
            let (px, py) = (x - a.0, y - a.1);
            let t = ((px * abx + py * aby) * inverse).clamp(0.0, 1.0);
            let (dx, dy) = (px - abx * t, py - aby * t);
            let radius = ra + (rb - ra) * t;
            ((dx * dx + dy * dy).sqrt() - radius, dx / radius.max(0.5))
        });
    }

    /// An upright ellipse.
    pub(crate) fn ellipse(&mut self, centre: Point, rx: f32, ry: f32, ink: &Ink) {
        let (rx, ry) = (rx.max(0.1), ry.max(0.1));
        let reach = [centre.0 - rx, centre.1 - ry, centre.0 + rx, centre.1 + ry];
        let thin = rx.min(ry);
        self.fill(reach, ink, |x, y| {
            let (u, v) = ((x - centre.0) / rx, (y - centre.1) / ry);
            (((u * u + v * v).sqrt() - 1.0) * thin, u)
        });
    }

    /// An elliptic ring whose line is `2 * half` pixels wide.
    pub(crate) fn ring(&mut self, centre: Point, rx: f32, ry: f32, half: f32, ink: &Ink) {
        let (rx, ry) = (rx.max(0.1), ry.max(0.1));
        let reach = [centre.0 - rx - half, centre.1 - ry - half, centre.0 + rx + half, centre.1 + ry + half];
        let thin = rx.min(ry);
        self.fill(reach, ink, |x, y| {
            let (u, v) = ((x - centre.0) / rx, (y - centre.1) / ry);
            (((u * u + v * v).sqrt() - 1.0).abs() * thin - half, 0.0)
        });
    }

    /// An upright box between two corners.
    pub(crate) fn block(&mut self, a: Point, b: Point, ink: &Ink) {
        let (left, right) = (a.0.min(b.0), a.0.max(b.0));
        let (top, bottom) = (a.1.min(b.1), a.1.max(b.1));
        let half = ((right - left) / 2.0).max(0.5);
        self.fill([left, top, right, bottom], ink, |x, y| {
            let outside = (left - x).max(x - right).max(top - y).max(y - bottom);
            (outside, ((x - left) / half - 1.0).clamp(-1.0, 1.0))
        });
    }

    /// A soft dark ellipse on the ground.
    pub(crate) fn shadow(&mut self, centre: Point, rx: f32, ry: f32, strength: f32) {
        let (rx, ry) = (rx.max(0.5), ry.max(0.5));
        let reach = [centre.0 - rx, centre.1 - ry, centre.0 + rx, centre.1 + ry];
        self.visit(reach, |surface, x, y| {
            let (u, v) = ((x as f32 + 0.5 - centre.0) / rx, (y as f32 + 0.5 - centre.1) / ry);
            let light = 1.0 - (u * u + v * v);
            if light > 0.0 {
                surface.dim(x, y, strength * light * light);
            }
        });
    }

    /// Paints where `distance`, given a pixel's centre, is below a half; it also says where across the thing
    /// the pixel lies, -1 to 1.
    fn fill(&mut self, reach: [f32; 4], ink: &Ink, distance: impl Fn(f32, f32) -> (f32, f32)) {
        self.visit(reach, |surface, x, y| {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let (outside, across) = distance(px, py);
            let cover = (0.5 - outside).min(1.0);
            if cover > 0.0 {
                let light = 1.0 - RELIEF * across.clamp(-1.0, 1.0);
                surface.put(x, y, cover, ink.at(px, py).map(|c| c * light));
            }
        });
    }

    /// Goes to every pixel within reach that nothing fixed hides.
    fn visit(&mut self, reach: [f32; 4], mut paint: impl FnMut(&mut S, usize, usize)) {
        let [left, top, right, bottom] = reach;
        // Saturating casts keep what lies outside at the edge.
        let x0 = (left - 0.5).floor().max(0.0) as usize;
        let y0 = (top - 0.5).floor().max(0.0) as usize;
        let x1 = ((right + 1.5).floor().max(0.0) as usize).min(self.surface.width());
        let y1 = ((bottom + 1.5).floor().max(0.0) as usize).min(self.surface.height());
        for y in y0..y1 {
            for x in x0..x1 {
                let hidden =
                    self.veil.is_some_and(|v| v.depths.at(x + v.corner.0, y + v.corner.1) < self.depth);
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
            let ink = Ink::plain([255.0; 3]);
            let holds = |inside: &dyn Fn(f32, f32) -> bool| {
                (0..40 * 30).filter(|i| inside((i % 40) as f32 + 0.5, (i / 40) as f32 + 0.5)).count()
            };
            let block = holds(&|x, y| {
                x > a.0.min(b.0) && x < a.0.max(b.0) && y > a.1.min(b.1) && y < a.1.max(b.1)
            });
            prop_assert_eq!(count(|brush| brush.block(a, b, &ink)), block);
            let disc = holds(&|x, y| {
                let (u, v) = ((x - a.0) / r, (y - a.1) / s);
                u * u + v * v < 1.0
            });
            prop_assert!(count(|brush| brush.ellipse(a, r, s, &ink)).abs_diff(disc) <= 2);
            let rod = count(|brush| brush.rod(a, a, r, r, &ink));
            prop_assert!(rod.abs_diff(count(|brush| brush.ellipse(a, r, r, &ink))) <= 2);
            prop_assert!(count(|brush| brush.rod(a, b, r, r, &ink)) + 2 >= rod);
        }
    }

    fn count(paint: impl Fn(&mut Brush<'_, Silhouette>)) -> usize {
        let mut surface = Silhouette::new(40, 30);
        surface.tag = 7;
        paint(&mut Brush { surface: &mut surface, veil: None, depth: 1.0 });
        surface.tags().iter().map(|tag| usize::from(*tag == 7)).sum()
    }

    #[test]
    fn shapes_have_their_areas() {
        let ink = Ink::plain([255.0; 3]);
        assert_eq!(count(|b| b.block((5.0, 6.0), (15.0, 10.0), &ink)), 40);
        let disc = count(|b| b.ellipse((20.0, 15.0), 10.0, 10.0, &ink));
        assert!((300..330).contains(&disc), "{disc}");
        let rod = count(|b| b.rod((10.0, 15.0), (30.0, 15.0), 2.0, 2.0, &ink));
        assert!((85..100).contains(&rod), "{rod}");
        let ring = count(|b| b.ring((20.0, 15.0), 10.0, 10.0, 1.0, &ink));
        assert!((110..140).contains(&ring), "{ring}");
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        let ink = Ink::plain([255.0; 3]);
        assert_eq!(count(|b| b.block((-100.0, -100.0), (2.0, 3.0), &ink)), 6);
        assert_eq!(count(|b| b.ellipse((-50.0, 15.0), 10.0, 10.0, &ink)), 0);
        assert_eq!(count(|b| b.block((38.0, 28.0), (1e9, 1e9), &ink)), 4);
    }

    #[test]
    fn nearer_fixed_things_hide_farther_painted_ones() {
        let mut depths = Depths::new(42, 32);
        depths.set(3 + 1, 4 + 1, 9.0);
        let painted = |depth| {
            let mut surface = Silhouette::new(40, 30);
            surface.tag = 1;
            let veil = Some(Veil { depths: &depths, corner: (1, 1) });
            let mut brush = Brush { surface: &mut surface, veil, depth };
            brush.block((0.0, 0.0), (10.0, 10.0), &Ink::plain([0.0; 3]));
            surface.tags()[4 * 40 + 3]
        };
        assert_eq!((painted(8.0), painted(10.0)), (1, 0));
    }

    #[test]
    fn edges_are_smooth_and_shadows_darken() {
        let mut pixels = vec![200; 3 * 20 * 10];
        let mut canvas = Canvas { width: 20, pixels: &mut pixels };
        let mut brush = Brush { surface: &mut canvas, veil: None, depth: 1.0 };
        brush.block((2.5, 2.0), (6.0, 5.0), &Ink::plain([0.0; 3]));
        brush.shadow((14.0, 5.0), 4.0, 3.0, 0.5);
        let red = |x: usize, y: usize| pixels[3 * (y * 20 + x)];
        assert_eq!((red(2, 3), red(4, 3), red(8, 3)), (100, 0, 200));
        assert!(red(13, 5) < 120 && red(11, 5) < 200 && red(18, 5) == 200);
    }
}
