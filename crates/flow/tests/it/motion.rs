//! Known motion is found, with every combination of options.

use oddframe_flow::{Dis, DisOptions, EstimateFlow, Farneback, FarnebackOptions, Flow};
use proptest::prelude::*;

use crate::scene::{method, shifted_pair};

/// The mean distance to a motion of the whole frame, away from its edges.
fn mean_error(flow: &Flow, dx: f32, dy: f32) -> f32 {
    let (width, height) = (flow.width(), flow.height());
    let mut sum = 0.0;
    for y in 20..height - 20 {
        for x in 20..width - 20 {
            let at = y * width + x;
            sum += (flow.dx()[at] - dx).hypot(flow.dy()[at] - dy);
        }
    }
    sum / ((width - 40) * (height - 40)) as f32
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn every_method_finds_the_motion_of_a_texture(
        dx in -80_i64..80,
        dy in -60_i64..60,
        width in 100_usize..180,
        height in 90_usize..150,
    ) {
        let [previous, next] = shifted_pair(width, height, dx, dy);
        for (name, most) in
            [("farneback", 0.25), ("gaussian", 0.4), ("ultrafast", 0.4), ("fast", 0.3), ("medium", 0.2)]
        {
            let mut flow = Flow::default();
            method(name).estimate(&previous, &next, &mut flow).unwrap();
            let error = mean_error(&flow, dx as f32 / 16.0, dy as f32 / 16.0);
            prop_assert!(error < most, "{name} is off by {error} for ({dx}, {dy}) in {width}x{height}");
        }
    }

    #[test]
    fn dis_finds_motion_with_any_options(
        finest_scale in 0_usize..4,
        patch_stride in 1_usize..9,
        gradient_iterations in 10_usize..30,
        refinement_iterations in 0_usize..4,
        mean_normalization: bool,
        spatial_propagation: bool,
    ) {
        let options = DisOptions {
            finest_scale,
            patch_stride,
            gradient_iterations,
            refinement_iterations,
            mean_normalization,
            spatial_propagation,
            ..DisOptions::fast()
        };
        let [previous, next] = shifted_pair(131, 97, 32, -16);
        let mut flow = Flow::default();
        Dis::new(options).unwrap().estimate(&previous, &next, &mut flow).unwrap();
        let error = mean_error(&flow, 2.0, -1.0);
        prop_assert!(error < 0.5, "off by {error}");
    }
}

#[test]
fn frames_without_change_do_not_move() {
    // Away from the edges: there Farnebäck's method compares with nothing, in OpenCV as here.
    let [frame, _] = shifted_pair(120, 90, 0, 0);
    for name in ["farneback", "gaussian", "ultrafast", "fast", "medium"] {
        let mut flow = Flow::default();
        method(name).estimate(&frame, &frame, &mut flow).unwrap();
        let error = mean_error(&flow, 0.0, 0.0);
        assert!(error < 1e-5, "{name}: {error}");
    }
}

#[test]
fn a_given_flow_helps_with_fast_motion() {
    // Too fast for a single level from zero.
    let [previous, next] = shifted_pair(160, 120, 16 * 16, 0);
    let options = FarnebackOptions {
        levels: 0,
        initial_flow: true,
        ..FarnebackOptions::default()
    };
    let mut farneback = Farneback::new(options).unwrap();
    let mut flow = Flow::new(160, 120);
    farneback.estimate(&previous, &next, &mut flow).unwrap();
    let from_zero = mean_error(&flow, 16.0, 0.0);
    flow.planes_mut().0.fill(15.0);
    flow.planes_mut().1.fill(0.0);
    farneback.estimate(&previous, &next, &mut flow).unwrap();
    let from_near = mean_error(&flow, 16.0, 0.0);
    assert!(
        from_zero > 5.0 && from_near < 0.5,
        "{from_zero}, {from_near}"
    );

    // A flow of another size is not used.
    let mut other = Flow::new(80, 60);
    other.planes_mut().0.fill(15.0);
    farneback.estimate(&previous, &next, &mut other).unwrap();
    assert!((mean_error(&other, 16.0, 0.0) - from_zero).abs() < 1e-6);
}
