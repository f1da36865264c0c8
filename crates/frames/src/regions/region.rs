use oddframe_core::VideoId;

use super::wildcard::matches_wildcard;
use crate::Error;

/// What the coordinates of a region are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum RegionUnit {
    /// Fractions of the width and the height of the frame: (0, 0) is the top left corner, (1, 1) the bottom right one.
    #[default]
    Fractions,
    /// Pixels of the frame as it is stored. (0, 0) is the top left corner of the first pixel.
    Pixels,
}

impl RegionUnit {
    /// The smallest and the largest coordinate.
    fn range(self) -> (f64, f64) {
        match self {
            Self::Fractions => (-1.0, 2.0),
            Self::Pixels => (-MOST_PIXELS, MOST_PIXELS),
        }
    }
}

#[cfg(feature = "serde")]
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
fn is_default_unit(unit: &RegionUnit) -> bool {
    *unit == RegionUnit::default()
}

/// Far beyond the largest frame, and small enough that products of two coordinates are exact enough.
const MOST_PIXELS: f64 = 1e6;

/// A polygon in the picture of some or all videos.
///
/// A pixel belongs to the region when its centre lies inside the polygon by the even-odd rule: where a polygon overlaps
/// itself twice, the overlap is outside. The polygon is closed, and what lies outside the frame has no effect.
///
/// ```
/// use oddframe_frames::{Region, RegionUnit};
///
/// let clock = Region::new("clock", vec![[0.0, 0.0], [120.0, 0.0], [120.0, 16.0], [0.0, 16.0]])
///     .with_unit(RegionUnit::Pixels)
///     .with_cameras(vec!["gate*".to_owned()]);
/// clock.check()?;
/// assert!(clock.applies_to(&"gate-2".into()) && !clock.applies_to(&"yard".into()));
/// # Ok::<(), oddframe_frames::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Region {
    /// The name, for messages.
    pub name: String,
    /// The corners, as x and y, in order.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "read_points"))]
    pub points: Vec<[f64; 2]>,
    /// What the corners are measured in.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "is_default_unit")
    )]
    pub unit: RegionUnit,
    /// The names of the videos that have the region; `*` stands for any characters. All videos have it when the list is
    /// empty.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub cameras: Vec<String>,
}

/// Reads corners. A list for an array would take the first two of more numbers.
#[cfg(feature = "serde")]
fn read_points<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Vec<[f64; 2]>, D::Error> {
    let points: Vec<Vec<f64>> = serde::Deserialize::deserialize(reader)?;
    let pairs = points.iter().map(|point| {
        <[f64; 2]>::try_from(&point[..]).map_err(|_| {
            let found = point.len();
            serde::de::Error::custom(format!("a point of {found} numbers; write [X, Y]"))
        })
    });
    pairs.collect()
}

impl Region {
    /// A region of all videos, with its corners as fractions of the frame.
    pub fn new(name: &str, points: Vec<[f64; 2]>) -> Self {
        Self {
            name: name.to_owned(),
            points,
            unit: RegionUnit::default(),
            cameras: Vec::new(),
        }
    }

    /// Sets what the corners are measured in.
    #[must_use]
    pub fn with_unit(self, unit: RegionUnit) -> Self {
        Self { unit, ..self }
    }

    /// Sets the names of the videos that have the region.
    #[must_use]
    pub fn with_cameras(self, cameras: Vec<String>) -> Self {
        Self { cameras, ..self }
    }

    /// Checks the corners.
    ///
    /// # Errors
    /// When there are fewer than three, or a coordinate is not a number or far outside any frame.
    pub fn check(&self) -> Result<(), Error> {
        if self.points.len() < 3 {
            return Err(Error::TooFewPoints {
                region: self.name.clone(),
                points: self.points.len(),
            });
        }
        let (least, most) = self.unit.range();
        for (place, point) in self.points.iter().enumerate() {
            // The comparison is also false for a coordinate that is not a number.
            if let Some(value) = point.iter().find(|value| !(least..=most).contains(*value)) {
                return Err(Error::PointOutside {
                    region: self.name.clone(),
                    point: place + 1,
                    value: *value,
                    least,
                    most,
                    advice: match self.unit {
                        RegionUnit::Fractions => {
                            "; coordinates are fractions of the frame, or pixels with unit = \"pixels\""
                        }
                        RegionUnit::Pixels => "",
                    },
                });
            }
        }
        Ok(())
    }

    /// Whether a video has the region.
    pub fn applies_to(&self, video: &VideoId) -> bool {
        self.cameras.is_empty()
            || self.cameras.iter().any(|camera| {
                // Without a wildcard names are compared as everywhere: 1 is 01.
                VideoId::new(camera) == *video || matches_wildcard(camera, video.name())
            })
    }

    /// The corners in pixels of a picture of the size `shown`, which shows a frame of the size `frame`.
    pub(super) fn corners(&self, frame: (usize, usize), shown: (usize, usize)) -> Vec<[f64; 2]> {
        let scale = match self.unit {
            RegionUnit::Fractions => [shown.0 as f64, shown.1 as f64],
            RegionUnit::Pixels => [
                shown.0 as f64 / frame.0 as f64,
                shown.1 as f64 / frame.1 as f64,
            ],
        };
        let scaled = self.points.iter();
        scaled.map(|[x, y]| [x * scale[0], y * scale[1]]).collect()
    }
}
