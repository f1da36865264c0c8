//! The camera's sensor: gains and noise.

use oddframe_core::Random;

/// Bytes that are processed at once: whole pixels, and whole 64-bit random numbers.
const CHUNK: usize = 48;
/// The noise for each unit of the sum of two random bytes, in 1024ths of a level. The noise has a
/// triangular distribution of at most 4.5 levels and a standard deviation of 1.8.
const NOISE: i16 = 18;

/// Applies the light and the sensor's noise to a clean picture: each channel is brightened by its
/// gain (in 1024ths), and each sample gets noise.
pub(crate) fn apply_exposure(pixels: &mut [u8], gains: [i16; 3], random: &mut Random) {
    let mut gain = [0; CHUNK];
    for (i, gain) in gain.iter_mut().enumerate() {
        *gain = gains[i % 3];
    }
    for chunk in pixels.chunks_mut(CHUNK) {
        // The sum of two uniform numbers has a triangular distribution, close enough to a normal
        // one.
        let (a, b) = (random_bytes(random), random_bytes(random));
        for (((pixel, gain), a), b) in chunk.iter_mut().zip(gain).zip(a).zip(b) {
            let clean = i16::from(*pixel);
            let noise = i16::from(a) + i16::from(b) - 255;
            // In 64ths of a level all products fit 16 bits, so that the loop vectorises well.
            let value = (clean << 6) + ((clean * gain) >> 4) + ((noise * NOISE) >> 4);
            *pixel = ((value + 32) >> 6).clamp(0, 255) as u8;
        }
    }
}

fn random_bytes(random: &mut Random) -> [u8; CHUNK] {
    let mut bytes = [0; CHUNK];
    for eight in bytes.chunks_exact_mut(8) {
        eight.copy_from_slice(&random.bits().to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_no_bias_and_the_documented_deviation() {
        let mut pixels = vec![120; 3 * 40_000];
        apply_exposure(&mut pixels, [0; 3], &mut Random::new(1));
        let errors: Vec<f64> = pixels.iter().map(|p| f64::from(*p) - 120.0).collect();
        let n = errors.len() as f64;
        let mean = errors.iter().sum::<f64>() / n;
        let deviation = (errors.iter().map(|e| e * e).sum::<f64>() / n).sqrt();
        let reach = f64::from(NOISE) * 255.0 / 1024.0;
        assert!(mean.abs() < 0.03, "{mean}");
        // Rounding to whole levels adds a twelfth of a level to the variance.
        let expected = (reach * reach / 6.0 + 1.0 / 12.0).sqrt();
        assert!(
            (deviation - expected).abs() < 0.05,
            "{deviation} {expected}"
        );
        assert!(errors.iter().all(|e| e.abs() <= reach + 0.5));
        let neighbours = errors.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / n;
        assert!(neighbours.abs() < 0.05, "{neighbours}");
    }

    #[test]
    fn gains_act_on_their_channel_and_nothing_overflows() {
        let mut pixels = [vec![200_u8; 3 * 1_000], vec![255; 300], vec![0; 301]].concat();
        apply_exposure(&mut pixels, [50, 0, -50], &mut Random::new(2));
        let mean = |c: usize| {
            pixels[..3_000]
                .iter()
                .skip(c)
                .step_by(3)
                .map(|p| f64::from(*p))
                .sum::<f64>()
                / 1_000.0
        };
        for (channel, expected) in [(0, 209.8), (1, 200.0), (2, 190.2)] {
            assert!(
                (mean(channel) - expected).abs() < 0.3,
                "{channel} {}",
                mean(channel)
            );
        }
        assert!(
            pixels[3_000..3_300]
                .iter()
                .skip(1)
                .step_by(3)
                .all(|p| *p >= 250)
        );
        assert!(pixels[3_300..].iter().all(|p| *p <= 5));
    }
}
