//! The presets and their settings.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::kind::AnomalyKind::{
    self, Appearance, Bag, Cyclist, Loitering, Motion, Running, Thrown, WrongWay,
};
use crate::lane::Lane;

/// The size of a scene's data set.
///
/// Its text form is `tiny`, `small` or `pixelplay`; with the feature `serde` the type serialises as
/// this text.
///
/// ```
/// use oddframe_synth::Preset;
/// assert_eq!("small".parse::<Preset>()?, Preset::Small);
/// assert_eq!(Preset::PixelPlay.to_string(), "pixelplay");
/// # Ok::<(), oddframe_synth::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "lowercase")
)]
pub enum Preset {
    /// 3 training and 3 test videos of 40 frames, 96x64: for tests.
    Tiny,
    /// 8 training and 8 test videos of 150 frames, 240x160: for examples.
    Small,
    /// 16 training and 21 test videos of 9,204 and 11,706 frames, 640x360, with the late first
    /// numbers and the gaps of the Pixel Play data. Some test frames are noisy, some upside down.
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
            Self::Tiny => tiny_settings(),
            Self::Small => small_settings(),
            Self::PixelPlay => pixelplay_settings(),
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL
            .into_iter()
            .find(|preset| preset.name() == text.trim());
        found.ok_or_else(|| Error::UnknownPreset {
            text: text.to_string(),
        })
    }
}

/// Serialises as the text form.
#[cfg(feature = "serde")]
impl serde::Serialize for Preset {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Deserialises from the text form.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Preset {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The frames of a video that exist.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeline {
    /// The number of the first frame.
    pub(crate) first: u64,
    /// The number of frames.
    pub(crate) frames: usize,
    /// The number of missing frames between the first and the last.
    pub(crate) missing: usize,
}

/// The anomalies of the test videos.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Script {
    /// These kinds for each video; the seed decides which video gets which list.
    Listed(&'static [&'static [AnomalyKind]]),
    /// All kinds in turn, with normal stretches between them; some videos stay normal.
    Filled {
        /// The indices of the videos without an anomaly.
        normal: &'static [usize],
    },
}

/// The settings of a preset.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) frames_per_s: f64,
    /// The seconds between one person and the next, as a multiple of the usual ones.
    pub(crate) sparse: f64,
    /// The seconds for which people loiter and bags lie.
    pub(crate) dwell_s: f64,
    pub(crate) train: Vec<Timeline>,
    pub(crate) test: Vec<Timeline>,
    /// The lanes in which anomalies happen.
    pub(crate) lanes: &'static [Lane],
    pub(crate) script: Script,
    /// Whether some test frames are noisy or upside down.
    pub(crate) damaged: bool,
}

/// A video without missing frames.
const fn without_gaps(frames: usize) -> Timeline {
    Timeline {
        first: 0,
        frames,
        missing: 0,
    }
}

fn tiny_settings() -> Settings {
    Settings {
        width: 96,
        height: 64,
        frames_per_s: 6.0,
        // In seven seconds the number of people does not average out; with few people the anomaly
        // stays visible.
        sparse: 1.8,
        dwell_s: 2.3,
        train: vec![without_gaps(40); 3],
        test: vec![without_gaps(40); 3],
        lanes: &[Lane::Near],
        script: Script::Listed(&[&[Running], &[Cyclist], &[Appearance]]),
        damaged: false,
    }
}

fn small_settings() -> Settings {
    Settings {
        width: 240,
        height: 160,
        frames_per_s: 9.0,
        sparse: 1.0,
        dwell_s: 5.5,
        train: vec![without_gaps(150); 8],
        test: vec![without_gaps(150); 8],
        // The way out of the alley takes longer than these videos.
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

fn pixelplay_settings() -> Settings {
    // The lengths and first numbers of the Pixel Play data; the missing frames are those that its
    // ids skip.
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
    const TRAIN: [usize; 16] = [
        760, 640, 505, 430, 700, 612, 388, 545, 901, 333, 476, 820, 512, 590, 604, 388,
    ];
    Settings {
        width: 640,
        height: 360,
        frames_per_s: 15.0,
        sparse: 1.0,
        dwell_s: 6.0,
        train: TRAIN.map(without_gaps).to_vec(),
        test: TEST
            .map(|(first, frames, missing)| Timeline {
                first,
                frames,
                missing,
            })
            .to_vec(),
        lanes: &Lane::ALL,
        script: Script::Filled {
            normal: &[7, 17, 20],
        },
        damaged: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for preset in Preset::ALL {
            assert_eq!(preset.to_string().parse::<Preset>().unwrap(), preset);
        }
        let error = "big".parse::<Preset>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`big` is not a known preset: write one of tiny, small and pixelplay"
        );
    }

    #[test]
    fn pixelplay_has_the_documented_number_of_frames() {
        let settings = Preset::PixelPlay.settings();
        for (videos, count, frames) in [(&settings.train, 16, 9_204), (&settings.test, 21, 11_706)]
        {
            assert_eq!(
                (videos.len(), videos.iter().map(|v| v.frames).sum::<usize>()),
                (count, frames)
            );
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn presets_serialise_as_their_names() {
        assert_eq!(
            serde_json::to_string(&Preset::PixelPlay).unwrap(),
            r#""pixelplay""#
        );
        assert_eq!(
            serde_json::from_str::<Preset>(r#""tiny""#).unwrap(),
            Preset::Tiny
        );
        assert!(
            serde_json::from_str::<Preset>(r#""big""#)
                .unwrap_err()
                .to_string()
                .contains("known preset")
        );
    }
}
