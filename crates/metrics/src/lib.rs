#![doc = include_str!("../README.md")]

#[cfg(feature = "ndarray")]
mod arrays;
mod auc;
mod band;
mod bootstrap;
mod conventions;
mod curve;
mod detection;
mod eer;
mod error;
mod evaluation;
mod event_level;
mod group;
mod key;
mod localisation;
mod localisation_truth;
mod metric;
mod precision;
#[cfg(test)]
mod properties;
mod ranking;
mod regions;
mod threshold;

pub use auc::roc_auc;
pub use band::{BandPoint, pr_band, roc_band};
pub use bootstrap::{BootstrapOptions, Interval, bootstrap, bootstrap_table};
pub use conventions::{
    Convention, ConventionFigure, ConventionOptions, ConventionReport, Finding, Normalisation,
    ShiftedAuc, compare_conventions,
};
pub use curve::{PrPoint, RocPoint, pr_curve, roc_curve};
pub use detection::Detection;
pub use eer::{eer, eer_nearest};
pub use error::Error;
pub use evaluation::{Evaluation, VideoEvaluation, evaluate, padded_macro_auc, per_video};
pub use event_level::{
    EventEvaluation, PredictedEvent, TrueEvent, evaluate_events, latency_average_precision,
    list_true_events,
};
pub use group::Group;
pub use localisation::{Localisation, LocalisationOptions, LocalisationPoint, rbdc_tbdc};
pub use localisation_truth::localisation_truth;
pub use metric::Metric;
pub use precision::{average_precision, pr_auc};
pub use ranking::Ranking;
pub use regions::regions;
pub use threshold::{AtThreshold, best_f1, f1_at, threshold_at_fpr, train_quantile};
