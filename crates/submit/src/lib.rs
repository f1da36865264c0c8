#![doc = include_str!("../README.md")]

mod check;
mod complete;
mod error;
mod header;
mod id;
mod id_rule;
mod ids;
mod lines;
mod merge;
mod missing;
mod origin;
mod problem;
mod read;
mod repair;
mod report;
mod rows;
mod schema;
mod text;
mod write;

pub use check::{check, check_path};
pub use complete::{CompleteOptions, Completed, Filled, Unknown, complete};
pub use error::Error;
pub use id::Id;
pub use id_rule::IdRule;
pub use ids::Ids;
pub use merge::merge;
pub use missing::{Missing, MissingRun, Place};
pub use problem::{Field, Problem};
pub use read::{ScoreFile, read_scores};
pub use repair::{
    Ambiguity, IdRepair, IdRepairKind, RepairProposal, RepairedFile, propose_id_repairs,
};
pub use report::Report;
pub use schema::{FileFormat, Schema};
pub use write::{write_in_order, write_in_order_to, write_scores, write_scores_to};
