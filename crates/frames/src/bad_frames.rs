use std::fmt;
use std::str::FromStr;

use crate::Error;

/// What happens when a frame cannot be read.
///
/// ```
/// use oddframe_frames::BadFrames;
/// assert_eq!("nearest".parse::<BadFrames>()?, BadFrames::Nearest);
/// assert_eq!(BadFrames::default().to_string(), "error");
/// # Ok::<(), oddframe_frames::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum BadFrames {
    /// The pass ends with the error.
    #[default]
    Error,
    /// The frame shows the pixels of the nearest readable one, as [`BadFrameReplacer`](crate::BadFrameReplacer) does.
    Nearest,
}

impl fmt::Display for BadFrames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Nearest => "nearest",
        })
    }
}

impl FromStr for BadFrames {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "error" => Ok(Self::Error),
            "nearest" => Ok(Self::Nearest),
            _ => Err(Error::UnknownBadFramePolicy {
                name: name.to_owned(),
            }),
        }
    }
}
