use std::ops::ControlFlow;

use oddframe_core::{Event, FrameNumber, Silent, VideoId};
use oddframe_memory::{
    Bank, BankBuilder, BankOptions, CoresetOptions, Error, Features, Neighbour, RowOrigin, Storage,
    select_coreset,
};

use crate::data::{clustered_features, on_one_and_three_threads, origins_of, squared_distance};

fn build(features: &Features, options: &BankOptions) -> Bank {
    try_build(features, options).unwrap()
}

fn try_build(features: &Features, options: &BankOptions) -> Result<Bank, Error> {
    Bank::build(
        features,
        &origins_of(features.len()),
        "net-1",
        options,
        &mut Silent,
    )
}

/// The distance of each row to its nearest row of the bank, in f64.
fn distances_to_bank(bank: &Bank, features: &Features) -> Vec<f64> {
    let rows: Vec<Vec<f32>> = (0..bank.len()).map(|row| bank.row(row)).collect();
    features
        .rows()
        .map(|row| {
            rows.iter()
                .map(|bank_row| squared_distance(row, bank_row))
                .fold(f64::INFINITY, f64::min)
                .sqrt()
        })
        .collect()
}

#[test]
fn a_bank_holds_the_coreset_and_its_origins() {
    let features = clustered_features(1, 800, 20, 12);
    let options = BankOptions {
        size: 50,
        seed: 9,
        ..BankOptions::default()
    };
    let bank = build(&features, &options);
    let coreset = select_coreset(
        &features,
        &CoresetOptions {
            seed: 9,
            ..CoresetOptions::of_size(50)
        },
        &mut Silent,
    )
    .unwrap();
    assert_eq!(
        (bank.len(), bank.dimensions(), bank.identity()),
        (50, 20, "net-1")
    );
    assert_eq!(bank.radius(), *coreset.radii.last().unwrap());
    let origins = origins_of(800);
    for (row, &index) in coreset.indices.iter().enumerate() {
        assert_eq!(bank.row(row), features.row(index));
        assert_eq!(bank.origin(row), &origins[index]);
    }
}

#[test]
fn the_typical_distance_is_the_median_of_the_rows_outside_the_bank() {
    let features = clustered_features(2, 501, 10, 12);
    let bank = build(
        &features,
        &BankOptions {
            size: 100,
            ..BankOptions::default()
        },
    );
    let mut outside: Vec<f64> = distances_to_bank(&bank, &features)
        .into_iter()
        .filter(|&distance| distance > 0.0)
        .collect();
    assert_eq!(outside.len(), 401);
    outside.sort_by(f64::total_cmp);
    let typical = f64::from(bank.typical_distance().unwrap());
    assert!((typical / outside[200] - 1.0).abs() < 1e-6, "{typical}");
}

#[test]
fn the_typical_distance_of_a_bank_of_all_rows_is_that_between_its_rows() {
    let features = Features::from_vec(1, vec![0.0, 1.0, 3.0, 10.0, 14.0]).unwrap();
    // To the nearest other row: 1, 1, 2, 4, 4.
    assert_eq!(
        build(&features, &BankOptions::default()).typical_distance(),
        Some(2.0)
    );
    let one = Features::from_vec(1, vec![5.0]).unwrap();
    assert_eq!(
        build(&one, &BankOptions::default()).typical_distance(),
        None
    );
    let equal = Features::from_vec(1, vec![5.0; 9]).unwrap();
    let bank = build(&equal, &BankOptions::default());
    assert_eq!((bank.len(), bank.typical_distance()), (1, None));
}

#[test]
fn a_prefilter_keeps_a_uniform_sample_of_a_stream() {
    // How often each tenth of the stream is kept, over many seeds: 100 rows of 1,000, so 10 of each tenth.
    let mut kept = [0; 10];
    for seed in 0..200 {
        let options = BankOptions {
            size: 100,
            seed,
            prefilter: Some(100),
            ..BankOptions::default()
        };
        let mut builder = BankBuilder::new(1, "net-1", &options).unwrap();
        let video = VideoId::new("1");
        for frame in 0..1_000 {
            let origin = RowOrigin::of_frame(&video, FrameNumber(frame));
            builder.push(&[frame as f32], &origin).unwrap();
        }
        assert_eq!(builder.rows_seen(), 1_000);
        let bank = builder.build(&mut Silent).unwrap();
        assert_eq!(bank.len(), 100);
        for row in 0..100 {
            assert_eq!(bank.row(row), [bank.origin(row).frame.0 as f32]);
            kept[bank.origin(row).frame.0 as usize / 100] += 1;
        }
    }
    // 2,000 expected, with a standard deviation of about 40.
    assert!(
        kept.iter().all(|count| (1_800..2_200).contains(count)),
        "{kept:?}"
    );
}

#[test]
fn building_at_once_and_row_by_row_give_the_same_bank() {
    let features = clustered_features(3, 600, 8, 12);
    for prefilter in [None, Some(150), Some(600), Some(10_000)] {
        let options = BankOptions {
            size: 40,
            seed: 2,
            prefilter,
            ..BankOptions::default()
        };
        let at_once = build(&features, &options);
        let mut builder = BankBuilder::new(8, "net-1", &options).unwrap();
        for (row, origin) in features.rows().zip(&origins_of(600)) {
            builder.push(row, origin).unwrap();
        }
        assert_eq!(builder.build(&mut Silent).unwrap(), at_once);
    }
}

