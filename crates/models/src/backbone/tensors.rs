use oddframe_core::Random;
use oddframe_nn::StateDict;

/// The weights of a network, asked for by name and shape.
#[derive(Debug)]
pub(super) enum Tensors {
    File(StateDict),
    Random { seed: u64 },
}

/// The initial values of weights that no file holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Initial {
    /// Uniform around zero with this variance.
    Uniform { variance: f64 },
    /// All equal.
    Constant(f32),
}

impl Tensors {
    /// The values of a tensor: those of the file, or initial ones.
    ///
    /// Each random tensor has a stream of its own, so that its values depend on the seed and its name alone.
    pub(super) fn take(&mut self, name: &str, shape: &[usize], initial: Initial) -> Vec<f32> {
        let seed = match self {
            Self::File(state) => return state.take(name, shape),
            Self::Random { seed } => *seed,
        };
        let count = shape.iter().product();
        match initial {
            Initial::Constant(value) => vec![value; count],
            Initial::Uniform { variance } => {
                let keys: Vec<u64> = name.bytes().map(u64::from).collect();
                let mut random = Random::stream(seed, &keys);
                // Uniform in ±b has the variance b² / 3.
                let bound = (3.0 * variance).sqrt();
                (0..count)
                    .map(|_| random.between(-bound, bound) as f32)
                    .collect()
            }
        }
    }
}
