use std::fmt;
use std::str::FromStr;

/// The kind of an anomaly.
///
/// Its text form is `running`, `wrong-way`, `cyclist`, `thrown`, `loitering`, `bag`, `appearance`
/// or `motion`.
///
/// ```
/// use oddframe_synth::AnomalyKind;
/// assert_eq!("wrong-way".parse(), Ok(AnomalyKind::WrongWay));
/// assert_eq!(AnomalyKind::ALL.len(), 8);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AnomalyKind {
    /// A person runs where everybody walks.
    Running,
    /// A person walks against the direction of the lane.
    WrongWay,
    /// A cyclist among people on foot.
    Cyclist,
    /// An object is thrown across the street. The object is abnormal, the thrower is not.
    Thrown,
    /// A person stands still where everybody walks.
    Loitering,
    /// A bag is left on the ground and taken later.
    Bag,
    /// An unusual appearance with normal motion: a costume or a hand cart.
    Appearance,
    /// A normal appearance with unusual motion: hopping, stopping and zigzagging.
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

/// The error for an unknown kind of anomaly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a known kind of anomaly: write one of running, wrong-way, cyclist, thrown, loitering, bag, appearance and motion"
)]
pub struct AnomalyKindError {
    text: String,
}

impl FromStr for AnomalyKind {
    type Err = AnomalyKindError;

    fn from_str(text: &str) -> Result<Self, AnomalyKindError> {
        let found = Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text.trim());
        found.ok_or_else(|| AnomalyKindError {
            text: text.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_the_error_lists_all() {
        let message = "x".parse::<AnomalyKind>().unwrap_err().to_string();
        for kind in AnomalyKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert!(message.contains(kind.name()), "{message}");
        }
    }
}
