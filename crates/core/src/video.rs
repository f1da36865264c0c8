use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::natural::Parts;
use crate::{Error, FrameShape, last_number, natural_cmp};

/// A frame's own number, as its file name says it. Gaps between numbers are normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FrameNumber(pub u64);

impl fmt::Display for FrameNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a video, such as `01`, `Test001` or `01_0014`.
///
/// Names are ordered and compared naturally: `2` comes before `10`, and `01` *is* `1`, because data sets
/// write the first on disk and the second in label and submission files.
#[derive(Debug, Clone)]
pub struct VideoId(Arc<str>);

impl VideoId {
    /// Names a video.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as it was given.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The last run of digits in the name.
    pub fn number(&self) -> Option<u64> {
        last_number(&self.0)
    }
}

impl From<&str> for VideoId {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl fmt::Display for VideoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq for VideoId {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for VideoId {}

impl PartialOrd for VideoId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for VideoId {
    fn cmp(&self, other: &Self) -> Ordering {
        natural_cmp(&self.0, &other.0)
    }
}

impl Hash for VideoId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for part in Parts(&self.0) {
            part.hash(state);
        }
    }
}

/// What is known of a video before a frame is read: its name, its shape and which frames exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    id: VideoId,
    shape: FrameShape,
    numbers: Vec<FrameNumber>,
}

impl Video {
    /// Describes a video.
    ///
    /// # Errors
    /// When there is no frame, or the numbers do not rise strictly.
    pub fn new(id: VideoId, shape: FrameShape, numbers: Vec<FrameNumber>) -> Result<Self, Error> {
        check_numbers(&id, &numbers)?;
        Ok(Self { id, shape, numbers })
    }

    /// The same frames with another shape, for sources that resize.
    #[must_use]
    pub fn with_shape(&self, shape: FrameShape) -> Self {
        Self {
            shape,
            ..self.clone()
        }
    }

    /// The name.
    pub fn id(&self) -> &VideoId {
        &self.id
    }

    /// Size and pixel format of every frame.
    pub fn shape(&self) -> FrameShape {
        self.shape
    }

    /// Which frames exist, in order.
    pub fn numbers(&self) -> &[FrameNumber] {
        &self.numbers
    }

    /// How many frames exist.
    #[expect(clippy::len_without_is_empty, reason = "a video is never empty")]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// Refuses an empty list and numbers that do not rise strictly.
pub(crate) fn check_numbers(id: &VideoId, numbers: &[FrameNumber]) -> Result<(), Error> {
    if numbers.is_empty() {
        return Err(Error::EmptyVideo { video: id.clone() });
    }
    match numbers.windows(2).find(|w| w[0] >= w[1]) {
        Some(w) => Err(Error::FrameOrder {
            video: id.clone(),
            before: w[0],
            after: w[1],
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::PixelFormat;

    #[test]
    fn leading_zeros_do_not_make_another_video() {
        assert_eq!(VideoId::new("01"), VideoId::new("1"));
        assert_ne!(VideoId::new("01"), VideoId::new("10"));
        let set: HashSet<_> = ["01", "1", "001", "2"]
            .map(VideoId::new)
            .into_iter()
            .collect();
        assert_eq!(set.len(), 2);
        assert_eq!(VideoId::new("01").to_string(), "01");
    }

    #[test]
    fn numbers_must_rise() {
        let shape = FrameShape::new(4, 4, PixelFormat::Gray).unwrap();
        let video = |n: &[u64]| {
            Video::new(
                "1".into(),
                shape,
                n.iter().copied().map(FrameNumber).collect(),
            )
        };
        assert!(video(&[3, 4, 9]).is_ok());
        assert!(matches!(video(&[]), Err(Error::EmptyVideo { .. })));
        assert!(matches!(video(&[3, 3]), Err(Error::FrameOrder { .. })));
        assert!(matches!(video(&[3, 2]), Err(Error::FrameOrder { .. })));
    }
}
