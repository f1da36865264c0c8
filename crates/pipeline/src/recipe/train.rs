use oddframe_clips::Target;
use oddframe_frames::{Augment, Each, Error, Scale, UniformNoise, VerticalFlip};
use oddframe_train::{FitOptions, Keep, Patience};
use serde::{Deserialize, Serialize};

use super::names::{EachName, TargetName};

/// How a network learns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainRecipe {
    /// Passes over the clips, at most.
    pub epochs: u64,
    /// Clips in a step.
    pub batch: usize,
    /// How far a step goes.
    pub learning_rate: f64,
    /// How strongly weights are drawn to zero (PyTorch's `weight_decay` of Adam).
    pub weight_decay: f64,
    /// The gradient's largest norm; none without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_clip: Option<f64>,
    /// Epochs without progress after which training ends; all epochs are run without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
    /// How much lower a loss must be to count as progress.
    pub delta: f64,
    /// The share of the training videos that is kept for measuring, whole videos.
    pub validation: f64,
    /// Which epoch's weights are kept: `best` or `last`.
    pub keep: Keep,
    /// What the network should give for a clip that was changed: `same` (the changed one) or `clean`.
    #[serde(with = "TargetName")]
    pub target: Target,
    /// Noise on training clips; none without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseRecipe>,
    /// Training clips turned upside down; none without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<TurnRecipe>,
}

impl Default for TrainRecipe {
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

/// Even noise on training clips.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoiseRecipe {
    /// How far it reaches to both sides, on the scale of 0 to 1.
    pub amplitude: f64,
    /// How likely it is.
    pub probability: f64,
    /// Whether chance decides for each `frame` or each `cuboid`.
    #[serde(with = "EachName")]
    pub each: Each,
}

impl Default for NoiseRecipe {
    fn default() -> Self {
        Self { amplitude: 0.1373, probability: 0.4, each: Each::Cuboid }
    }
}

/// Turning training clips upside down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnRecipe {
    /// How likely it is.
    pub probability: f64,
    /// Whether chance decides for each `frame` or each `cuboid`.
    #[serde(with = "EachName")]
    pub each: Each,
}

impl Default for TurnRecipe {
    fn default() -> Self {
        Self { probability: 0.2, each: Each::Frame }
    }
}

impl TrainRecipe {
    /// How a network of this seed is fitted.
    pub fn options(&self, seed: u64) -> FitOptions {
        let mut options = FitOptions::new(self.epochs, self.batch, self.learning_rate)
            .with_weight_decay(self.weight_decay)
            .with_keep(self.keep)
            .with_seed(seed);
        if let Some(norm) = self.gradient_clip {
            options = options.with_gradient_clip(norm);
        }
        if let Some(epochs) = self.patience {
            options = options.with_patience(Patience { epochs, delta: self.delta });
        }
        options
    }

    /// What chance does to training clips, for values of this scale; nothing where the recipe asks for nothing.
    ///
    /// # Errors
    /// When an amplitude or a probability makes no sense.
    pub fn augment(&self, scale: Scale, seed: u64) -> Result<Option<Augment>, Error> {
        let mut augment = Augment::new(seed);
        if let Some(NoiseRecipe { amplitude, probability, each }) = self.noise {
            // The span of the values: amplitudes are told on 0 to 1.
            let (low, high) = match scale {
                Scale::Unit => (0.0, 1.0),
                Scale::Signed => (-1.0, 1.0),
            };
            let amplitude = amplitude as f32 * (high - low);
            augment =
                augment.with_noise(UniformNoise::new(amplitude, probability, each)?.with_range(low, high)?);
        }
        if let Some(TurnRecipe { probability, each }) = self.flip {
            augment = augment.with_flip(VerticalFlip::new(probability, each)?);
        }
        Ok((self.noise.is_some() || self.flip.is_some()).then_some(augment))
    }
}
