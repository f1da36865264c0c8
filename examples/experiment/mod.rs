//! What the experiments share: options, data, progress, training, scoring and the table of results.
#![allow(
    dead_code,
    unused_imports,
    reason = "every experiment compiles this module and uses a part of it"
)]

mod flips;
mod options;
mod progress;
mod scoring;
mod table;
mod training;

use anyhow::Result;
use oddframe::core::FrameSource;
use oddframe::nn::{Kernels, OnBackend};

pub(crate) use self::flips::{fit_flip_classifier, flip_back};
pub(crate) use self::options::Options;
pub(crate) use self::progress::Progress;
pub(crate) use self::scoring::{
    fit_and_open, post_process, score_baselines, score_in_one_pass, score_table, score_tables,
};
pub(crate) use self::table::Table;
pub(crate) use self::training::{Training, print_trivial_errors};

/// One documented experiment, for any backend.
pub(crate) trait Experiment {
    /// The question that the experiment answers, printed by `--help` and above the table.
    const QUESTION: &'static str;

    /// Trains, scores and prints the table.
    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()>;
}

/// Reads the options and runs the experiment on the device that they name.
pub(crate) fn run_experiment<E: Experiment>() -> Result<()> {
    let options = Options::parse(E::QUESTION)?;
    options
        .device
        .run(ExperimentRun::<E>(&options, std::marker::PhantomData))?
}

/// The experiment as what [`oddframe::nn::DeviceName::run`] calls with the backend of the device.
struct ExperimentRun<'a, E>(&'a Options, std::marker::PhantomData<E>);

impl<E: Experiment> OnBackend for ExperimentRun<'_, E> {
    type Output = Result<()>;

    fn on<B: Kernels>(self, device: B::Device) -> Result<()> {
        println!("{} ({})\n", E::QUESTION, self.0.device);
        E::run::<B>(self.0, &device)
    }
}

/// Videos of one type as references to [`FrameSource`], which is what functions that read videos take.
pub(crate) fn as_sources<S: FrameSource>(videos: &[S]) -> Vec<&dyn FrameSource> {
    videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect()
}
