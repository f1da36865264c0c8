use crate::error::{Error, check_length};
use crate::partition::{PART_LEN, for_each_part};
use crate::simd::{Lanes, Simd, Step, Token, Vector, map_slices};

/// The Adam optimiser (D. P. Kingma and J. L. Ba, Adam: a method for stochastic optimization, 2015) as PyTorch computes
/// it: weight decay is an L2 penalty that is added to the gradient, and epsilon is added after the bias correction.
///
/// ```
/// use oddframe_kernels::Adam;
///
/// // Minimises (w - 3)², whose gradient is 2 * (w - 3).
/// let adam = Adam::new(0.9, 0.999, 1e-8, 0.0)?;
/// let (mut weights, mut moment1, mut moment2) = ([0.0], [0.0], [0.0]);
/// for step in 1..=1000 {
///     let gradients = [2.0 * (weights[0] - 3.0)];
///     adam.step(0.05, step, &mut weights, &gradients, &mut moment1, &mut moment2)?;
/// }
/// assert!((weights[0] - 3.0).abs() < 0.01);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Adam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    simd: Simd,
}

impl Adam {
    /// An optimiser with these constants; PyTorch's defaults are 0.9, 0.999, 1e-8 and 0.
    ///
    /// # Errors
    /// A beta below 0 or not below 1; an epsilon or a weight decay that is negative or not finite.
    pub fn new(beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64) -> Result<Self, Error> {
        // A beta of 1 would keep the first gradients for ever, and the bias correction would divide by 1 - 1 = 0.
        for (what, value) in [("beta1 of Adam", beta1), ("beta2 of Adam", beta2)] {
            check_parameter(
                what,
                value,
                (0.0..1.0).contains(&value),
                "at least 0 and below 1",
            )?;
        }
        for (what, value) in [
            ("epsilon of Adam", epsilon),
            ("the weight decay of Adam", weight_decay),
        ] {
            check_parameter(
                what,
                value,
                value.is_finite() && value >= 0.0,
                "finite and at least 0",
            )?;
        }
        Ok(Self {
            beta1,
            beta2,
            epsilon,
            weight_decay,
            simd: Simd::detect(),
        })
    }

    #[cfg(test)]
    pub(crate) fn with_simd(self, simd: Simd) -> Self {
        Self { simd, ..self }
    }

    /// Performs step `time`, counted from 1: updates the parameters and both moments, which must be zeros before the
    /// first step.
    ///
    /// # Errors
    /// A learning rate that is negative or not finite, step 0, or slices of different lengths.
    pub fn step(
        &self,
        learning_rate: f64,
        time: usize,
        parameters: &mut [f32],
        gradients: &[f32],
        moment1: &mut [f32],
        moment2: &mut [f32],
    ) -> Result<(), Error> {
        let fits = learning_rate.is_finite() && learning_rate >= 0.0;
        check_parameter(
            "the learning rate",
            learning_rate,
            fits,
            "finite and at least 0",
        )?;
        if time == 0 {
            return Err(Error::Zero {
                what: "the step of Adam",
            });
        }
        let len = parameters.len();
        check_length("the gradients", gradients.len(), len)?;
        check_length("the first moment", moment1.len(), len)?;
        check_length("the second moment", moment2.len(), len)?;
        // All five slices are read and written in one pass: memory bandwidth limits the update, not arithmetic.
        let update = self.update_at(learning_rate, time as f64);
        let moments = moment1
            .chunks_mut(PART_LEN)
            .zip(moment2.chunks_mut(PART_LEN));
        let parts = parameters
            .chunks_mut(PART_LEN)
            .zip(gradients.chunks(PART_LEN))
            .zip(moments);
        for_each_part(parts, |((parameters, gradients), (moment1, moment2))| {
            let written = [parameters, moment1, moment2];
            map_slices(
                self.simd,
                &update,
                gradients.len(),
                [gradients],
                [],
                written,
            );
        });
        Ok(())
    }

    /// The constants of one step, computed in `f64`: `1 - beta2^time` cancels in `f32`.
    fn update_at(&self, learning_rate: f64, time: f64) -> Update {
        Update {
            weight_decay: self.weight_decay as f32,
            moment1_gain: (1.0 - self.beta1) as f32,
            moment2_decay: self.beta2 as f32,
            moment2_gain: (1.0 - self.beta2) as f32,
            moment2_correction: (1.0 - self.beta2.powf(time)).sqrt() as f32,
            epsilon: self.epsilon as f32,
            negative_rate: (-learning_rate / (1.0 - self.beta1.powf(time))) as f32,
        }
    }
}

fn check_parameter(
    what: &'static str,
    value: f64,
    fits: bool,
    must: &'static str,
) -> Result<(), Error> {
    if fits {
        Ok(())
    } else {
        Err(Error::Parameter {
            what,
            value: value.to_string(),
            must,
        })
    }
}

/// The constants of one step.
struct Update {
    weight_decay: f32,
    /// Weight of the new gradient in the first moment.
    moment1_gain: f32,
    /// Weight of the old second moment in the new one.
    moment2_decay: f32,
    /// Weight of the squared gradient in the second moment.
    moment2_gain: f32,
    /// Square root of the second moment's bias correction.
    moment2_correction: f32,
    epsilon: f32,
    /// The negative learning rate divided by the first moment's bias correction.
    negative_rate: f32,
}

impl Step<1, 0, 3> for Update {
    #[inline(always)]
    fn step_lanes<V: Vector>(
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
        // m1 = beta1 * m1 + (1 - beta1) * g, in PyTorch's form m1 + (1 - beta1) * (g - m1).
        let moment1 = (gradient - moment1).mul_add(token.splat(self.moment1_gain), moment1);
        // m2 = beta2 * m2 + (1 - beta2) * g².
        let square = gradient * token.splat(self.moment2_gain) * gradient;
        let moment2 = moment2.mul_add(token.splat(self.moment2_decay), square);
        // w = w - rate / (1 - beta1^t) * m1 / (sqrt(m2 / (1 - beta2^t)) + epsilon).
        let divisor =
            moment2.sqrt() / token.splat(self.moment2_correction) + token.splat(self.epsilon);
        let parameter = (moment1 / divisor).mul_add(token.splat(self.negative_rate), parameter);
        [parameter, moment1, moment2]
    }
}
