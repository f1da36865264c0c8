use std::sync::Arc;

use crate::error::Error;
use crate::filter::{correlate_symmetric, filter_in_blocks};
use crate::parameters::{Parameter, check_window, to_count};
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "savgol",
    smooths: true,
    parameters: &[Parameter::required("window"), Parameter::required("order")],
    build: |v| {
        Ok(Arc::new(Savgol::new(
            to_count("savgol", "window", v[0])?,
            to_count("savgol", "order", v[1])?,
        )?))
    },
};

/// Savitzky-Golay smoothing: each score becomes the value of the least-squares polynomial over the window
/// around it.
///
/// The text form is `savgol(window=7, order=2)`. The result is that of `scipy.signal.savgol_filter` with mode
/// `interp`: the half windows at the ends take the values of the first and the last window's polynomial. A
/// video shorter than the window is an error, as in scipy.
///
/// ```
/// use oddframe_post::{Savgol, Step};
///
/// // A parabola is its own least-squares parabola.
/// let mut scores = [0.0, 1.0, 4.0, 9.0, 16.0, 25.0];
/// let parabola = scores;
/// Step::per_video(Savgol::new(5, 2)?).apply_to_series(&mut scores)?;
/// assert!(scores.iter().zip(parabola).all(|(a, b)| (a - b).abs() < 1e-12));
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Savgol {
    window: usize,
    order: usize,
}

impl Savgol {
    /// The highest order: polynomials of higher order follow the noise.
    pub const MAX_ORDER: usize = 20;

    /// Polynomials of degree `order` over `window` frames.
    ///
    /// # Errors
    /// When the window is even or does not have 1 to 100,000 frames, or the order is not below the window or
    /// is above [`Self::MAX_ORDER`].
    pub fn new(window: usize, order: usize) -> Result<Self, Error> {
        check_window("savgol", window)?;
        if window.is_multiple_of(2) {
            return Err(Error::parameter(
                "savgol",
                "window",
                window as f64,
                "odd, so that it has a middle frame",
            ));
        }
        if order >= window || order > Self::MAX_ORDER {
            return Err(Error::parameter(
                "savgol",
                "order",
                order as f64,
                "below the window and at most 20",
            ));
        }
        Ok(Self { window, order })
    }

    /// The window in frames.
    pub const fn window(self) -> usize {
        self.window
    }

    /// The degree of the polynomials.
    pub const fn order(self) -> usize {
        self.order
    }

    /// An orthonormal basis of the polynomials over a window, each given by its values at the frames.
    ///
    /// Each polynomial is the previous one times x, made orthogonal to all previous ones (Gram-Schmidt). The
    /// plain powers of x are nearly parallel and would lose their digits.
    fn orthonormal_basis(self) -> Vec<Vec<f64>> {
        let half = (self.window / 2) as f64;
        let x: Vec<f64> = (0..self.window)
            .map(|i| (i as f64 - half) / half.max(1.0))
            .collect();
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(self.order + 1);
        for _ in 0..=self.order {
            let mut next = match basis.last() {
                Some(last) => last.iter().zip(&x).map(|(p, x)| p * x).collect(),
                None => vec![1.0; self.window],
            };
            // The projections onto the earlier polynomials are subtracted one by one (modified Gram-Schmidt),
            // which loses fewer digits than subtracting their sum.
            for p in &basis {
                let shared = dot_product(p, &next);
                next.iter_mut().zip(p).for_each(|(n, p)| *n -= shared * p);
            }
            let norm = dot_product(&next, &next).sqrt();
            for n in &mut next {
                *n /= norm;
            }
            basis.push(next);
        }
        basis
    }
}

impl Transform for Savgol {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![self.window as f64, self.order as f64]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        let (n, half) = (series.len(), self.window / 2);
        if n < self.window {
            return Outcome::Done;
        }
        let basis = self.orthonormal_basis();
        let at_middle: Vec<f64> = basis.iter().map(|p| p[half]).collect();
        // The value of the fit at the middle frame is a weighted sum of the window's scores. The weights are
        // symmetric.
        let weights: Vec<f64> = (half..self.window)
            .map(|place| evaluate_at(&basis, &at_middle, place))
            .collect();
        // The half windows at the ends take the values of the outermost fits.
        let first = fit_coefficients(&basis, &series[..self.window]);
        let last = fit_coefficients(&basis, &series[n - self.window..]);
        filter_in_blocks(series, half, half, |padded, out| {
            correlate_symmetric(padded, &weights, out);
        });
        for place in 0..half {
            series[place] = evaluate_at(&basis, &first, place);
            series[n - 1 - place] = evaluate_at(&basis, &last, self.window - 1 - place);
        }
        Outcome::Done
    }

    fn min_len(&self) -> usize {
        self.window
    }
}

