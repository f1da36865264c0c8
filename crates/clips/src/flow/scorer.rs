use std::any::Any;
use std::sync::{Arc, Mutex};

use oddframe_core::{Delay, Error, FrameInput, PreparedFrame, Scorer, Settled, StreamInfo};

use super::FlowReader;
use super::resizer::FlowResizer;
use crate::window_scorer::{OpenFrame, PlainImage, WindowScorer};
use crate::{ClipScorer, FlowInput, ScoreOptions};

/// Scores videos with a network that sees optical flow.
///
/// ```text
/// frame ─▶ flow from the frame before ─▶ resize, clip ─▶ windows, batches, pools and edges as in NetworkScorer
/// ```
///
/// The flow from one frame to the next belongs to the second of them. A network that predicts a flow from the eight flows
/// before it therefore scores frame 9 first, and frames 0 to 8 are left to the edge policy. Delays are those of
/// [`NetworkScorer`](crate::NetworkScorer).
///
/// Scorers merge when they estimate the same flow: it is then estimated once, also for different networks. A network that
/// both use runs once.
///
/// ```
/// use oddframe_clips::{ClipScorer, FlowInput, FlowReader, FlowScorer, Measure, ScoreOptions};
/// use oddframe_core::{
///     ClipShape, Error, Frame, FrameInput, FrameNumber, Gaps, PixelFormat, PreparedFrame, Scorer, Settled, StreamInfo,
///     WindowSpec,
/// };
/// use oddframe_flow::{Dis, DisOptions};
/// use oddframe_score::{Channels, RootSum};
///
/// /// Predicts that nothing moves.
/// #[derive(Debug)]
/// struct Still(ClipShape);
///
/// impl ClipScorer for Still {
///     fn clip(&self) -> ClipShape {
///         self.0
///     }
///     fn reconstruct(&mut self, _: &[f32], _: usize, out: &mut [f32]) -> Result<(), Error> {
///         out.fill(0.0);
///         Ok(())
///     }
/// }
///
/// let gray = FrameInput::new(64, 48, PixelFormat::Gray)?;
/// let flow = FlowInput::new(gray, 32, 24)?;
/// let reader = FlowReader::new(Box::new(Dis::new(DisOptions::fast())?), Gaps::Span);
/// let measure = Measure::new(RootSum).with_channels(Channels::Sum);
/// let options = ScoreOptions::of_flow(flow, WindowSpec::new(1, 1)?, measure);
/// let mut scorer = FlowScorer::new(Box::new(Still(flow.clip(1))), reader, "dis", options)?;
///
/// // Three equal frames: nothing moves, and the first frame borrows the score of the second.
/// # let shape = oddframe_core::FrameShape::new(64, 48, PixelFormat::Gray)?;
/// let image = Frame::new(shape);
/// let mut settled = Settled::new();
/// scorer.start(&StreamInfo::new("01".into()))?;
/// for index in 0..3 {
///     let number = FrameNumber(index as u64);
///     scorer.push(&PreparedFrame { index, number, time: None, image: Some(&image) }, &mut settled)?;
/// }
/// scorer.finish(&mut settled)?;
/// let values: Vec<f64> = settled.take_scores(0).iter().map(|score| score.value).collect();
/// assert_eq!(values, [0.0; 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FlowScorer {
    reader: FlowReader,
    /// Names the method and everything that changes its results.
    flow_key: String,
    networks: Vec<FlowNetwork>,
}

/// A network, and what it sees of the flow.
#[derive(Debug)]
struct FlowNetwork {
    resizer: FlowResizer,
    image: PlainImage,
    windows: WindowScorer<PlainImage>,
}

impl FlowScorer {
    /// A scorer for a network that sees flow.
    ///
    /// `flow_key` names the method of the reader and everything that changes its results: scorers with equal keys and equal
    /// frames merge.
    ///
    /// # Errors
    /// When the options are for frames, or were made for another treatment of gaps than the reader's, the network takes
    /// clips of another shape than the flow and the windows give, predicts only some flows of a clip while the windows
    /// score every frame, or a batch has no clips.
    pub fn new(
        network: Box<dyn ClipScorer>,
        reader: FlowReader,
        flow_key: impl Into<String>,
        options: ScoreOptions,
    ) -> Result<Self, crate::Error> {
        let flow = options.flow.ok_or(crate::Error::NoFlow)?;
        if reader.gaps() != options.windows.gaps() {
            return Err(crate::Error::FlowGaps);
        }
        if reader.format() != options.input.format() {
            return Err(crate::Error::FlowFormat {
                wanted: reader.format(),
                found: options.input.format(),
            });
        }
        let clips = flow.clip(options.windows.length());
        let network = Arc::new(Mutex::new(network));
        Ok(Self {
            reader,
            flow_key: flow_key.into(),
            networks: vec![FlowNetwork::new(
                flow,
                WindowScorer::new(network, None, clips, options)?,
            )],
        })
    }

