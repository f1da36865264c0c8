use std::fmt;
use std::str::FromStr;

/// What is wrong in an abnormal stretch of video.
///
/// Its text form is `running`, `wrong-way`, `cyclist`, `thrown`, `loitering`, `bag`, `appearance` or `motion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AnomalyKind {
    /// A person runs where everybody walks.
    Running,
    /// A person walks against the custom of the lane.
    WrongWay,
    /// A cyclist among people on foot.
    Cyclist,
    /// An object is thrown across the street; the object is what is abnormal.
    Thrown,
    /// A person stands about where everybody walks on.
    Loitering,
    /// A bag is left on the ground, and later taken.
    Bag,
    /// Looks wrong, moves normally: a costume, or a hand cart.
    Appearance,
    /// Looks normal, moves oddly: hops, stops and zig-zags.
    Motion,
}

impl AnomalyKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Running,
        Self::WrongWay,
        Self::Cyclist,
        Self::Thrown,
        Self::Loitering,
        Self::Bag,
        Self::Appearance,
        Self::Motion,
    ];

    /// The text form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::WrongWay => "wrong-way",
            Self::Cyclist => "cyclist",
            Self::Thrown => "thrown",
            Self::Loitering => "loitering",
            Self::Bag => "bag",
            Self::Appearance => "appearance",
            Self::Motion => "motion",
        }
    }
}

impl fmt::Display for AnomalyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no kind of anomaly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no kind of anomaly; known are running, wrong-way, cyclist, thrown, loitering, bag, appearance and motion"
)]
pub struct AnomalyKindError {
    text: String,
}

impl FromStr for AnomalyKind {
    type Err = AnomalyKindError;

    fn from_str(text: &str) -> Result<Self, AnomalyKindError> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text.trim());
        found.ok_or_else(|| AnomalyKindError { text: text.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_are_all_told() {
        let message = "x".parse::<AnomalyKind>().unwrap_err().to_string();
        for kind in AnomalyKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert!(message.contains(kind.name()), "{message}");
        }
    }
}
