use std::ops::ControlFlow;

use oddframe_core::{Event, Silent};
use oddframe_memory::{Coreset, CoresetOptions, Error, Features, select_coreset};
use proptest::prelude::*;

use crate::data::{clustered_features, on_one_and_three_threads, squared_distance};

fn select(features: &Features, options: &CoresetOptions) -> Coreset {
    select_coreset(features, options, &mut Silent).unwrap()
}

/// The definition, with nothing kept between steps: all distances of all rows to all selected rows, in f64.
fn select_naively(features: &Features, start: usize, size: usize) -> (Vec<usize>, Vec<f64>) {
    let (mut indices, mut radii) = (vec![start], Vec::new());
    loop {
        let mut farthest = (0, -1.0);
        for (row, values) in features.rows().enumerate() {
            let nearest = indices
                .iter()
                .map(|&centre| squared_distance(values, features.row(centre)))
                .fold(f64::INFINITY, f64::min);
            if nearest > farthest.1 {
                farthest = (row, nearest);
            }
        }
        radii.push(farthest.1.sqrt());
        if indices.len() == size || farthest.1 == 0.0 {
            return (indices, radii);
        }
        indices.push(farthest.0);
    }
}

proptest! {
    #[test]
    fn the_selection_is_that_of_the_definition(
        // Small whole numbers: distances are exact in f32 and f64, and there are many ties and equal rows.
        (dimensions, values) in (1_usize..5).prop_flat_map(|dimensions| (
            Just(dimensions),
            prop::collection::vec(-4_i8..5, dimensions..40 * dimensions),
        )),
        size in 1_usize..12,
        seed in 0_u64..1000,
    ) {
        let whole = values.len() / dimensions * dimensions;
        let values: Vec<f32> = values[..whole].iter().map(|&v| f32::from(v)).collect();
        let features = Features::from_vec(dimensions, values).unwrap();
        let coreset = select(&features, &CoresetOptions { seed, ..CoresetOptions::of_size(size) });
        let (indices, radii) = select_naively(&features, coreset.indices[0], size);
        prop_assert_eq!(&coreset.indices, &indices);
        for (found, expected) in coreset.radii.iter().zip(&radii) {
            prop_assert!((f64::from(*found) - expected).abs() <= 1e-6 * expected);
        }
    }
}

#[test]
fn the_selection_is_that_of_the_definition_in_many_dimensions() {
    for (rows, dimensions, clusters) in [(300, 33, 10), (200, 100, 200), (2_500, 3, 40)] {
        let features = clustered_features(3, rows, dimensions, clusters);
        let coreset = select(&features, &CoresetOptions::of_size(60));
        let (indices, _) = select_naively(&features, coreset.indices[0], 60);
        assert_eq!(coreset.indices, indices, "{rows} rows of {dimensions}");
    }
}

#[test]
fn a_smaller_selection_is_the_beginning_of_a_larger_one() {
    let features = clustered_features(5, 3_000, 16, 30);
    let options = CoresetOptions {
        seed: 4,
        ..CoresetOptions::of_size(200)
    };
    let large = select(&features, &options);
    for size in [1, 2, 77, 199] {
        let small = select(&features, &CoresetOptions { size, ..options });
        assert_eq!(small.indices, large.indices[..size]);
        assert_eq!(small.radii, large.radii[..size]);
    }
    assert!(large.radii.windows(2).all(|pair| pair[1] <= pair[0]));
}

#[test]
fn threads_do_not_change_the_selection() {
    let features = clustered_features(6, 5_000, 24, 50);
    for projection in [None, Some(8)] {
        let options = CoresetOptions {
            projection,
            ..CoresetOptions::of_size(150)
        };
        let [one, three] = on_one_and_three_threads(|| select(&features, &options));
        assert_eq!(one, three);
    }
}

#[test]
fn the_seed_chooses_the_start() {
    let features = clustered_features(7, 1_000, 4, 10);
    let starts: std::collections::HashSet<usize> = (0..20)
        .map(|seed| {
            let options = CoresetOptions {
                seed,
                ..CoresetOptions::of_size(1)
            };
            let coreset = select(&features, &options);
            assert_eq!(coreset, select(&features, &options));
            coreset.indices[0]
        })
        .collect();
    assert!(starts.len() > 15);
}

#[test]
fn equal_rows_end_the_selection_with_the_radius_0() {
    let features = Features::from_vec(2, [3.0, 4.0].repeat(50)).unwrap();
    let coreset = select(&features, &CoresetOptions::of_size(10));
    assert_eq!((coreset.indices.len(), coreset.radii), (1, vec![0.0]));
    // Three distinct rows among many.
    let features = Features::from_vec(1, [3.0, 4.0, 9.0].repeat(50)).unwrap();
    let coreset = select(&features, &CoresetOptions::of_size(10));
    assert_eq!((coreset.indices.len(), coreset.radii[2]), (3, 0.0));
    assert!(
        coreset.indices[1..].iter().all(|&row| row < 3),
        "of equal rows the first is selected"
    );
}

