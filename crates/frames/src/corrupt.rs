//! Damaged video: noise, upside-down frames, dropped frames and late starts, planned from a seed;
//! and augmentation of training clips with the same kinds of damage.
//!
//! ```text
//! DamageOptions ─▶ Damage::plan ─▶ VideoDamage ─▶ Damaged (a FrameSource)
//!                   segments, runs   one per video
//!
//! UniformNoise, VerticalFlip ─▶ Augment ─▶ clips
//! ```
//!
//! A plan says for each frame whether it is dropped, noisy or upside down; it is the ground truth
//! of an experiment with damaged video. All random numbers come from streams that are keyed by the
//! seed, the video's name and a purpose. The damage of a frame therefore depends neither on the
//! order of the videos nor on the order in which frames are read, and changing one option leaves
//! the other kinds of damage as they are.

mod augment;
mod damaged;
mod flip_rows;
mod key;
mod options;
mod plan;
mod runs;
mod segments;
mod video_damage;

pub use augment::{Augment, NoiseUnit, UniformNoise, VerticalFlip};
pub use damaged::Damaged;
pub use flip_rows::flip_vertically;
pub use key::video_key;
pub use options::{DamageOptions, NoiseChannels};
pub use plan::Damage;
pub use video_damage::{FrameDamage, VideoDamage};
