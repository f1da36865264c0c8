use std::fmt;

/// The kind of an anomaly.
///
/// Its text form, as in `events.csv`, is `running`, `wrong-way`, `cyclist`, `thrown`, `loitering`,
/// `bag`, `appearance` or `motion`.
///
/// ```
/// use oddframe_synth::AnomalyKind;
/// assert_eq!(AnomalyKind::WrongWay.to_string(), "wrong-way");
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_fit_into_a_csv_field() {
        let names: BTreeSet<String> = AnomalyKind::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), AnomalyKind::ALL.len());
        for name in names {
            assert!(
                name.bytes().all(|b| b == b'-' || b.is_ascii_lowercase()),
                "{name}"
            );
        }
    }
}
