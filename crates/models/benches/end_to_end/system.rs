use std::path::Path;

use burn::backend::Flex;
use burn::tensor::backend::Backend;
use oddframe_clips::{ClipScorer, Look, Measure, ScoreOptions};
use oddframe_core::{PixelFormat, WindowSpec};
use oddframe_models::{ConvAeConfig, CuboidAeConfig, ModelConfig, Network};
use oddframe_nn::load_weights;
use oddframe_score::{Channels, Max, Mean};

use crate::{Arguments, Failure};

/// A network and how it scores.
pub struct System {
    pub name: &'static str,
    pub gray: bool,
    pub batch: usize,
    pub options: ScoreOptions,
    config: ModelConfig,
}

impl System {
    pub const NAMES: [&str; 2] = ["conv_ae", "cuboid_ae"];

    /// The system of this name, for frames of the side that is asked for.
    pub fn new(name: &str, arguments: &Arguments) -> Result<Self, Failure> {
        let side = arguments.side;
        let (name, config, frames, format, measure, batch): (_, ModelConfig, _, _, _, _) = match name {
            // The bottleneck of the documents is as wide as the images: 64, 128, 256.
            "conv_ae" => {
                let config = ConvAeConfig { latent: side, ..ConvAeConfig::default() };
                let measure = Measure::new(Max).with_channels(Channels::Max);
                ("conv_ae", config.into(), 1, PixelFormat::Rgb, measure, 32)
            }
            "cuboid_ae" => {
                let config = CuboidAeConfig::default();
                ("cuboid_ae", config.into(), 16, PixelFormat::Gray, Measure::new(Mean), 8)
            }
            _ => return Err(format!("{name} is no system of this benchmark: {:?}", Self::NAMES).into()),
        };
        let batch = arguments.batch.unwrap_or(batch);
        let look = Look::new(side, side, format)?.with_scale(config.scale());
        let options = ScoreOptions::new(look, WindowSpec::new(frames, 1)?, measure).with_batch(batch);
        Ok(Self { name, gray: format == PixelFormat::Gray, batch, options, config })
    }

    /// The form that only scores, with these weights or with those of a constant seed.
    pub fn scorer(&self, weights: Option<&Path>) -> Result<Box<dyn ClipScorer>, Failure> {
        let device = Default::default();
        Flex::seed(&device, 0);
        let clip = self.options.look().clip(self.options.windows().length());
        let mut network = self.config.init::<Flex>(clip, &device)?;
        if let Some(weights) = weights {
            network = load_weights(network, weights, &self.config.weight_names())?;
        }
        Ok(network.freeze()?)
    }
}
