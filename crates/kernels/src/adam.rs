use crate::Error;
use crate::each::{PART, each};
use crate::error::check_length;
use crate::simd::{Lanes, Simd, Step, Token, Vector, map};

/// Adam (D. P. Kingma and J. L. Ba, Adam: a method for stochastic optimization, 2015) as PyTorch computes it: weight
/// decay is an L2 penalty, added to the gradient, and epsilon is added after the bias correction.
#[derive(Debug, Clone, Copy)]
pub struct Adam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    simd: Simd,
}

impl Adam {
    /// An optimiser with these constants; PyTorch's own are 0.9, 0.999, 1e-8 and 0.
    ///
    /// # Errors
    /// A beta outside 0 to 1 or 1 itself; an epsilon or a weight decay that is negative or not finite.
    pub fn new(beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64) -> Result<Self, Error> {
        for (what, value) in [("beta1 of Adam", beta1), ("beta2 of Adam", beta2)] {
            check(what, value, (0.0..1.0).contains(&value), "at least 0 and below 1")?;
        }
        for (what, value) in [("epsilon of Adam", epsilon), ("the weight decay of Adam", weight_decay)] {
            check(what, value, value.is_finite() && value >= 0.0, "finite and at least 0")?;
        }
        Ok(Self { beta1, beta2, epsilon, weight_decay, simd: Simd::detect() })
    }

    #[cfg(test)]
    pub(crate) fn with_simd(self, simd: Simd) -> Self {
        Self { simd, ..self }
    }

    /// Makes step `time`, counted from 1: updates the parameters and both moments, which are zeros before the first
    /// step.
    ///
    /// # Errors
    /// A learning rate that is negative or not finite, a step 0, or slices of different lengths.
    pub fn step(
        &self,
        learning_rate: f64,
        time: usize,
        parameters: &mut [f32],
        gradients: &[f32],
        moment1: &mut [f32],
        moment2: &mut [f32],
    ) -> Result<(), Error> {
        let fine = learning_rate.is_finite() && learning_rate >= 0.0;
        check("the learning rate", learning_rate, fine, "finite and at least 0")?;
        if time == 0 {
            return Err(Error::Zero { what: "the step of Adam" });
        }
        let len = parameters.len();
        check_length("the gradients", gradients.len(), len)?;
        check_length("the first moment", moment1.len(), len)?;
        check_length("the second moment", moment2.len(), len)?;
        let update = self.update(learning_rate, time as f64);
        let moments = moment1.chunks_mut(PART).zip(moment2.chunks_mut(PART));
        let parts = parameters.chunks_mut(PART).zip(gradients.chunks(PART)).zip(moments);
        each(parts, |((parameters, gradients), (moment1, moment2))| {
            map(self.simd, &update, parameters.len(), [gradients], [], [parameters, moment1, moment2]);
        });
        Ok(())
    }

    fn update(&self, learning_rate: f64, time: f64) -> Update {
        Update {
            weight_decay: self.weight_decay as f32,
            new1: (1.0 - self.beta1) as f32,
            old2: self.beta2 as f32,
            new2: (1.0 - self.beta2) as f32,
            root: (1.0 - self.beta2.powf(time)).sqrt() as f32,
            epsilon: self.epsilon as f32,
            back: (-learning_rate / (1.0 - self.beta1.powf(time))) as f32,
        }
    }
}

fn check(what: &'static str, value: f64, fine: bool, must: &'static str) -> Result<(), Error> {
    if fine { Ok(()) } else { Err(Error::Parameter { what, value: value.to_string(), must }) }
}

/// The constants of one step.
struct Update {
    weight_decay: f32,
    /// The new gradient's share in the first moment.
    new1: f32,
    /// The shares of the second moment, and of the square of the new gradient, in the second moment.
    old2: f32,
    new2: f32,
    /// Root of the second moment's bias correction.
    root: f32,
    epsilon: f32,
    /// The learning rate by the first moment's bias correction, negative.
    back: f32,
}

impl Step<1, 0, 3> for Update {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        token: Token<V>,
        [gradient]: [Lanes<V>; 1],
        _: [Lanes<V>; 0],
        [parameter, moment1, moment2]: [Lanes<V>; 3],
    ) -> [Lanes<V>; 3] {
        let gradient = if self.weight_decay == 0.0 {
            gradient
        } else {
            parameter.mul_add(token.splat(self.weight_decay), gradient)
        };
        let moment1 = (gradient - moment1).mul_add(token.splat(self.new1), moment1);
        let square = gradient * token.splat(self.new2) * gradient;
        let moment2 = moment2.mul_add(token.splat(self.old2), square);
        let divisor = moment2.sqrt() / token.splat(self.root) + token.splat(self.epsilon);
        let parameter = (moment1 / divisor).mul_add(token.splat(self.back), parameter);
        [parameter, moment1, moment2]
    }
}
