//! What every experiment shares: its options, its data, its progress, its training and its table.
#![allow(dead_code, unused_imports, reason = "each experiment takes what it needs")]

mod after;
mod flips;
mod learn;
mod options;
mod progress;
mod table;

use anyhow::Result;
use oddframe::core::FrameSource;
use oddframe::nn::{Kernels, OnBackend};

pub(crate) use self::after::after;
pub(crate) use self::flips::upright;
pub(crate) use self::learn::{learn, tell_yardsticks};
pub(crate) use self::options::Options;
pub(crate) use self::progress::Progress;
pub(crate) use self::table::Table;

/// One documented experiment, on whatever device.
pub(crate) trait Experiment {
    /// What it asks, for `--help` and above the table.
    const QUESTION: &'static str;

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()>;
}

/// Reads the options and runs the experiment on the device they name.
pub(crate) fn start<E: Experiment>() -> Result<()> {
    let options = Options::parse(E::QUESTION)?;
    options.device.run(Start::<E>(&options, std::marker::PhantomData))?
}

struct Start<'a, E>(&'a Options, std::marker::PhantomData<E>);

impl<E: Experiment> OnBackend for Start<'_, E> {
    type Output = Result<()>;

    fn on<B: Kernels>(self, device: B::Device) -> Result<()> {
        println!("{} ({})\n", E::QUESTION, self.0.device);
        E::run::<B>(self.0, &device)
    }
}

/// Videos of one kind as what everything takes that reads videos.
pub(crate) fn sources<S: FrameSource>(videos: &[S]) -> Vec<&dyn FrameSource> {
    videos.iter().map(|video| video as &dyn FrameSource).collect()
}
