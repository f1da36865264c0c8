use oddframe_core::{FrameShape, PixelFormat};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The two frames differ in size or format.
    #[error("flow needs two frames of one shape, but one is {previous} and the other {next}")]
    DifferentShapes {
        /// Shape of the first frame.
        previous: FrameShape,
        /// Shape of the second frame.
        next: FrameShape,
    },
    /// A method that is defined elsewhere, such as a network, failed.
    #[error("{method}: {source}")]
    Method {
        /// The method's name.
        method: &'static str,
        /// Its error.
        #[source]
        source: oddframe_core::SharedError,
    },
    /// The method takes frames of another pixel format.
    #[error("this method of optical flow takes {} frames, not {found}; convert them first", format_name(*.wanted))]
    WrongFormat {
        /// The format of [`EstimateFlow::format`](crate::EstimateFlow::format).
        wanted: PixelFormat,
        /// Shape of the frames.
        found: FrameShape,
    },
    /// The frames are too small for the method.
    #[error(
        "frames of {found} are too small for this method: the shorter side needs at least {shorter} pixels and the \
         longer one {longer}"
    )]
    TooSmall {
        /// Shape of the frames.
        found: FrameShape,
        /// The least length of the shorter side.
        shorter: usize,
        /// The least length of the longer side.
        longer: usize,
    },
    /// An option is outside its range.
    #[error("{option} is {value}, but must be {wanted}")]
    InvalidOption {
        /// The option, as its field is called.
        option: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        wanted: &'static str,
    },
    /// A flow without pixels has no picture, and nothing can be resized to no pixels.
    #[error("a flow of {width}x{height} pixels has no picture and cannot be resized")]
    EmptyFlow {
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// A picture of this size is not possible.
    #[error("no picture of this flow is possible")]
    Picture(#[source] oddframe_core::Error),
}

fn format_name(format: PixelFormat) -> &'static str {
    match format {
        PixelFormat::Gray => "gray",
        PixelFormat::Rgb => "RGB",
    }
}

impl Error {
    /// Refuses an option unless it is in range. Not a number is never in range.
    pub(crate) fn check_option(
        option: &'static str,
        value: f64,
        in_range: bool,
        wanted: &'static str,
    ) -> Result<(), Self> {
        if in_range {
            Ok(())
        } else {
            Err(Self::InvalidOption {
                option,
                value,
                wanted,
            })
        }
    }
}
