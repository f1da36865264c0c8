use std::fmt;
use std::str::FromStr;

use crate::AnomalyKind::{self, Appearance, Bag, Cyclist, Loitering, Motion, Running, Thrown, WrongWay};
use crate::lane::Lane;

/// How large a data set the scene makes.
///
/// Its text form is `tiny`, `small` or `pixelplay`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preset {
    /// 3 training and 3 test videos of 40 frames, 96x64: for tests.
    Tiny,
    /// 8 training and 8 test videos of 150 frames, 240x160: for examples.
    Small,
    /// 16 training and 21 test videos of 9,204 and 11,706 frames, 640x360, numbered with late starts and
    /// gaps, its test frames partly noisy and partly upside down: the shape of the Pixel Play data.
    PixelPlay,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::Tiny, Self::Small, Self::PixelPlay];

    /// The text form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Small => "small",
            Self::PixelPlay => "pixelplay",
        }
    }

    pub(crate) fn settings(self) -> Settings {
        match self {
            Self::Tiny => tiny(),
            Self::Small => small(),
            Self::PixelPlay => pixelplay(),
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no preset; known are tiny, small and pixelplay")]
pub struct PresetError {
    text: String,
}

impl FromStr for Preset {
    type Err = PresetError;

    fn from_str(text: &str) -> Result<Self, PresetError> {
        let found = Self::ALL.into_iter().find(|preset| preset.name() == text.trim());
        found.ok_or_else(|| PresetError { text: text.to_string() })
    }
}

/// Which frames of a video exist.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeline {
    /// The number of the first frame.
    pub(crate) first: u64,
    /// How many frames exist.
    pub(crate) frames: usize,
    /// How many are missing between the first and the last.
    pub(crate) missing: usize,
}

/// Which anomalies the test videos hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Script {
    /// For each video these, dealt out anew for each seed.
    Listed(&'static [&'static [AnomalyKind]]),
    /// All kinds in turn, with normal stretches between; the videos at these places stay normal.
    Filled {
        /// Places of the videos without an anomaly.
        normal: &'static [usize],
    },
}

/// What a preset means.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) frames_per_s: f64,
    /// Seconds between one person and the next, as a multiple of the usual.
    pub(crate) sparse: f64,
    /// How long people loiter and bags lie.
    pub(crate) dwell_s: f64,
    pub(crate) train: Vec<Timeline>,
    pub(crate) test: Vec<Timeline>,
    /// Where anomalies happen.
    pub(crate) lanes: &'static [Lane],
    pub(crate) script: Script,
    /// Whether test frames are noisy and upside down in places.
    pub(crate) damaged: bool,
}

const fn whole(frames: usize) -> Timeline {
    Timeline { first: 0, frames, missing: 0 }
}

fn tiny() -> Settings {
    Settings {
        width: 96,
        height: 64,
        frames_per_s: 6.0,
        // Seven seconds are too short for crowds to even out; few people leave the anomaly visible.
        sparse: 1.8,
        dwell_s: 2.3,
        train: vec![whole(40); 3],
        test: vec![whole(40); 3],
        lanes: &[Lane::Near],
        script: Script::Listed(&[&[Running], &[Cyclist], &[Appearance]]),
        damaged: false,
    }
}

fn small() -> Settings {
    Settings {
        width: 240,
        height: 160,
        frames_per_s: 9.0,
        sparse: 1.0,
        dwell_s: 5.5,
        train: vec![whole(150); 8],
        test: vec![whole(150); 8],
        // Out of the alley it takes longer than these videos last.
        lanes: &[Lane::Near, Lane::Middle],
        script: Script::Listed(&[
            &[Thrown, Running],
            &[WrongWay],
            &[Cyclist],
            &[Loitering],
            &[Bag],
            &[Appearance],
            &[Motion],
            &[],
        ]),
        damaged: false,
    }
}

fn pixelplay() -> Settings {
    // The documented lengths and late starts; the number of missing frames is what the documented ids leave out.
    const TEST: [(u64, usize, usize); 21] = [
        (939, 499, 1),
        (0, 1211, 0),
        (173, 737, 13),
        (0, 947, 0),
        (0, 1007, 0),
        (639, 627, 17),
        (0, 588, 17),
        (0, 36, 0),
        (0, 359, 8),
        (91, 722, 28),
        (0, 472, 0),
        (521, 735, 15),
        (0, 528, 21),
        (0, 496, 11),
        (251, 732, 18),
        (0, 740, 0),
        (0, 417, 9),
        (0, 275, 19),
        (0, 229, 19),
        (0, 273, 0),
        (0, 76, 0),
    ];
    const TRAIN: [usize; 16] =
        [760, 640, 505, 430, 700, 612, 388, 545, 901, 333, 476, 820, 512, 590, 604, 388];
    Settings {
        width: 640,
        height: 360,
        frames_per_s: 15.0,
        sparse: 1.0,
        dwell_s: 6.0,
        train: TRAIN.map(whole).to_vec(),
        test: TEST.map(|(first, frames, missing)| Timeline { first, frames, missing }).to_vec(),
        lanes: &Lane::ALL,
        script: Script::Filled { normal: &[7, 17, 20] },
        damaged: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for preset in Preset::ALL {
            assert_eq!(preset.to_string().parse(), Ok(preset));
        }
        let error = "big".parse::<Preset>().unwrap_err();
        assert_eq!(error.to_string(), "`big` is no preset; known are tiny, small and pixelplay");
    }

    #[test]
    fn pixelplay_has_the_documented_number_of_frames() {
        let settings = Preset::PixelPlay.settings();
        let frames = |videos: &[Timeline]| videos.iter().map(|v| v.frames).sum::<usize>();
        assert_eq!((frames(&settings.train), settings.train.len()), (9_204, 16));
        assert_eq!((frames(&settings.test), settings.test.len()), (11_706, 21));
    }
}
