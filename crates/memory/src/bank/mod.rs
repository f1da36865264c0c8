//! Memory banks: selected features, where they come from, and the files they are kept in.
//!
//! ```text
//! rows, one by one ──▶ BankBuilder ──▶ sample ──▶ coreset ──▶ Bank ──┬── nearest    exact search
//!                      (prefilter)     of rows    k centres          ├── append     more rows of new normal video
//! rows in memory ────▶ Bank::build ─────────────────┘                ├── save, load one file of safetensors
//!                                                                    └── ApproximateBank, with the feature `hnsw`
//! ```
//!
//! A prefilter bounds the memory and the time of the selection by a uniform sample; without one all rows are candidates.
//! The coreset is selected by distances between the rows, or between random projections of them. The selected rows are
//! stored in 32 or 16 bits; a search computes in 32 bits either way.
//!
//! A bank keeps two numbers of its training: the radius, within which every candidate has a row of the bank, and the
//! typical distance of normal rows, with which scores can be read without knowing the backbone. It also keeps the identity
//! of the backbone, because features of different networks cannot be compared.
//!
//! A file holds all of this. Equal banks give equal files, and loading a bank for another backbone than the one it was
//! built with is an error.

mod append;
#[cfg(feature = "hnsw")]
mod approximate;
mod builder;
mod file;
mod memory_bank;
mod options;
mod typical;

#[cfg(feature = "hnsw")]
pub use self::approximate::{ApproximateBank, ApproximateOptions};
pub use self::builder::BankBuilder;
pub use self::memory_bank::Bank;
pub use self::options::BankOptions;
