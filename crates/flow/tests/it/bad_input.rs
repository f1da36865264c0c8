//! Frames and options that cannot be used are refused with a clear error; small frames have a defined result.

use oddframe_core::{Frame, FrameShape, PixelFormat};
use oddframe_flow::{Dis, DisOptions, Error, EstimateFlow, Farneback, FarnebackOptions, Flow};

use crate::scene::{method, shifted_pair};

const METHODS: [&str; 4] = ["farneback", "gaussian", "ultrafast", "medium"];

fn frame(width: usize, height: usize, format: PixelFormat) -> Frame {
    Frame::new(FrameShape::new(width, height, format).unwrap())
}

#[test]
fn frames_of_different_shapes_are_refused() {
    let gray = frame(64, 48, PixelFormat::Gray);
    for other in [
        frame(64, 47, PixelFormat::Gray),
        frame(48, 64, PixelFormat::Gray),
        frame(64, 48, PixelFormat::Rgb),
    ] {
        for name in METHODS {
            let result = method(name).estimate(&gray, &other, &mut Flow::default());
            assert!(
                matches!(result, Err(Error::DifferentShapes { .. })),
                "{name}"
            );
        }
    }
    let error = method("fast")
        .estimate(&gray, &frame(8, 9, PixelFormat::Gray), &mut Flow::default())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "flow needs two frames of one shape, but one is 64x48 gray and the other 8x9 gray"
    );
}

#[test]
fn rgb_frames_are_refused() {
    let rgb = frame(64, 48, PixelFormat::Rgb);
    for name in METHODS {
        let mut worker = method(name);
        assert_eq!(worker.format(), PixelFormat::Gray);
        let error = worker
            .estimate(&rgb, &rgb, &mut Flow::default())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "this method of optical flow takes gray frames, not 64x48 RGB; convert them first"
        );
    }
}

#[test]
fn dis_refuses_frames_without_room_for_a_patch() {
    for (width, height) in [(1, 1), (8, 8), (200, 7), (7, 200), (11, 9)] {
        let frame = frame(width, height, PixelFormat::Gray);
        for name in ["ultrafast", "fast", "medium"] {
            let result = method(name).estimate(&frame, &frame, &mut Flow::default());
            assert!(
                matches!(
                    result,
                    Err(Error::TooSmall {
                        shorter: 8,
                        longer: 12,
                        ..
                    })
                ),
                "{name} {width}x{height}"
            );
        }
    }
}

