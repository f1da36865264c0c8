//! Painting of vehicles and objects.

use crate::brush::{Brush, Ink, LocalFrame, Pattern, Point};
use crate::outfit::Outfit;
use crate::person::Pose;
use crate::surface::Surface;
use crate::wave::sine_of_turns;

const TYRE: [f32; 3] = [30.0, 30.0, 32.0];
const STEEL: [f32; 3] = [118.0, 120.0, 124.0];
/// The radius of a wheel.
const WHEEL_M: f32 = 0.34;
/// The distance of each axle from the middle.
const AXLE_M: f32 = 0.52;

/// Paints a cyclist: wheels, frame and the rider with turning pedals.
pub(crate) fn paint_cyclist<S: Surface>(brush: &mut Brush<'_, S>, pose: &Pose, outfit: &Outfit) {
    let m = pose.scale;
    // From the front a bicycle is narrow, but not a line.
    let side = if pose.side < 0.0 {
        pose.side.min(-0.3)
    } else {
        pose.side.max(0.3)
    };
    let frame = LocalFrame {
        origin: pose.foot,
        scale: m,
        across: side,
        lift: 0.0,
    };
    for axle in [-AXLE_M, AXLE_M] {
        brush.draw_ring(
            frame.point(axle, WHEEL_M),
            WHEEL_M * side.abs() * m,
            WHEEL_M * m,
            0.028 * m,
            &Ink::solid(TYRE),
        );
        brush.draw_rod(
            frame.point(axle, 0.06),
            frame.point(axle, 2.0 * WHEEL_M - 0.06),
            0.008 * m,
            0.008 * m,
            &Ink::solid(STEEL),
        );
    }
    let (crank, saddle, neck) = ((-0.05, 0.3), (-0.2, 0.86), (0.38, 0.88));
    // The tubes of the frame, the fork and the handlebar.
    for (from, to) in [
        ((-AXLE_M, WHEEL_M), crank),
        ((-AXLE_M, WHEEL_M), (-0.17, 0.72)),
        (crank, saddle),
        (crank, (neck.0, 0.78)),
        ((-0.17, 0.72), (neck.0, 0.78)),
        ((AXLE_M, WHEEL_M), (neck.0, 1.0)),
        ((neck.0 - 0.04, 1.02), (neck.0 + 0.12, 0.98)),
    ] {
        let (from, to) = (frame.point(from.0, from.1), frame.point(to.0, to.1));
        brush.draw_rod(from, to, 0.026 * m, 0.026 * m, &Ink::solid(outfit.second));
    }

    // The rider: the farther leg first, then the nearer one, the body, the arms and the head.
    let r = 1.0 + outfit.breadth;
    let hip = (saddle.0 + 0.02, saddle.1 + 0.1);
    let shoulder = (hip.0 + 0.28, hip.1 + 0.5);
    for turn in [0.5, 0.0] {
        let (s, c) = (
            sine_of_turns(pose.phase + turn) as f32,
            sine_of_turns(pose.phase + turn + 0.25) as f32,
        );
        // The pedals are half a turn apart. Each knee lies between hip and pedal, bent forward.
        let pedal = (crank.0 + 0.17 * c, crank.1 + 0.17 * s);
        let knee = (
            hip.0 + (pedal.0 - hip.0) * 0.5 + 0.24,
            hip.1 + (pedal.1 - hip.1) * 0.5 + 0.06,
        );
        let legs = Ink::solid(outfit.legs.map(|v| v * if turn > 0.0 { 0.8 } else { 1.0 }));
        brush.draw_rod(
            frame.point(hip.0, hip.1),
            frame.point(knee.0, knee.1),
            0.1 * r * m,
            0.075 * r * m,
            &legs,
        );
        brush.draw_rod(
            frame.point(knee.0, knee.1),
            frame.point(pedal.0, pedal.1 + 0.04),
            0.07 * r * m,
            0.05 * r * m,
            &legs,
        );
        let toe = frame.point(pedal.0 + 0.12, pedal.1);
        brush.draw_rod(
            frame.point(pedal.0, pedal.1 + 0.02),
            toe,
            0.045 * m,
            0.035 * m,
            &Ink::solid(outfit.shoes),
        );
    }
    let cloth = Ink::solid(outfit.cloth);
    brush.draw_rod(
        frame.point(hip.0, hip.1),
        frame.point(shoulder.0, shoulder.1 - 0.05),
        0.13 * r * m,
        0.15 * r * m,
        &cloth,
    );
    brush.draw_rod(
        frame.point(shoulder.0, shoulder.1 - 0.04),
        frame.point(neck.0 + 0.06, 1.03),
        0.055 * r * m,
        0.045 * r * m,
        &cloth,
    );
    let head = frame.point(shoulder.0 + 0.1, shoulder.1 + 0.2);
    brush.draw_ellipse(head, 0.1 * m, 0.13 * m, &Ink::solid(outfit.skin));
    brush.draw_ellipse(
        (head.0 - 0.01 * side * m, head.1 - 0.06 * m),
        0.12 * m,
        0.09 * m,
        &Ink::solid(outfit.second),
    );
}

