use hnsw_rs::prelude::{Distance, Hnsw};
use rayon::prelude::*;

use super::Bank;
use crate::distance::distances_to_row;
use crate::feature_rows::check_rows;
use crate::{Error, Neighbour};

/// Layers of a graph: enough for any number of rows, as each layer holds a fraction of the rows of the one below.
const MOST_LAYERS: usize = 16;

/// The most links of a row that the graph can store.
const MOST_LINKS: usize = 255;

/// How exactly an [`ApproximateBank`] searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct ApproximateOptions {
    /// Links from each row to others, 1 to 255. More links find more of the true neighbours and take more memory.
    pub links: usize,
    /// Candidates for the links of a row while the graph is built. Use more than twice the links.
    pub build_width: usize,
    /// Candidates that a search keeps. The higher, the more of the true neighbours it finds and the longer it takes.
    pub search_width: usize,
}

impl Default for ApproximateOptions {
    /// 16 links, widths of 200 and 64.
    fn default() -> Self {
        Self {
            links: 16,
            build_width: 200,
            search_width: 64,
        }
    }
}

/// Searches a bank along a graph of its rows (HNSW; Malkov and Yashunin 2016) instead of comparing each query with every row.
///
/// It finds most nearest rows, not all; where it misses one, the distance is that of a row farther away, and the score too
/// high. Compare it with [`Bank::nearest`] on your own features before you rely on it. The graph keeps a copy of the rows in
/// 32 bits.
///
/// ```
/// use oddframe_core::{FrameNumber, Silent, VideoId};
/// use oddframe_memory::{ApproximateBank, ApproximateOptions, Bank, BankOptions, Features, RowOrigin};
///
/// let features = Features::from_vec(1, (0..500).map(|n| n as f32).collect())?;
/// let video = VideoId::new("Train001");
/// let origins: Vec<_> = (0..500).map(|n| RowOrigin::of_frame(&video, FrameNumber(n))).collect();
/// let bank = Bank::build(&features, &origins, "my backbone", &BankOptions::default(), &mut Silent)?;
///
/// let approximate = ApproximateBank::new(&bank, &ApproximateOptions::default())?;
/// let mut neighbours = Vec::new();
/// approximate.nearest(&[7.25, 400.5], &mut neighbours)?;
/// assert_eq!(neighbours[0].distance, 0.25);
/// # Ok::<(), oddframe_memory::Error>(())
/// ```
pub struct ApproximateBank<'a> {
    bank: &'a Bank,
    graph: Hnsw<'static, f32, Euclidean>,
    search_width: usize,
}

impl<'a> ApproximateBank<'a> {
    /// Builds the graph of a bank's rows. It is the same for the same bank and options.
    ///
    /// # Errors
    /// When an option is 0, or there are too many links.
    pub fn new(bank: &'a Bank, options: &ApproximateOptions) -> Result<Self, Error> {
        let ApproximateOptions {
            links,
            build_width,
            search_width,
        } = *options;
        for (name, value) in [
            ("links", links),
            ("build_width", build_width),
            ("search_width", search_width),
        ] {
            if value == 0 {
                return Err(Error::Zero { name });
            }
        }
        if links > MOST_LINKS {
            return Err(Error::Links {
                links,
                most: MOST_LINKS,
            });
        }
        let graph = Hnsw::new(links, bank.len(), MOST_LAYERS, build_width, Euclidean);
        // One row after the other: rows that are inserted at the same time would be linked by chance.
        for row in 0..bank.len() {
            graph.insert((&bank.row(row), row));
        }
        Ok(Self {
            bank,
            graph,
            search_width,
        })
    }

    /// Finds a near row of the bank for each query, mostly the nearest.
    ///
    /// # Shapes
    /// - `queries`: `[queries, dimensions]`
    /// - `neighbours`: cleared and filled with one for each query
    ///
    /// # Errors
    /// When the queries are not whole rows, or a value is not finite or too large.
    pub fn nearest(&self, queries: &[f32], neighbours: &mut Vec<Neighbour>) -> Result<(), Error> {
        let dimensions = self.bank.dimensions();
        check_rows(dimensions, queries, 0)?;
        queries
            .par_chunks(dimensions)
            .map(|query| {
                let found = self.graph.search(query, 1, self.search_width);
                // A graph of at least one row always finds one.
                let nearest = found.first();
                nearest.map_or_else(Neighbour::default, |nearest| Neighbour {
                    distance: nearest.distance,
                    row: nearest.d_id,
                })
            })
            .collect_into_vec(neighbours);
        Ok(())
    }
}

impl std::fmt::Debug for ApproximateBank<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApproximateBank")
            .field("rows", &self.bank.len())
            .field("search_width", &self.search_width)
            .finish_non_exhaustive()
    }
}

/// The Euclidean distance as the exact search measures it.
#[derive(Clone, Copy, Default)]
struct Euclidean;

impl Distance<f32> for Euclidean {
    fn eval(&self, a: &[f32], b: &[f32]) -> f32 {
        let mut squared = [0.0];
        distances_to_row(a, b, &mut squared);
        squared[0].sqrt()
    }
}
