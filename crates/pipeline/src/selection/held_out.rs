use std::sync::Arc;

use oddframe_core::FrameSource;

use crate::Error;
use crate::video_part::VideoPart;

/// One of so many videos, and of so many frames of a single video, is held out.
const SHARES: usize = 3;

/// The training videos, divided.
pub(super) struct Shares {
    /// What systems are fitted on.
    pub(super) fit: Vec<Arc<dyn FrameSource>>,
    /// What they are judged by.
    pub(super) held_out: Vec<Arc<dyn FrameSource>>,
}

/// Holds out the last third of the videos, at least one; of a single video its last third.
pub(super) fn split_videos(
    mut videos: Vec<Arc<dyn FrameSource>>,
    data: &str,
) -> Result<Shares, Error> {
    if let [video] = &videos[..] {
        let frames = video.numbers().len();
        // Contiguous parts: neighbouring frames are so alike that others would hardly be held out.
        let cut = frames - frames / SHARES;
        if cut == frames {
            return Err(Error::NothingToHoldOut {
                data: data.to_owned(),
                frames,
            });
        }
        let parts = [0..cut, cut..frames].map(|frames| VideoPart::new(Arc::clone(video), frames));
        let [fit, held_out] = parts;
        return Ok(Shares {
            fit: vec![Arc::new(fit?)],
            held_out: vec![Arc::new(held_out?)],
        });
    }
    let held_out = (videos.len() / SHARES).max(1);
    let held_out = videos.split_off(videos.len().saturating_sub(held_out));
    Ok(Shares {
        fit: videos,
        held_out,
    })
}

#[cfg(test)]
mod tests {
    use oddframe_synth::{Preset, Scene};

    use super::*;

    fn videos(count: usize) -> Vec<Arc<dyn FrameSource>> {
        let scene = Scene::new(Preset::Tiny, 6);
        let videos = scene.train().iter().cycle().take(count);
        videos.map(|video| Arc::new(video.clone()) as _).collect()
    }

    #[test]
    fn a_third_of_the_videos_is_held_out() {
        for (count, expected) in [(2, (1, 1)), (3, (2, 1)), (8, (6, 2)), (16, (11, 5))] {
            let shares = split_videos(videos(count), "data").unwrap();
            assert_eq!((shares.fit.len(), shares.held_out.len()), expected);
        }
    }

    #[test]
    fn a_single_video_is_cut() {
        let whole = videos(1);
        let shares = split_videos(whole.clone(), "data").unwrap();
        let (fit, held_out) = (&shares.fit[0], &shares.held_out[0]);
        assert_eq!((fit.numbers().len(), held_out.numbers().len()), (27, 13));
        assert_eq!(held_out.numbers(), &whole[0].numbers()[27..]);
        assert_eq!(held_out.read(3).unwrap(), whole[0].read(30).unwrap());
        assert!(fit.read(27).is_err());
        let two: Arc<dyn FrameSource> =
            Arc::new(VideoPart::new(Arc::clone(&whole[0]), 0..2).unwrap());
        let error = split_videos(vec![two], "data").err().unwrap().to_string();
        assert!(error.contains("2 frames"), "{error}");
    }
}
