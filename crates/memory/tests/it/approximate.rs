use oddframe_core::Silent;
use oddframe_memory::{
    ApproximateBank, ApproximateOptions, Bank, BankOptions, Error, Features, Neighbour,
};

use crate::data::{clustered_features, origins_of};

fn bank_of(features: &Features) -> Bank {
    let options = BankOptions {
        size: features.len(),
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

fn search(bank: &Bank, options: &ApproximateOptions, queries: &Features) -> Vec<Neighbour> {
    let mut neighbours = Vec::new();
    ApproximateBank::new(bank, options)
        .unwrap()
        .nearest(queries.values(), &mut neighbours)
        .unwrap();
    neighbours
}

#[test]
fn the_graph_finds_nearly_all_nearest_rows() {
    let bank = bank_of(&clustered_features(1, 3_000, 32, 60));
    let queries = clustered_features(2, 1_000, 32, 60);
    let mut exact = Vec::new();
    bank.nearest(queries.values(), &mut exact).unwrap();
    let found = search(&bank, &ApproximateOptions::default(), &queries);
    let pairs = || found.iter().zip(&exact);
    let hits = pairs().filter(|(found, exact)| found == exact).count();
    println!("recall@1 {}", hits as f64 / 1_000.0);
    assert!(hits >= 990, "{hits} of 1,000 nearest rows were found");
    assert!(pairs().all(|(found, exact)| found.distance >= exact.distance));
}

#[test]
fn equal_banks_give_equal_graphs() {
    let bank = bank_of(&clustered_features(3, 800, 8, 20));
    let queries = clustered_features(4, 500, 8, 25);
    // A narrow search misses rows: which ones depends on the graph.
    let options = ApproximateOptions {
        links: 4,
        build_width: 10,
        search_width: 1,
    };
    assert_eq!(
        search(&bank, &options, &queries),
        search(&bank, &options, &queries)
    );
}

#[test]
fn bad_options_and_queries_are_errors() {
    let bank = bank_of(&clustered_features(5, 50, 3, 5));
    let options = ApproximateOptions::default();
    let error = |options| ApproximateBank::new(&bank, &options).unwrap_err();
    assert!(matches!(
        error(ApproximateOptions {
            links: 0,
            ..options
        }),
        Error::Zero { name: "links" }
    ));
    assert!(matches!(
        error(ApproximateOptions {
            links: 256,
            ..options
        }),
        Error::Links { .. }
    ));
    let bank = ApproximateBank::new(&bank, &options).unwrap();
    let mut neighbours = Vec::new();
    assert!(matches!(
        bank.nearest(&[1.0; 4], &mut neighbours),
        Err(Error::RowLength { .. })
    ));
    assert!(matches!(
        bank.nearest(&[f32::NAN; 3], &mut neighbours),
        Err(Error::Value { .. })
    ));
}
