/// What can be wrong with a layer's parameters and with the shapes handed to its frozen form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A size that must be at least one is zero.
    #[error("{layer}: {what} is zero; it must be at least 1")]
    Zero {
        /// Which layer.
        layer: &'static str,
        /// Which size.
        what: &'static str,
    },
    /// Channels that groups do not divide.
    #[error("{layer}: {channels} {what} channels cannot be split into {groups} groups; use a divisor")]
    Groups {
        /// Which layer.
        layer: &'static str,
        /// input or output.
        what: &'static str,
        /// How many channels.
        channels: usize,
        /// How many groups.
        groups: usize,
    },
    /// A number outside its range.
    #[error("{layer}: {name} is {value}; it must be {must}")]
    Parameter {
        /// Which layer.
        layer: &'static str,
        /// The parameter's name.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is accepted.
        must: &'static str,
    },
    /// A layer that does not take what the layer before it gives.
    #[error("layer {place} of the frozen chain, {layer}: it takes {expected} and is given {found}")]
    Chain {
        /// The layer's place in the chain, from 1.
        place: usize,
        /// Which layer.
        layer: &'static str,
        /// What the layer takes.
        expected: String,
        /// What it would be given.
        found: String,
    },
    /// Values whose number does not fit the shape that goes with them.
    #[error("{what}: {expected} values expected, {found} found")]
    Length {
        /// What the values are.
        what: &'static str,
        /// The number the shape asks for.
        expected: usize,
        /// The number there is.
        found: usize,
    },
    /// What the kernels refuse.
    #[cfg(feature = "flex")]
    #[error(transparent)]
    Kernel(#[from] oddframe_kernels::Error),
    /// A parameter that could not be read as 32-bit floats.
    #[error("{what} cannot be read as 32-bit floats")]
    Values {
        /// Which parameter.
        what: &'static str,
        /// Burn's reason.
        #[source]
        source: burn::tensor::DataError,
    },
}

/// Refuses a size of zero.
pub(crate) fn at_least_one(layer: &'static str, sizes: &[(&'static str, usize)]) -> Result<(), Error> {
    match sizes.iter().find(|(_, size)| *size == 0) {
        Some(&(what, _)) => Err(Error::Zero { layer, what }),
        None => Ok(()),
    }
}

/// Refuses a number that is not in its range.
pub(crate) fn in_range(
    layer: &'static str,
    name: &'static str,
    value: f64,
    fits: bool,
    must: &'static str,
) -> Result<(), Error> {
    if fits { Ok(()) } else { Err(Error::Parameter { layer, name, value, must }) }
}
