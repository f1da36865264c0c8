use oddframe_core::{EdgePolicy, Error, Filter, FrameInput, PixelFormat};
use oddframe_score::{AnyPool, Mean};

/// What [`FrameDifference`](crate::FrameDifference) sees and how it scores.
///
/// The defaults are 128x128 pixels, antialiased, the mean squared difference, and for the first frame the score of the
/// second.
///
/// ```
/// use oddframe_baseline::FrameDifferenceSettings;
/// use oddframe_core::EdgePolicy;
/// let settings = FrameDifferenceSettings {
///     pool: "topk(patch=16, stride=16, k=1)".parse()?,
///     edge: EdgePolicy::Constant(0.0),
///     ..FrameDifferenceSettings::default()
/// };
/// assert_eq!((settings.width, settings.height), (128, 128));
/// # Ok::<(), oddframe_core::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FrameDifferenceSettings {
    /// Width in pixels to which frames are resized.
    pub width: usize,
    /// Height in pixels to which frames are resized.
    pub height: usize,
    /// How frames are resized.
    pub filter: Filter,
    /// How the squared differences of all pixels become one number.
    #[cfg_attr(feature = "serde", serde(with = "pool_text"))]
    #[cfg_attr(feature = "schema", schemars(with = "AnyPool"))]
    pub pool: AnyPool,
    /// The score of frames that cannot be compared with a frame before them: the first, and those with borrowed pixels.
    pub edge: EdgePolicy,
}

impl Default for FrameDifferenceSettings {
    fn default() -> Self {
        Self {
            width: 128,
            height: 128,
            filter: Filter::Antialiased,
            pool: Mean.into(),
            edge: EdgePolicy::Nearest,
        }
    }
}

/// What [`TypicalFrame`](crate::TypicalFrame) sees, what it learns and how it scores.
///
/// The defaults are 128x128 pixels, antialiased, the mean frame, and the mean squared difference.
///
/// ```
/// use oddframe_baseline::{Typical, TypicalFrameSettings};
/// let settings = TypicalFrameSettings { typical: Typical::Median, ..TypicalFrameSettings::default() };
/// assert_eq!(settings.pool.to_string(), "mean");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TypicalFrameSettings {
    /// Width in pixels to which frames are resized.
    pub width: usize,
    /// Height in pixels to which frames are resized.
    pub height: usize,
    /// How frames are resized.
    pub filter: Filter,
    /// How the squared differences of all pixels become one number.
    #[cfg_attr(feature = "serde", serde(with = "pool_text"))]
    #[cfg_attr(feature = "schema", schemars(with = "AnyPool"))]
    pub pool: AnyPool,
    /// Which frame represents the training frames.
    pub typical: Typical,
}

impl Default for TypicalFrameSettings {
    fn default() -> Self {
        Self {
            width: 128,
            height: 128,
            filter: Filter::Antialiased,
            pool: Mean.into(),
            typical: Typical::Mean,
        }
    }
}

/// Which frame represents the training frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Typical {
    /// The mean of each pixel over all training frames.
    #[default]
    Mean,
    /// The median of each pixel over all training frames. Unlike the mean, it shows no trace of people who pass by.
    Median,
}

/// Gray frames of one size, with values from 0 to 1.
pub(crate) fn gray_input(width: usize, height: usize, filter: Filter) -> Result<FrameInput, Error> {
    Ok(FrameInput::new(width, height, PixelFormat::Gray)?.with_filter(filter))
}

/// A pool as its text, `mean` or `topk(patch=16, stride=16, k=1)`.
#[cfg(feature = "serde")]
mod pool_text {
    use oddframe_score::AnyPool;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(
        pool: &AnyPool,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(pool)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<AnyPool, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_table_sets_some_values_and_leaves_the_others_at_their_defaults() {
        let text = "width = 64\npool = \"max\"\nedge = \"constant(0.5)\"\nfilter = \"opencv\"";
        let expected = FrameDifferenceSettings {
            width: 64,
            pool: "max".parse().unwrap(),
            edge: EdgePolicy::Constant(0.5),
            filter: Filter::OpenCv,
            ..FrameDifferenceSettings::default()
        };
        assert_eq!(
            toml::from_str::<FrameDifferenceSettings>(text).unwrap(),
            expected
        );
        let settings: TypicalFrameSettings = toml::from_str("typical = \"median\"").unwrap();
        assert_eq!(
            settings,
            TypicalFrameSettings {
                typical: Typical::Median,
                ..Default::default()
            }
        );
    }

    #[test]
    fn settings_round_trip_and_unknown_names_are_errors() {
        let settings = FrameDifferenceSettings {
            edge: EdgePolicy::Reflect,
            ..Default::default()
        };
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(
            toml::from_str::<FrameDifferenceSettings>(&text).unwrap(),
            settings
        );
        let text = toml::to_string(&TypicalFrameSettings::default()).unwrap();
        assert_eq!(
            toml::from_str::<TypicalFrameSettings>(&text).unwrap(),
            TypicalFrameSettings::default()
        );
        let error = toml::from_str::<FrameDifferenceSettings>("widht = 64")
            .unwrap_err()
            .to_string();
        assert!(error.contains("`widht`"), "{error}");
        let error = toml::from_str::<TypicalFrameSettings>("pool = \"top\"")
            .unwrap_err()
            .to_string();
        assert!(error.contains("`top`"), "{error}");
    }
}