    /// States which network this is: a network that several merged scorers use runs once.
    #[must_use]
    pub fn with_model_key(self, key: impl Into<String>) -> Self {
        let key = key.into();
        let networks = self.networks.into_iter().map(|network| FlowNetwork {
            windows: network.windows.with_model_key(key.clone()),
            ..network
        });
        Self {
            networks: networks.collect(),
            ..self
        }
    }

    fn options(&self) -> &ScoreOptions {
        self.networks[0].windows.options()
    }

    /// Whether one estimate of the flow serves both scorers.
    fn shares_flow(&self, other: &Self) -> bool {
        let (one, two) = (self.options(), other.options());
        self.flow_key == other.flow_key
            && (one.input, one.windows.gaps()) == (two.input, two.windows.gaps())
            && self.is_idle()
            && other.is_idle()
    }

    /// Whether no video is being scored.
    fn is_idle(&self) -> bool {
        let mut networks = self.networks.iter();
        networks.all(|network| network.windows.is_idle())
    }

    /// Takes over the networks of another scorer, which are outputs from `first` on.
    fn merge_networks(&mut self, other: Self) {
        for network in other.networks {
            let first: usize = self
                .networks
                .iter()
                .map(|network| network.windows.count_outputs())
                .sum();
            let same = self
                .networks
                .iter_mut()
                .find(|own| own.windows.shares_runs(&network.windows));
            match same {
                Some(own) => own.windows.merge(network.windows, first),
                None => self.networks.push(FlowNetwork {
                    windows: network.windows.with_first_output(first),
                    ..network
                }),
            }
        }
    }
}

impl FlowNetwork {
    fn new(flow: FlowInput, windows: WindowScorer<PlainImage>) -> Self {
        Self {
            resizer: FlowResizer::new(flow),
            image: PlainImage::new(flow.clip(1).frame_values()),
            windows,
        }
    }
}

impl Scorer for FlowScorer {
    fn input(&self) -> FrameInput {
        self.options().input
    }

    fn start(&mut self, info: &StreamInfo) -> Result<(), Error> {
        self.reader.start_video();
        for network in &mut self.networks {
            network.windows.start_video(info)?;
        }
        Ok(())
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        let flow = match frame.image {
            Some(image) => self.reader.push_frame(image, frame.number)?,
            None => None,
        };
        let open = OpenFrame {
            number: frame.number,
            donor: frame.borrowed_from(),
            shown: flow.is_some(),
        };
        for FlowNetwork {
            resizer,
            image,
            windows,
        } in &mut self.networks
        {
            if let Some(flow) = flow {
                resizer.write_values(flow, image.values_mut())?;
            }
            windows.push_frame(open, flow.map(|_| &*image), settled)?;
        }
        Ok(())
    }

    fn finish(&mut self, settled: &mut Settled) -> Result<(), Error> {
        for network in &mut self.networks {
            network.windows.finish_video(settled)?;
        }
        Ok(())
    }

    fn delay(&self) -> Delay {
        let delays = self
            .networks
            .iter()
            .map(|network| match network.windows.delay() {
                Delay::Frames(frames) => Some(frames),
                Delay::WholeVideo => None,
            });
        // `None` stands for a delay until the end of the video, which exceeds all others.
        delays
            .collect::<Option<Vec<usize>>>()
            .map_or(Delay::WholeVideo, |delays| {
                Delay::Frames(delays.into_iter().max().unwrap_or(0))
            })
    }

    fn merge(&mut self, other: Box<dyn Scorer>) -> Result<(), Box<dyn Scorer>> {
        let scorer: &dyn Any = &*other;
        if !scorer
            .downcast_ref::<Self>()
            .is_some_and(|other| self.shares_flow(other))
        {
            return Err(other);
        }
        let other: Box<dyn Any> = other;
        if let Ok(other) = other.downcast::<Self>() {
            self.merge_networks(*other);
        }
        Ok(())
    }
}
