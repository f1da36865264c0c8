use super::{Kernel, LANES, Source};

/// The sum of the squares of all values.
///
/// In `f64` throughout: the square of a squared error leaves the range of `f32` at both ends.
pub(crate) struct SumOfSquares;

impl Kernel for SumOfSquares {
    type Output = f64;

    #[inline(always)]
    fn run<S: Source>(self, source: S) -> f64 {
        let whole = source.len() - source.len() % LANES;
        let mut total = [0.0_f64; LANES];
        let mut at = 0;
        while at < whole {
            let block = source.block(at);
            for lane in 0..LANES {
                total[lane] += f64::from(block[lane]) * f64::from(block[lane]);
            }
            at += LANES;
        }
        let rest: f64 = (whole..source.len()).map(|i| f64::from(source.value(i)).powi(2)).sum();
        total.iter().sum::<f64>() + rest
    }
}
