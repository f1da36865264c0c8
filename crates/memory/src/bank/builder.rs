use oddframe_core::{Observer, Random};

use super::memory_bank::check_origins;
use super::{Bank, BankOptions};
use crate::feature_rows::check_rows;
use crate::{Error, Features, RowOrigin};

/// Key of the stream of random numbers that draws the rows of the prefilter.
const PREFILTER_STREAM: u64 = 0x0070_7265;

/// Builds a [`Bank`] from features that arrive one after the other.
///
/// With a prefilter the builder keeps a uniform random sample of the rows so far, so that its memory does not depend on how
/// many there are. Without one it keeps all rows.
///
/// ```
/// use oddframe_core::{FrameNumber, Silent, VideoId};
/// use oddframe_memory::{BankBuilder, BankOptions, RowOrigin};
///
/// let options = BankOptions { size: 10, prefilter: Some(100), ..BankOptions::default() };
/// let mut builder = BankBuilder::new(2, "my backbone", &options)?;
/// let video = VideoId::new("Train001");
/// for frame in 0..1_000 {
///     let angle = frame as f32;
///     builder.push(&[angle.sin(), angle.cos()], &RowOrigin::of_frame(&video, FrameNumber(frame)))?;
/// }
/// assert_eq!(builder.rows_seen(), 1_000);
/// let bank = builder.build(&mut Silent)?;
/// assert_eq!(bank.len(), 10);
/// # Ok::<(), oddframe_memory::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BankBuilder {
    features: Features,
    origins: Vec<RowOrigin>,
    identity: String,
    options: BankOptions,
    /// Rows that were pushed, kept or not.
    seen: u64,
    random: Random,
}

impl BankBuilder {
    /// A builder of a bank of rows of this length. `identity` names the backbone and its weights.
    ///
    /// # Errors
    /// When `dimensions` or an option is 0, or the rows that the prefilter keeps need more memory than the limit.
    pub fn new(dimensions: usize, identity: &str, options: &BankOptions) -> Result<Self, Error> {
        options.check_settings(dimensions)?;
        options.check_memory(options.prefilter.unwrap_or(0), dimensions)?;
        Ok(Self {
            features: Features::new(dimensions)?,
            origins: Vec::new(),
            identity: identity.to_owned(),
            options: *options,
            seen: 0,
            random: Random::stream(options.seed, &[PREFILTER_STREAM]),
        })
    }

    /// Adds one row, or several of one origin that lie one after the other.
    ///
    /// # Errors
    /// When the values are not whole rows, a value is not finite or too large, or the rows do not fit the memory limit.
    pub fn push(&mut self, rows: &[f32], origin: &RowOrigin) -> Result<(), Error> {
        let dimensions = self.features.dimensions();
        check_rows(dimensions, rows, self.seen as usize)?;
        let capacity = self.options.prefilter.unwrap_or(usize::MAX);
        for row in rows.chunks_exact(dimensions) {
            // Vitter's algorithm R: row number n takes the place of one of the N kept rows with the probability N / n, after
            // which each of the n rows is among the kept ones with the same probability.
            if self.features.len() < capacity {
                self.options
                    .check_memory(self.features.len() + 1, dimensions)?;
                self.features.push(row)?;
                self.origins.push(origin.clone());
            } else {
                let place = self.random.below(self.seen + 1) as usize;
                if place < capacity {
                    self.features.replace_row(place, row);
                    self.origins[place] = origin.clone();
                }
            }
            self.seen += 1;
        }
        Ok(())
    }

    /// Number of rows that were pushed.
    pub fn rows_seen(&self) -> u64 {
        self.seen
    }

    /// Selects the rows of the bank.
    ///
    /// # Errors
    /// When no row was pushed, the memory limit does not suffice, a value is too large for 16 bits, or the observer cancels.
    pub fn build(self, observer: &mut dyn Observer) -> Result<Bank, Error> {
        Bank::select(
            &self.features,
            &self.origins,
            &self.identity,
            &self.options,
            observer,
        )
    }
}

impl Bank {
    /// Builds a bank from features that are in memory. [`BankBuilder`] takes them one by one instead.
    ///
    /// `identity` names the backbone and its weights, as [`ExtractFeatures::identity`](crate::ExtractFeatures::identity) does.
    ///
    /// # Errors
    /// When there is no row, an option is 0, a row has no origin, the memory limit does not suffice, a value is too large for
    /// 16 bits, or the observer cancels.
    pub fn build(
        features: &Features,
        origins: &[RowOrigin],
        identity: &str,
        options: &BankOptions,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        check_origins(features, origins)?;
        let sample = options
            .prefilter
            .filter(|&prefilter| prefilter < features.len());
        if sample.is_none() {
            return Self::select(features, origins, identity, options, observer);
        }
        let mut builder = BankBuilder::new(features.dimensions(), identity, options)?;
        for (row, origin) in features.rows().zip(origins) {
            builder.push(row, origin)?;
        }
        builder.build(observer)
    }
}
