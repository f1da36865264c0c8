/// The errors of this crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An image without a pixel or a channel, or with more values than memory can hold.
    #[error(
        "an image of {channels} channels and {width}x{height} pixels is not possible: all three must be at least 1"
    )]
    InvalidShape {
        /// Values of a pixel.
        channels: usize,
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// A slice whose length does not match the given shape.
    #[error("{what}: expected {expected} values, found {found}")]
    Length {
        /// The slice.
        what: &'static str,
        /// The number of values of the shape.
        expected: usize,
        /// The length of the slice.
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
    /// A stride of zero, or one that leaves pixels between the patches.
    #[error(
        "a stride of {stride} pixels with patches of {patch} is not possible: it must be at least 1 and at most the \
         size of the patch, so that every pixel lies in a patch"
    )]
    InvalidStride {
        /// The stride along one axis.
        stride: usize,
        /// The patch's side along that axis.
        patch: usize,
    },
    /// A mean over zero patches.
    #[error("k is 0, but must be at least 1 patch")]
    InvalidCount,
    /// A fraction of the patches outside its range.
    #[error("k is the fraction {value} of all patches, but must be above 0 and at most 1 (100%)")]
    InvalidFraction {
        /// The fraction.
        value: f64,
    },
    /// A quantile outside 0 to 1.
    #[error("the quantile is {value}, but must be 0 to 1")]
    InvalidQuantile {
        /// The quantile.
        value: f64,
    },
    /// An unknown name.
    #[error("`{text}` is not a known {what}: write one of {known}")]
    Unknown {
        /// The kind of thing that is named.
        what: &'static str,
        /// The unknown name.
        text: String,
        /// The known names.
        known: &'static str,
    },
    /// Fewer or more windows than the plan has.
    #[error("{expected} windows were planned, {found} were scored")]
    WindowCount {
        /// The number of windows in the plan.
        expected: usize,
        /// The number of scored windows.
        found: usize,
    },
    /// A window with fewer or more values than frames that it scores.
    #[error("window {window} scores {expected} frames, {found} values were given")]
    WindowLength {
        /// The index of the window in the plan.
        window: usize,
        /// The number of frames that it scores.
        expected: usize,
        /// The number of values that were given.
        found: usize,
    },
    /// An array whose values do not lie in memory in the order of its indices.
    #[cfg(feature = "ndarray")]
    #[error(
        "the array is not contiguous in row-major order: pass `array.as_standard_layout().view()`"
    )]
    NotContiguous,
}
