//! Random weights that need no file: for tests, and for measurements of speed and memory.
//!
//! Every value follows from a seed, the tensor's name and the value's place alone, so that the script of the golden values
//! makes the same ones: splitmix64 (G. Steele and others, 2014) starts from the FNV-1a hash of the name.

/// What the state of splitmix64 grows by.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
/// The least initial hash and the factor of 64-bit FNV-1a.
const FNV: [u64; 2] = [0xCBF2_9CE4_8422_2325, 0x0100_0000_01B3];
/// What the step of the flow is scaled by: random weights then move the flow by a pixel or two in an update.
const STEP: f64 = 0.15;

/// The weights of one tensor under its PyTorch name.
pub(super) fn random_weights(name: &str, shape: &[usize], seed: u64) -> Vec<f32> {
    let count = shape.iter().product();
    let scale: fn(f64) -> f64 = if name.ends_with("running_var") {
        |value| 1.0 + 0.5 * value
    } else if name.ends_with("weight") {
        // Of a batch normalisation. Below 1, so that the residual sums of the context encoder stay small enough for tanh.
        |value| 0.6 + 0.25 * value
    } else {
        |value| 0.1 * value
    };
    let state = start_state(name, seed);
    let values = (0..count).map(|place| uniform_at(state, place));
    if let [_, inputs @ ..] = shape
        && shape.len() == 4
    {
        // The variance of a layer with ReLU that keeps the size of its values: 2 over the number of products.
        let gain = if name.ends_with("flow_head.conv2.weight") {
            STEP
        } else {
            1.0
        };
        let bound = gain * (6.0 / inputs.iter().product::<usize>() as f64).sqrt();
        return values.map(|value| (value * bound) as f32).collect();
    }
    values.map(|value| scale(value) as f32).collect()
}

/// The state that the values of a tensor start from.
fn start_state(name: &str, seed: u64) -> u64 {
    let hash = name.bytes().fold(FNV[0], |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(FNV[1])
    });
    hash.wrapping_add(seed.wrapping_mul(GAMMA))
}

/// The value at a place, from -1 to 1, with 24 bits.
fn uniform_at(state: u64, place: usize) -> f64 {
    let mut z = state.wrapping_add((place as u64 + 1).wrapping_mul(GAMMA));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 40) as f64 / f64::from(1_u32 << 23) - 1.0
}

/// A byte of the images that the tests make, from the upper bits of a value.
#[cfg(test)]
pub(super) fn random_byte(name: &str, place: usize) -> u8 {
    ((uniform_at(start_state(name, 0), place) + 1.0) * 128.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_splitmix64_from_the_hash_of_the_name() {
        // The first output of splitmix64 from the state 0 is 0xE220A8397B1DCDAF.
        let expected = f64::from(0xE2_20A8_u32) / f64::from(1_u32 << 23) - 1.0;
        assert_eq!(uniform_at(0, 0), expected);
        // FNV-1a of "a".
        assert_eq!(start_state("a", 0), 0xAF63_DC4C_8601_EC8C);
        assert_ne!(
            random_weights("a.bias", &[4], 0),
            random_weights("a.bias", &[4], 1)
        );
    }

    #[test]
    fn kinds_of_tensors_have_their_ranges() {
        for (name, shape, range) in [
            ("x.weight", vec![8, 6, 1, 1], -1.0..=1.0),
            ("x.weight", vec![50], 0.35..=0.85),
            ("x.running_var", vec![50], 0.5..=1.5),
            ("x.bias", vec![50], -0.1..=0.1),
        ] {
            let values = random_weights(name, &shape, 0);
            assert_eq!(values.len(), shape.iter().product::<usize>());
            assert!(values.iter().all(|value| range.contains(value)), "{name}");
            assert!(values.iter().any(|value| *value != values[0]));
        }
    }
}
