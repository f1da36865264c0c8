//! Painting of people.

use crate::brush::{Brush, Ink, Pattern, Point};
use crate::outfit::{Load, Outfit, Top};
use crate::surface::Surface;
use crate::wave::sine_of_turns;

/// The posture of a person in the picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pose {
    /// The point between the feet, in pixels.
    pub(crate) foot: Point,
    /// Pixels per metre.
    pub(crate) scale: f32,
    /// The horizontal component of the heading, -1 (left) to 1 (right).
    pub(crate) side: f32,
    /// Whether the person faces the camera.
    pub(crate) toward: bool,
    /// The phase of the double step, in turns.
    pub(crate) phase: f64,
    /// The swing of the legs, as the sine of the angle.
    pub(crate) swing: f32,
    /// How far an arm is raised, 0 to 1.
    pub(crate) raise: f32,
}

/// Heights and lengths of a body, as fractions of its height.
const HIP: f32 = 0.51;
const SHOULDER: f32 = 0.79;
const THIGH: f32 = 0.24;
const SHIN: f32 = 0.235;
const ANKLE: f32 = 0.035;
const ARM: f32 = 0.155;

/// A person in the picture, with positions and lengths relative to the body's height.
struct Body<'a> {
    pose: &'a Pose,
    outfit: &'a Outfit,
    /// The body's height in pixels.
    px: f32,
    /// How much of the front or back is visible, 0 (from the side) to 1.
    front: f32,
    /// How far a runner leans forward.
    lean: f32,
    /// How far the spread legs lower the body.
    sink: f32,
}

impl Body<'_> {
    /// The point of the picture at a position of the body.
    fn point_at(&self, right: f32, up: f32) -> Point {
        let up = up - self.sink;
        (
            self.pose.foot.0 + (right + self.lean * self.pose.side * up) * self.px,
            self.pose.foot.1 - up * self.px,
        )
    }

    /// A width in pixels, for a fraction of the height.
    fn scaled_width(&self, share: f32) -> f32 {
        share * (1.0 + self.outfit.breadth) * self.px
    }

    /// The ink of the clothing.
    fn cloth_ink(&self) -> Ink {
        let pattern = match self.outfit.top {
            Top::Plain | Top::Coat => Pattern::Plain,
            Top::Bands => Pattern::Bands(0.045 * self.px),
            Top::Costume => Pattern::Checks(0.14 * self.px),
        };
        Ink {
            color: self.outfit.cloth,
            second: self.outfit.second,
            pattern,
            origin: self.pose.foot,
        }
    }
}

/// The positions of a leg's knee, ankle and toe, relative to the hip.
fn leg_joints(phase: f64, swing: f32, side: f32) -> [(f32, f32); 3] {
    let thigh = swing * sine_of_turns(phase) as f32;
    // The knee bends while the leg moves forward.
    let bend = swing * 1.1 * sine_of_turns(phase + 0.25).max(0.0) as f32;
    let (kx, ky) = turned_limb(thigh.clamp(-0.95, 0.95), side);
    let (sx, sy) = turned_limb((thigh - bend).clamp(-0.95, 0.95), side);
    let knee = (THIGH * kx, -THIGH * ky);
    let ankle = (knee.0 + SHIN * sx, knee.1 - SHIN * sy);
    let toe = (
        ankle.0 + 0.075 * side,
        ankle.1 - 0.012 - 0.015 * (1.0 - side.abs()),
    );
    [knee, ankle, toe]
}

/// The horizontal and vertical extent of a limb of length 1, for its swing and the person's
/// heading.
fn turned_limb(swing: f32, side: f32) -> (f32, f32) {
    (swing * side, (1.0 - swing * swing).max(0.0).sqrt())
}

