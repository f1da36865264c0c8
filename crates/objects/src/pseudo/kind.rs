use std::fmt;

/// What is odd about a pseudo-anomaly.
///
/// ```
/// use oddframe_objects::PseudoKind;
/// assert_eq!(PseudoKind::Speed.to_string(), "speed");
/// assert!(PseudoKind::Speed.has_control() && !PseudoKind::Dwelling.has_control());
/// assert_eq!(PseudoKind::ODD.len(), 7);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PseudoKind {
    /// Nothing: a normal object is pasted and moves as it was recorded. A system that reacts to it reacts to one more object,
    /// or to the pasting.
    Control,
    /// An object moves 1.5, 2 or 3 times as fast.
    Speed,
    /// An object moves backwards.
    Reversal,
    /// An object moves where none was ever seen.
    Place,
    /// A drawn thing that the camera has never seen moves as a normal object does.
    Foreign,
    /// An object that was cut out stays on one spot for seconds.
    Dwelling,
    /// A part of the view is covered, where people walk: they disappear behind it and reappear.
    Occlusion,
    /// An object moves as it does, and its look changes: its brightness is inverted, or its texture is scrambled.
    Appearance,
}

impl PseudoKind {
    /// The kinds that are odd: all but the control.
    pub const ODD: [Self; 7] = [
        Self::Speed,
        Self::Reversal,
        Self::Place,
        Self::Foreign,
        Self::Dwelling,
        Self::Occlusion,
        Self::Appearance,
    ];

    /// Every kind, the control first.
    pub const ALL: [Self; 8] = [
        Self::Control,
        Self::Speed,
        Self::Reversal,
        Self::Place,
        Self::Foreign,
        Self::Dwelling,
        Self::Occlusion,
        Self::Appearance,
    ];

    /// The name, in a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Speed => "speed",
            Self::Reversal => "reversal",
            Self::Place => "place",
            Self::Foreign => "foreign",
            Self::Dwelling => "dwelling",
            Self::Occlusion => "occlusion",
            Self::Appearance => "appearance",
        }
    }

    /// Whether the control has an object of the same track in the same frames, so that the two differ in nothing but what is
    /// odd.
    pub const fn has_control(self) -> bool {
        matches!(
            self,
            Self::Speed | Self::Reversal | Self::Place | Self::Foreign
        )
    }
}

impl fmt::Display for PseudoKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
