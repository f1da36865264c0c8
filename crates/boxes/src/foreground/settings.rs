use crate::Error;

/// How [`ForegroundBoxes`](crate::ForegroundBoxes) finds moving objects.
///
/// ```
/// use oddframe_boxes::ForegroundSettings;
/// let settings = ForegroundSettings { min_contrast: 8.0, ..ForegroundSettings::default() };
/// settings.check()?;
/// assert!(ForegroundSettings { min_contrast: 50.0, ..settings }.check().is_err());
/// # Ok::<(), oddframe_boxes::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ForegroundSettings {
    /// How many standard deviations of the noise a pixel of an object differs from the background. The deviation is
    /// estimated in every frame by the median absolute difference, which objects hardly change.
    pub noise_factor: f32,
    /// The smallest threshold, in gray levels from 0 to 255.
    pub min_contrast: f32,
    /// The largest threshold, in gray levels.
    pub max_contrast: f32,
    /// How many gray levels the background follows a frame. Small values keep people who stand still in the foreground;
    /// large ones follow the light.
    pub adaptation: f32,
    /// The largest share of a frame that objects cover. A frame with more foreground has no boxes and becomes the
    /// background: the camera moved, or the light changed suddenly.
    pub max_share: f32,
    /// The smallest area of an object, as a multiple of the squared expected height at its foot.
    pub min_area: f32,
    /// The smallest height of an object, as a multiple of the expected height at its foot.
    pub min_height: f32,
}

impl Default for ForegroundSettings {
    fn default() -> Self {
        Self {
            noise_factor: 6.0,
            min_contrast: 18.0,
            max_contrast: 40.0,
            adaptation: 0.1,
            max_share: 0.5,
            min_area: 0.02,
            min_height: 0.15,
        }
    }
}

impl ForegroundSettings {
    /// Checks that every value is possible.
    ///
    /// # Errors
    /// [`Error::Setting`] names the value.
    pub fn check(self) -> Result<(), Error> {
        const LEVELS: &str = "above 0, at most 255, and min_contrast at most max_contrast";
        const POSITIVE: &str = "0 or above, and finite";
        const SHARE: &str = "above 0 and at most 1";
        let ordered = self.max_contrast <= 255.0 && self.min_contrast <= self.max_contrast;
        let checks = [
            ("noise_factor", self.noise_factor, POSITIVE, true),
            (
                "min_contrast",
                self.min_contrast,
                LEVELS,
                self.min_contrast > 0.0 && ordered,
            ),
            ("max_contrast", self.max_contrast, LEVELS, ordered),
            ("adaptation", self.adaptation, POSITIVE, true),
            (
                "max_share",
                self.max_share,
                SHARE,
                self.max_share > 0.0 && self.max_share <= 1.0,
            ),
            ("min_area", self.min_area, POSITIVE, true),
            ("min_height", self.min_height, POSITIVE, true),
        ];
        for (name, value, expected, allowed) in checks {
            if !(allowed && value >= 0.0 && value.is_finite()) {
                return Err(Error::Setting {
                    name,
                    value: f64::from(value),
                    expected,
                });
            }
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn settings_round_trip_and_unknown_names_are_errors() {
        let settings: ForegroundSettings = toml::from_str("max_share = 0.25").unwrap();
        let expected = ForegroundSettings {
            max_share: 0.25,
            ..ForegroundSettings::default()
        };
        assert_eq!(settings, expected);
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(
            toml::from_str::<ForegroundSettings>(&text).unwrap(),
            expected
        );
        let error = toml::from_str::<ForegroundSettings>("share = 1").unwrap_err();
        assert!(error.to_string().contains("`share`"));
    }
}