/// Paints a walking, running or standing person, the farther parts of the body first.
pub(crate) fn paint_person<S: Surface>(brush: &mut Brush<'_, S>, pose: &Pose, outfit: &Outfit) {
    let px = outfit.height_m * pose.scale;
    let front = (1.0 - pose.side * pose.side).max(0.0).sqrt();
    // The legs and arms of the two sides are half a double step apart.
    let phases = [pose.phase + 0.5, pose.phase];
    let legs = phases.map(|phase| leg_joints(phase, pose.swing, pose.side));
    // The lower foot stays on the ground: spread legs lower the hip.
    let reach = legs.iter().map(|l| -l[1].1).fold(0.0, f32::max);
    let lean = if pose.swing > 0.55 { 0.16 } else { 0.02 };
    let body = Body {
        pose,
        outfit,
        px,
        front,
        lean,
        sink: HIP - reach - ANKLE,
    };
    // From behind, a backpack covers the body; from the front and the side, the body covers it.
    let turned = pose.toward || front < 0.55;

    paint_arm(brush, &body, phases[1], -1.0, 0.0);
    paint_leg(brush, &body, &legs[0], -1.0);
    if outfit.load == Load::Backpack && turned {
        paint_backpack(brush, &body, -0.1 * pose.side);
    }
    paint_leg(brush, &body, &legs[1], 1.0);
    paint_torso(brush, &body);
    if outfit.load == Load::Backpack && !turned {
        paint_backpack(brush, &body, -0.05 * pose.side);
    }
    paint_arm(brush, &body, phases[0], 1.0, pose.raise);
    paint_head(brush, &body);
}

fn paint_leg<S: Surface>(
    brush: &mut Brush<'_, S>,
    body: &Body<'_>,
    leg: &[(f32, f32); 3],
    which: f32,
) {
    let apart = 0.045 * body.front * which;
    // The joints are relative to the hip.
    let [hip, knee, ankle, toe] = [(0.0, 0.0), leg[0], leg[1], leg[2]]
        .map(|(right, up): (f32, f32)| body.point_at(apart + right, HIP + up));
    let shade = if which < 0.0 { 0.82 } else { 1.0 };
    let cloth = if body.outfit.top == Top::Costume {
        body.cloth_ink()
    } else {
        Ink::solid(body.outfit.legs.map(|c| c * shade))
    };
    // Below a skirt the shins are bare.
    let shin = if body.outfit.skirt {
        Ink::solid(body.outfit.skin.map(|c| c * shade))
    } else {
        cloth
    };
    brush.draw_rod(
        hip,
        knee,
        body.scaled_width(0.058),
        body.scaled_width(0.045),
        &cloth,
    );
    brush.draw_rod(
        knee,
        ankle,
        body.scaled_width(0.043),
        body.scaled_width(0.03),
        &shin,
    );
    brush.draw_rod(
        ankle,
        toe,
        body.scaled_width(0.027),
        body.scaled_width(0.022),
        &Ink::solid(body.outfit.shoes),
    );
}

fn paint_torso<S: Surface>(brush: &mut Brush<'_, S>, body: &Body<'_>) {
    // From the side the body is narrower than from the front.
    let wide = 0.74 + 0.26 * body.front;
    let cloth = body.cloth_ink();
    let (hip, chest) = (
        body.scaled_width(0.082 * wide),
        body.scaled_width(0.096 * wide),
    );
    if body.outfit.skirt {
        let hem = body.point_at(0.0, 0.34);
        brush.draw_rod(
            body.point_at(0.0, HIP),
            hem,
            hip,
            body.scaled_width(0.115 * wide),
            &Ink::solid(body.outfit.legs),
        );
    }
    if body.outfit.top == Top::Coat {
        brush.draw_rod(
            body.point_at(0.0, HIP),
            body.point_at(0.0, 0.37),
            hip,
            body.scaled_width(0.11 * wide),
            &cloth,
        );
    }
    brush.draw_rod(
        body.point_at(0.0, HIP + 0.03),
        body.point_at(0.0, SHOULDER - 0.045),
        hip,
        chest,
        &cloth,
    );
    brush.draw_rod(
        body.point_at(0.0, SHOULDER),
        body.point_at(0.0, 0.88),
        body.scaled_width(0.03),
        body.scaled_width(0.03),
        &Ink::solid(body.outfit.skin),
    );
}

