use crate::brush::{Brush, Ink, Pattern, Point};
use crate::look::Look;
use crate::person::Pose;
use crate::surface::Surface;
use crate::wave::wave;

const TYRE: [f32; 3] = [30.0, 30.0, 32.0];
const STEEL: [f32; 3] = [118.0, 120.0, 124.0];
/// A wheel's radius.
const WHEEL_M: f32 = 0.34;
/// Axles lie this far before and behind the middle.
const AXLE_M: f32 = 0.52;

/// Paints a cyclist: wheels, frame and the rider with turning pedals.
pub(crate) fn paint_cyclist<S: Surface>(brush: &mut Brush<'_, S>, pose: &Pose, look: &Look) {
    let m = pose.scale;
    // Seen from the front a bicycle is narrow, but never a line.
    let side = if pose.side < 0.0 { pose.side.min(-0.3) } else { pose.side.max(0.3) };
    let at = |along: f32, up: f32| -> Point { (pose.foot.0 + along * side * m, pose.foot.1 - up * m) };
    let painted = Ink::plain(look.second);
    let tube = |brush: &mut Brush<'_, S>, a: Point, b: Point| brush.rod(a, b, 0.026 * m, 0.026 * m, &painted);
    for axle in [-AXLE_M, AXLE_M] {
        brush.ring(at(axle, WHEEL_M), WHEEL_M * side.abs() * m, WHEEL_M * m, 0.028 * m, &Ink::plain(TYRE));
        brush.rod(at(axle, 0.06), at(axle, 2.0 * WHEEL_M - 0.06), 0.008 * m, 0.008 * m, &Ink::plain(STEEL));
    }
    let (crank, saddle, neck) = ((-0.05, 0.3), (-0.2, 0.86), (0.38, 0.88));
    tube(brush, at(-AXLE_M, WHEEL_M), at(crank.0, crank.1));
    tube(brush, at(-AXLE_M, WHEEL_M), at(-0.17, 0.72));
    tube(brush, at(crank.0, crank.1), at(saddle.0, saddle.1));
    tube(brush, at(crank.0, crank.1), at(neck.0, 0.78));
    tube(brush, at(-0.17, 0.72), at(neck.0, 0.78));
    tube(brush, at(AXLE_M, WHEEL_M), at(neck.0, 1.0));
    tube(brush, at(neck.0 - 0.04, 1.02), at(neck.0 + 0.12, 0.98));

    let r = 1.0 + look.breadth;
    let hip = (saddle.0 + 0.02, saddle.1 + 0.1);
    let shoulder = (hip.0 + 0.28, hip.1 + 0.5);
    for turn in [0.5, 0.0] {
        let (s, c) = (wave(pose.phase + turn) as f32, wave(pose.phase + turn + 0.25) as f32);
        let pedal = (crank.0 + 0.17 * c, crank.1 + 0.17 * s);
        let knee = (hip.0 + (pedal.0 - hip.0) * 0.5 + 0.24, hip.1 + (pedal.1 - hip.1) * 0.5 + 0.06);
        let legs = Ink::plain(look.legs.map(|v| v * if turn > 0.0 { 0.8 } else { 1.0 }));
        brush.rod(at(hip.0, hip.1), at(knee.0, knee.1), 0.1 * r * m, 0.075 * r * m, &legs);
        brush.rod(at(knee.0, knee.1), at(pedal.0, pedal.1 + 0.04), 0.07 * r * m, 0.05 * r * m, &legs);
        let toe = at(pedal.0 + 0.12, pedal.1);
        brush.rod(at(pedal.0, pedal.1 + 0.02), toe, 0.045 * m, 0.035 * m, &Ink::plain(look.shoes));
    }
    let cloth = Ink::plain(look.cloth);
    brush.rod(at(hip.0, hip.1), at(shoulder.0, shoulder.1 - 0.05), 0.13 * r * m, 0.15 * r * m, &cloth);
    brush.rod(
        at(shoulder.0, shoulder.1 - 0.04),
        at(neck.0 + 0.06, 1.03),
        0.055 * r * m,
        0.045 * r * m,
        &cloth,
    );
    let head = at(shoulder.0 + 0.1, shoulder.1 + 0.2);
    brush.ellipse(head, 0.1 * m, 0.13 * m, &Ink::plain(look.skin));
    brush.ellipse(
        (head.0 - 0.01 * side * m, head.1 - 0.06 * m),
        0.12 * m,
        0.09 * m,
        &Ink::plain(look.second),
    );
}

/// Paints a hand cart, loaded high, before the one who pushes it.
pub(crate) fn paint_cart<S: Surface>(brush: &mut Brush<'_, S>, pose: &Pose, look: &Look) {
    let m = pose.scale;
    let side = if pose.side < 0.0 { pose.side.min(-0.45) } else { pose.side.max(0.45) };
    let middle = pose.foot.0 + 1.1 * pose.side * m;
    let at = |along: f32, up: f32| -> Point { (middle + along * side * m, pose.foot.1 - up * m) };
    let crate_ink =
        |color, second| Ink { color, second, pattern: Pattern::Bands(0.13 * m), origin: pose.foot };
    brush.rod(at(-0.85, 1.0), at(-0.5, 0.5), 0.03 * m, 0.03 * m, &Ink::plain(STEEL));
    for wheel in [-0.4, 0.4] {
        brush.ellipse(at(wheel, 0.2), 0.2 * side.abs() * m, 0.2 * m, &Ink::plain(TYRE));
    }
    brush.block(at(-0.62, 0.42), at(0.62, 0.3), &Ink::plain(STEEL));
    brush.block(at(-0.56, 1.0), at(0.5, 0.42), &crate_ink([196.0, 150.0, 88.0], [166.0, 120.0, 66.0]));
    brush.block(at(-0.5, 1.42), at(0.1, 1.0), &crate_ink(look.cloth, look.second));
    brush.ellipse(at(0.3, 1.16), 0.22 * m, 0.19 * m, &Ink::plain([228.0, 222.0, 208.0]));
}

/// Paints a bag that stands or hangs, `up` metres above the ground.
pub(crate) fn paint_bag<S: Surface>(brush: &mut Brush<'_, S>, foot: Point, m: f32, up: f32, look: &Look) {
    let at = |right: f32, above: f32| -> Point { (foot.0 + right * m, foot.1 - (up + above) * m) };
    let ink = Ink {
        color: look.leather,
        second: look.leather.map(|c| c * 0.8),
        pattern: Pattern::Bands(0.1 * m),
        origin: foot,
    };
    brush.ring(at(0.0, 0.36), 0.12 * m, 0.1 * m, 0.02 * m, &Ink::plain(TYRE));
    brush.block(at(-0.27, 0.34), at(0.27, 0.0), &ink);
}

/// Paints a thrown object with its centre `up` metres above the ground.
pub(crate) fn paint_thrown<S: Surface>(
    brush: &mut Brush<'_, S>,
    foot: Point,
    m: f32,
    up: f32,
    turn: f64,
    look: &Look,
) {
    let centre = (foot.0, foot.1 - up * m);
    let (c, s) = (wave(turn + 0.25) as f32 * 0.13 * m, wave(turn) as f32 * 0.13 * m);
    let bright = Ink::plain([226.0, 216.0, 204.0]);
    brush.rod((centre.0 - c, centre.1 - s), (centre.0 + c, centre.1 + s), 0.12 * m, 0.12 * m, &bright);
    brush.ellipse((centre.0 + c, centre.1 + s), 0.07 * m, 0.07 * m, &Ink::plain(look.leather));
}
