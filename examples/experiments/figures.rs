//! Means over seeds, and how sure they are.

/// Student's t for a two-sided 95% interval of a mean, by degrees of freedom from 1.
const T95: [f64; 9] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
];

/// A mean with half the width of its 95% interval; none when there is a single value, or all values are equal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) mean: f64,
    pub(crate) half_width: Option<f64>,
}

impl Figure {
    pub(crate) fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let same = values.iter().all(|value| *value == values[0]);
        let half_width = (!same).then(|| {
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let t = T95[(values.len() - 2).min(T95.len() - 1)];
            t * (squares / (count - 1.0) / count).sqrt()
        });
        Self { mean, half_width }
    }

    /// `.812 ± .034`.
    pub(crate) fn format_value(self) -> String {
        self.format(false)
    }

    /// `+.012 ± .034`.
    pub(crate) fn format_change(self) -> String {
        self.format(true)
    }

    fn format(self, signed: bool) -> String {
        let mean = if signed {
            format!("{:+.3}", self.mean)
        } else {
            format!("{:.3}", self.mean)
        };
        self.half_width
            .map_or(mean.clone(), |half| format!("{mean} ± {half:.3}"))
    }

    /// Whether the mean is above zero (`Some(true)`) or below (`Some(false)`); none when the interval
    /// contains zero.
    pub(crate) fn sign(self) -> Option<bool> {
        (self.mean.abs() > self.half_width.unwrap_or(0.0)).then_some(self.mean > 0.0)
    }
}

/// The name of a row, with the number of its seeds when it was measured with fewer seeds than the others.
pub(crate) fn name_with_seeds(name: &str, seeds: usize, all: usize) -> String {
    if seeds == all {
        name.to_owned()
    } else {
        format!("{name} (seeds: {seeds})")
    }
}
