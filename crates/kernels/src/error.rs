use crate::Volumes;

/// What can be wrong with the shapes and slices handed to this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A size that must be at least one is zero.
    #[error("{what} is zero: every size must be at least 1")]
    Zero {
        /// Which size.
        what: &'static str,
    },
    /// The number of elements does not fit into memory's addresses.
    #[error("{what} has more elements than can be addressed: use a smaller batch or smaller sizes")]
    TooLarge {
        /// Which tensor.
        what: &'static str,
    },
    /// The window does not fit into the padded input along one axis.
    #[error(
        "the window covers {covers} positions along {axis}, the padded input has {padded}: use a smaller kernel or dilation, or more padding"
    )]
    WindowTooLarge {
        /// depth, height or width.
        axis: &'static str,
        /// Positions from the first to the last tap.
        covers: usize,
        /// Input positions with padding on both sides.
        padded: usize,
    },
    /// A transposed convolution whose padding leaves no output.
    #[error("padding of {padding} along {axis} takes away the whole output of a transposed convolution")]
    NothingLeft {
        /// depth, height or width.
        axis: &'static str,
        /// Padding along that axis.
        padding: usize,
    },
    /// Output padding must be smaller than the stride or the dilation.
    #[error(
        "output padding of {output_padding} along {axis} must be smaller than the stride ({stride}) or the dilation"
    )]
    OutputPadding {
        /// depth, height or width.
        axis: &'static str,
        /// What was asked for.
        output_padding: usize,
        /// Stride along that axis.
        stride: usize,
    },
    /// Channels are not a multiple of the groups.
    #[error("{channels} {what} channels cannot be split into {groups} groups")]
    Groups {
        /// input or output.
        what: &'static str,
        /// How many channels.
        channels: usize,
        /// How many groups.
        groups: usize,
    },
    /// A slice is not as long as its shape says.
    #[error("{what} holds {found} values and must hold {expected}")]
    Length {
        /// Which argument.
        what: &'static str,
        /// Its length.
        found: usize,
        /// What the shape asks for.
        expected: usize,
    },
    /// Packed weights made for another layer.
    #[error(
        "these weights were packed for another layer than the one from {input} to {output}: pack them with the layer that runs them"
    )]
    OtherLayer {
        /// Input of the layer that was to run.
        input: Volumes,
        /// Its output.
        output: Volumes,
    },
    /// A trace that no whole forward step of this layer left.
    #[error(
        "this trace was not left by a forward step of the layer whose steps give {output}: run its forward_training first"
    )]
    OtherTrace {
        /// The gates of one step of the layer that was to run.
        output: Volumes,
    },
    /// A number that must be positive and finite, or in a range, is not.
    #[error("{what} is {value}, it must be {must}")]
    Parameter {
        /// Which parameter.
        what: &'static str,
        /// What was given, as text.
        value: String,
        /// What is allowed.
        must: &'static str,
    },
}

/// Refuses a slice whose length is not what its shape says.
pub(crate) fn check_length(what: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::Length { what, found, expected }) }
}
