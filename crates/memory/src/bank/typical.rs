use oddframe_core::Random;

use crate::nearest::SearchRows;
use crate::{Error, Features, Neighbour};

/// The most rows that are measured: the median of 4,096 has a rank with a standard error below 1%.
const SAMPLE_ROWS: usize = 4096;

/// Key of the stream of random numbers that draws the sample.
const SAMPLE_STREAM: u64 = 0x0074_7970;

/// The median distance to the bank of rows that are not in it, and of a row to the nearest other one when all are in it.
pub(super) fn measure_typical_distance(
    bank: &SearchRows,
    features: &Features,
    selected: &[usize],
    seed: u64,
) -> Result<Option<f32>, Error> {
    let mut in_bank = vec![false; features.len()];
    for &row in selected {
        in_bank[row] = true;
    }
    let mut others: Vec<usize> = (0..features.len()).filter(|&row| !in_bank[row]).collect();
    // With every row in the bank, the nearest row of a bank row is itself and the second nearest the one to measure.
    let rank = usize::from(others.is_empty());
    if others.is_empty() {
        others.extend_from_slice(selected);
    }
    Random::stream(seed, &[SAMPLE_STREAM]).shuffle(&mut others);
    others.truncate(SAMPLE_ROWS);
    let count = (rank + 1).min(bank.stored().len());
    let mut neighbours = Vec::new();
    bank.find_nearest(
        features.select_rows(&others).values(),
        count,
        &mut neighbours,
    )?;
    let mut distances: Vec<f32> = neighbours
        .chunks_exact(count)
        .filter_map(|neighbours: &[Neighbour]| neighbours.get(rank))
        .map(|neighbour| neighbour.distance)
        .collect();
    // A bank of a single row has no second nearest.
    if distances.is_empty() {
        return Ok(None);
    }
    let middle = distances.len() / 2;
    let (_, median, _) = distances.select_nth_unstable_by(middle, f32::total_cmp);
    Ok(Some(*median).filter(|&median| median > 0.0))
}
