use std::fmt;

/// How labels are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LabelFormat {
    /// CSV rows of `video,frame,label`.
    Csv,
    /// One `.npy` list of the frames of all videos.
    Npy,
    /// MATLAB intervals, `gt`.
    Intervals,
    /// Avenue's MATLAB masks, `volLabel`, one file a video.
    VolLabel,
    /// `ShanghaiTech`'s `.npy` lists, one file a video.
    FrameMask,
    /// UCSD's BMP masks, one folder a video.
    Bitmaps,
}

impl fmt::Display for LabelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "CSV table",
            Self::Npy => "npy list",
            Self::Intervals => "MATLAB intervals",
            Self::VolLabel => "MATLAB masks",
            Self::FrameMask => "npy list a video",
            Self::Bitmaps => "BMP masks",
        })
    }
}
