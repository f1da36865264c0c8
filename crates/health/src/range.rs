/// The values that a measure has in normal video.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub(crate) struct Range {
    /// The value that one frame in 200 is below.
    pub(crate) low: f64,
    pub(crate) median: f64,
    /// The value that one frame in 200 is above.
    pub(crate) high: f64,
}

/// The share of frames beyond each end of a range. A few damaged frames among the normal ones do not move it.
const BEYOND: f64 = 0.005;

impl Range {
    /// The range of values; zeros when there are none.
    pub(crate) fn new(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * values.len().saturating_sub(1) as f64;
            values.get(place.round() as usize).copied().unwrap_or(0.0)
        };
        Self {
            low: at(BEYOND),
            median: at(0.5),
            high: at(1.0 - BEYOND),
        }
    }

    /// At least this wide around the median, as factors of it.
    pub(crate) fn widened(self, low: f64, high: f64) -> Self {
        Self {
            low: self.low.min(low * self.median),
            high: self.high.max(high * self.median),
            ..self
        }
    }

    pub(crate) fn is_finite(self) -> bool {
        [self.low, self.median, self.high]
            .iter()
            .all(|value| value.is_finite())
    }
}