#[test]
fn small_frames_give_finite_flow() {
    for (width, height) in [
        (1, 1),
        (1, 40),
        (40, 1),
        (2, 2),
        (8, 8),
        (12, 8),
        (9, 100),
        (33, 31),
    ] {
        let [previous, next] = shifted_pair(width, height, 10, 6);
        for name in METHODS {
            let mut flow = Flow::default();
            match method(name).estimate(&previous, &next, &mut flow) {
                Ok(()) => {
                    assert_eq!((flow.width(), flow.height()), (width, height));
                    let mut values = flow.dx().iter().chain(flow.dy());
                    assert!(values.all(|v| v.is_finite()), "{name} {width}x{height}");
                }
                Err(Error::TooSmall { .. }) => {
                    assert!(width.min(height) < 8 || width.max(height) < 12);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn extreme_frames_give_finite_flow() {
    let shape = FrameShape::new(96, 72, PixelFormat::Gray).unwrap();
    let mut white = Frame::new(shape);
    white.pixels_mut().fill(255);
    let black = Frame::new(shape);
    let mut stripes = Frame::new(shape);
    for (i, pixel) in stripes.pixels_mut().iter_mut().enumerate() {
        *pixel = if i % 96 % 2 == 0 { 255 } else { 0 };
    }
    for name in METHODS {
        for (previous, next) in [(&white, &black), (&black, &stripes), (&stripes, &white)] {
            let mut flow = Flow::default();
            method(name).estimate(previous, next, &mut flow).unwrap();
            let mut values = flow.dx().iter().chain(flow.dy());
            assert!(values.all(|v| v.is_finite()), "{name}");
        }
    }
}

#[test]
fn options_at_the_ends_of_their_ranges_give_finite_flow() {
    let [previous, next] = shifted_pair(96, 72, 10, 6);
    let farneback = FarnebackOptions::default();
    let dis = DisOptions::fast();
    let mut methods: Vec<(String, Box<dyn EstimateFlow>)> = Vec::new();
    for (poly_n, poly_sigma) in [(1, 0.2), (5, 0.2), (32, 0.2), (1, 100.0), (32, 100.0)] {
        for gaussian_window in [false, true] {
            let options = FarnebackOptions {
                poly_n,
                poly_sigma,
                gaussian_window,
                winsize: 2,
                ..farneback
            };
            methods.push((
                format!("{options:?}"),
                Box::new(Farneback::new(options).unwrap()),
            ));
        }
    }
    for (weight, epsilon) in [(0.0, 1e-6), (1e6, 1e-6), (0.0, 1000.0), (1e6, 1000.0)] {
        let options = DisOptions {
            alpha: weight,
            delta: weight,
            gamma: weight,
            epsilon,
            ..dis
        };
        methods.push((format!("{options:?}"), Box::new(Dis::new(options).unwrap())));
    }
    for (name, mut method) in methods {
        let mut flow = Flow::default();
        method.estimate(&previous, &next, &mut flow).unwrap();
        let mut values = flow.dx().iter().chain(flow.dy());
        assert!(values.all(|v| v.is_finite()), "{name}");
    }
}

#[test]
fn farneback_refuses_options_out_of_range() {
    let good = FarnebackOptions::default();
    for (options, name) in [
        (
            FarnebackOptions {
                pyr_scale: 0.0,
                ..good
            },
            "pyr_scale",
        ),
        (
            FarnebackOptions {
                pyr_scale: 1.0,
                ..good
            },
            "pyr_scale",
        ),
        (
            FarnebackOptions {
                pyr_scale: f64::NAN,
                ..good
            },
            "pyr_scale",
        ),
        (FarnebackOptions { levels: 17, ..good }, "levels"),
        (FarnebackOptions { winsize: 1, ..good }, "winsize"),
        (
            FarnebackOptions {
                winsize: 256,
                ..good
            },
            "winsize",
        ),
        (
            FarnebackOptions {
                iterations: 0,
                ..good
            },
            "iterations",
        ),
        (FarnebackOptions { poly_n: 0, ..good }, "poly_n"),
        (FarnebackOptions { poly_n: 33, ..good }, "poly_n"),
        (
            FarnebackOptions {
                poly_sigma: 0.1,
                ..good
            },
            "poly_sigma",
        ),
        (
            FarnebackOptions {
                poly_sigma: f64::NAN,
                ..good
            },
            "poly_sigma",
        ),
    ] {
        let error = Farneback::new(options).unwrap_err();
        assert!(
            matches!(error, Error::InvalidOption { option, .. } if option == name),
            "{name}: {error}"
        );
    }
}

#[test]
fn dis_refuses_options_out_of_range() {
    let good = DisOptions::fast();
    for (options, name) in [
        (
            DisOptions {
                finest_scale: 11,
                ..good
            },
            "finest_scale",
        ),
        (
            DisOptions {
                patch_stride: 0,
                ..good
            },
            "patch_stride",
        ),
        (
            DisOptions {
                patch_stride: 9,
                ..good
            },
            "patch_stride",
        ),
        (
            DisOptions {
                gradient_iterations: 0,
                ..good
            },
            "gradient_iterations",
        ),
        (
            DisOptions {
                refinement_iterations: 1001,
                ..good
            },
            "refinement_iterations",
        ),
        (
            DisOptions {
                alpha: -1.0,
                ..good
            },
            "alpha",
        ),
        (
            DisOptions {
                delta: f32::INFINITY,
                ..good
            },
            "delta",
        ),
        (
            DisOptions {
                gamma: f32::NAN,
                ..good
            },
            "gamma",
        ),
        (
            DisOptions {
                epsilon: 1e-7,
                ..good
            },
            "epsilon",
        ),
    ] {
        let error = Dis::new(options).unwrap_err();
        assert!(
            matches!(error, Error::InvalidOption { option, .. } if option == name),
            "{name}: {error}"
        );
    }
}
