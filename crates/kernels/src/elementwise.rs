//! Activations over slices, forward and backward.

use crate::activation::Activation;
use crate::error::{Error, check_length};
use crate::partition::{PART_LEN, for_each_part};
use crate::simd::{Lanes, Simd, Step, Token, Vector, map_slices};

impl Activation {
    /// Applies the activation to every value. NaN stays NaN.
    ///
    /// The absolute error of sigmoid and hyperbolic tangent is at most 2e-7; the relative error of the hyperbolic
    /// tangent is at most 3e-7.
    pub fn apply(self, values: &mut [f32]) {
        self.apply_with_simd(Simd::detect(), values);
    }

    pub(crate) fn apply_with_simd(self, simd: Simd, values: &mut [f32]) {
        if self != Self::Identity {
            for_each_part(values.chunks_mut(PART_LEN), |values| {
                map_slices(simd, &Apply(self), values.len(), [], [], [values]);
            });
        }
    }

    /// Multiplies a gradient by the derivative, in place: `dy *= activation'(x)`, computed from the output
    /// `y = activation(x)`. At zero, where the rectifiers have no derivative, it is that of the negative side; at
    /// 6 that of `Relu6` is 0.
    ///
    /// # Errors
    /// Slices of different lengths, or a slope that is negative or not finite: the derivative cannot be computed from
    /// the output then.
    pub fn gradient(self, y: &[f32], dy: &mut [f32]) -> Result<(), Error> {
        self.gradient_with_simd(Simd::detect(), y, dy)
    }

    pub(crate) fn gradient_with_simd(
        self,
        simd: Simd,
        y: &[f32],
        dy: &mut [f32],
    ) -> Result<(), Error> {
        self.check_slope()?;
        check_length("the output", y.len(), dy.len())?;
        if self != Self::Identity {
            for_each_part(
                y.chunks(PART_LEN).zip(dy.chunks_mut(PART_LEN)),
                |(y, dy)| {
                    map_slices(simd, &Gradient(self), y.len(), [y], [], [dy]);
                },
            );
        }
        Ok(())
    }

    /// [`gradient`](Self::gradient) that writes to `dx` and leaves `dy` unchanged.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    pub fn gradient_into(self, y: &[f32], dy: &[f32], dx: &mut [f32]) -> Result<(), Error> {
        self.gradient_into_with_simd(Simd::detect(), y, dy, dx)
    }

    pub(crate) fn gradient_into_with_simd(
        self,
        simd: Simd,
        y: &[f32],
        dy: &[f32],
        dx: &mut [f32],
    ) -> Result<(), Error> {
        self.check_slope()?;
        check_length("the output", y.len(), dy.len())?;
        check_length("the input's gradient", dx.len(), dy.len())?;
        let parts = y
            .chunks(PART_LEN)
            .zip(dy.chunks(PART_LEN))
            .zip(dx.chunks_mut(PART_LEN));
        for_each_part(parts, |((y, dy), dx)| {
            map_slices(simd, &Gradient(self), y.len(), [y, dy], [], [dx]);
        });
        Ok(())
    }

    /// `dy * activation'`, computed from the output.
    #[inline(always)]
    pub(crate) fn gradient_from_output<V: Vector>(
        self,
        token: Token<V>,
        y: Lanes<V>,
        dy: Lanes<V>,
    ) -> Lanes<V> {
        match self {
            Self::Identity => dy,
            // The output of a rectifier is positive exactly where its input is.
            Self::Relu => y.select_positive(dy, token.splat(0.0)),
            // Between its bounds, where both y and 6 - y are positive, it is the identity.
            Self::Relu6 => {
                let zero = token.splat(0.0);
                y.select_positive((token.splat(6.0) - y).select_positive(dy, zero), zero)
            }
            Self::LeakyRelu(slope) => y.select_positive(dy, dy * token.splat(slope)),
            Self::Sigmoid => dy * (y * (token.splat(1.0) - y)),
            // 1 - y² as a product of differences: near |y| = 1 the rounding error of y² would be as large as the
            // result.
            Self::Tanh => dy * ((token.splat(1.0) - y) * (token.splat(1.0) + y)),
        }
    }

    /// `dy * activation'`, computed from the input of the activation.
    #[inline(always)]
    pub(crate) fn gradient_from_input<V: Vector>(
        self,
        token: Token<V>,
        x: Lanes<V>,
        dy: Lanes<V>,
    ) -> Lanes<V> {
        match self {
            // The derivative depends on the side of each bound that the value lies on, which input and output share.
            Self::Identity | Self::Relu | Self::Relu6 | Self::LeakyRelu(_) => {
                self.gradient_from_output(token, x, dy)
            }
            Self::Sigmoid | Self::Tanh => self.gradient_from_output(token, x.activate(self), dy),
        }
    }
}

struct Apply(Activation);

impl Step<0, 0, 1> for Apply {
    #[inline(always)]
    fn step_lanes<V: Vector>(
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
    fn step_lanes<V: Vector>(
        &self,
        token: Token<V>,
        [y]: [Lanes<V>; 1],
        _: [Lanes<V>; 0],
        [dy]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [self.0.gradient_from_output(token, y, dy)]
    }
}

impl Step<2, 0, 1> for Gradient {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        token: Token<V>,
        [y, dy]: [Lanes<V>; 2],
        _: [Lanes<V>; 0],
        _: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [self.0.gradient_from_output(token, y, dy)]
    }
}