/// Paints a hand cart with a high load, in front of the person who pushes it.
pub(crate) fn paint_cart<S: Surface>(brush: &mut Brush<'_, S>, pose: &Pose, outfit: &Outfit) {
    let m = pose.scale;
    let side = if pose.side < 0.0 {
        pose.side.min(-0.45)
    } else {
        pose.side.max(0.45)
    };
    let middle = pose.foot.0 + 1.1 * pose.side * m;
    let frame = LocalFrame {
        origin: (middle, pose.foot.1),
        scale: m,
        across: side,
        lift: 0.0,
    };
    let bands = Ink {
        pattern: Pattern::Bands(0.13 * m),
        origin: pose.foot,
        ..Ink::solid([196.0, 150.0, 88.0])
    };
    brush.draw_rod(
        frame.point(-0.85, 1.0),
        frame.point(-0.5, 0.5),
        0.03 * m,
        0.03 * m,
        &Ink::solid(STEEL),
    );
    for wheel in [-0.4, 0.4] {
        brush.draw_ellipse(
            frame.point(wheel, 0.2),
            0.2 * side.abs() * m,
            0.2 * m,
            &Ink::solid(TYRE),
        );
    }
    brush.draw_block(
        frame.point(-0.62, 0.42),
        frame.point(0.62, 0.3),
        &Ink::solid(STEEL),
    );
    brush.draw_block(
        frame.point(-0.56, 1.0),
        frame.point(0.5, 0.42),
        &Ink {
            second: [166.0, 120.0, 66.0],
            ..bands
        },
    );
    brush.draw_block(
        frame.point(-0.5, 1.42),
        frame.point(0.1, 1.0),
        &Ink {
            color: outfit.cloth,
            second: outfit.second,
            ..bands
        },
    );
    brush.draw_ellipse(
        frame.point(0.3, 1.16),
        0.22 * m,
        0.19 * m,
        &Ink::solid([228.0, 222.0, 208.0]),
    );
}

/// Paints a bag whose bottom is `up` metres above the ground.
pub(crate) fn paint_bag<S: Surface>(
    brush: &mut Brush<'_, S>,
    foot: Point,
    m: f32,
    up: f32,
    outfit: &Outfit,
) {
    let frame = LocalFrame {
        origin: foot,
        scale: m,
        across: 1.0,
        lift: up,
    };
    let ink = Ink {
        color: outfit.leather,
        second: outfit.leather.map(|c| c * 0.8),
        pattern: Pattern::Bands(0.1 * m),
        origin: foot,
    };
    brush.draw_ring(
        frame.point(0.0, 0.36),
        0.12 * m,
        0.1 * m,
        0.02 * m,
        &Ink::solid(TYRE),
    );
    brush.draw_block(frame.point(-0.27, 0.34), frame.point(0.27, 0.0), &ink);
}

/// Paints a thrown object whose centre is `up` metres above the ground, turned by `turn`.
pub(crate) fn paint_thrown<S: Surface>(
    brush: &mut Brush<'_, S>,
    foot: Point,
    m: f32,
    up: f32,
    turn: f64,
    outfit: &Outfit,
) {
    let centre = (foot.0, foot.1 - up * m);
    let (c, s) = (
        sine_of_turns(turn + 0.25) as f32 * 0.13 * m,
        sine_of_turns(turn) as f32 * 0.13 * m,
    );
    let bright = Ink::solid([226.0, 216.0, 204.0]);
    brush.draw_rod(
        (centre.0 - c, centre.1 - s),
        (centre.0 + c, centre.1 + s),
        0.12 * m,
        0.12 * m,
        &bright,
    );
    brush.draw_ellipse(
        (centre.0 + c, centre.1 + s),
        0.07 * m,
        0.07 * m,
        &Ink::solid(outfit.leather),
    );
}
