use oddframe_core::Silent;
use oddframe_memory::{Bank, BankOptions, Error, Features, Neighbour, Storage};
use proptest::prelude::*;

use crate::data::{clustered_features, on_one_and_three_threads, origins_of, squared_distance};

/// A bank of all distinct rows.
fn bank_of(features: &Features, storage: Storage) -> Bank {
    let options = BankOptions {
        size: features.len(),
        storage,
        ..BankOptions::default()
    };
    Bank::build(
        features,
        &origins_of(features.len()),
        "test",
        &options,
        &mut Silent,
    )
    .unwrap()
}

fn search(bank: &Bank, queries: &Features, count: usize) -> Vec<Neighbour> {
    let mut neighbours = Vec::new();
    bank.nearest_several(queries.values(), count, &mut neighbours)
        .unwrap();
    neighbours
}

/// Compares with all distances in f64: distances must agree, and so must rows that no rounding can swap.
fn check_against_naive(bank: &Bank, queries: &Features, count: usize) {
    let found = search(bank, queries, count);
    let rows: Vec<Vec<f32>> = (0..bank.len()).map(|row| bank.row(row)).collect();
    let count = count.min(bank.len());
    assert_eq!(found.len(), queries.len() * count);
    for (query, found) in queries.rows().zip(found.chunks_exact(count)) {
        let mut exact: Vec<(f64, usize)> = rows
            .iter()
            .enumerate()
            .map(|(row, values)| (squared_distance(query, values).sqrt(), row))
            .collect();
        exact.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (found, exact) in found.iter().zip(&exact) {
            let own = squared_distance(query, &rows[found.row]).sqrt();
            assert!(
                (f64::from(found.distance) - own).abs() <= 1e-6 * own,
                "the distance is of that row"
            );
            assert!(
                (own - exact.0).abs() <= 1e-6 * exact.0,
                "{found:?} is not {exact:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn whole_numbers_give_exactly_the_naive_neighbours(
        (dimensions, rows, queries) in (1_usize..40).prop_flat_map(|dimensions| (
            Just(dimensions),
            prop::collection::vec(-3_i8..4, dimensions..60 * dimensions),
            prop::collection::vec(-3_i8..4, dimensions..20 * dimensions),
        )),
        count in 1_usize..5,
    ) {
        let features = |values: &[i8]| {
            let whole = values.len() / dimensions * dimensions;
            let values = values[..whole].iter().map(|&v| f32::from(v)).collect();
            Features::from_vec(dimensions, values).unwrap()
        };
        let (rows, queries) = (features(&rows), features(&queries));
        let bank = bank_of(&rows, Storage::F32);
        let found = search(&bank, &queries, count);
        let count = count.min(bank.len());
        for (query, found) in queries.rows().zip(found.chunks_exact(count)) {
            let mut exact: Vec<(f64, usize)> = (0..bank.len())
                .map(|row| (squared_distance(query, &bank.row(row)), row))
                .collect();
            exact.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (found, exact) in found.iter().zip(&exact) {
                prop_assert_eq!(found.row, exact.1);
                prop_assert_eq!(found.distance, (exact.0 as f32).sqrt());
            }
        }
    }
}

#[test]
fn few_and_many_queries_find_the_naive_neighbours() {
    for (rows, dimensions) in [(700, 32), (300, 130), (1_000, 5)] {
        let bank = bank_of(&clustered_features(1, rows, dimensions, 30), Storage::F32);
        for queries in [1, 7, 8, 9, 1_100] {
            let queries = clustered_features(2, queries, dimensions, 30);
            for count in [1, 3] {
                check_against_naive(&bank, &queries, count);
            }
        }
    }
}

#[test]
fn few_and_many_queries_give_the_same_bits() {
    let bank = bank_of(&clustered_features(1, 900, 48, 30), Storage::F32);
    let queries = clustered_features(2, 50, 48, 30);
    let many = search(&bank, &queries, 2);
    let mut few = Vec::new();
    for row in queries.rows() {
        few.extend(search(
            &bank,
            &Features::from_vec(48, row.to_vec()).unwrap(),
            2,
        ));
    }
    assert_eq!(many, few);
}

#[test]
fn rows_far_from_the_origin_are_told_apart() {
    // |q|² and |m|² are 1e8 times the squared distances: without care, a product cannot tell any of these rows apart.
    let shift = |features: &Features| {
        let values = features.values().iter().map(|value| value + 1e4).collect();
        Features::from_vec(features.dimensions(), values).unwrap()
    };
    let bank = bank_of(&shift(&clustered_features(1, 500, 64, 20)), Storage::F32);
    check_against_naive(&bank, &shift(&clustered_features(2, 100, 64, 20)), 2);
    // The same with rows on both sides of the origin, where subtracting the mean does not help.
    let mut values = shift(&clustered_features(1, 300, 64, 20)).values().to_vec();
    values.extend(values.clone().iter().map(|value| -value));
    let bank = bank_of(
        &Features::from_vec(64, values.clone()).unwrap(),
        Storage::F32,
    );
    check_against_naive(&bank, &Features::from_vec(64, values).unwrap(), 1);
}

#[test]
fn a_row_of_the_bank_has_the_distance_0_to_itself() {
    for storage in [Storage::F32, Storage::F16] {
        let bank = bank_of(&clustered_features(3, 400, 96, 10), storage);
        let mut queries = Features::new(96).unwrap();
        for row in 0..bank.len() {
            queries.push(&bank.row(row)).unwrap();
        }
        for (row, neighbour) in search(&bank, &queries, 1).iter().enumerate() {
            assert_eq!((neighbour.distance, neighbour.row), (0.0, row));
        }
    }
}

#[test]
fn threads_do_not_change_the_neighbours() {
    let bank = bank_of(&clustered_features(4, 600, 40, 10), Storage::F32);
    let queries = clustered_features(5, 2_500, 40, 10);
    let [one, three] = on_one_and_three_threads(|| search(&bank, &queries, 2));
    assert_eq!(one, three);
}

#[test]
fn sixteen_bits_change_distances_by_at_most_what_the_documentation_says() {
    let features = clustered_features(6, 500, 64, 20);
    let queries = clustered_features(7, 300, 64, 25);
    let (full, half) = (
        bank_of(&features, Storage::F32),
        bank_of(&features, Storage::F16),
    );
    let (exact, rounded) = (search(&full, &queries, 1), search(&half, &queries, 1));
    let mut largest = 0.0_f32;
    for (exact, rounded) in exact.iter().zip(&rounded) {
        let change = (rounded.distance - exact.distance).abs();
        let norm =
            |bank: &Bank, row: usize| squared_distance(&bank.row(row), &[0.0; 64]).sqrt() as f32;
        let bound = norm(&full, exact.row).max(norm(&half, rounded.row)) / 2048.0;
        assert!(change <= bound * 1.001, "{change} is more than {bound}");
        largest = largest.max(change / exact.distance);
    }
    // Rounding errors of 64 dimensions mostly cancel.
    assert!(
        largest > 0.0 && largest < 2e-4,
        "the largest relative change is {largest}"
    );
}

#[test]
fn queries_are_checked() {
    let bank = bank_of(&clustered_features(8, 50, 3, 5), Storage::F32);
    let mut neighbours = vec![Neighbour::default(); 7];
    bank.nearest(&[], &mut neighbours).unwrap();
    assert!(neighbours.is_empty());
    let error = bank.nearest(&[1.0; 4], &mut neighbours).unwrap_err();
    assert!(
        matches!(
            error,
            Error::RowLength {
                dimensions: 3,
                found: 4
            }
        ),
        "{error}"
    );
    let error = bank
        .nearest(&[0.0, 0.0, 0.0, 0.0, f32::NAN, 0.0], &mut neighbours)
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Value {
                row: 1,
                column: 1,
                ..
            }
        ),
        "{error}"
    );
    // No more neighbours than rows.
    bank.nearest_several(&[0.0; 6], 1_000, &mut neighbours)
        .unwrap();
    assert_eq!(neighbours.len(), 2 * bank.len());
    bank.nearest_several(&[0.0; 6], 0, &mut neighbours).unwrap();
    assert!(neighbours.is_empty());
}
