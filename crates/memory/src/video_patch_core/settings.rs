use oddframe_boxes::ForegroundSettings;
use oddframe_core::Filter;

use crate::patch_memory::{MOST_FRAMES, check_power};
use crate::{BankOptions, CoresetOptions, Error, Storage};

/// The system's kind, as recipes name it and errors show it.
pub(super) const NAME: &str = "video_patch_core";

/// The temporal pyramid cuts a clip into up to four parts, each of at least one frame.
pub(super) const PYRAMID_LEVELS: usize = 4;

/// What [`VideoPatchCore`](crate::VideoPatchCore) sees, remembers and how it scores.
///
/// The defaults are those of the published system, with the boxes of the foreground proposer in place of a detector.
///
/// ```
/// use oddframe_memory::VideoPatchCoreSettings;
/// let settings = VideoPatchCoreSettings {
///     boxes: "detections.csv".into(),
///     training_boxes: Some("training_detections.csv".into()),
///     prefilter: Some(15_000),
///     ..VideoPatchCoreSettings::default()
/// };
/// assert_eq!((settings.clip_frames, settings.crop_size), (10, 64));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VideoPatchCoreSettings {
    /// The frames of a clip, 4 to 1,000.
    pub clip_frames: usize,
    /// The two maps of the backbone. Features of people have the size of the first, those of the scene that of the second.
    pub maps: [usize; 2],
    /// The channels of the features of people, as means of neighbouring channels of the maps.
    pub channels: usize,
    /// The number of rows and of columns of patches that describe the appearance of a person, at most the side of the first
    /// map.
    pub spatial_grid: usize,
    /// `foreground`, or the path of a file of detections of the videos to score.
    pub boxes: String,
    /// The path of a file of detections of the training videos, required when `boxes` is a file. It may be the same file
    /// where no training video has the name of a video to score.
    pub training_boxes: Option<String>,
    /// How the foreground proposer finds boxes.
    pub foreground: ForegroundSettings,
    /// Only detections with a confidence above this one count. The foreground proposer is not filtered.
    pub min_confidence: f32,
    /// Only detections of these classes count; an empty list stands for all. The foreground proposer has none.
    pub classes: Vec<String>,
    /// How far a box grows to the left and to the right, in widths of the box.
    pub grow_width: f64,
    /// How far a box grows upwards and downwards, in heights of the box.
    pub grow_height: f64,
    /// The side to which a person is resized before the backbone's size.
    pub crop_size: usize,
    /// How people and frames are resized.
    pub filter: Filter,
    /// The rows of the memory of appearances.
    pub spatial_rows: usize,
    /// The rows of the memory of motions.
    pub temporal_rows: usize,
    /// The rows of the memory of scenes.
    pub global_rows: usize,
    /// The number of rows, drawn at random, that each memory is selected from. Without a number it is selected from all.
    pub prefilter: Option<usize>,
    /// How the memories are stored.
    pub storage: Storage,
    /// The most memory in bytes that building one memory may take.
    pub memory_limit: u64,
    /// Chooses the noise and the rows of the memories. Not part of a recipe, whose own seed is used.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub seed: u64,
    /// The share of the training clips that get noise.
    pub noise_share: f64,
    /// The largest amount of the noise, as a part of the range of the pixels: it is uniform between minus and plus this.
    pub noise_amplitude: f64,
    /// How the changes at all positions of a person become one vector in training; in scoring it is their maximum. With
    /// `mean`, as published, motion is many times the usual distance from the memory also where it is normal.
    pub training_motion: MotionPooling,
    /// The number of the most unusual patches whose mean distance is that of a person or a scene; 1 is the maximum.
    pub top_patches: usize,
    /// Distances are raised to this power, above 0 and at most 32, before they are combined.
    pub power: f64,
    /// The weight of the appearance of people against their motion, from 0 to 1.
    pub spatial_weight: f64,
    /// The weight of people against the whole scene, from 0 to 1.
    pub local_weight: f64,
    /// Other ways to compute the features.
    pub quirks: Quirks,
}

/// How the changes of the features at all positions become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MotionPooling {
    /// Their mean.
    #[default]
    Mean,
    /// Their maximum.
    Max,
}

/// Other ways to compute the features: errors of the published code and readings of its description. All are off by default.
///
/// ```
/// use oddframe_memory::Quirks;
/// assert!(!Quirks::default().mixed_axes);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quirks {
    /// As in the published code: the crops of a clip are ordered by time and read as if they were ordered by person. With two
    /// people and more, the ten images of a "person" are those of several people at fewer times.
    pub mixed_axes: bool,
    /// The ten vectors of the temporal pyramid become one long row of the memory instead of a row each. The description
    /// leaves this open; the published number of vectors, ten for each clip, is that of separate rows.
    pub joined_pyramid: bool,
}

