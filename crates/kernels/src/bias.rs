use crate::Error;
use crate::columns::Columns;
use crate::each::each;
use crate::error::check_length;
use crate::simd::{Lanes, Simd, Step, Token, Vector, fold};

/// Writes the sum of `dy` (`[positions, channels]`) over all positions to `db`: the gradient of a layer's bias.
///
/// Short runs are summed in `f32` and added up in `f64`, so that millions of positions lose nothing.
///
/// # Errors
/// No channels, no positions, a gradient that is no multiple of the channels, or a `db` that is not one value for
/// each.
pub fn bias_gradient(dy: &[f32], channels: usize, db: &mut [f32]) -> Result<(), Error> {
    bias_gradient_by(Simd::detect(), dy, channels, db)
}

pub(crate) fn bias_gradient_by(simd: Simd, dy: &[f32], channels: usize, db: &mut [f32]) -> Result<(), Error> {
    let columns = Columns::new(dy.len().div_ceil(channels.max(1)), channels)?;
    check_length("the output's gradient", dy.len(), columns.len())?;
    check_length("the bias's gradient", db.len(), channels)?;
    let mut totals = vec![0.0; dy.len().div_ceil(columns.part()) * channels];
    each(dy.chunks(columns.part()).zip(totals.chunks_mut(channels)), |(dy, totals)| {
        let mut sums = vec![0.0; columns.width()];
        for chunk in dy.chunks(columns.chunk()) {
            sums.fill(0.0);
            fold(simd, &Sum, columns.width(), [chunk], [], [&mut sums]);
            columns.add_up(&sums, totals);
        }
    });
    for (channel, db) in db.iter_mut().enumerate() {
        *db = totals.iter().skip(channel).step_by(channels).sum::<f64>() as f32;
    }
    Ok(())
}

/// Adds the values to the sums.
pub(crate) struct Sum;

impl Step<1, 0, 1> for Sum {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        _: Token<V>,
        [value]: [Lanes<V>; 1],
        _: [Lanes<V>; 0],
        [sum]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [sum + value]
    }
}
