//! The light and the camera's motion.

use oddframe_core::Random;

use crate::stage::{Jitter, STEPS};
use crate::wave::drift_at;

/// The unit of gains: a gain of 1024 doubles the brightness of the painted street, and 0 leaves it
/// unchanged.
pub(crate) const GAIN_ONE: f64 = 1024.0;
/// The largest offset of a video's light, its drift within the video, and the drift between the
/// colours.
const OFFSET: f64 = 0.008;
const DRIFT: f64 = 0.018;
const TINT: f64 = 0.004;
/// Pixels by which the camera sways slowly, and by which it trembles from frame to frame.
const SWAY_PX: f64 = 0.4;
const TREMBLE_PX: f64 = 0.12;

/// The changes of the whole picture of one video: the light and the camera's motion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unrest {
    pub(crate) seed: u64,
    /// Training or test, and the number of the video.
    pub(crate) video: [u64; 2],
    pub(crate) frames_per_s: f64,
}

impl Unrest {
    /// The gain of each channel, in units of [`GAIN_ONE`].
    pub(crate) fn channel_gains(&self, t: f64) -> [i16; 3] {
        let [split, video] = self.video;
        let seconds = t / self.frames_per_s;
        // An offset per video, a slow common drift, and a slower drift between red and blue.
        let offset = Random::stream(self.seed, &[split, video, 0x11]).between(-OFFSET, OFFSET);
        let common = offset + DRIFT * drift_at(self.seed, [split, video, 0x12], seconds, 9.0);
        let tint = TINT * drift_at(self.seed, [split, video, 0x13], seconds, 14.0);
        [common + tint, common, common - tint].map(|gain| (gain * GAIN_ONE) as i16)
    }

    /// The camera's deviation from its rest position.
    pub(crate) fn camera_jitter(&self, t: f64) -> Jitter {
        let [split, video] = self.video;
        let seconds = t / self.frames_per_s;
        // Swaying is smooth over time. Trembling is drawn anew for each frame, from a stream keyed
        // by its time.
        let mut tremble = Random::stream(self.seed, &[split, video, 0x14, t as u64]);
        let [x, y] = [0x15, 0x16].map(|axis| {
            let sway = SWAY_PX * drift_at(self.seed, [split, video, axis], seconds, 0.8);
            let shift = sway + tremble.between(-TREMBLE_PX, TREMBLE_PX);
            ((shift * f64::from(STEPS)) as i32).clamp(-STEPS, STEPS)
        });
        Jitter { x, y }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_and_camera_move_a_little_and_slowly() {
        let unrest = Unrest {
            seed: 3,
            video: [1, 2],
            frames_per_s: 9.0,
        };
        let at = |t: i32| unrest.channel_gains(f64::from(t));
        assert!((0..2_000).all(|t| at(t).iter().all(|g| g.abs() <= 50)));
        assert!((0..2_000).all(|t| (at(t)[1] - at(t + 1)[1]).abs() <= 2));
        let greens: Vec<i16> = (0..2_000).map(|t| at(t)[1]).collect();
        assert!(greens.iter().max() > greens.iter().min().map(|g| g + 25).as_ref());
        let shifts: Vec<i32> = (0..2_000)
            .map(|t| unrest.camera_jitter(f64::from(t)).x)
            .collect();
        assert!(shifts.iter().all(|s| s.abs() <= STEPS) && shifts.iter().any(|s| *s != shifts[0]));
    }
}
