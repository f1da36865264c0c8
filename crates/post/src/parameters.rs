//! The parameters of operations: how they are declared, and the checks that several operations share.

use crate::error::Error;

/// A parameter of an operation, as its [`Signature`](crate::Signature) declares it.
///
/// ```
/// use oddframe_post::Parameter;
///
/// const PARAMETERS: &[Parameter] = &[Parameter::required("sigma"), Parameter::optional("truncate", 4.0)];
/// assert_eq!(PARAMETERS[1].default, Some(4.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// The name in the text of a chain.
    pub name: &'static str,
    /// The value if the text does not mention the parameter; `None` if it must.
    pub default: Option<f64>,
}

impl Parameter {
    /// A parameter without a default.
    pub const fn required(name: &'static str) -> Self {
        Self {
            name,
            default: None,
        }
    }

    /// A parameter with a default.
    pub const fn optional(name: &'static str, default: f64) -> Self {
        Self {
            name,
            default: Some(default),
        }
    }
}

/// The parameter of operations that have only a window.
pub(crate) const WINDOW: &[Parameter] = &[Parameter::required("window")];

/// The largest window in frames: more than an hour of video.
pub(crate) const MAX_WINDOW: usize = 100_000;

/// Checks that a window has 1 to [`MAX_WINDOW`] frames.
pub(crate) fn check_window(step: &'static str, window: usize) -> Result<usize, Error> {
    if (1..=MAX_WINDOW).contains(&window) {
        return Ok(window);
    }
    let needs = "a whole number of frames from 1 to 100000";
    Err(Error::parameter(step, "window", window as f64, needs))
}

/// Converts a number from the text of a chain into a count.
pub(crate) fn to_count(step: &'static str, name: &'static str, value: f64) -> Result<usize, Error> {
    const MAX: f64 = u32::MAX as f64;
    if (0.0..=MAX).contains(&value) && value.fract() == 0.0 {
        Ok(value as usize)
    } else {
        let needs = "a whole number from 0 to 4294967295";
        Err(Error::parameter(step, name, value, needs))
    }
}
