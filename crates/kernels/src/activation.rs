/// What is applied to a layer's sums before they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Activation {
    /// Nothing.
    #[default]
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `x` where it is positive, `slope * x` elsewhere; the slope is at least 0.
    LeakyRelu(f32),
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Applies it to every value.
    pub fn apply(self, values: &mut [f32]) {
        for value in values {
            *value = match self {
                Self::Identity => *value,
                Self::Relu => value.max(0.0),
                Self::LeakyRelu(slope) => {
                    if *value > 0.0 {
                        *value
                    } else {
                        slope * *value
                    }
                }
                Self::Sigmoid => 1.0 / (1.0 + (-*value).exp()),
                Self::Tanh => value.tanh(),
            };
        }
    }
}
