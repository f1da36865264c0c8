use oddframe_clips::{ClipReduction, Measure, ScoreOptions, Target};
use oddframe_core::{
    Align, EdgePolicy, Error, Filter, FirstFrame, FrameInput, Gaps, PixelFormat, Scale, ShortVideo,
    WindowSpec,
};
use oddframe_frames::{Augment, Error as FramesError, NoiseUnit, UniformNoise, VerticalFlip};
use oddframe_models::ModelConfig;
use oddframe_score::{AnyPool, Channels, Distance, Max, Overlap};
use oddframe_train::{FitOptions, Keep, Patience};
use serde::{Deserialize, Serialize};

/// The settings of every network in a recipe: the network, what it sees, how it is trained, and how its errors become scores.
///
/// Systems that differ in `score` and the stride of `window` alone share their trained network.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    bound(deserialize = "C: Default + Deserialize<'de>")
)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(bound = "C: Default + Serialize + schemars::JsonSchema")
)]
pub struct NetworkSettings<C> {
    /// The parameters of the network.
    pub model: C,
    /// What it sees of a frame.
    pub input: InputSettings,
    /// The clips it is given.
    pub window: WindowSettings,
    /// How it is trained.
    pub train: TrainSettings,
    /// How its errors become scores.
    pub score: ScoreSettings,
}

/// What a network sees of a frame: see [`FrameInput`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InputSettings {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `gray` or `rgb`.
    pub color: PixelFormat,
    /// How frames are resized: `opencv` or `antialiased`.
    pub filter: Filter,
    /// The range of the values: `unit` (0 to 1) or `signed` (-1 to 1). By default the range that the output of the network
    /// can reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// Shows the difference from the frame before instead of the frame, and says what the first frame of a video becomes:
    /// `next`, `zero` or `drop`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<FirstFrame>,
}

impl Default for InputSettings {
    fn default() -> Self {
        Self {
            width: 128,
            height: 128,
            color: PixelFormat::Gray,
            filter: Filter::OpenCv,
            scale: None,
            difference: None,
        }
    }
}

impl InputSettings {
    /// The input of a network whose output has this range.
    ///
    /// # Errors
    /// When a side is zero or too large.
    pub fn frame_input(&self, output_range: Scale) -> Result<FrameInput, Error> {
        let input = FrameInput::new(self.width, self.height, self.color)?
            .with_filter(self.filter)
            .with_scale(self.scale.unwrap_or(output_range));
        Ok(self
            .difference
            .map_or(input, |first| input.with_difference(first)))
    }
}

/// How clips are cut from a video: see [`WindowSpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WindowSettings {
    /// Frames in a clip.
    pub frames: usize,
    /// Frames between the starts of clips when scoring.
    pub stride: usize,
    /// Frames between the starts of clips when training.
    pub train_stride: usize,
    /// Which frames of a clip its scores belong to: `every`, `first`, `centre` or `last`.
    pub align: Align,
    /// Whether clips run across missing frames: `span` or `break`.
    pub gaps: Gaps,
    /// What happens to videos shorter than a clip: `repeat` (the last frame), `skip` or `error`.
    pub short: ShortVideo,
}

impl Default for WindowSettings {
    fn default() -> Self {
        Self {
            frames: 1,
            stride: 1,
            train_stride: 1,
            align: Align::Every,
            gaps: Gaps::Span,
            short: ShortVideo::RepeatLast,
        }
    }
}

impl WindowSettings {
    /// The windows that are scored.
    ///
    /// # Errors
    /// When the length or the stride is zero.
    pub fn scoring_windows(&self) -> Result<WindowSpec, Error> {
        self.windows(self.stride)
    }

    /// The windows that are trained on.
    ///
    /// # Errors
    /// When the length or the stride is zero.
    pub fn training_windows(&self) -> Result<WindowSpec, Error> {
        self.windows(self.train_stride)
    }

    /// The settings with the stride of scoring replaced by 1: it does not change what is learned.
    pub(super) fn without_scoring(self) -> Self {
        Self { stride: 1, ..self }
    }

    fn windows(&self, stride: usize) -> Result<WindowSpec, Error> {
        let spec = WindowSpec::new(self.frames, stride)?;
        Ok(spec
            .with_align(self.align)
            .with_gaps(self.gaps)
            .with_short(self.short))
    }
}

/// How a network is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrainSettings {
    /// Passes over the clips, at most.
    pub epochs: u64,
    /// Clips in a training step.
    pub batch: usize,
    /// The learning rate of Adam.
    pub learning_rate: f64,
    /// The L2 penalty (PyTorch's `weight_decay` of Adam).
    pub weight_decay: f64,
    /// The largest norm of the gradient; gradients are not clipped without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_clip: Option<f64>,
    /// Epochs without improvement after which training ends; all epochs are run without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
    /// How much lower a loss must be to count as an improvement.
    pub delta: f64,
    /// The share of the training videos that is kept for validation; videos are kept whole.
    pub validation: f64,
    /// Which epoch's weights are kept: `best` or `last`.
    pub keep: Keep,
    /// The target of a clip that augmentation changed: `same` (the changed clip) or `clean` (the original).
    pub target: Target,
    /// Adds noise to training clips.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseAugmentation>,
    /// Flips training clips upside down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<FlipAugmentation>,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch: 32,
            learning_rate: 1e-3,
            weight_decay: 0.0,
            gradient_clip: None,
            patience: None,
            delta: 1e-5,
            validation: 0.0,
            keep: Keep::Last,
            target: Target::Same,
            noise: None,
            flip: None,
        }
    }
}

