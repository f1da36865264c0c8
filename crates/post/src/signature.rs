use crate::{
    Error, SharedTransform, ema, gaussian, median, minmax, moving_average, percentile_clip, rank, robust_z,
    rolling, round, savgol, uniform, zscore,
};

/// How an operation is written: its name and its parameters, and how it is made of them.
#[derive(Debug)]
pub struct Signature {
    /// The name in a chain's text.
    pub name: &'static str,
    /// Whether it mixes a frame's score with those of its neighbours: it has to stop at a video's borders then,
    /// and runs per video unless told otherwise; the others run over the whole set.
    pub smooths: bool,
    /// The parameters, in order.
    pub parameters: &'static [Parameter],
    /// Makes the operation. The parser gives it exactly one value for each parameter, in order; it may panic on
    /// any other number of them.
    pub build: fn(&[f64]) -> Result<SharedTransform, Error>,
}

/// A parameter of an operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// The name in a chain's text.
    pub name: &'static str,
    /// The value it has where it is not written.
    pub default: Option<f64>,
}

impl Parameter {
    /// A parameter that has to be written.
    pub const fn required(name: &'static str) -> Self {
        Self { name, default: None }
    }

    /// A parameter that may be left out.
    pub const fn optional(name: &'static str, default: f64) -> Self {
        Self { name, default: Some(default) }
    }
}

/// Every operation that can be written in a chain.
pub(crate) static KNOWN: [&Signature; 13] = [
    &gaussian::SIGNATURE,
    &uniform::SIGNATURE,
    &moving_average::SIGNATURE,
    &rolling::SIGNATURE,
    &median::SIGNATURE,
    &savgol::SIGNATURE,
    &ema::SIGNATURE,
    &minmax::SIGNATURE,
    &percentile_clip::SIGNATURE,
    &zscore::SIGNATURE,
    &robust_z::SIGNATURE,
    &rank::SIGNATURE,
    &round::SIGNATURE,
];

/// A written value as a count.
pub(crate) fn whole(step: &'static str, name: &'static str, value: f64) -> Result<usize, Error> {
    const MAX: f64 = u32::MAX as f64;
    if (0.0..=MAX).contains(&value) && value.fract() == 0.0 {
        Ok(value as usize)
    } else {
        Err(Error::Parameter { step, name, value, needs: "a whole number" })
    }
}

/// A written window, its only parameter.
pub(crate) const WINDOW: &[Parameter] = &[Parameter::required("window")];
