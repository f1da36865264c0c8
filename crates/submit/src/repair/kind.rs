use std::fmt;

/// A kind of repair of an id. `Display` says what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IdRepairKind {
    /// Blanks around an id: ` 1_4`.
    Blanks,
    /// The extension of a file: `1_4.jpg`.
    Extension,
    /// Words in any case: `01_frame_0004`, `Video1_4`.
    Words,
    /// Another separator than `_`: `1-4`, `1/4`.
    Separator,
    /// Leading zeros: `01_0004`.
    LeadingZeros,
    /// Frames counted from another first number: one too high or too low in every row.
    FrameOffset,
}

impl IdRepairKind {
    /// All kinds, in the order in which they are reported.
    pub const ALL: [Self; 6] = [
        Self::Blanks,
        Self::Extension,
        Self::Words,
        Self::Separator,
        Self::LeadingZeros,
        Self::FrameOffset,
    ];

    /// A stable name for machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blanks => "blanks",
            Self::Extension => "extension",
            Self::Words => "words",
            Self::Separator => "separator",
            Self::LeadingZeros => "leading_zeros",
            Self::FrameOffset => "frame_offset",
        }
    }
}

impl fmt::Display for IdRepairKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blanks => "remove blanks around ids",
            Self::Extension => "remove file extensions",
            Self::Words => "remove words from ids",
            Self::Separator => "write `_` between video and frame",
            Self::LeadingZeros => "remove leading zeros",
            Self::FrameOffset => "count frames from the expected first number",
        })
    }
}