fn paint_arm<S: Surface>(
    brush: &mut Brush<'_, S>,
    body: &Body<'_>,
    phase: f64,
    which: f32,
    raise: f32,
) {
    let side = body.pose.side;
    let swing = (0.85 * body.pose.swing * sine_of_turns(phase) as f32).clamp(-0.9, 0.9);
    // Runners bend their elbows.
    let bent = if body.pose.swing > 0.55 { 0.75 } else { 0.22 };
    let shoulder = (0.115 * body.front * which + 0.01 * which, SHOULDER - 0.02);
    let (mut upper, mut lower) = (
        hanging_limb(swing, side),
        hanging_limb((swing + bent).min(0.95), side),
    );
    if raise > 0.0 {
        // Up and forward, as for a throw.
        upper = interpolate(upper, (0.35 * side, 0.9), raise);
        lower = interpolate(lower, (0.5 * side, 0.85), raise);
    }
    let elbow = (
        shoulder.0 + ARM * upper.0 + 0.02 * body.front * which,
        shoulder.1 + ARM * upper.1,
    );
    let hand = (elbow.0 + ARM * lower.0, elbow.1 + ARM * lower.1);
    // The arm on the far side is in the shade.
    let shade = if which < 0.0 { 0.82 } else { 0.94 };
    let cloth = body.cloth_ink();
    let sleeve = Ink {
        color: cloth.color.map(|c| c * shade),
        second: cloth.second.map(|c| c * shade),
        ..cloth
    };
    let [shoulder_px, elbow_px, hand_px] = [shoulder, elbow, hand].map(|p| body.point_at(p.0, p.1));
    brush.draw_rod(
        shoulder_px,
        elbow_px,
        body.scaled_width(0.034),
        body.scaled_width(0.03),
        &sleeve,
    );
    brush.draw_rod(
        elbow_px,
        hand_px,
        body.scaled_width(0.029),
        body.scaled_width(0.024),
        &sleeve,
    );
    if body.outfit.load == Load::Handbag && which > 0.0 {
        let (x, y) = body.point_at(hand.0, hand.1 - 0.03);
        let (w, h) = (body.px * 0.075 * (0.5 + 0.5 * side.abs()), body.px * 0.11);
        brush.draw_block((x - w, y), (x + w, y + h), &Ink::solid(body.outfit.leather));
    }
    brush.draw_ellipse(
        hand_px,
        body.scaled_width(0.026),
        body.scaled_width(0.026),
        &Ink::solid(body.outfit.skin),
    );
}

/// The extent of a limb that hangs down.
fn hanging_limb(swing: f32, side: f32) -> (f32, f32) {
    let (right, down) = turned_limb(swing, side);
    (right, -down)
}

/// Interpolates linearly between two points.
fn interpolate(from: (f32, f32), to: (f32, f32), t: f32) -> (f32, f32) {
    (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t)
}

fn paint_backpack<S: Surface>(brush: &mut Brush<'_, S>, body: &Body<'_>, right: f32) {
    let wide = body.px * (0.06 + 0.03 * body.front);
    brush.draw_ellipse(
        body.point_at(right, 0.68),
        wide,
        body.px * 0.115,
        &Ink::solid(body.outfit.leather),
    );
}

fn paint_head<S: Surface>(brush: &mut Brush<'_, S>, body: &Body<'_>) {
    let (side, px) = (body.pose.side, body.px);
    let skin = Ink::solid(body.outfit.skin);
    if body.outfit.top == Top::Costume {
        // The head of a costume: two ears, a large face and two eyes.
        let bright = Ink::solid(body.outfit.second);
        for ear in [-0.1, 0.1] {
            brush.draw_ellipse(body.point_at(ear, 1.06), px * 0.045, px * 0.075, &bright);
        }
        brush.draw_ellipse(body.point_at(0.0, 0.94), px * 0.14, px * 0.135, &bright);
        let eye = if body.pose.toward { 0.05 } else { 0.0 };
        for shift in [-eye, eye] {
            brush.draw_ellipse(
                body.point_at(0.05 * side + shift, 0.96),
                px * 0.025,
                px * 0.03,
                &Ink::solid([250.0; 3]),
            );
        }
        return;
    }
    // From behind only the hair is visible.
    // Three ellipses: the hair, the face over it, and the fringe over the face.
    let away = !body.pose.toward && body.front > 0.6;
    let hair = Ink::solid(if body.outfit.hat {
        body.outfit.leather
    } else {
        body.outfit.hair
    });
    brush.draw_ellipse(
        body.point_at(-0.012 * side, 0.93),
        px * 0.066,
        px * 0.078,
        &hair,
    );
    if !away {
        brush.draw_ellipse(
            body.point_at(0.018 * side, 0.915),
            px * (0.045 + 0.008 * body.front),
            px * 0.062,
            &skin,
        );
        brush.draw_ellipse(body.point_at(0.0, 0.975), px * 0.056, px * 0.032, &hair);
    }
    if body.outfit.hat {
        brush.draw_ellipse(
            body.point_at(0.02 * side, 0.962),
            px * 0.085,
            px * 0.016,
            &hair,
        );
    }
}
