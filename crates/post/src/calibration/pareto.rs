use crate::error::Error;

/// The generalised Pareto distribution: what the part of a value above a high threshold looks like, whatever the distribution
/// of the value is (the Pickands–Balkema–de Haan theorem).
///
/// The probability that an excess is above `x` is `(1 + shape · x / scale)^(−1 / shape)`, and `exp(−x / scale)` for the
/// shape 0. A positive shape is a heavy tail; with a negative one no excess is above `−scale / shape`. These are scipy's
/// `genpareto(c=shape, scale=scale)`.
///
/// ```
/// use oddframe_post::GeneralisedPareto;
///
/// let tail = GeneralisedPareto::new(0.5, 2.0)?;
/// assert_eq!(tail.survival(4.0), 0.25);
/// assert_eq!(tail.excess_at(0.25), 4.0);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parameters")
)]
pub struct GeneralisedPareto {
    shape: f64,
    scale: f64,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    shape: f64,
    scale: f64,
}

#[cfg(feature = "serde")]
impl TryFrom<Parameters> for GeneralisedPareto {
    type Error = Error;

    fn try_from(parameters: Parameters) -> Result<Self, Error> {
        Self::new(parameters.shape, parameters.scale)
    }
}

/// Fewer excesses are fitted by their moments. The maximum of the likelihood of few excesses varies widely or does not exist,
/// and probability-weighted moments are then the better estimator (Hosking and Wallis 1987).
const LIKELIHOOD_NEEDS: usize = 50;

/// How the values of θ are spread at which the search for the maximum looks: so many on each side of 0.
const GRID: usize = 60;

impl GeneralisedPareto {
    /// A distribution of this shape and scale.
    ///
    /// # Errors
    /// When the shape is not finite, or the scale is not finite and above 0.
    pub fn new(shape: f64, scale: f64) -> Result<Self, Error> {
        if !shape.is_finite() {
            return Err(Error::parameter(NAME, "shape", shape, "finite"));
        }
        if !(scale.is_finite() && scale > 0.0) {
            return Err(Error::parameter(NAME, "scale", scale, "finite and above 0"));
        }
        Ok(Self { shape, scale })
    }

    /// The shape.
    pub fn shape(&self) -> f64 {
        self.shape
    }

    /// The scale.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The natural logarithm of [`Self::survival`], precise where that is tiny.
    pub fn log_survival(&self, excess: f64) -> f64 {
        let scaled = excess.max(0.0) / self.scale;
        if self.shape == 0.0 {
            return -scaled;
        }
        let base = self.shape * scaled;
        if base <= -1.0 {
            f64::NEG_INFINITY
        } else {
            -base.ln_1p() / self.shape
        }
    }

    /// The probability that an excess is above this one.
    pub fn survival(&self, excess: f64) -> f64 {
        self.log_survival(excess).exp()
    }

    /// The excess that is exceeded with this probability; infinite for 0 unless the tail ends.
    pub fn excess_at(&self, probability: f64) -> f64 {
        self.excess_at_log(probability.ln())
    }

    /// The excess of a natural logarithm of the probability.
    pub(crate) fn excess_at_log(&self, log: f64) -> f64 {
        if self.shape == 0.0 {
            -log * self.scale
        } else {
            (-log * self.shape).exp_m1() / self.shape * self.scale
        }
    }

    /// Fits the distribution to excesses over a threshold.
    ///
    /// The maximum of the likelihood is used where there are enough excesses and it exists, otherwise probability-weighted
    /// moments, and for excesses without any spread the exponential distribution of their mean.
    ///
    /// # Errors
    /// When there is no excess, one is negative or not finite, or all are 0.
    pub fn fit(excesses: &[f64]) -> Result<Self, Error> {
        check_excesses(excesses)?;
        let enough = excesses.len() >= LIKELIHOOD_NEEDS;
        let likelihood = enough
            .then(|| Self::maximise_likelihood(excesses))
            .flatten();
        match likelihood.or_else(|| Self::match_moments(excesses)) {
            Some(fitted) => Ok(fitted),
            None => Self::new(0.0, mean(excesses.iter().copied(), excesses.len())),
        }
    }

    /// The local maximum of the likelihood with the highest value and a shape above −1; none where there is none. For shapes
    /// below −1 the likelihood has no bound.
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub fn fit_likelihood(excesses: &[f64]) -> Result<Option<Self>, Error> {
        check_excesses(excesses)?;
        Ok(Self::maximise_likelihood(excesses))
    }

    /// The distribution with the probability-weighted moments of the excesses (Hosking and Wallis 1987); none where all
    /// excesses are equal.
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub fn fit_moments(excesses: &[f64]) -> Result<Option<Self>, Error> {
        check_excesses(excesses)?;
        Ok(Self::match_moments(excesses))
    }

    /// Of all distributions without a last value, the one for a cautious extrapolation: a fitted tail that ends is replaced by
    /// the exponential one of the same mean, so that no score is impossible.
    pub(crate) fn fit_endless(excesses: &[f64]) -> Result<Self, Error> {
        let fitted = Self::fit(excesses)?;
        if fitted.shape >= 0.0 {
            return Ok(fitted);
        }
        Self::new(0.0, mean(excesses.iter().copied(), excesses.len()))
    }

