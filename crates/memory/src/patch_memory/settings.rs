use oddframe_core::Filter;

use crate::{BankOptions, Error};

/// The system's kind, as recipes name it and errors show it.
pub(super) const NAME: &str = "patch_memory";

/// The most frames that a batch or a clip may have: a batch of frames of 224x224 then takes 150 MB.
pub(crate) const MOST_FRAMES: usize = 1000;

/// Distances below 1e9, far above those of any backbone, stay finite with it.
const LARGEST_POWER: f64 = 32.0;

/// What [`PatchMemory`](crate::PatchMemory) remembers and how it scores.
///
/// The defaults are those of PatchCore: every map of the backbone, each patch averaged with its eight neighbours, and the
/// distance of the most unusual patch as the score of a frame.
///
/// ```
/// use oddframe_memory::{BankOptions, PatchMemorySettings};
/// let settings = PatchMemorySettings {
///     bank: BankOptions { size: 500, ..BankOptions::default() },
///     frame_stride: 5,
///     ..PatchMemorySettings::default()
/// };
/// assert_eq!((settings.top_patches, settings.power), (1, 1.0));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PatchMemorySettings {
    /// How many patches are remembered, and how they are selected and stored.
    pub bank: BankOptions,
    /// The maps of the backbone to use, from 0; an empty list stands for all. They are resized to the size of the largest.
    pub maps: Vec<usize>,
    /// Whether each patch is averaged with its eight neighbours.
    pub average_neighbours: bool,
    /// The channels of a patch, as means of neighbouring channels of the maps; without a number all channels are kept.
    pub channels: Option<usize>,
    /// The distance between the training frames whose patches are offered to the bank: 1 uses every frame, 10 every tenth.
    pub frame_stride: usize,
    /// How frames are resized to the size that the backbone takes.
    pub filter: Filter,
    /// The number of the most unusual patches whose mean distance is the score of a frame; 1 is the maximum.
    pub top_patches: usize,
    /// The score is raised to this power, above 0 and at most 32.
    pub power: f64,
    /// The frames that the backbone sees at once, at most 1,000; a score is settled when its batch is full.
    pub batch: usize,
}

impl Default for PatchMemorySettings {
    fn default() -> Self {
        Self {
            bank: BankOptions::default(),
            maps: Vec::new(),
            average_neighbours: true,
            channels: None,
            frame_stride: 1,
            filter: Filter::Antialiased,
            top_patches: 1,
            power: 1.0,
            batch: 8,
        }
    }
}

impl PatchMemorySettings {
    /// Checks the values that do not depend on the backbone.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (name, value) in [
            ("frame_stride", self.frame_stride),
            ("top_patches", self.top_patches),
            ("batch", self.batch),
        ] {
            if value == 0 {
                return Err(Error::Zero { name });
            }
        }
        if self.batch > MOST_FRAMES {
            return Err(Error::Setting {
                name: "batch",
                value: self.batch as f64,
                expected: "at most 1000, as all its frames are in memory",
            });
        }
        check_power(self.power)
    }
}

/// A power must keep the order of the scores, which an infinite score would not.
pub(crate) fn check_power(power: f64) -> Result<(), Error> {
    if power > 0.0 && power <= LARGEST_POWER {
        return Ok(());
    }
    Err(Error::Setting {
        name: "power",
        value: power,
        expected: "above 0 and at most 32",
    })
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_table_sets_some_values_and_unknown_names_are_errors() {
        let text = "maps = [1]\ntop_patches = 5\nfilter = \"opencv\"\n[bank]\nsize = 20";
        let settings: PatchMemorySettings = toml::from_str(text).unwrap();
        let expected = PatchMemorySettings {
            bank: BankOptions {
                size: 20,
                ..BankOptions::default()
            },
            maps: vec![1],
            top_patches: 5,
            filter: Filter::OpenCv,
            ..PatchMemorySettings::default()
        };
        assert_eq!(settings, expected);
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(
            toml::from_str::<PatchMemorySettings>(&text).unwrap(),
            expected
        );
        let error = toml::from_str::<PatchMemorySettings>("top = 5").unwrap_err();
        assert!(error.to_string().contains("`top`"));
    }
}
