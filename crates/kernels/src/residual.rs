use crate::activation::Activation;
use crate::error::{Error, check_length};
use crate::partition::{PART_LEN, for_each_part};
use crate::simd::{Lanes, Simd, Step, Token, Vector, map_slices};

/// The end of a residual block: `y = activation(x + y)`.
///
/// ```
/// use oddframe_kernels::{Activation, add_residual};
///
/// let mut y = [1.0, -3.0];
/// add_residual(&[1.0, 2.0], &mut y, Activation::Relu)?;
/// assert_eq!(y, [2.0, 0.0]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
///
/// # Errors
/// Slices of different lengths.
pub fn add_residual(x: &[f32], y: &mut [f32], activation: Activation) -> Result<(), Error> {
    check_length("the residual", x.len(), y.len())?;
    let simd = Simd::detect();
    for_each_part(x.chunks(PART_LEN).zip(y.chunks_mut(PART_LEN)), |(x, y)| {
        map_slices(simd, &AddActivated(activation), x.len(), [x], [], [y]);
    });
    Ok(())
}

struct AddActivated(Activation);

impl Step<1, 0, 1> for AddActivated {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        [x]: [Lanes<V>; 1],
        _: [Lanes<V>; 0],
        [y]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [(x + y).activate(self.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_length_error, noise, run_guarded};

    #[test]
    fn every_value_is_the_activated_sum() {
        for len in [0, 1, 15, 16, 33, 1000] {
            let (x, y) = (noise(len, 1), noise(len, 2));
            let (sums, done) = run_guarded(&y, |y| add_residual(&x, y, Activation::Relu));
            done.unwrap();
            for (at, sum) in sums.iter().enumerate() {
                assert_eq!(*sum, (x[at] + y[at]).max(0.0));
            }
        }
        assert_length_error(
            add_residual(&[0.0], &mut [0.0; 2], Activation::Relu),
            "the residual",
        );
    }
}
