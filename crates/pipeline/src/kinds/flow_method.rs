use oddframe_core::{Error, Frame, FrameInput, FrameShape, PixelFormat, SharedError};
use oddframe_flow::{Dis, DisOptions, EstimateFlow, Farneback, FarnebackOptions, Flow};
use oddframe_models::{RaftFlow, RaftOptions, WeightsSource};
use oddframe_nn::Kernels;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The seed of random weights. Members share the flow, so that it is not the seed of the system.
const RANDOM_SEED: u64 = 0;
/// The shortest side of a frame for RAFT: padded to a multiple of eight, it has 128 pixels.
const RAFT_SIDE: usize = 121;

/// How optical flow is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum FlowMethod {
    /// Farnebäck's method, between gray frames; `farneback` has its options.
    Farneback,
    /// Dense Inverse Search, between gray frames; `dis` has its options.
    Dis,
    /// RAFT, a network, between RGB frames; `raft_weights` names its weights.
    Raft,
}

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SizeSettings {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl SizeSettings {
    pub(super) const fn new(width: usize, height: usize) -> Self {
        Self { width, height }
    }
}

/// Where the flow of a system comes from: the method with its options, and the size of the frames.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FlowSource {
    pub(super) method: FlowMethod,
    pub(super) raft_weights: Option<WeightsSource>,
    pub(super) frames: SizeSettings,
    pub(super) farneback: FarnebackOptions,
    pub(super) dis: DisOptions,
    pub(super) raft: RaftOptions,
}

/// The weights of RAFT that a recipe names: the path of a file, or `random`.
pub(super) fn parse_raft_weights(setting: Option<&str>) -> Option<WeightsSource> {
    setting.map(|setting| WeightsSource::from_setting(setting, RANDOM_SEED))
}

impl FlowSource {
    /// The method that is used: RAFT without weights is replaced by Dense Inverse Search.
    fn used_method(&self) -> FlowMethod {
        match (self.method, &self.raft_weights) {
            (FlowMethod::Raft, None) => FlowMethod::Dis,
            (method, _) => method,
        }
    }

    /// The warning about a method that is replaced by another one, or whose flow means nothing.
    pub(super) fn warning(&self) -> Option<&'static str> {
        match (self.method, &self.raft_weights) {
            (FlowMethod::Raft, None) => Some(
                "flow is `raft`, but `raft_weights` names no weights: the flow is estimated by `dis` instead; give the \
                 path of RAFT's weights, or choose flow = \"dis\"",
            ),
            (FlowMethod::Raft, Some(WeightsSource::Random { .. })) => Some(
                "raft_weights is `random`: the flow of a RAFT that was never trained means nothing; give the path of \
                 RAFT's weights, or choose flow = \"dis\"",
            ),
            _ => None,
        }
    }

    /// The frames that flow is estimated between.
    pub(super) fn frame_input(&self) -> Result<FrameInput, Error> {
        let format = match self.used_method() {
            FlowMethod::Farneback | FlowMethod::Dis => PixelFormat::Gray,
            FlowMethod::Raft => PixelFormat::Rgb,
        };
        FrameInput::new(self.frames.width, self.frames.height, format)
    }

    /// Names the method with the options that it uses: equal keys mean equal flow.
    pub(super) fn key(&self) -> String {
        let key = match self.used_method() {
            FlowMethod::Farneback => json!(["farneback", self.frames, self.farneback]),
            FlowMethod::Dis => json!(["dis", self.frames, self.dis]),
            FlowMethod::Raft => json!(["raft", self.frames, self.raft_weights, self.raft]),
        };
        key.to_string()
    }

    /// Checks the options, that the weights exist, and that the method can use frames of this size.
    pub(super) fn check(&self) -> Result<(), SharedError> {
        let SizeSettings { width, height } = self.frames;
        let mut estimator: Box<dyn EstimateFlow> = match self.used_method() {
            FlowMethod::Farneback => Box::new(self.open_farneback()?),
            FlowMethod::Dis => Box::new(self.open_dis()?),
            FlowMethod::Raft => return self.check_raft(),
        };
        // A try on two black frames costs milliseconds, and fails now instead of after hours.
        let black = Frame::new(FrameShape::new(width, height, estimator.format())?);
        estimator
            .estimate(&black, &black, &mut Flow::default())
            .map_err(|error| {
                format!("frames = {{ width = {width}, height = {height} }}: {error}").into()
            })
    }

    /// The same for RAFT, whose weights are read when it is opened.
    fn check_raft(&self) -> Result<(), SharedError> {
        let SizeSettings { width, height } = self.frames;
        if width.min(height) < RAFT_SIDE {
            return Err(format!(
                "frames = {{ width = {width}, height = {height} }}: raft needs at least {RAFT_SIDE} pixels on both sides"
            )
            .into());
        }
        match &self.raft_weights {
            Some(WeightsSource::File(path)) if !path.is_file() => Err(format!(
                "raft_weights: there is no file `{}`; give the path of RAFT's weights, or choose flow = \"dis\"",
                path.display()
            )
            .into()),
            _ => Ok(()),
        }
    }

    /// Opens the method; networks run on the device.
    pub(super) fn open<B: Kernels>(
        &self,
        device: &B::Device,
    ) -> Result<Box<dyn EstimateFlow>, SharedError> {
        Ok(match self.used_method() {
            FlowMethod::Farneback => Box::new(self.open_farneback()?),
            FlowMethod::Dis => Box::new(self.open_dis()?),
            FlowMethod::Raft => {
                let weights = self.raft_weights.as_ref();
                Box::new(RaftFlow::<B>::open(weights, self.raft, device)?)
            }
        })
    }

    fn open_farneback(&self) -> Result<Farneback, SharedError> {
        Farneback::new(self.farneback).map_err(|error| format!("farneback.{error}").into())
    }

    fn open_dis(&self) -> Result<Dis, SharedError> {
        Dis::new(self.dis).map_err(|error| format!("dis.{error}").into())
    }
}
