//! How videos and frames are named.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::natural::{Parts, last_number, natural_cmp};

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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

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
}
