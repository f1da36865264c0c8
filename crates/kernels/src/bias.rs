use crate::columns::Columns;
use crate::error::{Error, check_length};
use crate::partition::for_each_part;
use crate::simd::{Lanes, Simd, Step, Token, Vector, fold_columns};

/// Writes the gradient of a layer's bias to `db`: the sum of `dy` (`[positions, channels]`) over all positions.
///
/// Runs of at most 64 rows are summed in `f32` and the runs are added up in `f64`, so that rounding errors do not grow
/// with the number of positions.
///
/// ```
/// let mut db = [0.0; 2];
/// oddframe_kernels::bias_gradient(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0], 2, &mut db)?;
/// assert_eq!(db, [6.0, 60.0]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
///
/// # Errors
/// No channels, no positions, a `dy` whose length is no multiple of the channels, or a `db` that does not hold one value
/// for each channel.
pub fn bias_gradient(dy: &[f32], channels: usize, db: &mut [f32]) -> Result<(), Error> {
    bias_gradient_with_simd(Simd::detect(), dy, channels, db)
}

pub(crate) fn bias_gradient_with_simd(
    simd: Simd,
    dy: &[f32],
    channels: usize,
    db: &mut [f32],
) -> Result<(), Error> {
    let columns = Columns::new(dy.len().div_ceil(channels.max(1)), channels)?;
    check_length("the output's gradient", dy.len(), columns.len())?;
    check_length("the bias's gradient", db.len(), channels)?;
    // Every part has its own totals, which are added in order at the end.
    let mut totals = vec![0.0; dy.len().div_ceil(columns.part_len()) * channels];
    for_each_part(
        dy.chunks(columns.part_len())
            .zip(totals.chunks_mut(channels)),
        |(dy, totals)| {
            let mut sums = vec![0.0; columns.width()];
            for chunk in dy.chunks(columns.chunk_len()) {
                sums.fill(0.0);
                fold_columns(simd, &Sum, columns.width(), [chunk], [], [&mut sums]);
                columns.add_row_to_totals(&sums, totals);
            }
        },
    );
    for (channel, db) in db.iter_mut().enumerate() {
        *db = totals.iter().skip(channel).step_by(channels).sum::<f64>() as f32;
    }
    Ok(())
}

/// Adds the values to the sums.
pub(crate) struct Sum;

impl Step<1, 0, 1> for Sum {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        [value]: [Lanes<V>; 1],
        _: [Lanes<V>; 0],
        [sum]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [sum + value]
    }
}
