//! The flow of synthetic scenes is OpenCV's.

use std::path::Path;

use oddframe_flow::Flow;

use crate::scene::{SCENES, method, pair};

/// How far a flow may be from OpenCV's, in pixels.
#[derive(Clone, Copy)]
pub(crate) struct Tolerance {
    pub(crate) mean: f32,
    pub(crate) max: f32,
}

/// Farnebäck's method only differs in the order of additions. What amplifies that is texture without structure, as on
/// the ground of the scene "object".
pub(crate) const FARNEBACK: Tolerance = Tolerance {
    mean: 0.001,
    max: 0.1,
};

/// Asserts that a flow is OpenCV's, of which a file holds every `step`-th pixel.
pub(crate) fn assert_close(flow: &Flow, name: &str, step: usize, tolerance: Tolerance) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let expected: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    let columns = flow.width().div_ceil(step);
    let points = columns * flow.height().div_ceil(step);
    assert_eq!(expected.len(), 2 * points, "values in {name}");
    let (expected_dx, expected_dy) = expected.split_at(points);
    let (mut sum, mut worst) = (0.0, (0.0, 0, 0));
    for (point, expected) in expected_dx.iter().zip(expected_dy).enumerate() {
        let (x, y) = (point % columns * step, point / columns * step);
        let at = y * flow.width() + x;
        let dx = flow.dx()[at] - expected.0;
        let dy = flow.dy()[at] - expected.1;
        let distance = dx.hypot(dy);
        sum += distance;
        if distance > worst.0 {
            worst = (distance, x, y);
        }
    }
    let mean = sum / points as f32;
    let (max, x, y) = worst;
    println!("{name}: mean {mean:.6}, max {max:.6} at ({x}, {y})");
    assert!(mean <= tolerance.mean, "{name}: mean difference {mean}");
    assert!(
        max <= tolerance.max,
        "{name}: difference {max} at ({x}, {y})"
    );
}

#[test]
fn farneback_equals_opencv() {
    for scene in SCENES {
        let [previous, next] = pair(scene);
        for name in ["farneback", "gaussian", "other"] {
            let mut flow = Flow::default();
            method(name).estimate(&previous, &next, &mut flow).unwrap();
            assert_close(&flow, &format!("{scene}.{name}.f32"), 5, FARNEBACK);
        }
    }
}

#[test]
fn dis_equals_opencv() {
    for scene in SCENES {
        let [previous, next] = pair(scene);
        for name in ["ultrafast", "fast", "medium"] {
            let mut flow = Flow::default();
            method(name).estimate(&previous, &next, &mut flow).unwrap();
            assert_close(&flow, &format!("{scene}.{name}.f32"), 5, DIS);
        }
    }
}

/// The search ends when the distance stops to fall; where it hardly falls, the order of additions decides.
pub(crate) const DIS: Tolerance = Tolerance {
    mean: 0.005,
    max: 0.1,
};
