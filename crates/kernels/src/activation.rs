use crate::Error;
use crate::each::{PART, each};
use crate::error::check_length;
use crate::simd::{Lanes, Simd, Step, Token, Vector, map};

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
    /// Applies it to every value. NaN stays NaN.
    ///
    /// Sigmoid and hyperbolic tangent are within 2e-7 of the exact value, the tangent within 3e-7 of it relative to
    /// its size.
    pub fn apply(self, values: &mut [f32]) {
        self.apply_by(Simd::detect(), values);
    }

    pub(crate) fn apply_by(self, simd: Simd, values: &mut [f32]) {
        if self != Self::Identity {
            each(values.chunks_mut(PART), |values| {
                map(simd, &Apply(self), values.len(), [], [], [values]);
            });
        }
    }

    /// Takes a gradient through it, in place: `dy *= activation'(x)`, told from the output `y = activation(x)`.
    /// Where the rectified kinds have no derivative, at zero, it is that of the negative side.
    ///
    /// # Errors
    /// Slices of different lengths, or a slope that is negative or not finite: the output tells nothing then.
    pub fn gradient(self, y: &[f32], dy: &mut [f32]) -> Result<(), Error> {
        self.gradient_by(Simd::detect(), y, dy)
    }

    pub(crate) fn gradient_by(self, simd: Simd, y: &[f32], dy: &mut [f32]) -> Result<(), Error> {
        self.check()?;
        check_length("the output", y.len(), dy.len())?;
        if self != Self::Identity {
            each(y.chunks(PART).zip(dy.chunks_mut(PART)), |(y, dy)| {
                map(simd, &Gradient(self), y.len(), [y], [], [dy]);
            });
        }
        Ok(())
    }

    /// [`gradient`](Self::gradient) that leaves `dy` as it is and writes to `dx`.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    pub fn gradient_into(self, y: &[f32], dy: &[f32], dx: &mut [f32]) -> Result<(), Error> {
        self.gradient_into_by(Simd::detect(), y, dy, dx)
    }

    pub(crate) fn gradient_into_by(
        self,
        simd: Simd,
        y: &[f32],
        dy: &[f32],
        dx: &mut [f32],
    ) -> Result<(), Error> {
        self.check()?;
        check_length("the output", y.len(), dy.len())?;
        check_length("the input's gradient", dx.len(), dy.len())?;
        each(y.chunks(PART).zip(dy.chunks(PART)).zip(dx.chunks_mut(PART)), |((y, dy), dx)| {
            map(simd, &Gradient(self), y.len(), [y, dy], [], [dx]);
        });
        Ok(())
    }

    /// Refuses a slope whose side the output does not tell.
    pub(crate) fn check(self) -> Result<(), Error> {
        match self {
            Self::LeakyRelu(slope) if !(slope.is_finite() && slope >= 0.0) => Err(Error::Parameter {
                what: "the slope of a leaky ReLU",
                value: slope.to_string(),
                must: "finite and at least 0",
            }),
            _ => Ok(()),
        }
    }

    /// `dy * activation'`, told from the output.
    #[inline(always)]
    pub(crate) fn gradient_of<V: Vector>(self, token: Token<V>, y: Lanes<V>, dy: Lanes<V>) -> Lanes<V> {
        match self {
            Self::Identity => dy,
            Self::Relu => y.select_positive(dy, token.splat(0.0)),
            Self::LeakyRelu(slope) => y.select_positive(dy, dy * token.splat(slope)),
            Self::Sigmoid => dy * (y * (token.splat(1.0) - y)),
            // 1 - y² without the rounding of y², which is all there is of it near one.
            Self::Tanh => dy * ((token.splat(1.0) - y) * (token.splat(1.0) + y)),
        }
    }

    /// `dy * activation'`, told from what the activation is applied to.
    #[inline(always)]
    pub(crate) fn gradient_at<V: Vector>(self, token: Token<V>, x: Lanes<V>, dy: Lanes<V>) -> Lanes<V> {
        match self {
            // The input has the sign of the output.
            Self::Identity | Self::Relu | Self::LeakyRelu(_) => self.gradient_of(token, x, dy),
            Self::Sigmoid | Self::Tanh => self.gradient_of(token, x.activate(self), dy),
        }
    }
}

struct Apply(Activation);

impl Step<0, 0, 1> for Apply {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        _: Token<V>,
        _: [Lanes<V>; 0],
        _: [Lanes<V>; 0],
        [x]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [x.activate(self.0)]
    }
}

struct Gradient(Activation);

impl Step<1, 0, 1> for Gradient {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        token: Token<V>,
        [y]: [Lanes<V>; 1],
        _: [Lanes<V>; 0],
        [dy]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [self.0.gradient_of(token, y, dy)]
    }
}

impl Step<2, 0, 1> for Gradient {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        token: Token<V>,
        [y, dy]: [Lanes<V>; 2],
        _: [Lanes<V>; 0],
        _: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [self.0.gradient_of(token, y, dy)]
    }
}
