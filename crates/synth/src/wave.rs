//! Periodic and random functions of time that give the same bits on every platform.

use oddframe_core::Random;

/// The sine of an angle in turns, by a polynomial, which gives the same bits on every platform.
pub(crate) fn sine_of_turns(turns: f64) -> f64 {
    const TURN: f64 = std::f64::consts::TAU;
    let x = turns - turns.floor();
    let (x, sign) = if x < 0.5 { (x, 1.0) } else { (x - 0.5, -1.0) };
    // Half a turn of the sine is a cosine around its middle, whose series converges fast.
    let q = (x - 0.25) * TURN;
    let q2 = q * q;
    // Taylor's series up to the tenth power, in Horner's form: off by less than 5e-7 at a quarter
    // turn.
    sign * (1.0
        - q2 / 2.0 * (1.0 - q2 / 12.0 * (1.0 - q2 / 30.0 * (1.0 - q2 / 56.0 * (1.0 - q2 / 90.0)))))
}

/// A smooth random function of time between -1 and 1 that changes direction about once per
/// `period`.
pub(crate) fn drift_at(seed: u64, keys: [u64; 3], t: f64, period: f64) -> f64 {
    let place = t / period;
    let cell = place.floor();
    // A random value for each whole period, interpolated smoothly.
    let [a, b, c] = keys;
    let [before, after] = [cell, cell + 1.0]
        .map(|cell| Random::stream(seed, &[a, b, c, (cell as i64) as u64]).between(-1.0, 1.0));
    let f = smooth_step(place - cell);
    before * (1.0 - f) + after * f
}

/// Rises from 0 to 1 between 0 and 1, with slope 0 at both ends.
fn smooth_step(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_polynomial_is_a_sine() {
        for i in -2_000..2_000 {
            let turns = f64::from(i) / 777.0;
            let exact = (turns * std::f64::consts::TAU).sin();
            assert!((sine_of_turns(turns) - exact).abs() < 2e-6, "{turns}");
        }
    }

    #[test]
    fn a_drift_is_bounded_and_smooth() {
        let at = |i: i32| drift_at(5, [1, 2, 3], f64::from(i) * 0.1, 10.0);
        for i in -500..500 {
            assert!(at(i).abs() <= 1.0);
            assert!((at(i) - at(i + 1)).abs() < 0.04);
        }
        assert!((0..500).any(|i| (at(i) - at(i + 300)).abs() > 0.3));
    }
}
