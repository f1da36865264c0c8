//! Damage as the contest's test videos have it, and augmentation for training on damaged video.

mod augment;
mod damaged;
mod flip_rows;
mod key;
mod options;
mod plan;
mod runs;
mod segments;

pub use augment::{Augment, Each, UniformNoise, VerticalFlip};
pub use damaged::Damaged;
pub use flip_rows::flip_vertically;
pub use key::video_key;
pub use options::{DamageOptions, NoiseChannels};
pub use plan::{Damage, FrameDamage, VideoDamage};
