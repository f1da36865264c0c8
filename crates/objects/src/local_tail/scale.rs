/// The number of directions that are told apart.
pub(crate) const DIRECTIONS: usize = 8;

/// The speeds of a histogram.
pub(crate) const SPEEDS: usize = 23;

/// The slowest and the fastest of them, in units.
const SLOWEST: f64 = 0.1;
const FASTEST: f64 = 8.0;

/// Speeds below this are taken for this, so that they have a logarithm.
const LEAST: f64 = 1e-6;

/// Speeds relative to the height of a person, in equal steps of the logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SpeedScale {
    /// The median height of people in training, in pixels: speeds are scaled to people of this height.
    pub(crate) usual_height: f64,
    /// The speed that nine of ten training windows stay below.
    pub(crate) unit: f64,
}

impl SpeedScale {
    /// The smallest unit, for cameras under which nothing moves.
    pub(crate) const SLOWEST_UNIT: f64 = 1e-3;

    pub(crate) fn new(usual_height: f64, unit: f64) -> Self {
        Self { usual_height, unit }
    }

    /// A speed in pixels per frame, scaled to a person of the usual height.
    pub(crate) fn relative(self, speed: f32, height: f64) -> f64 {
        f64::from(speed) / (height / self.usual_height)
    }

    /// The place of a speed among those of the histogram, in fractions.
    pub(crate) fn place(self, speed: f32, height: f64) -> f64 {
        let relative = self.relative(speed, height).max(LEAST);
        let step = (FASTEST / SLOWEST).ln() / (SPEEDS - 1) as f64;
        let place = (relative / (self.unit * SLOWEST)).ln() / step;
        place.clamp(0.0, (SPEEDS - 1) as f64)
    }

    /// One of the speeds of the histogram.
    fn speed(self, number: usize) -> f64 {
        let part = number as f64 / (SPEEDS - 1) as f64;
        self.unit * (SLOWEST.ln() + part * (FASTEST / SLOWEST).ln()).exp()
    }

    /// How many of the slowest speeds have no direction.
    pub(super) fn undirected_speeds(self, slow: f64) -> usize {
        if slow <= 0.0 {
            return 0;
        }
        let slower = (0..SPEEDS).take_while(|number| self.speed(*number) < slow * self.unit);
        (slower.count() + 1).min(SPEEDS)
    }

    /// The median speed of a histogram, over all directions; none when it is nearly empty.
    pub(super) fn median_speed(self, counts: &[f64]) -> Option<f64> {
        let total: f64 = counts.iter().sum();
        let mut below = 0.0;
        let place = counts.chunks_exact(DIRECTIONS).position(|speed| {
            below += speed.iter().sum::<f64>();
            below >= total / 2.0
        });
        place
            .filter(|_| total >= 1.0)
            .map(|place| self.speed(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_steps_of_the_logarithm() {
        let scale = SpeedScale::new(40.0, 2.0);
        assert!((scale.speed(0) - 0.2).abs() < 1e-12 && (scale.speed(22) - 16.0).abs() < 1e-12);
        assert!((scale.place(scale.speed(5) as f32, 40.0) - 5.0).abs() < 1e-5);
        // A person half as high moves twice as fast.
        assert!((scale.place(1.0, 20.0) - scale.place(2.0, 40.0)).abs() < 1e-9);
        assert_eq!(
            (scale.place(0.0, 40.0), scale.place(1e9, 40.0)),
            (0.0, 22.0)
        );
    }

    #[test]
    fn slow_speeds_have_no_direction() {
        let scale = SpeedScale::new(40.0, 2.0);
        assert_eq!(scale.undirected_speeds(0.4), 8);
        assert_eq!(scale.undirected_speeds(0.0), 0);
        assert_eq!(scale.undirected_speeds(8.0), SPEEDS);
    }
}
