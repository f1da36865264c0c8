//! The known layouts of data sets.

use std::fmt;

/// The folder layout of a data set.
///
/// ```
/// use oddframe_frames::Layout;
/// assert_eq!("ped2".parse::<Layout>()?, Layout::Frames);
/// assert_eq!(Layout::Ucsd.tree(), "Train/VIDEO/IMAGES, Test/VIDEO/IMAGES");
/// # Ok::<(), oddframe_frames::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// Pixel Play and CUHK Avenue: `training_videos/01/frame_00000.jpg`, `testing_videos/…`.
    PixelPlay,
    /// UCSD Ped2 as it is commonly redistributed, and `ShanghaiTech`: `training/frames/01/000.jpg`,
    /// `testing/frames/…`.
    Frames,
    /// UCSD as published: `Train/Train001/001.tif`, `Test/…`, with masks in folders named `…_gt`.
    Ucsd,
    /// `train/normal/01/frame_0.jpg` (or `train/01/…`), `test/…`.
    TrainTest,
    /// A folder of video folders, all to be scored; there is no training set.
    Folders,
    /// One folder of images: a single video to be scored.
    Images,
}

impl Layout {
    /// All layouts, in the order in which messages list them.
    pub const ALL: [Self; 6] = [
        Self::PixelPlay,
        Self::Frames,
        Self::Ucsd,
        Self::TrainTest,
        Self::Folders,
        Self::Images,
    ];

    /// The name that [`FromStr`](std::str::FromStr) parses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PixelPlay => "pixelplay",
            Self::Frames => "frames",
            Self::Ucsd => "ucsd",
            Self::TrainTest => "train-test",
            Self::Folders => "folders",
            Self::Images => "images",
        }
    }

    /// The folders and files of the layout.
    pub const fn tree(self) -> &'static str {
        match self {
            Self::PixelPlay => "training_videos/VIDEO/IMAGES, testing_videos/VIDEO/IMAGES",
            Self::Frames => "training/frames/VIDEO/IMAGES, testing/frames/VIDEO/IMAGES",
            Self::Ucsd => "Train/VIDEO/IMAGES, Test/VIDEO/IMAGES",
            Self::TrainTest => "train/normal/VIDEO/IMAGES, test/VIDEO/IMAGES",
            Self::Folders => "VIDEO/IMAGES",
            Self::Images => "IMAGES",
        }
    }

    /// All layouts with their trees, for error messages.
    pub(crate) fn known() -> String {
        let each = Self::ALL.map(|layout| format!("{layout} ({})", layout.tree()));
        each.join("; ")
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
