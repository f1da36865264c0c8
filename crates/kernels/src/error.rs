/// An error in the shapes, slices or parameters that a caller passes in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A size of zero.
    #[error("{what} is zero; it must be at least 1")]
    Zero {
        /// Which size.
        what: &'static str,
    },
    /// A tensor with more elements than memory can address.
    #[error(
        "{what} has more elements than memory can address; use a smaller batch or smaller sizes"
    )]
    TooLarge {
        /// Which tensor.
        what: &'static str,
    },
    /// A window that does not fit into the padded input along one axis.
    #[error(
        "the window covers {covers} positions along {axis}, but the padded input has {padded}; use a smaller kernel or dilation, or more padding"
    )]
    WindowTooLarge {
        /// Depth, height or width.
        axis: &'static str,
        /// Positions from the first to the last tap.
        covers: usize,
        /// Input positions with padding on both sides.
        padded: usize,
    },
    /// A transposed convolution whose padding removes the whole output.
    #[error(
        "padding of {padding} along {axis} removes the whole output of a transposed convolution; use less padding"
    )]
    NothingLeft {
        /// Depth, height or width.
        axis: &'static str,
        /// Padding along that axis.
        padding: usize,
    },
    /// An output padding that is smaller than neither the stride nor the dilation.
    #[error(
        "output padding of {output_padding} along {axis} must be smaller than the stride ({stride}) or the dilation"
    )]
    OutputPadding {
        /// Depth, height or width.
        axis: &'static str,
        /// The output padding along that axis.
        output_padding: usize,
        /// Stride along that axis.
        stride: usize,
    },
    /// A number of channels that the number of groups does not divide.
    #[error("{channels} {what} channels cannot be split into {groups} groups; use a divisor")]
    Groups {
        /// Input or output.
        what: &'static str,
        /// Number of channels.
        channels: usize,
        /// Number of groups.
        groups: usize,
    },
    /// A slice whose length differs from that of its shape.
    #[error("{what} has {found} values; its shape needs {expected}")]
    Length {
        /// Which argument.
        what: &'static str,
        /// Length of the slice.
        found: usize,
        /// Length that the shape needs.
        expected: usize,
    },
    /// Weights that were packed for another layer.
    #[error(
        "these weights were packed for another layer than the one from {input} to {output}; pack them with the layer that runs them"
    )]
    OtherLayer {
        /// Shape of the input of the layer that was called.
        input: String,
        /// Shape of its output.
        output: String,
    },
    /// A trace that was not recorded by a completed forward pass of this layer.
    #[error(
        "this trace was not recorded by the layer whose gates are {output}; call forward_training of that layer first"
    )]
    OtherTrace {
        /// Shape of the gates of one step of the layer that was called.
        output: String,
    },
    /// A parameter outside its range.
    #[error("{what} is {value}; it must be {must}")]
    Parameter {
        /// Which parameter.
        what: &'static str,
        /// The value, as text.
        value: String,
        /// The values that are allowed.
        must: &'static str,
    },
}

/// Refuses a slice whose length differs from that of its shape.
pub(crate) fn check_length(what: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected {
        Ok(())
    } else {
        Err(Error::Length {
            what,
            found,
            expected,
        })
    }
}
