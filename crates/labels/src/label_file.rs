use std::fmt;
use std::path::PathBuf;

use oddframe_core::Labels;

/// The format in which labels are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum LabelFormat {
    /// CSV rows of `video,frame,label`.
    Csv,
    /// One `.npy` list with the frames of all videos.
    Npy,
    /// MATLAB intervals in the variable `gt`.
    Intervals,
    /// UCSD's MATLAB script of intervals, such as `UCSDped1.m`.
    Script,
    /// Avenue's MATLAB masks in the variable `volLabel`, one file per video.
    VolLabel,
    /// `ShanghaiTech`'s `.npy` lists, one file per video.
    FrameMask,
    /// UCSD's BMP masks, one folder per video.
    Bitmaps,
}

impl fmt::Display for LabelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "CSV table",
            Self::Npy => "npy list",
            Self::Intervals => "MATLAB intervals",
            Self::Script => "UCSD script",
            Self::VolLabel => "MATLAB masks",
            Self::FrameMask => "npy list per video",
            Self::Bitmaps => "BMP masks",
        })
    }
}

/// Labels together with their source.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFile {
    /// The labels.
    pub labels: Labels,
    /// The SHA-256 of the file in lower-case hexadecimal digits.
    ///
    /// For several files it is the digest of the lines `DIGEST  NAME` that `sha256sum` prints for them, in
    /// natural order of their names within the folder.
    pub sha256: String,
    /// The format that was recognised.
    pub format: LabelFormat,
    /// The file that was read, or the folder that contains the files.
    pub path: PathBuf,
    /// The number of the first frame, 1, if the reader had to assume it: some formats list labels without
    /// frame numbers. The assumption is wrong if the videos have lost their frame 0; every label is then one
    /// frame late. [`Self::counting_note`] is the sentence to show.
    pub guessed_first_number: Option<u64>,
}

impl LabelFile {
    /// The sentence that tells a user which first frame number was assumed, or `None` if nothing was assumed.
    ///
    /// ```
    /// use oddframe_core::FrameNumber;
    /// use oddframe_labels::{VideoFrames, read_labels, read_labels_counting_from};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("UCSDped2.m");
    /// std::fs::write(&path, "TestVideoFile{end+1}.gt_frame = [2:3];")?;
    /// let videos = [VideoFrames { id: "Test001".into(), numbers: (1..=4).map(FrameNumber).collect() }];
    ///
    /// let assumed = read_labels(&path, &videos)?;
    /// assert!(assumed.counting_note().is_some_and(|note| note.contains("--count-from 0")));
    /// let given = read_labels_counting_from(&path, &videos, Some(1))?;
    /// assert_eq!(given.counting_note(), None);
    /// assert_eq!(given.labels, assumed.labels);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn counting_note(&self) -> Option<String> {
        let first = self.guessed_first_number?;
        Some(format!(
            "{} does not say whether frames count from 0 or from 1; {first} was assumed because it is the \
             smallest frame number of the videos. If frame 0 is missing from the videos, use --count-from 0",
            self.path.display()
        ))
    }
}
