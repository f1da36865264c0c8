use std::sync::Arc;

use crate::signature::whole;
use crate::{Error, Outcome, Parameter, Signature, Transform, correlate, error};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "savgol",
    smooths: true,
    parameters: &[Parameter::required("window"), Parameter::required("order")],
    build: |v| Ok(Arc::new(Savgol::new(whole("savgol", "window", v[0])?, whole("savgol", "order", v[1])?)?)),
};

/// Savitzky-Golay smoothing: the value of a least-squares polynomial over the window around each frame.
///
/// Its text form is `savgol(window=7, order=2)`. It is `scipy.signal.savgol_filter` with mode `interp`: the
/// polynomials of the first and of the last window give the half windows at the ends. A video shorter than
/// the window is an error, as in scipy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Savgol {
    window: usize,
    order: usize,
}

impl Savgol {
    /// The highest order: polynomials beyond follow the noise.
    pub const MAX_ORDER: usize = 20;

    /// Polynomials of degree `order` over `window` frames.
    ///
    /// # Errors
    /// When the window is even or not 1 to 100,000 frames, or the order is not below the window or above
    /// [`Self::MAX_ORDER`].
    pub fn new(window: usize, order: usize) -> Result<Self, Error> {
        let wrong =
            |name, value, needs| Err(Error::Parameter { step: "savgol", name, value: value as f64, needs });
        error::window("savgol", window)?;
        if window.is_multiple_of(2) {
            return wrong("window", window, "odd, to have a frame in its middle");
        }
        if order >= window || order > Self::MAX_ORDER {
            return wrong("order", order, "below the window and at most 20");
        }
        Ok(Self { window, order })
    }

    /// Frames in a window.
    pub const fn window(self) -> usize {
        self.window
    }

    /// The degree of the polynomials.
    pub const fn order(self) -> usize {
        self.order
    }

    /// An orthonormal basis of the polynomials over a window, each by its values at the frames.
    ///
    /// Each is the one before times x, made orthogonal to all before: powers of x themselves lose their digits.
    fn basis(self) -> Vec<Vec<f64>> {
        let half = (self.window / 2) as f64;
        let x: Vec<f64> = (0..self.window).map(|i| (i as f64 - half) / half.max(1.0)).collect();
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(self.order + 1);
        for _ in 0..=self.order {
            let mut next = match basis.last() {
                Some(last) => last.iter().zip(&x).map(|(p, x)| p * x).collect(),
                None => vec![1.0; self.window],
            };
            for p in &basis {
                let shared = dot(p, &next);
                next.iter_mut().zip(p).for_each(|(n, p)| *n -= shared * p);
            }
            let norm = dot(&next, &next).sqrt();
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

    fn values(&self) -> Vec<f64> {
        vec![self.window as f64, self.order as f64]
    }

    fn transform(&self, series: &mut [f64]) -> Outcome {
        let (n, half) = (series.len(), self.window / 2);
        if n < self.window {
            return Outcome::Done;
        }
        let basis = self.basis();
        let fitted_at = |coefficients: &[f64], place: usize| {
            basis.iter().zip(coefficients).fold(0.0, |sum, (p, c)| sum + p[place] * c)
        };
        let fit = |window: &[f64]| basis.iter().map(|p| dot(p, window)).collect::<Vec<_>>();

        let old = series.to_vec();
        let at_middle: Vec<f64> = basis.iter().map(|p| p[half]).collect();
        let weights: Vec<f64> = (half..self.window).map(|place| fitted_at(&at_middle, place)).collect();
        correlate::symmetric(&old, &weights, &mut series[half..n - half]);
        let (first, last) = (fit(&old[..self.window]), fit(&old[n - self.window..]));
        for place in 0..half {
            series[place] = fitted_at(&first, place);
            series[n - 1 - place] = fitted_at(&last, self.window - 1 - place);
        }
        Outcome::Done
    }

    fn min_len(&self) -> usize {
        self.window
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
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
    fn values_of_scipy() {
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
        // Through every point.
        assert_near(&run(savgol(7, 6), &SERIES), &SERIES, 1e-14);
        let long = [SERIES, SERIES].concat();
        assert_near(&run(savgol(21, 20), &long), &long, 1e-14);
        assert_eq!(run(savgol(1, 0), &SERIES), SERIES);
    }

    #[test]
    fn polynomials_of_the_order_stay() {
        let cubic: Vec<f64> =
            (0..40).map(|t| f64::from(t) / 40.0).map(|t| 1.0 - t + 4.0 * t * t * t).collect();
        assert_near(&run(savgol(31, 3), &cubic), &cubic, 1e-13);
        assert_near(&run(savgol(39, 20), &cubic), &cubic, 1e-12);
        assert!(run(savgol(31, 2), &cubic).iter().zip(&cubic).any(|(a, b)| (a - b).abs() > 1e-3));
    }

    #[test]
    fn windows_and_orders_are_checked() {
        for (window, order, name) in
            [(0, 0, "window"), (4, 2, "window"), (100_001, 2, "window"), (5, 5, "order"), (99, 21, "order")]
        {
            let wrong = Savgol::new(window, order).unwrap_err();
            assert!(matches!(wrong, Error::Parameter { name: found, .. } if found == name), "{wrong}");
        }
    }

    #[test]
    fn a_short_series_stays() {
        assert_eq!(savgol(7, 2).min_len(), 7);
        assert_eq!(run(savgol(7, 2), &SERIES[..6]), SERIES[..6]);
        assert_near(&run(savgol(7, 0), &SERIES[..7]), &[2.5 / 7.0; 7], 1e-15);
    }
}
