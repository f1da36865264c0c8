use crate::brush::{Brush, Ink, Pattern, Point};
use crate::look::{Load, Look, Top};
use crate::surface::Surface;
use crate::wave::wave;

/// How somebody stands in the picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pose {
    /// Between the feet, in pixels.
    pub(crate) foot: Point,
    /// Pixels in a metre.
    pub(crate) scale: f32,
    /// The heading's part across the picture, -1 (left) to 1 (right).
    pub(crate) side: f32,
    /// Whether the heading's other part is towards the camera.
    pub(crate) toward: bool,
    /// Where in the double step, in turns.
    pub(crate) phase: f64,
    /// How far the legs swing, as the sine of the angle.
    pub(crate) swing: f32,
    /// How far one arm is raised, 0 to 1.
    pub(crate) raise: f32,
}

/// Heights and lengths of a body, in parts of its height.
const HIP: f32 = 0.51;
const SHOULDER: f32 = 0.79;
const THIGH: f32 = 0.24;
const SHIN: f32 = 0.235;
const ANKLE: f32 = 0.035;
const ARM: f32 = 0.155;

/// Lengths across the picture in the body's own measure.
struct Body<'a> {
    pose: &'a Pose,
    look: &'a Look,
    /// Pixels in the body's height.
    px: f32,
    /// How much of the front or back is seen, 0 to 1.
    front: f32,
    /// Runners lean into their way.
    lean: f32,
    /// How much the body is lowered by its spread legs.
    sink: f32,
}

impl Body<'_> {
    fn at(&self, right: f32, up: f32) -> Point {
        let up = up - self.sink;
        (
            self.pose.foot.0 + (right + self.lean * self.pose.side * up) * self.px,
            self.pose.foot.1 - up * self.px,
        )
    }

    fn width(&self, share: f32) -> f32 {
        share * (1.0 + self.look.breadth) * self.px
    }

    fn cloth(&self) -> Ink {
        let pattern = match self.look.top {
            Top::Plain | Top::Coat => Pattern::Plain,
            Top::Bands => Pattern::Bands(0.045 * self.px),
            Top::Costume => Pattern::Checks(0.14 * self.px),
        };
        Ink { color: self.look.cloth, second: self.look.second, pattern, origin: self.pose.foot }
    }
}

/// One leg, as the places of its knee, ankle and toe.
fn leg(phase: f64, swing: f32, side: f32) -> [(f32, f32); 3] {
    let across = |dx: f32| (dx * side, (1.0 - dx * dx).max(0.0).sqrt());
    let thigh = swing * wave(phase) as f32;
    // The knee bends while the leg comes forward.
    let bend = swing * 1.1 * wave(phase + 0.25).max(0.0) as f32;
    let (kx, ky) = across(thigh.clamp(-0.95, 0.95));
    let (sx, sy) = across((thigh - bend).clamp(-0.95, 0.95));
    let knee = (THIGH * kx, -THIGH * ky);
    let ankle = (knee.0 + SHIN * sx, knee.1 - SHIN * sy);
    let toe = (ankle.0 + 0.075 * side, ankle.1 - 0.012 - 0.015 * (1.0 - side.abs()));
    [knee, ankle, toe]
}

/// Paints a walking, running or standing person.
pub(crate) fn paint<S: Surface>(brush: &mut Brush<'_, S>, pose: &Pose, look: &Look) {
    let px = look.height_m * pose.scale;
    let front = (1.0 - pose.side * pose.side).max(0.0).sqrt();
    let phases = [pose.phase + 0.5, pose.phase];
    let legs = phases.map(|phase| leg(phase, pose.swing, pose.side));
    let reach = legs.iter().map(|l| -l[1].1).fold(0.0, f32::max);
    let lean = if pose.swing > 0.55 { 0.16 } else { 0.02 };
    let body = Body { pose, look, px, front, lean, sink: HIP - reach - ANKLE };
    let turned = pose.toward || front < 0.55;

    arm(brush, &body, phases[1], -1.0, 0.0);
    paint_leg(brush, &body, &legs[0], -1.0);
    if look.load == Load::Backpack && turned {
        backpack(brush, &body, -0.1 * pose.side);
    }
    paint_leg(brush, &body, &legs[1], 1.0);
    torso(brush, &body);
    if look.load == Load::Backpack && !turned {
        backpack(brush, &body, -0.05 * pose.side);
    }
    arm(brush, &body, phases[0], 1.0, pose.raise);
    head(brush, &body);
}

fn paint_leg<S: Surface>(brush: &mut Brush<'_, S>, body: &Body<'_>, leg: &[(f32, f32); 3], which: f32) {
    let apart = 0.045 * body.front * which;
    let at = |p: (f32, f32)| body.at(apart + p.0, HIP + p.1);
    let shade = if which < 0.0 { 0.82 } else { 1.0 };
    let cloth = if body.look.top == Top::Costume {
        body.cloth()
    } else {
        Ink::plain(body.look.legs.map(|c| c * shade))
    };
    let shin = if body.look.skirt { Ink::plain(body.look.skin.map(|c| c * shade)) } else { cloth };
    let [knee, ankle, toe] = *leg;
    brush.rod(at((0.0, 0.0)), at(knee), body.width(0.058), body.width(0.045), &cloth);
    brush.rod(at(knee), at(ankle), body.width(0.043), body.width(0.03), &shin);
    brush.rod(at(ankle), at(toe), body.width(0.027), body.width(0.022), &Ink::plain(body.look.shoes));
}

