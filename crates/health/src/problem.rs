use std::fmt;

/// What can be wrong with the whole picture of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Problem {
    /// Something without structure hides most of the scene: a hand, a cloth, paint.
    Covered,
    /// Much more noise than usual.
    Noise,
    /// The picture is upside down.
    Flipped,
    /// The camera looks elsewhere, or most of the scene is hidden by something with a structure of its own.
    Moved,
    /// The edges of the scene are blurred.
    Defocused,
    /// The brightness jumped.
    Brightness,
    /// The same picture is repeated.
    Frozen,
}

impl Problem {
    /// All problems, in the order in which they are looked for: one that explains others comes before them.
    pub const ALL: [Self; 7] = [
        Self::Covered,
        Self::Noise,
        Self::Flipped,
        Self::Moved,
        Self::Defocused,
        Self::Brightness,
        Self::Frozen,
    ];

    /// The name in tables and reasons.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Noise => "noise",
            Self::Flipped => "flipped",
            Self::Moved => "moved",
            Self::Defocused => "defocused",
            Self::Brightness => "brightness",
            Self::Frozen => "frozen",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A problem of one frame. It prints as `noise: 14.2, usually at most 1.2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The problem.
    pub problem: Problem,
    /// How strong it is, compared with what is usual.
    pub strength: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.problem, self.strength)
    }
}
