//! Means over seeds, and how sure they are.

/// Student's t: what two-sided 95% of a mean's distribution lies within, by degrees of freedom from 1.
const T95: [f64; 9] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/// A mean with half the width of its 95% interval; none where there is one value only, or all are the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) mean: f64,
    pub(crate) half: Option<f64>,
}

impl Figure {
    pub(crate) fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let same = values.iter().all(|value| *value == values[0]);
        let half = (!same).then(|| {
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let t = T95[(values.len() - 2).min(T95.len() - 1)];
            t * (squares / (count - 1.0) / count).sqrt()
        });
        Self { mean, half }
    }

    /// `.812 ± .034`.
    pub(crate) fn value(self) -> String {
        self.text(false)
    }

    /// `+.012 ± .034`.
    pub(crate) fn change(self) -> String {
        self.text(true)
    }

    fn text(self, signed: bool) -> String {
        let mean = if signed { format!("{:+.3}", self.mean) } else { format!("{:.3}", self.mean) };
        self.half.map_or(mean.clone(), |half| format!("{mean} ± {half:.3}"))
    }

    /// Whether it is above zero (`Some(true)`), below it (`Some(false)`), or too near to tell.
    pub(crate) fn sign(self) -> Option<bool> {
        (self.mean.abs() > self.half.unwrap_or(0.0)).then_some(self.mean > 0.0)
    }
}

/// A row's name, with the number of its seeds where it is not that of the others.
pub(crate) fn with_seeds(name: &str, seeds: usize, all: usize) -> String {
    if seeds == all { name.to_owned() } else { format!("{name} (seeds: {seeds})") }
}
