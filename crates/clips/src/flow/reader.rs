use std::fmt;

use oddframe_core::{Error, Frame, FrameNumber, Gaps, PixelFormat};
use oddframe_flow::{EstimateFlow, Flow};

/// Estimates the flow between the frames of a video, which come one by one.
///
/// The flow from one frame to the next belongs to the second of them. The first frame of a video has none, and under
/// [`Gaps::Break`] neither has the first frame after a gap in the numbers.
///
/// ```
/// use oddframe_clips::FlowReader;
/// use oddframe_core::{Frame, FrameNumber, FrameShape, Gaps, PixelFormat};
/// use oddframe_flow::{Error, EstimateFlow, Flow};
///
/// /// Finds no motion anywhere.
/// struct Still;
///
/// impl EstimateFlow for Still {
///     fn format(&self) -> PixelFormat {
///         PixelFormat::Gray
///     }
///     fn estimate(&mut self, _: &Frame, next: &Frame, flow: &mut Flow) -> Result<(), Error> {
///         *flow = Flow::new(next.shape().width(), next.shape().height());
///         Ok(())
///     }
/// }
///
/// let mut reader = FlowReader::new(Box::new(Still), Gaps::Break);
/// let frame = Frame::new(FrameShape::new(8, 8, PixelFormat::Gray)?);
/// let mut flows = Vec::new();
/// reader.start_video();
/// for number in [1, 2, 3, 10, 11] {
///     flows.push(reader.push_frame(&frame, FrameNumber(number))?.is_some());
/// }
/// assert_eq!(flows, [false, true, true, false, true]);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
pub struct FlowReader {
    estimator: Box<dyn EstimateFlow>,
    gaps: Gaps,
    /// The frame before, and its number; none at the start of a video.
    previous: Option<FrameNumber>,
    frame: Frame,
    flow: Flow,
}

impl fmt::Debug for FlowReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowReader")
            .field("format", &self.format())
            .field("gaps", &self.gaps)
            .finish_non_exhaustive()
    }
}

impl FlowReader {
    /// Reads flow with this method.
    pub fn new(estimator: Box<dyn EstimateFlow>, gaps: Gaps) -> Self {
        Self {
            estimator,
            gaps,
            previous: None,
            frame: Frame::default(),
            flow: Flow::default(),
        }
    }

    /// The format of the frames that the method wants.
    pub fn format(&self) -> PixelFormat {
        self.estimator.format()
    }

    /// Whether flow is also estimated between frames with a gap between their numbers.
    pub(super) fn gaps(&self) -> Gaps {
        self.gaps
    }

    /// Begins a video: the next frame has no flow.
    pub fn start_video(&mut self) {
        self.previous = None;
        // A method may start from the flow before: that of another video must not count.
        self.flow = Flow::default();
    }

    /// Takes the next frame and gives the flow that belongs to it, if there is one.
    ///
    /// # Errors
    /// When the frame has another shape than the one before it, or the method cannot use frames of this size.
    pub fn push_frame(
        &mut self,
        frame: &Frame,
        number: FrameNumber,
    ) -> Result<Option<&Flow>, Error> {
        let flows = self
            .previous
            .is_some_and(|before| has_flow(before, number, self.gaps));
        if flows {
            self.estimator
                .estimate(&self.frame, frame, &mut self.flow)
                .map_err(flow_error)?;
        }
        self.previous = Some(number);
        self.frame.copy_from(frame);
        Ok(flows.then_some(&self.flow))
    }
}

/// For `map_err`: an error of the method.
pub(super) fn flow_error(source: oddframe_flow::Error) -> Error {
    Error::System {
        system: "optical flow",
        source: source.into(),
    }
}

/// Whether a frame after another one has a flow.
pub(super) fn has_flow(before: FrameNumber, number: FrameNumber, gaps: Gaps) -> bool {
    gaps == Gaps::Span || before.0.checked_add(1) == Some(number.0)
}