#[test]
fn threads_do_not_change_a_bank() {
    let features = clustered_features(4, 3_000, 40, 20);
    let options = BankOptions {
        size: 200,
        projection: Some(16),
        storage: Storage::F16,
        ..BankOptions::default()
    };
    let [one, three] = on_one_and_three_threads(|| build(&features, &options));
    assert_eq!(one, three);
}

#[test]
fn appending_covers_new_rows_within_the_radius() {
    let old = clustered_features(5, 1_000, 12, 15);
    let new = clustered_features(6, 400, 12, 10);
    for storage in [Storage::F32, Storage::F16] {
        let mut bank = build(
            &old,
            &BankOptions {
                size: 120,
                storage,
                ..BankOptions::default()
            },
        );
        let (before, radius) = (bank.clone(), bank.radius());
        let added = bank
            .append(&new, &origins_of(400), 1_000, &mut Silent)
            .unwrap();
        assert!(added > 10, "{added}");
        assert_eq!((bank.len(), bank.radius()), (120 + added, radius));
        for row in 0..120 {
            assert_eq!(
                (bank.row(row), bank.origin(row)),
                (before.row(row), before.origin(row))
            );
        }
        // Rounding to 16 bits moves a distance by at most |m| / 2048.
        let slack = if storage == Storage::F16 {
            3.0 / 2048.0
        } else {
            1e-6
        };
        let farthest = |features| {
            distances_to_bank(&bank, features)
                .into_iter()
                .fold(0.0, f64::max)
        };
        assert!(farthest(&new) <= f64::from(radius) + slack);
        assert!(farthest(&old) <= f64::from(radius) + slack);
        // The same video again has nothing new.
        assert_eq!(
            bank.append(&new, &origins_of(400), 1_000, &mut Silent)
                .unwrap(),
            0
        );
    }
}

#[test]
fn appending_continues_the_greedy_selection() {
    let (old, new) = (
        clustered_features(7, 500, 9, 12),
        clustered_features(8, 300, 9, 12),
    );
    let options = BankOptions {
        size: 60,
        ..BankOptions::default()
    };
    let mut bank = build(&old, &options);
    let radius = f64::from(bank.radius());
    // The definition: of the new rows the farthest from the bank is added, until none is farther than the radius.
    let mut expected: Vec<Vec<f32>> = (0..60).map(|row| bank.row(row)).collect();
    loop {
        let nearest = new.rows().map(|row| {
            let distances = expected.iter().map(|other| squared_distance(row, other));
            distances.fold(f64::INFINITY, f64::min)
        });
        let (row, farthest) = nearest
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
            .unwrap();
        if farthest.sqrt() <= radius {
            break;
        }
        expected.push(new.row(row).to_vec());
    }
    let added = bank
        .append(&new, &origins_of(300), 1_000, &mut Silent)
        .unwrap();
    assert!(added > 5, "{added}");
    let rows: Vec<Vec<f32>> = (0..bank.len()).map(|row| bank.row(row)).collect();
    assert_eq!(rows, expected);
}

#[test]
fn a_bank_already_covers_its_own_training_rows() {
    let features = clustered_features(7, 700, 9, 12);
    for projection in [None, Some(5)] {
        let options = BankOptions {
            size: 60,
            projection,
            ..BankOptions::default()
        };
        let mut bank = build(&features, &options);
        let added = bank
            .append(&features, &origins_of(700), 30, &mut Silent)
            .unwrap();
        assert_eq!(added, 0, "projection {projection:?}");
    }
}

#[test]
fn a_limit_of_appended_rows_raises_the_radius_to_what_is_left() {
    let old = Features::from_vec(1, vec![0.0, 1.0, 2.0]).unwrap();
    let mut bank = build(&old, &BankOptions::default());
    assert_eq!(bank.radius(), 0.0);
    let new = Features::from_vec(1, vec![2.0, 10.0, 20.0, 21.0]).unwrap();
    assert_eq!(
        bank.append(&new, &origins_of(4), 1, &mut Silent).unwrap(),
        1
    );
    assert_eq!((bank.row(3), bank.radius()), (vec![21.0], 8.0));
    assert_eq!(
        bank.append(&new, &origins_of(4), 0, &mut Silent).unwrap(),
        0
    );
    assert_eq!(
        bank.append(&Features::new(1).unwrap(), &[], 5, &mut Silent)
            .unwrap(),
        0
    );
    // Appended rows are found like all others.
    let mut neighbours = Vec::new();
    bank.nearest(&[22.5], &mut neighbours).unwrap();
    assert_eq!(
        neighbours,
        [Neighbour {
            distance: 1.5,
            row: 3
        }]
    );
    assert_eq!(bank.origin(3), &origins_of(4)[3]);
}

