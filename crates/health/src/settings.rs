use crate::Error;

/// Settings of the watch over a camera.
///
/// ```
/// use oddframe_health::HealthSettings;
/// assert!(HealthSettings { frames_per_second: 10.0 }.check().is_ok());
/// assert!(HealthSettings { frames_per_second: 0.0 }.check().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HealthSettings {
    /// The frame rate of videos that do not tell theirs, such as folders of images. A second of frames is what makes a picture
    /// frozen, and what brightness is compared with.
    pub frames_per_second: f64,
}

/// No camera is faster, and a second must fit into memory.
const FASTEST: f64 = 1000.0;

impl Default for HealthSettings {
    fn default() -> Self {
        Self {
            frames_per_second: 25.0,
        }
    }
}

impl HealthSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// When the frame rate is not above 0 and at most 1000.
    pub fn check(self) -> Result<(), Error> {
        if self.frames_per_second > 0.0 && self.frames_per_second <= FASTEST {
            Ok(())
        } else {
            Err(Error::Setting {
                name: "frames_per_second",
                value: self.frames_per_second,
                most: FASTEST,
            })
        }
    }

    /// The frames in a second, at least 2.
    pub(crate) fn second(self) -> usize {
        second_of(self.frames_per_second)
    }
}

/// The frames in a second of a video with this rate, at least 2.
pub(crate) fn second_of(frames_per_second: f64) -> usize {
    (frames_per_second.clamp(0.0, FASTEST).ceil() as usize).max(2)
}