fn torso<S: Surface>(brush: &mut Brush<'_, S>, body: &Body<'_>) {
    let wide = 0.74 + 0.26 * body.front;
    let cloth = body.cloth();
    let (hip, chest) = (body.width(0.082 * wide), body.width(0.096 * wide));
    if body.look.skirt {
        let hem = body.at(0.0, 0.34);
        brush.rod(body.at(0.0, HIP), hem, hip, body.width(0.115 * wide), &Ink::plain(body.look.legs));
    }
    if body.look.top == Top::Coat {
        brush.rod(body.at(0.0, HIP), body.at(0.0, 0.37), hip, body.width(0.11 * wide), &cloth);
    }
    brush.rod(body.at(0.0, HIP + 0.03), body.at(0.0, SHOULDER - 0.045), hip, chest, &cloth);
    brush.rod(
        body.at(0.0, SHOULDER),
        body.at(0.0, 0.88),
        body.width(0.03),
        body.width(0.03),
        &Ink::plain(body.look.skin),
    );
}

fn arm<S: Surface>(brush: &mut Brush<'_, S>, body: &Body<'_>, phase: f64, which: f32, raise: f32) {
    let side = body.pose.side;
    let swing = (0.85 * body.pose.swing * wave(phase) as f32).clamp(-0.9, 0.9);
    let bent = if body.pose.swing > 0.55 { 0.75 } else { 0.22 };
    let across = |dx: f32| (dx * side, -(1.0 - dx * dx).max(0.0).sqrt());
    let shoulder = (0.115 * body.front * which + 0.01 * which, SHOULDER - 0.02);
    let (mut upper, mut lower) = (across(swing), across((swing + bent).min(0.95)));
    if raise > 0.0 {
        // Up and forward, as for a throw.
        let lift = |v: (f32, f32), to: (f32, f32)| (v.0 + (to.0 - v.0) * raise, v.1 + (to.1 - v.1) * raise);
        (upper, lower) = (lift(upper, (0.35 * side, 0.9)), lift(lower, (0.5 * side, 0.85)));
    }
    let elbow = (shoulder.0 + ARM * upper.0 + 0.02 * body.front * which, shoulder.1 + ARM * upper.1);
    let hand = (elbow.0 + ARM * lower.0, elbow.1 + ARM * lower.1);
    let shade = if which < 0.0 { 0.82 } else { 0.94 };
    let cloth = body.cloth();
    let sleeve =
        Ink { color: cloth.color.map(|c| c * shade), second: cloth.second.map(|c| c * shade), ..cloth };
    let at = |p: (f32, f32)| body.at(p.0, p.1);
    brush.rod(at(shoulder), at(elbow), body.width(0.034), body.width(0.03), &sleeve);
    brush.rod(at(elbow), at(hand), body.width(0.029), body.width(0.024), &sleeve);
    if body.look.load == Load::Handbag && which > 0.0 {
        let (x, y) = at((hand.0, hand.1 - 0.03));
        let (w, h) = (body.px * 0.075 * (0.5 + 0.5 * side.abs()), body.px * 0.11);
        brush.block((x - w, y), (x + w, y + h), &Ink::plain(body.look.leather));
    }
    let (x, y) = at(hand);
    brush.ellipse((x, y), body.width(0.026), body.width(0.026), &Ink::plain(body.look.skin));
}

fn backpack<S: Surface>(brush: &mut Brush<'_, S>, body: &Body<'_>, right: f32) {
    let wide = body.px * (0.06 + 0.03 * body.front);
    brush.ellipse(body.at(right, 0.68), wide, body.px * 0.115, &Ink::plain(body.look.leather));
}

fn head<S: Surface>(brush: &mut Brush<'_, S>, body: &Body<'_>) {
    let (side, px) = (body.pose.side, body.px);
    let skin = Ink::plain(body.look.skin);
    if body.look.top == Top::Costume {
        let bright = Ink::plain(body.look.second);
        for ear in [-0.1, 0.1] {
            brush.ellipse(body.at(ear, 1.06), px * 0.045, px * 0.075, &bright);
        }
        brush.ellipse(body.at(0.0, 0.94), px * 0.14, px * 0.135, &bright);
        let eye = if body.pose.toward { 0.05 } else { 0.0 };
        for shift in [-eye, eye] {
            brush.ellipse(body.at(0.05 * side + shift, 0.96), px * 0.025, px * 0.03, &Ink::plain([250.0; 3]));
        }
        return;
    }
    let away = !body.pose.toward && body.front > 0.6;
    let hair = Ink::plain(if body.look.hat { body.look.leather } else { body.look.hair });
    brush.ellipse(body.at(-0.012 * side, 0.93), px * 0.066, px * 0.078, &hair);
    if !away {
        brush.ellipse(body.at(0.018 * side, 0.915), px * (0.045 + 0.008 * body.front), px * 0.062, &skin);
        brush.ellipse(body.at(0.0, 0.975), px * 0.056, px * 0.032, &hair);
    }
    if body.look.hat {
        brush.ellipse(body.at(0.02 * side, 0.962), px * 0.085, px * 0.016, &hair);
    }
}