#[test]
fn a_failed_append_leaves_the_bank_unchanged() {
    let mut bank = build(
        &clustered_features(8, 100, 3, 4),
        &BankOptions {
            size: 5,
            storage: Storage::F16,
            ..BankOptions::default()
        },
    );
    let before = bank.clone();
    let far = Features::from_vec(3, vec![1e6; 3]).unwrap();
    let error = bank
        .append(&far, &origins_of(1), 5, &mut Silent)
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLargeForHalf {
                row: 0,
                column: 0,
                ..
            }
        ),
        "{error}"
    );
    let error = bank.append(&far, &[], 5, &mut Silent).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Origins {
                rows: 1,
                origins: 0
            }
        ),
        "{error}"
    );
    let other = Features::from_vec(4, vec![1.0; 4]).unwrap();
    let error = bank
        .append(&other, &origins_of(1), 5, &mut Silent)
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Dimensions {
                expected: 3,
                found: 4
            }
        ),
        "{error}"
    );
    let mut cancel = |event: Event<'_>| match event {
        Event::Advanced { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let near = Features::from_vec(3, vec![100.0; 3]).unwrap();
    let error = bank
        .append(&near, &origins_of(1), 5, &mut cancel)
        .unwrap_err();
    assert!(
        matches!(error, Error::Core(oddframe_core::Error::Interrupted)),
        "{error}"
    );
    assert_eq!(bank, before);
}

#[test]
fn what_cannot_be_built_is_an_error() {
    let features = clustered_features(9, 30, 3, 4);
    let options = BankOptions::default();
    let message = |options: BankOptions| try_build(&features, &options).unwrap_err().to_string();
    assert_eq!(
        message(BankOptions { size: 0, ..options }),
        "size is 0; it must be at least 1"
    );
    let prefilter = Some(0);
    assert_eq!(
        message(BankOptions {
            prefilter,
            ..options
        }),
        "prefilter is 0; it must be at least 1"
    );
    let projection = Some(0);
    assert_eq!(
        message(BankOptions {
            projection,
            ..options
        }),
        "projection is 0; it must be at least 1"
    );
    let empty = Features::new(3).unwrap();
    assert!(matches!(
        try_build(&empty, &options),
        Err(Error::NoRows { .. })
    ));
    let error =
        Bank::build(&features, &origins_of(29), "net-1", &options, &mut Silent).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Origins {
                rows: 30,
                origins: 29
            }
        ),
        "{error}"
    );
    let large = Features::from_vec(2, vec![0.0, 1.0, 7e4, 1.0]).unwrap();
    let storage = Storage::F16;
    let error = try_build(&large, &BankOptions { storage, ..options })
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("70000") && error.contains("32 bits"),
        "{error}"
    );
}

#[test]
fn memory_beyond_the_limit_is_an_error_before_it_is_taken() {
    let features = clustered_features(10, 1_000, 64, 4);
    let options = BankOptions {
        size: 100,
        memory_limit: 200_000,
        ..BankOptions::default()
    };
    let message = try_build(&features, &options).unwrap_err().to_string();
    // 1,000 rows of 64 values of 4 bytes, their origins, and more.
    for part in [
        "1000 rows of 64 values",
        "memory_limit = 200000",
        "prefilter",
        "16-bit",
    ] {
        assert!(message.contains(part), "{part} is missing in: {message}");
    }
    // Sizes whose product overflows are too large too.
    let projection = Some(1 << 62);
    let options = BankOptions {
        memory_limit: 1 << 40,
        projection,
        ..options
    };
    let message = try_build(&features, &options).unwrap_err().to_string();
    assert!(
        message.contains("memory_limit = 1099511627776"),
        "{message}"
    );
    let options = BankOptions {
        memory_limit: 200_000,
        projection: None,
        ..options
    };
    // A prefilter makes it fit, and a stream fails at the row that no longer fits.
    let prefilter = Some(200);
    build(
        &features,
        &BankOptions {
            prefilter,
            ..options
        },
    );
    let mut builder = BankBuilder::new(64, "net-1", &options).unwrap();
    let origin = &origins_of(1)[0];
    let failed = (0..1_000).find(|&row| builder.push(features.row(row), origin).is_err());
    assert!(
        failed.is_some_and(|row| (300..700).contains(&row)),
        "{failed:?}"
    );
    // A prefilter that is too large is an error at once.
    let prefilter = Some(1_000_000);
    let error = BankBuilder::new(
        64,
        "net-1",
        &BankOptions {
            prefilter,
            ..options
        },
    )
    .unwrap_err();
    assert!(
        matches!(
            error,
            Error::MemoryLimit {
                rows: 1_000_000,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn sixteen_bits_halve_the_file() {
    let features = clustered_features(11, 400, 256, 4);
    let folder = tempfile::tempdir().unwrap();
    let sizes = [Storage::F32, Storage::F16].map(|storage| {
        let path = folder.path().join("bank");
        let options = BankOptions {
            size: 300,
            storage,
            ..BankOptions::default()
        };
        build(&features, &options).save(&path).unwrap();
        path.metadata().unwrap().len()
    });
    assert!(sizes[1] as f64 / (sizes[0] as f64) < 0.6, "{sizes:?}");
}
