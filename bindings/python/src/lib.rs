//! The extension module of the Python package `oddframe`. The package in `python/oddframe` adds what is easier to say in Python:
//! checks of arguments, defaults and documentation.

#![expect(
    clippy::needless_pass_by_value,
    reason = "Python hands arguments over by value"
)]

mod arguments;
mod data;
mod detector;
mod errors;
mod labels;
mod live;
mod metrics;
mod model;
mod observer;
mod post;
mod recipe;
mod scores;
mod submit;
mod synth;
mod tables;
mod threads;

use pyo3::prelude::*;

#[pymodule]
mod _oddframe {
    #[pymodule_export]
    use crate::data::{Data, find_videos, video_name};
    #[pymodule_export]
    use crate::detector::MemoryBank;
    #[pymodule_export]
    use crate::labels::Labels;
    #[pymodule_export]
    use crate::live::Scorer;
    #[pymodule_export]
    use crate::metrics::{
        average_precision, best_f1, bootstrap, eer, evaluate, per_video, precision_recall_curve,
        rbdc_tbdc, roc_auc, roc_curve, threshold_at_fpr,
    };
    #[pymodule_export]
    use crate::model::{Model, fit};
    #[pymodule_export]
    use crate::post::{apply_chain, fuse};
    #[pymodule_export]
    use crate::recipe::Recipe;
    #[pymodule_export]
    use crate::scores::Scores;
    #[pymodule_export]
    use crate::submit::{check_submission, complete_scores, write_submission};
    #[pymodule_export]
    use crate::synth::write_street;
    #[pymodule_export]
    use crate::threads::{available_threads, set_threads};

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
