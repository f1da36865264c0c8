//! A backbone of a few operations: random projections of the colours of pixel blocks.

use std::sync::Arc;

use oddframe_core::{Random, SharedError};
use oddframe_memory::{ExtractFeatures, ExtractorFactory, MapShape};

/// The side of an image.
pub(crate) const SIDE: usize = 32;

/// Two maps of 16 channels: one of 8x8 blocks, one of 4x4.
pub(crate) struct ColourBlocks {
    identity: String,
    maps: [MapShape; 2],
    projection: Vec<f32>,
    /// Gives this value for images whose first pixel is this bright.
    poison: Option<(u8, f32)>,
}

const CHANNELS: usize = 16;

impl ColourBlocks {
    fn new(seed: u64, poison: Option<(u8, f32)>) -> Self {
        let shape = |side| MapShape {
            height: side,
            width: side,
            channels: CHANNELS,
        };
        let mut random = Random::new(seed);
        Self {
            identity: format!("colour blocks {seed}"),
            maps: [shape(8), shape(4)],
            projection: (0..3 * CHANNELS)
                .map(|_| random.between(-1.0, 1.0) as f32)
                .collect(),
            poison,
        }
    }

    fn project(&self, image: &[u8], side: usize, out: &mut Vec<f32>) {
        let block = SIDE / side;
        for row in 0..side {
            for column in 0..side {
                let mut mean = [0.0; 3];
                for y in row * block..(row + 1) * block {
                    for x in column * block..(column + 1) * block {
                        for (channel, mean) in mean.iter_mut().enumerate() {
                            let byte = image[(y * SIDE + x) * 3 + channel];
                            *mean += f32::from(byte) / (255.0 * (block * block) as f32);
                        }
                    }
                }
                for weights in self.projection.chunks_exact(3) {
                    let sum: f32 = mean.iter().zip(weights).map(|(m, w)| m * w).sum();
                    out.push(sum.max(0.0));
                }
            }
        }
    }
}

impl ExtractFeatures for ColourBlocks {
    fn image_size(&self) -> (usize, usize) {
        (SIDE, SIDE)
    }

    fn maps(&self) -> &[MapShape] {
        &self.maps
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn extract(&mut self, images: &[u8], maps: &mut [Vec<f32>]) -> Result<(), SharedError> {
        for (map, shape) in maps.iter_mut().zip(self.maps) {
            map.clear();
            for image in images.chunks_exact(SIDE * SIDE * 3) {
                let start = map.len();
                self.project(image, shape.height, map);
                if let Some((byte, value)) = self.poison
                    && byte == image[0]
                {
                    map[start] = value;
                }
            }
        }
        Ok(())
    }
}

pub(crate) fn colour_blocks(seed: u64) -> ExtractorFactory {
    Arc::new(move || Ok(Box::new(ColourBlocks::new(seed, None))))
}

/// The same backbone, which gives this value for images that begin with this byte.
pub(crate) fn poisoned_blocks(seed: u64, byte: u8, value: f32) -> ExtractorFactory {
    Arc::new(move || Ok(Box::new(ColourBlocks::new(seed, Some((byte, value))))))
}
