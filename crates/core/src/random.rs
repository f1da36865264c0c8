/// A small, fast, seeded generator (Steele, Lea and Flood's `SplitMix64`): the same on every platform.
///
/// [`Random::stream`] gives independent streams, so that the numbers drawn for one frame do not depend on which
/// frames were read before it. Not for cryptography.
///
/// ```
/// use oddframe_core::Random;
/// let (seed, video, frame) = (7, 3, 120);
/// let first = Random::stream(seed, &[video, frame]).unit();
/// assert_eq!(first, Random::stream(seed, &[video, frame]).unit());
/// assert!((0.0..1.0).contains(&first));
/// ```
#[derive(Debug, Clone)]
pub struct Random(u64);

/// The odd integer nearest to 2^64 divided by the golden ratio.
///
/// `SplitMix64` is a counter that advances by this step and is then mixed. An odd step visits all 2^64 states
/// before it repeats, and this one spreads any number of consecutive states evenly over the range.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Random {
    /// A generator of this seed.
    pub fn new(seed: u64) -> Self {
        Self(mix(seed.wrapping_add(GOLDEN)))
    }

    /// The generator of a seed and a sequence of keys, such as a video, a frame and a purpose.
    pub fn stream(seed: u64, keys: &[u64]) -> Self {
        // Each key is mixed before it is combined with the state, so that small keys 0, 1, 2 change all bits,
        // and the state is mixed after each key, so that the order of the keys counts. No generator is shared
        // between threads: any frame's numbers can be drawn without drawing those of other frames.
        let mut state = Self::new(seed).0;
        for &key in keys {
            state = mix(state ^ mix(key.wrapping_add(GOLDEN)));
        }
        Self(state)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number in [0, 1), a multiple of 2^-53.
    pub fn unit(&mut self) -> f64 {
        // A double has 53 bits of precision: the upper 53 of 64 bits give every multiple of 2^-53 below 1
        // with the same probability, and never 1 itself.
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A number in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // Lemire's multiplication instead of a remainder: the upper half of the product is the scaled draw.
        // Without rejection some results are more likely than others by at most `bound` / 2^64, which no use
        // here can notice.
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Shuffles the items.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        // Fisher and Yates: each position, from the last to the second, receives one of the items not yet
        // placed.
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

fn mix(mut z: u64) -> u64 {
    // The finaliser of `SplitMix64`: variant 13 of Stafford's search for constants with which every bit of
    // the input flips each bit of the output with a probability close to one half. Each step is invertible,
    // so distinct states never give equal outputs.
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_fixed() {
        // SplitMix64's published first output for the state 0, so that no later change moves the bytes.
        assert_eq!(Random(0).bits(), 0xE220_A839_7B1D_CDAF);
        let draw = |seed| {
            let mut r = Random::new(seed);
            [r.bits(), r.bits()]
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn streams_differ_by_every_key() {
        let first = |keys: &[u64]| Random::stream(7, keys).bits();
        let all = [
            first(&[]),
            first(&[0]),
            first(&[1]),
            first(&[0, 0]),
            first(&[0, 1]),
            first(&[1, 0]),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(!all[..i].contains(a));
        }
    }

    #[test]
    fn draws_fill_their_range_evenly() {
        let mut random = Random::new(3);
        let mut counts = [0_u32; 5];
        let mut sum = 0.0;
        for _ in 0..50_000 {
            counts[random.below(5) as usize] += 1;
            sum += random.between(-1.0, 3.0);
        }
        assert!(
            counts.iter().all(|c| (9_600..10_400).contains(c)),
            "{counts:?}"
        );
        assert!((sum / 50_000.0 - 1.0).abs() < 0.02);
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<_> = (0..100).collect();
        Random::new(5).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