/// Uniform noise on training clips.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoiseAugmentation {
    /// The largest change in each direction, for values from 0 to 1.
    pub amplitude: f64,
    /// The probability that noise is added.
    pub probability: f64,
    /// Whether each `frame` or each `cuboid` is drawn by itself.
    pub each: NoiseUnit,
}

impl Default for NoiseAugmentation {
    fn default() -> Self {
        Self {
            amplitude: 0.1373,
            probability: 0.4,
            each: NoiseUnit::Cuboid,
        }
    }
}

/// Flipping training clips upside down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlipAugmentation {
    /// The probability of a flip.
    pub probability: f64,
    /// Whether each `frame` or each `cuboid` is drawn by itself.
    pub each: NoiseUnit,
}

impl Default for FlipAugmentation {
    fn default() -> Self {
        Self {
            probability: 0.2,
            each: NoiseUnit::Frame,
        }
    }
}

impl TrainSettings {
    /// The options of a training with this seed.
    pub fn fit_options(&self, seed: u64) -> FitOptions {
        // Optional settings are set only when the recipe has them, so that absent ones keep the trainer's
        // defaults.
        let mut options = FitOptions::new(self.epochs, self.batch, self.learning_rate)
            .with_weight_decay(self.weight_decay)
            .with_keep(self.keep)
            .with_seed(seed);
        if let Some(norm) = self.gradient_clip {
            options = options.with_gradient_clip(norm);
        }
        if let Some(epochs) = self.patience {
            options = options.with_patience(Patience {
                epochs,
                delta: self.delta,
            });
        }
        options
    }

    /// The augmentation of training clips with values of this scale; none when the settings ask for none.
    ///
    /// # Errors
    /// When an amplitude or a probability is out of range.
    pub fn augmentation(&self, scale: Scale, seed: u64) -> Result<Option<Augment>, FramesError> {
        let mut augment = Augment::new(seed);
        if let Some(NoiseAugmentation {
            amplitude,
            probability,
            each,
        }) = self.noise
        {
            // Amplitudes are given for values from 0 to 1; the signed range is twice as wide.
            let (low, high) = match scale {
                Scale::Unit => (0.0, 1.0),
                Scale::Signed => (-1.0, 1.0),
            };
            let amplitude = amplitude as f32 * (high - low);
            augment = augment.with_noise(
                UniformNoise::new(amplitude, probability, each)?.with_range(low, high)?,
            );
        }
        if let Some(FlipAugmentation { probability, each }) = self.flip {
            augment = augment.with_flip(VerticalFlip::new(probability, each)?);
        }
        Ok((self.noise.is_some() || self.flip.is_some()).then_some(augment))
    }
}

/// How the errors of a network become one score for each frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScoreSettings {
    /// How the pixels of an error map become one number: `mean`, `max`, `topk(patch=16, stride=16, k=1)`, …
    pub pool: AnyPool,
    /// How the channels of a pixel are combined: `mean`, `max` or `sum`.
    pub channels: Channels,
    /// `squared` or `absolute`.
    pub distance: Distance,
    /// How a clip that scores one frame combines the frames that the network predicts: `mean` or `max`.
    pub within: ClipReduction,
    /// The score of a frame that several clips score: `mean`, `max`, `median`, `last` or `centre`.
    pub overlap: Overlap,
    /// The score of a frame that no clip scores: `nearest`, `reflect`, `constant(0)` or `error`.
    pub edge: EdgePolicy,
    /// Clips scored at once.
    pub batch: usize,
    /// What the network calculates in when it scores: `f32`, `bf16` for its weights, or `int8` for its convolutions and
    /// linear layers.
    pub precision: Precision,
}

/// What a network calculates in when it scores.
///
/// Training is always in 32-bit floats. The ranges that 8-bit integers need are measured on training clips and lie in the
/// model folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Precision {
    /// 32-bit floats.
    #[default]
    F32,
    /// 32-bit floats with weights in 16 bits (bfloat16): half the memory for weights, about the same time.
    Bf16,
    /// 8-bit integers: faster on CPUs with AVX-512 VNNI, less exact.
    Int8,
}

impl Default for ScoreSettings {
    fn default() -> Self {
        Self {
            pool: Max.into(),
            channels: Channels::Mean,
            distance: Distance::Squared,
            within: ClipReduction::Mean,
            overlap: Overlap::Mean,
            edge: EdgePolicy::Nearest,
            batch: 8,
            precision: Precision::F32,
        }
    }
}

impl ScoreSettings {
    /// From the prediction error of each value to one number for a frame: the distance, the reduction over the channels of
    /// a pixel, then the pool over all pixels.
    pub(super) fn measure(&self) -> Measure {
        Measure::new(self.pool)
            .with_channels(self.channels)
            .with_distance(self.distance)
    }

    /// Sets how the numbers of the frames of a clip, and of overlapping clips, become the score of a frame.
    pub(super) fn apply_to(&self, options: ScoreOptions) -> ScoreOptions {
        options
            .with_reduction(self.within)
            .with_overlap(self.overlap)
            .with_edge(self.edge)
            .with_batch(self.batch)
    }
}

impl NetworkSettings<ModelConfig> {
    /// What the network sees of a frame.
    ///
    /// # Errors
    /// When a side is zero or too large.
    pub fn frame_input(&self) -> Result<FrameInput, Error> {
        self.input.frame_input(self.model.input_scale())
    }

    /// How frames become scores.
    ///
    /// # Errors
    /// When the input or the windows are not possible.
    pub fn score_options(&self) -> Result<ScoreOptions, Error> {
        let (input, windows) = (self.frame_input()?, self.window.scoring_windows()?);
        let options = ScoreOptions::new(input, windows, self.score.measure());
        Ok(self.score.apply_to(options))
    }
}