    fn maximise_likelihood(excesses: &[f64]) -> Option<Self> {
        // Grimshaw (1993): for a given θ = shape / scale the likelihood is highest at shape = mean(ln(1 + θy)). What remains
        // is a function of θ alone, whose slope has the sign of `slope_sign`. A local maximum is where that falls through 0.
        let unit = mean(excesses.iter().copied(), excesses.len());
        let scaled: Vec<f64> = excesses.iter().map(|excess| excess / unit).collect();
        let longest = scaled.iter().copied().fold(0.0, f64::max);
        let grid = spread_thetas(longest);
        let signs: Vec<f64> = grid
            .iter()
            .map(|theta| slope_sign(&scaled, *theta))
            .collect();
        let mut best: Option<(f64, Self)> = None;
        for place in 1..grid.len() {
            if !(signs[place - 1] > 0.0 && signs[place] <= 0.0) {
                continue;
            }
            let theta = bisect(&scaled, grid[place - 1], grid[place]);
            // Between the two values next to 0 the tail is the exponential one, as far as numbers can tell.
            let shape = shape_of(&scaled, theta);
            let (shape, scale) = if theta.abs() < SMALLEST_THETA {
                (0.0, 1.0)
            } else {
                (shape, shape / theta)
            };
            let likelihood = -scale.ln() - shape;
            if shape > -1.0 && best.is_none_or(|(highest, _)| likelihood > highest) {
                best = Self::new(shape, scale * unit)
                    .ok()
                    .map(|fitted| (likelihood, fitted))
                    .or(best);
            }
        }
        best.map(|(_, fitted)| fitted)
    }

    fn match_moments(excesses: &[f64]) -> Option<Self> {
        let mut sorted = excesses.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        // With m the mean and w the mean of y · (1 − F(y)), estimated without bias: shape = 2 − m / (m − 2w) and
        // scale = 2mw / (m − 2w).
        let count = sorted.len();
        let m = mean(sorted.iter().copied(), count);
        let above = sorted.iter().enumerate();
        let weighted = above
            .map(|(place, excess)| excess * (count - 1 - place) as f64 / (count.max(2) - 1) as f64);
        let w = mean(weighted, count);
        let difference = m - 2.0 * w;
        // Equal excesses differ from this limit by rounding alone.
        if difference <= m * 1e-9 {
            return None;
        }
        Self::new(2.0 - m / difference, 2.0 * m * w / difference).ok()
    }
}

const NAME: &str = "generalised Pareto distribution";

/// In units of one over the mean excess. Below, the slope of the likelihood is lost in rounding.
const SMALLEST_THETA: f64 = 1e-5;

/// Values of θ from just above −1 / `longest`, where the likelihood ends, to where every excess but 0 is far in the tail.
fn spread_thetas(longest: f64) -> Vec<f64> {
    /// The distance of the first value to the end, relative to it.
    const CLOSEST: f64 = 1e-9;
    const LARGEST: f64 = 1e6;
    let step = |from: f64, to: f64, place: usize| {
        from * (to / from).powf(place as f64 / (GRID - 1) as f64)
    };
    let end = 1.0 / longest;
    // Dense near the end of the tail first, then dense near 0.
    let near_end = (0..GRID).map(|place| -end * (1.0 - step(CLOSEST, 0.5, place)));
    let half = end / 2.0;
    let near_zero = (1..GRID).map(|place| -step(half, SMALLEST_THETA.min(half / 2.0), place));
    let above = (0..GRID).map(|place| step(SMALLEST_THETA, LARGEST, place));
    near_end.chain(near_zero).chain(above).collect()
}

/// A number with the sign of the slope of the likelihood at θ.
fn slope_sign(excesses: &[f64], theta: f64) -> f64 {
    let inverse = mean(
        excesses.iter().map(|excess| 1.0 / (1.0 + theta * excess)),
        excesses.len(),
    );
    (1.0 + shape_of(excesses, theta)) * inverse - 1.0
}

/// The shape with the highest likelihood for a given θ.
fn shape_of(excesses: &[f64], theta: f64) -> f64 {
    mean(
        excesses.iter().map(|excess| (theta * excess).ln_1p()),
        excesses.len(),
    )
}

/// Where the slope changes from rising to falling between two values.
fn bisect(excesses: &[f64], mut rising: f64, mut falling: f64) -> f64 {
    // 100 halvings end at neighbouring numbers, whatever the first interval is.
    for _ in 0..100 {
        let middle = f64::midpoint(rising, falling);
        if slope_sign(excesses, middle) > 0.0 {
            rising = middle;
        } else {
            falling = middle;
        }
    }
    f64::midpoint(rising, falling)
}

fn mean(values: impl Iterator<Item = f64>, count: usize) -> f64 {
    values.sum::<f64>() / count as f64
}

fn check_excesses(excesses: &[f64]) -> Result<(), Error> {
    if let Some(index) = excesses
        .iter()
        .position(|excess| !(excess.is_finite() && *excess >= 0.0))
    {
        return Err(Error::BadExcess {
            index,
            value: excesses[index],
        });
    }
    // The mean can overflow although every excess is finite.
    let sum: f64 = excesses.iter().sum();
    if sum > 0.0 && sum.is_finite() {
        Ok(())
    } else {
        Err(Error::NoExcess)
    }
}
