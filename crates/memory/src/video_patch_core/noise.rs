use oddframe_core::{Frame, Random, VideoId};
use oddframe_frames::video_key;

use super::VideoPatchCoreSettings;

/// Key of the streams of random numbers of the noise.
const NOISE_STREAM: u64 = 0x006e_6f69;

/// Adds uniform noise to a share of the training clips, so that the memory knows noisy frames as normal.
///
/// Whether a clip gets noise depends on the seed, the name of its video and its number, and on nothing that is read before it.
pub(super) fn add_noise(
    frames: &mut [Frame],
    video: &VideoId,
    clip: u64,
    settings: &VideoPatchCoreSettings,
) {
    let keys = [NOISE_STREAM, video_key(video), clip];
    let mut random = Random::stream(settings.seed, &keys);
    if !random.chance(settings.noise_share) {
        return;
    }
    let amplitude = 255.0 * settings.noise_amplitude;
    for pixel in frames.iter_mut().flat_map(Frame::pixels_mut) {
        let noisy = f64::from(*pixel) + random.between(-amplitude, amplitude);
        *pixel = noisy.round().clamp(0.0, 255.0) as u8;
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, FrameShape, PixelFormat};

    use super::*;

    #[test]
    fn two_clips_in_five_get_noise_within_the_amplitude() {
        let shape = FrameShape::new(16, 16, PixelFormat::Gray).unwrap();
        let clean = Frame::from_pixels(shape, FrameNumber(0), vec![128; 256]).unwrap();
        let settings = VideoPatchCoreSettings::default();
        let mut noisy = 0;
        for clip in 0..500 {
            let mut frames = vec![clean.clone(); 2];
            add_noise(&mut frames, &"01".into(), clip, &settings);
            let pixels = || frames.iter().flat_map(Frame::pixels);
            assert!(pixels().all(|p| p.abs_diff(128) <= 35));
            if pixels().any(|p| *p != 128) {
                noisy += 1;
                assert!(pixels().any(|p| *p < 96) && pixels().any(|p| *p > 160));
                assert_ne!(frames[0], frames[1]);
            }
        }
        assert!((170..230).contains(&noisy), "{noisy}");
        let mut again = [vec![clean.clone(); 2], vec![clean; 2]];
        for frames in &mut again {
            add_noise(frames, &"1".into(), 3, &settings);
        }
        assert_eq!(again[0], again[1]);
    }
}
