//! Procedural textures from a hash, without tables.

/// A random number in [0, 1) that belongs to a cell of a grid.
pub(crate) fn cell_value(seed: u32, x: i32, y: i32) -> f32 {
    // An integer hash of the seed and the coordinates.
    let mut h = seed ^ (x as u32).wrapping_mul(0x8DA6_B343) ^ (y as u32).wrapping_mul(0xD816_3841);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2C1B_3C6D);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297A_2D39);
    h ^= h >> 15;
    // The upper 24 bits, which an f32 represents exactly.
    (h >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Value noise in [0, 1]: random numbers at the corners of a unit grid, interpolated smoothly.
pub(crate) fn value_noise(seed: u32, x: f32, y: f32) -> f32 {
    let (fx, fy) = (x.floor(), y.floor());
    let (ix, iy) = (fx as i32, fy as i32);
    let (u, v) = (smooth_step(x - fx), smooth_step(y - fy));
    let top = lerp(cell_value(seed, ix, iy), cell_value(seed, ix + 1, iy), u);
    let bottom = lerp(
        cell_value(seed, ix, iy + 1),
        cell_value(seed, ix + 1, iy + 1),
        u,
    );
    lerp(top, bottom, v)
}

/// Three octaves of value noise, around 0, within ±1.
pub(crate) fn grain_noise(seed: u32, x: f32, y: f32) -> f32 {
    // Each octave is finer and weaker than the one before: the weights 1, 0.6 and 0.4 add up to 2,
    // and half their sum stays within ±1.
    let octaves = [(0x51, 1.0), (0x52, 2.7), (0x53, 6.9)]
        .map(|(n, scale)| value_noise(seed ^ n, x * scale, y * scale) * 2.0 - 1.0);
    (octaves[0] + octaves[1] * 0.6 + octaves[2] * 0.4) * 0.5
}

/// Rises from 0 to 1 between 0 and 1, with slope 0 at both ends.
fn smooth_step(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

/// Interpolates linearly from `a` (`t` = 0) to `b` (`t` = 1).
pub(crate) fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_bounded_continuous_and_has_structure() {
        let at = |i: i32| value_noise(9, i as f32 * 0.01, 0.37);
        let values: Vec<f32> = (0..5_000).map(at).collect();
        assert!(values.iter().all(|v| (0.0..=1.0).contains(v)));
        assert!(values.windows(2).all(|w| (w[0] - w[1]).abs() < 0.02));
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!((mean - 0.5).abs() < 0.1, "{mean}");
        assert!(values.iter().any(|v| *v < 0.2) && values.iter().any(|v| *v > 0.8));
    }

    #[test]
    fn cells_of_different_seeds_differ() {
        assert_ne!(cell_value(1, 4, 5), cell_value(2, 4, 5));
        assert_ne!(cell_value(1, 4, 5), cell_value(1, 5, 4));
        assert_ne!(cell_value(1, -4, 5), cell_value(1, 4, 5));
    }
}