#[test]
fn a_size_beyond_the_rows_selects_every_row_once() {
    let features = clustered_features(8, 20, 3, 5);
    let mut indices = select(&features, &CoresetOptions::of_size(1_000)).indices;
    indices.sort_unstable();
    assert_eq!(indices, (0..20).collect::<Vec<_>>());
    let one = Features::from_vec(3, vec![1.0, 2.0, 3.0]).unwrap();
    let coreset = select(&one, &CoresetOptions::of_size(5));
    assert_eq!((coreset.indices, coreset.radii), (vec![0], vec![0.0]));
}

#[test]
fn a_projection_selects_nearly_as_well() {
    let features = clustered_features(9, 2_000, 256, 100);
    let exact = select(&features, &CoresetOptions::of_size(100));
    let projected = select(
        &features,
        &CoresetOptions {
            projection: Some(64),
            ..CoresetOptions::of_size(100)
        },
    );
    assert_ne!(exact.indices, projected.indices);
    let radius = features
        .rows()
        .map(|row| {
            projected
                .indices
                .iter()
                .map(|&centre| squared_distance(row, features.row(centre)))
                .fold(f64::INFINITY, f64::min)
        })
        .fold(0.0, f64::max)
        .sqrt();
    let best = f64::from(*exact.radii.last().unwrap());
    assert!(radius < 1.5 * best, "{radius} instead of {best}");
    // The radius that the selection reports is one of projected distances, which keep their size on average.
    let reported = f64::from(*projected.radii.last().unwrap());
    assert!(
        (reported / radius - 1.0).abs() < 0.5,
        "{reported} for {radius}"
    );
}

#[test]
fn an_observer_hears_of_each_row_and_can_cancel() {
    let features = clustered_features(10, 100, 3, 5);
    let mut heard = Vec::new();
    let mut observer = |event: Event<'_>| {
        heard.push(format!("{event:?}"));
        if matches!(event, Event::Advanced { done: 5 }) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let error = select_coreset(&features, &CoresetOptions::of_size(20), &mut observer).unwrap_err();
    assert!(matches!(
        error,
        Error::Core(oddframe_core::Error::Interrupted)
    ));
    assert!(heard[0].contains("total: Some(20)"), "{}", heard[0]);
    assert_eq!(heard.len(), 5, "started, and rows 2 to 5: {heard:?}");
}

#[test]
fn what_cannot_be_selected_is_an_error() {
    let features = clustered_features(11, 10, 3, 2);
    let error = |features: &Features, options: CoresetOptions| {
        select_coreset(features, &options, &mut Silent)
            .unwrap_err()
            .to_string()
    };
    let options = CoresetOptions::of_size(3);
    assert_eq!(
        error(&Features::new(3).unwrap(), options),
        "there are no features to select from"
    );
    assert_eq!(
        error(&features, CoresetOptions { size: 0, ..options }),
        "size is 0; it must be at least 1"
    );
    let projection = Some(0);
    assert_eq!(
        error(
            &features,
            CoresetOptions {
                projection,
                ..options
            }
        ),
        "projection is 0; it must be at least 1"
    );
    let memory_limit = 100;
    let message = error(
        &features,
        CoresetOptions {
            memory_limit,
            ..options
        },
    );
    for part in [
        "needs 316 bytes",
        "10 rows of 3 values",
        "memory_limit = 100",
        "prefilter",
    ] {
        assert!(message.contains(part), "{part} is missing in: {message}");
    }
}

#[test]
fn features_are_checked() {
    assert!(matches!(Features::new(0), Err(Error::Zero { .. })));
    assert!(matches!(
        Features::from_vec(3, vec![1.0; 7]),
        Err(Error::RowLength {
            dimensions: 3,
            found: 7
        })
    ));
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.1e15] {
        let mut values = vec![0.0; 12];
        values[7] = value;
        let error = Features::from_vec(3, values).unwrap_err();
        assert!(
            matches!(
                error,
                Error::Value {
                    row: 2,
                    column: 1,
                    ..
                }
            ),
            "{error}"
        );
    }
    let mut features = Features::from_vec(3, vec![0.0; 6]).unwrap();
    let error = features.push(&[0.0, 0.0, f32::NAN]).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Value {
                row: 2,
                column: 2,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(features.len(), 2);
    // The largest features that are allowed have finite distances.
    let extreme = [1e15_f32, -1e15].map(|value| vec![value; 10_000]).concat();
    let features = Features::from_vec(10_000, extreme).unwrap();
    let coreset = select(&features, &CoresetOptions::of_size(1));
    assert!(coreset.radii[0].is_finite());
}
