//! The quickstart finds what README promises, as a user runs it: on the whole street, with all its epochs.
#![cfg(feature = "flex")]

use oddframe::core::Silent;
use oddframe::pipeline::{Data, Engine, Recipe, SystemKind, run};

#[test]
fn the_quickstart_is_well_above_the_systems_with_no_network() {
    let recipe = Recipe::quickstart().unwrap();
    let data = Data::scene(&recipe.scene).unwrap();
    let engine = Engine::open("flex".parse().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(&recipe, &data, &folder.path().join("run"), &engine, &mut Silent).unwrap();

    let auc = |system: &oddframe::pipeline::SystemOutcome| system.evaluation.unwrap().micro_auc;
    let fused = auc(outcome.fused().unwrap());
    let without = outcome.systems.iter().filter(|system| system.kind == SystemKind::NoNetwork).map(auc);
    let without = without.fold(0.0, f64::max);
    // Measured: 0.883 and 0.688. Another processor rounds otherwise, and learns a little otherwise for it.
    assert!(fused > 0.85, "{fused}");
    assert!(fused > without + 0.12, "{fused} fused, {without} with no network");

    let flips = outcome.flips.unwrap().report.unwrap();
    assert!(flips.f1().unwrap() > 0.98, "{flips}");
    for network in outcome.systems.iter().flat_map(|system| &system.training) {
        assert!(network.beside.passed(), "{:?}", network.beside);
    }
}
