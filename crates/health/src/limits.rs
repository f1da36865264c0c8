use crate::range::Range;

/// What is usual for a camera: learned from normal video alone.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub(crate) struct Usual {
    pub(crate) brightness: Range,
    pub(crate) noise: [Range; 2],
    pub(crate) agreement: [Range; 2],
    pub(crate) sharpness: Range,
    pub(crate) flat: Range,
    /// The change from frame to frame.
    pub(crate) change: Range,
    /// The change of the brightness against the second before, as the logarithm of a ratio.
    pub(crate) jump: Range,
    /// The most consecutive frames that each change less than [`Limits::least_change`].
    pub(crate) longest_still: usize,
}

impl Usual {
    /// Ranges that are wide enough when only a few frames were seen.
    pub(crate) fn with_few_frames(self) -> Self {
        Self {
            brightness: self.brightness.widened(0.8, 1.25),
            noise: self.noise.map(|range| range.widened(0.5, 1.5)),
            agreement: self.agreement.map(|range| range.widened(0.8, 1.0)),
            sharpness: self.sharpness.widened(0.85, 1.2),
            change: self.change.widened(0.5, 2.0),
            ..self
        }
    }
}

/// Beyond these a frame is not in order. Each leaves room beyond the usual range, because tomorrow's normal video differs from
/// today's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) most_noise: [f64; 2],
    pub(crate) least_agreement: [f64; 2],
    pub(crate) least_upside_down: f64,
    pub(crate) least_sharpness: f64,
    pub(crate) most_flat: f64,
    pub(crate) brightness: (f64, f64),
    pub(crate) largest_jump: f64,
    pub(crate) least_change: f64,
}

impl Limits {
    pub(crate) fn new(usual: &Usual) -> Self {
        let least_agreement = usual.agreement.map(|range| 0.7 * range.low);
        Self {
            // The second part counts for cameras with hardly any noise.
            most_noise: usual.noise.map(|range| 2.0 * range.high + 0.5),
            least_upside_down: least_agreement[0].min(least_agreement[1]),
            least_agreement,
            least_sharpness: 0.85 * usual.sharpness.low,
            most_flat: (usual.flat.high + 0.25).max(0.5),
            brightness: (0.8 * usual.brightness.low, 1.25 * usual.brightness.high),
            largest_jump: (2.0 * usual.jump.high).max(1.25_f64.ln()),
            least_change: Self::least_change(usual.change),
        }
    }

    /// Below this change a frame repeats the one before it. Compression changes a repeated picture a little.
    pub(crate) fn least_change(change: Range) -> f64 {
        0.5 * change.low
    }
}