/// The coefficients of the least-squares polynomial: projections onto the orthonormal basis.
fn fit_coefficients(basis: &[Vec<f64>], window: &[f64]) -> Vec<f64> {
    basis.iter().map(|p| dot_product(p, window)).collect()
}

/// The value of a polynomial at one frame of the window.
fn evaluate_at(basis: &[Vec<f64>], coefficients: &[f64], place: usize) -> f64 {
    basis
        .iter()
        .zip(coefficients)
        .fold(0.0, |sum, (p, c)| sum + p[place] * c)
}

fn dot_product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, assert_near, run};

    fn savgol(window: usize, order: usize) -> Savgol {
        Savgol::new(window, order).unwrap()
    }

    #[test]
    fn values_equal_scipy() {
        assert_near(
            &run(savgol(5, 2), &SERIES),
            &[
                0.285_714_285_714_285_7,
                0.197_142_857_142_856_98,
                0.194_285_714_285_714_12,
                0.271_428_571_428_571_24,
                0.534_285_714_285_714,
                0.617_142_857_142_856_8,
                0.525_714_285_714_285_5,
                0.428_571_428_571_428_27,
                0.474_285_714_285_714,
                0.527_142_857_142_856_9,
                0.298_571_428_571_428_2,
                -0.087_142_857_142_857_52,
            ],
            1e-14,
        );
        assert_near(
            &run(savgol(7, 2), &SERIES),
            &[
                0.171_428_571_428_570_85,
                0.257_142_857_142_857_1,
                0.328_571_428_571_428_96,
                0.385_714_285_714_286_06,
                0.471_428_571_428_571_86,
                0.514_285_714_285_714_7,
                0.600_000_000_000_000_5,
                0.457_142_857_142_857_6,
                0.490_476_190_476_190_84,
                0.375_000_000_000_000_33,
                0.224_999_999_999_999_8,
                0.040_476_190_476_189_555,
            ],
            1e-14,
        );
        assert_near(
            &run(savgol(11, 3), &SERIES),
            &[
                0.183_916_083_916_084_36,
                0.260_839_160_839_161_03,
                0.324_708_624_708_624_8,
                0.377_039_627_039_627_2,
                0.419_347_319_347_319_56,
                0.453_146_853_146_855_9,
                0.572_727_272_727_273_8,
                0.590_792_540_792_540_7,
                0.553_379_953_379_953,
                0.445_920_745_920_745_6,
                0.253_846_153_846_153_83,
                -0.037_412_587_412_587_35,
            ],
            1e-14,
        );
        // The polynomial passes through every point.
        assert_near(&run(savgol(7, 6), &SERIES), &SERIES, 1e-14);
        let long = [SERIES, SERIES].concat();
        assert_near(&run(savgol(21, 20), &long), &long, 1e-14);
        assert_eq!(run(savgol(1, 0), &SERIES), SERIES);
    }

    #[test]
    fn polynomials_of_the_order_are_unchanged() {
        let cubic: Vec<f64> = (0..40)
            .map(|t| f64::from(t) / 40.0)
            .map(|t| 1.0 - t + 4.0 * t * t * t)
            .collect();
        assert_near(&run(savgol(31, 3), &cubic), &cubic, 1e-13);
        assert_near(&run(savgol(39, 20), &cubic), &cubic, 1e-12);
        assert!(
            run(savgol(31, 2), &cubic)
                .iter()
                .zip(&cubic)
                .any(|(a, b)| (a - b).abs() > 1e-3)
        );
    }

    #[test]
    fn windows_and_orders_are_checked() {
        for (window, order, name) in [
            (0, 0, "window"),
            (4, 2, "window"),
            (100_001, 2, "window"),
            (5, 5, "order"),
            (99, 21, "order"),
        ] {
            let wrong = Savgol::new(window, order).unwrap_err();
            assert!(
                matches!(wrong, Error::Parameter { name: found, .. } if found == name),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_short_series_is_unchanged() {
        assert_eq!(savgol(7, 2).min_len(), 7);
        assert_eq!(run(savgol(7, 2), &SERIES[..6]), SERIES[..6]);
        assert_near(&run(savgol(7, 0), &SERIES[..7]), &[2.5 / 7.0; 7], 1e-15);
    }
}
