/// Everything that can go wrong between an error map and a frame's score.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An image without a pixel or a channel, or one too large to hold.
    #[error("an image of {channels} channels and {width}x{height} pixels is not possible")]
    InvalidShape {
        /// Values a pixel.
        channels: usize,
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// A slice whose length does not fit the shape that goes with it.
    #[error("{what}: {expected} values expected, {found} found")]
    Length {
        /// What the values are.
        what: &'static str,
        /// The number the shape asks for.
        expected: usize,
        /// The number there is.
        found: usize,
    },
    /// A patch with a side of zero.
    #[error("a patch of {width}x{height} pixels is not possible: sides must be at least 1")]
    InvalidPatch {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
    /// A stride of zero, or one that steps over pixels.
    #[error(
        "a stride of {stride} pixels with patches of {patch} is not possible: it must be at least 1, and at \
         most the patch, or pixels would lie in no patch"
    )]
    InvalidStride {
        /// The stride along one axis.
        stride: usize,
        /// The patch's side along that axis.
        patch: usize,
    },
    /// The mean of no patches.
    #[error("k=0 leaves no patch to take the mean of; it must be at least 1")]
    InvalidCount,
    /// A share of the patches that is none.
    #[error("k is {value} of all patches; a fraction must be above 0 and at most 1 (100%)")]
    InvalidFraction {
        /// The share.
        value: f64,
    },
    /// A quantile outside 0 to 1.
    #[error("a quantile of {value} is not possible; it must be 0 to 1")]
    InvalidQuantile {
        /// The quantile.
        value: f64,
    },
    /// A word that names nothing.
    #[error("`{text}` is no {what}; known are {known}")]
    Unknown {
        /// What was to be named.
        what: &'static str,
        /// The word.
        text: String,
        /// The words there are.
        known: &'static str,
    },
    /// A pool's text whose brackets do not match.
    #[error("`{text}` is not written as NAME or NAME(VALUE, ...): the bracket is not closed at the end")]
    Brackets {
        /// The text.
        text: String,
    },
    /// A parameter that the pool does not have.
    #[error("the pool {pool} has no parameter `{text}`; write it as {usage}")]
    UnknownParameter {
        /// The pool.
        pool: &'static str,
        /// The parameter.
        text: String,
        /// How the pool is written.
        usage: &'static str,
    },
    /// A parameter given twice.
    #[error("the pool {pool} is given `{name}` twice; write it as {usage}")]
    RepeatedParameter {
        /// The pool.
        pool: &'static str,
        /// The parameter.
        name: &'static str,
        /// How the pool is written.
        usage: &'static str,
    },
    /// A parameter that the pool cannot do without.
    #[error("the pool {pool} needs `{name}`; write it as {usage}")]
    MissingParameter {
        /// The pool.
        pool: &'static str,
        /// The parameter.
        name: &'static str,
        /// How the pool is written.
        usage: &'static str,
    },
    /// A parameter whose value cannot be read.
    #[error("the pool {pool}: `{text}` is no {expected}; write it as {usage}")]
    BadParameter {
        /// The pool.
        pool: &'static str,
        /// The value.
        text: String,
        /// What it should be.
        expected: &'static str,
        /// How the pool is written.
        usage: &'static str,
    },
    /// Fewer or more windows than were planned.
    #[error("{expected} windows were planned, {found} were scored")]
    WindowCount {
        /// How many were planned.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// A window with fewer or more values than frames it scores.
    #[error("window {window} scores {expected} frames, {found} values were given")]
    WindowLength {
        /// Which window of the plan, from 0.
        window: usize,
        /// How many frames it scores.
        expected: usize,
        /// How many values came.
        found: usize,
    },
}
