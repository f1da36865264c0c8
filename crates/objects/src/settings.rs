use crate::{Error, Switch};

/// How [`Objects`](crate::Objects) learns and scores. The defaults are what the figures of the README were measured with.
///
/// ```
/// use oddframe_objects::{ObjectSettings, Switch};
/// let live = ObjectSettings { causal: true, ..ObjectSettings::default() };
/// live.check()?;
/// let fixed = ObjectSettings { switch: Some(Switch { slow: 0.4, spread: 0.35 }), ..live };
/// assert!(ObjectSettings { sigma: -1.0, ..fixed }.check().is_err());
/// # Ok::<(), oddframe_objects::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct ObjectSettings {
    /// The standard deviation, in frames, of the Gaussian that smooths each cue over time; 0 smooths nothing.
    pub sigma: f64,
    /// Scores a frame from the past and the next four frames alone: the background of a video is its running median, and an
    /// exponential average takes the place of the Gaussian.
    pub causal: bool,
    /// The two constants that differ from camera to camera. Without them, training chooses them by pseudo-anomalies.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub switch: Option<Switch>,
    /// The seed of what is left to chance: which training objects are remembered, and the pseudo-anomalies.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub seed: u64,
}

impl Default for ObjectSettings {
    fn default() -> Self {
        Self {
            sigma: 4.0,
            causal: false,
            switch: None,
            seed: 0,
        }
    }
}

/// The widest smoothing, in frames.
const LARGEST_SIGMA: f64 = 1000.0;

impl ObjectSettings {
    /// Checks that every value is possible.
    ///
    /// # Errors
    /// [`Error::Setting`] names the value.
    pub fn check(&self) -> Result<(), Error> {
        let switch = self.switch.unwrap_or(Switch::BODIES);
        let checks = [
            ("sigma", self.sigma, 0.0..=LARGEST_SIGMA, "from 0 to 1000"),
            ("slow", switch.slow, 0.0..=8.0, "from 0 to 8"),
            ("spread", switch.spread, 0.01..=10.0, "from 0.01 to 10"),
        ];
        for (name, value, range, expected) in checks {
            if !range.contains(&value) {
                return Err(Error::Setting {
                    name,
                    value,
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
        let text = "causal = true\nswitch = { slow = 0.0, spread = 0.25 }";
        let settings: ObjectSettings = toml::from_str(text).unwrap();
        let expected = ObjectSettings {
            causal: true,
            switch: Some(Switch {
                slow: 0.0,
                spread: 0.25,
            }),
            ..ObjectSettings::default()
        };
        assert_eq!(settings, expected);
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<ObjectSettings>(&text).unwrap(), expected);
        let error = toml::from_str::<ObjectSettings>("sigam = 4").unwrap_err();
        assert!(error.to_string().contains("`sigam`"));
    }
}