impl Default for VideoPatchCoreSettings {
    fn default() -> Self {
        Self {
            clip_frames: 10,
            maps: [0, 1],
            channels: 32,
            spatial_grid: 7,
            boxes: super::box_source::FOREGROUND.into(),
            training_boxes: None,
            foreground: ForegroundSettings::default(),
            min_confidence: 0.4,
            classes: vec!["person".into()],
            grow_width: 0.5,
            grow_height: 0.2,
            crop_size: 64,
            filter: Filter::Antialiased,
            spatial_rows: 3000,
            temporal_rows: 2000,
            global_rows: 1000,
            prefilter: None,
            storage: Storage::F32,
            memory_limit: CoresetOptions::DEFAULT_MEMORY_LIMIT,
            seed: 0,
            noise_share: 0.4,
            noise_amplitude: 0.1373,
            training_motion: MotionPooling::Mean,
            top_patches: 1,
            power: 4.0,
            spatial_weight: 0.7,
            local_weight: 0.7,
            quirks: Quirks::default(),
        }
    }
}

impl VideoPatchCoreSettings {
    /// Checks the values that do not depend on the backbone.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (name, value) in [
            ("spatial_grid", self.spatial_grid),
            ("crop_size", self.crop_size),
            ("spatial_rows", self.spatial_rows),
            ("temporal_rows", self.temporal_rows),
            ("global_rows", self.global_rows),
            ("top_patches", self.top_patches),
        ] {
            if value == 0 {
                return Err(Error::Zero { name });
            }
        }
        if !(PYRAMID_LEVELS..=MOST_FRAMES).contains(&self.clip_frames) {
            return Err(Error::Setting {
                name: "clip_frames",
                value: self.clip_frames as f64,
                expected: "from 4, as the temporal pyramid has four parts, to 1000, as all frames of a clip are in memory",
            });
        }
        for (name, value) in [
            ("min_confidence", f64::from(self.min_confidence)),
            ("noise_share", self.noise_share),
            ("noise_amplitude", self.noise_amplitude),
            ("spatial_weight", self.spatial_weight),
            ("local_weight", self.local_weight),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::Setting {
                    name,
                    value,
                    expected: "between 0 and 1",
                });
            }
        }
        for (name, value) in [
            ("grow_width", self.grow_width),
            ("grow_height", self.grow_height),
        ] {
            if !(0.0..=10.0).contains(&value) {
                return Err(Error::Setting {
                    name,
                    value,
                    expected: "between 0 and 10",
                });
            }
        }
        self.foreground.check()?;
        check_power(self.power)
    }

    /// The options of a memory of `rows` rows.
    pub(super) fn bank_options(&self, rows: usize) -> BankOptions {
        BankOptions {
            size: rows,
            seed: self.seed,
            storage: self.storage,
            prefilter: self.prefilter,
            projection: None,
            memory_limit: self.memory_limit,
        }
    }

    /// What changes the features, as text: features can only be compared when this is equal.
    pub(super) fn feature_key(&self) -> String {
        format!(
            "clips of {}, maps {:?}, {} channels, {}x{} patches, boxes grown by {} and {}, crops of {}, {:?}, {:?}",
            self.clip_frames,
            self.maps,
            self.channels,
            self.spatial_grid,
            self.spatial_grid,
            self.grow_width,
            self.grow_height,
            self.crop_size,
            self.filter,
            self.quirks
        )
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_table_sets_some_values_and_unknown_names_are_errors() {
        let text = "boxes = \"b.csv\"\nprefilter = 15000\ntraining_motion = \"max\"\nquirks = { mixed_axes = true }";
        let settings: VideoPatchCoreSettings = toml::from_str(text).unwrap();
        let expected = VideoPatchCoreSettings {
            boxes: "b.csv".into(),
            prefilter: Some(15_000),
            training_motion: MotionPooling::Max,
            quirks: Quirks {
                mixed_axes: true,
                joined_pyramid: false,
            },
            ..VideoPatchCoreSettings::default()
        };
        assert_eq!(settings, expected);
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(
            toml::from_str::<VideoPatchCoreSettings>(&text).unwrap(),
            expected
        );
        let error = toml::from_str::<VideoPatchCoreSettings>("quirks = { noise = true }");
        assert!(error.unwrap_err().to_string().contains("`noise`"));
    }
}
