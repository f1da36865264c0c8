use super::canvas::Colour;

/// Colours from low to high, equally far apart in brightness: readable for the colour-blind too.
const RAMP: [[f32; 3]; 6] = [
    [54.0, 33.0, 120.0],
    [49.0, 90.0, 150.0],
    [32.0, 140.0, 140.0],
    [70.0, 185.0, 100.0],
    [175.0, 215.0, 50.0],
    [253.0, 231.0, 37.0],
];

/// The colour of a share from 0 to 1.
pub(super) fn ramp(share: f64) -> Colour {
    let place = share.clamp(0.0, 1.0) as f32 * (RAMP.len() - 1) as f32;
    let lower = (place as usize).min(RAMP.len() - 2);
    let part = place - lower as f32;
    std::array::from_fn(|channel| {
        let (low, high) = (RAMP[lower][channel], RAMP[lower + 1][channel]);
        (low + part * (high - low)).round() as u8
    })
}

/// The colour of a direction: right is red, then clockwise around the wheel.
pub(super) fn wheel(direction: usize, directions: usize) -> Colour {
    let turn = 6.0 * direction as f32 / directions as f32;
    std::array::from_fn(|channel| {
        // Each channel is full for a third of the wheel and fades over a sixth on either side.
        let distance = (turn - 2.0 * channel as f32).rem_euclid(6.0);
        let distance = distance.min(6.0 - distance);
        (255.0 * (2.0 - distance).clamp(0.0, 1.0)).round() as u8
    })
}

/// How values become shares of the colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// From 0 to this value.
    Linear(f64),
    /// Equal steps are equal factors.
    Logarithmic(f64, f64),
}

impl Scale {
    pub(super) fn share(self, value: f64) -> f64 {
        match self {
            Self::Linear(most) => value / most,
            Self::Logarithmic(least, most) => (value / least).ln() / (most / least).ln(),
        }
    }

    /// The value of a share.
    pub(super) fn value(self, share: f64) -> f64 {
        match self {
            Self::Linear(most) => share * most,
            Self::Logarithmic(least, most) => least * (most / least).powf(share),
        }
    }
}

/// A number with about two digits that count.
pub(super) fn short_number(value: f64) -> String {
    match value {
        v if v >= 9.95 || v == 0.0 => format!("{v:.0}"),
        v if v >= 0.95 => format!("{v:.1}"),
        v if v >= 0.095 => format!("{v:.2}"),
        v => format!("{v:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_and_their_values_agree() {
        for scale in [Scale::Linear(8.0), Scale::Logarithmic(2.0, 512.0)] {
            for share in [0.1, 0.5, 1.0] {
                assert!((scale.share(scale.value(share)) - share).abs() < 1e-12);
            }
        }
        assert_eq!(ramp(2.0), [253, 231, 37]);
        assert_eq!([wheel(0, 8), wheel(4, 12)], [[255, 0, 0], [0, 255, 0]]);
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, 0.014, 0.5, 1.26, 12.4, 830.0].map(short_number);
        assert_eq!(numbers, ["0", "0.014", "0.50", "1.3", "12", "830"]);
    }
}
