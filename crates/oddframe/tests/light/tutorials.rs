//! Programs that assert what they show; here they only have to reach their ends.

use crate::common::run_example;

#[test]
fn metrics_in_depth_reaches_its_last_section() {
    let printed = run_example("metrics_in_depth", &[]);
    for section in [
        "micro AUC",
        "macro AUC",
        "ROC:",
        "PR:",
        "99 % of training",
        "AveragePrecision",
    ] {
        assert!(printed.contains(section), "{section} in {printed}");
    }
}

#[test]
fn localise_anomalies_reports_every_kind_of_event() {
    let printed = run_example("localise_anomalies", &[]);
    for part in ["RBDC", "half in common", "running", "cyclist", "appearance"] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
}

#[test]
fn post_in_code_reaches_its_last_section() {
    let printed = run_example("post_in_code", &[]);
    assert!(
        printed.ends_with("minmax over all | power(exponent=2) over all\n"),
        "{printed}"
    );
}

#[test]
fn ndarray_views_computes_the_auc() {
    let printed = run_example("ndarray_views", &[]);
    assert!(printed.contains("frames, AUC 0."), "{printed}");
}
