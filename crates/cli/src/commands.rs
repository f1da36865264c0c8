//! The commands, one file each.

mod arguments;
mod check;
mod complete;
mod completions;
mod eval;
mod events;
mod expected;
mod finish;
mod fit;
mod fuse;
mod learn;
mod man;
mod post;
mod reference;
mod report;
mod run;
mod schema;
mod score;
mod select;
mod synth;

use std::process::ExitCode;

use anyhow::Result;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Synth(synth::Args),
    Run(run::Args),
    Fit(fit::Args),
    Score(score::Args),
    Select(select::Args),
    Learn(learn::Args),
    Finish(finish::Args),
    Report(report::Args),
    Post(post::Args),
    Fuse(fuse::Args),
    Eval(eval::Args),
    Events(events::Args),
    Check(check::Args),
    Complete(complete::Args),
    Completions(completions::Args),
    Man(man::Args),
    Schema(schema::Args),
    #[command(hide = true)]
    Reference(reference::Args),
}

impl Command {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self {
            Self::Synth(args) => synth::run(&args),
            Self::Run(args) => run::run(&args),
            Self::Fit(args) => fit::run(&args),
            Self::Score(args) => score::run(&args),
            Self::Select(args) => select::run(&args),
            Self::Learn(args) => learn::run(&args),
            Self::Finish(args) => finish::run(&args),
            Self::Report(args) => report::run(&args),
            Self::Post(args) => post::run(&args),
            Self::Fuse(args) => fuse::run(&args),
            Self::Eval(args) => eval::run(&args),
            Self::Events(args) => events::run(&args),
            Self::Check(args) => return check::run(&args),
            Self::Complete(args) => complete::run(&args),
            Self::Completions(args) => completions::run(&args),
            Self::Man(args) => man::run(&args),
            Self::Schema(args) => schema::run(&args),
            Self::Reference(args) => reference::run(&args),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}
