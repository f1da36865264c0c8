//! Greedy k-centre selection: few rows such that every row is close to one of them.

mod greedy;
mod options;
mod projection;

use oddframe_core::{Observer, Random};

use self::greedy::BYTES_PER_ROW;
pub use self::greedy::Coreset;
pub(crate) use self::greedy::{Selection, Stop};
pub use self::options::CoresetOptions;
pub(crate) use self::projection::Projection;
use crate::{Error, Features};

/// Key of the stream of random numbers that chooses the start.
const START_STREAM: u64 = 0x0073_7461_7274;

/// Selects rows by greedy k-centre selection (Gonzalez 1985; the coreset of `PatchCore`).
///
/// The seed chooses the first row. Each further row is the one farthest from all selected rows; of several, the first. The
/// largest distance of a row to its nearest selected row, the radius, is at most twice that of the best possible selection.
/// A run of size k is the beginning of every longer run. The selection ends early when the radius is 0, as every further row
/// would repeat a selected one.
///
/// # Errors
/// When there is no row, `size` or the projection is 0, the memory limit does not suffice, or the observer cancels.
///
/// ```
/// use oddframe_core::Silent;
/// use oddframe_memory::{CoresetOptions, Features, select_coreset};
///
/// let features = Features::from_vec(1, vec![0.0, 1.0, 2.0, 10.0, 11.0])?;
/// let coreset = select_coreset(&features, &CoresetOptions::of_size(3), &mut Silent)?;
/// assert_eq!(coreset.indices.len(), 3);
/// assert!(coreset.radii[2] <= 2.0);
/// # Ok::<(), oddframe_memory::Error>(())
/// ```
pub fn select_coreset(
    features: &Features,
    options: &CoresetOptions,
    observer: &mut dyn Observer,
) -> Result<Coreset, Error> {
    if features.is_empty() {
        return Err(Error::NoRows {
            action: "select from",
        });
    }
    if options.size == 0 {
        return Err(Error::Zero { name: "size" });
    }
    if options.projection == Some(0) {
        return Err(Error::Zero { name: "projection" });
    }
    check_memory(features, options)?;
    let projected = options.projection.map(|outputs| {
        Projection::new(options.seed, features.dimensions(), outputs).project(features.values())
    });
    let (values, dimensions) = match (&projected, options.projection) {
        (Some(values), Some(outputs)) => (values.as_slice(), outputs),
        _ => (features.values(), features.dimensions()),
    };
    let start = Random::stream(options.seed, &[START_STREAM]).below(features.len() as u64);
    let mut selection = Selection::start(values, dimensions, start as usize);
    selection.grow(
        Stop {
            size: options.size,
            radius: 0.0,
        },
        observer,
    )?;
    Ok(selection.into_coreset())
}

/// The memory that the features and the selection take together.
fn check_memory(features: &Features, options: &CoresetOptions) -> Result<(), Error> {
    let (rows, dimensions) = (features.len(), features.dimensions());
    let compared = options.projection.unwrap_or(dimensions);
    // Of each row its values, their projection, and its place in the queue.
    let columns = dimensions as u64 + options.projection.unwrap_or(0) as u64;
    let queued = (rows as u64).saturating_mul(BYTES_PER_ROW as u64);
    // The selected rows are copied, so that they lie one after the other.
    let selected = (options.size.min(rows) as u64).saturating_mul(compared as u64);
    let values = (rows as u64)
        .saturating_mul(columns)
        .saturating_add(selected);
    let bytes = values
        .saturating_mul(size_of::<f32>() as u64)
        .saturating_add(queued);
    if bytes > options.memory_limit {
        return Err(Error::MemoryLimit {
            what: "the selection",
            bytes,
            rows,
            dimensions,
            limit: options.memory_limit,
            remedy: "select from fewer rows (prefilter)",
        });
    }
    Ok(())
}
