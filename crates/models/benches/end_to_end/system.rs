use std::path::Path;

use burn::backend::Flex;
use oddframe_clips::{ClipScorer, Measure, ScoreOptions};
use oddframe_core::{FrameInput, PixelFormat, WindowSpec};
use oddframe_models::{ConvAeConfig, CuboidAeConfig, ModelConfig, Network};
use oddframe_nn::{init_seeded, load_weights};
use oddframe_score::{Channels, Max, Mean};

use crate::{Arguments, Failure};

/// A network and its scoring options.
pub struct System {
    pub name: &'static str,
    pub gray: bool,
    pub batch: usize,
    pub options: ScoreOptions,
    bf16: bool,
    config: ModelConfig,
}

impl System {
    pub const NAMES: [&str; 2] = ["conv_ae", "cuboid_ae"];

    /// The system with this name, for square frames of `--side` pixels.
    pub fn new(name: &str, arguments: &Arguments) -> Result<Self, Failure> {
        let side = arguments.side;
        let (name, config, frames, format, measure, batch): (_, ModelConfig, _, _, _, _) =
            match name {
                // The documented bottleneck has as many values as the frames have columns: 64, 128, 256.
                "conv_ae" => {
                    let config = ConvAeConfig {
                        latent: side,
                        ..ConvAeConfig::default()
                    };
                    let measure = Measure::new(Max).with_channels(Channels::Max);
                    ("conv_ae", config.into(), 1, PixelFormat::Rgb, measure, 32)
                }
                "cuboid_ae" => {
                    let config = CuboidAeConfig::default();
                    (
                        "cuboid_ae",
                        config.into(),
                        16,
                        PixelFormat::Gray,
                        Measure::new(Mean),
                        8,
                    )
                }
                _ => {
                    return Err(format!(
                        "unknown system {name}; expected one of {:?}",
                        Self::NAMES
                    )
                    .into());
                }
            };
        let batch = arguments.batch.unwrap_or(batch);
        let input = FrameInput::new(side, side, format)?.with_scale(config.input_scale());
        let options =
            ScoreOptions::new(input, WindowSpec::new(frames, 1)?, measure).with_batch(batch);
        Ok(Self {
            name,
            gray: format == PixelFormat::Gray,
            batch,
            options,
            bf16: arguments.bf16,
            config,
        })
    }

    /// The inference form of the network, with these weights or with those of a constant seed.
    pub fn build_network(&self, weights: Option<&Path>) -> Result<Box<dyn ClipScorer>, Failure> {
        let device = Default::default();
        let clip = self.options.input().clip(self.options.windows().length())?;
        let mut network = init_seeded(0, || self.config.init::<Flex>(clip, &device))?;
        if let Some(weights) = weights {
            network = load_weights(network, weights, &self.config.weight_names())?;
        }
        Ok(if self.bf16 {
            network.to_bf16_inference()?
        } else {
            network.to_inference()?
        })
    }
}
