use std::path::{Path, PathBuf};

use oddframe_core::{FrameSource, PixelFormat};

use crate::layout::{VideoFolder, find};
use crate::{Error, FolderVideo, Layout};

/// A data set in a folder: normal videos to learn from, and videos to score.
///
/// Opening a data set lists its folders and reads one image header for each video. Frames are decoded when they are read.
///
/// ```
/// # let temporary = tempfile::tempdir()?;
/// # let root = temporary.path();
/// # for video in ["training_videos/01", "testing_videos/01", "testing_videos/02"] {
/// #     std::fs::create_dir_all(root.join(video))?;
/// #     let file = std::io::BufWriter::new(std::fs::File::create(root.join(video).join("frame_000.jpg"))?);
/// #     jpeg_encoder::Encoder::new(file, 90).encode(&[99; 64 * 48 * 3], 64, 48, jpeg_encoder::ColorType::Rgb)?;
/// # }
/// use oddframe_core::FrameSource;
/// use oddframe_frames::{Dataset, Layout};
/// // A folder with training_videos/01, testing_videos/01 and testing_videos/02.
/// let data = Dataset::open(root)?;
/// assert_eq!(data.layout(), Layout::PixelPlay);
/// assert_eq!((data.train().len(), data.test().len()), (1, 2));
/// assert_eq!(data.test()[1].id().name(), "02");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dataset {
    root: PathBuf,
    layout: Layout,
    train: Vec<FolderVideo>,
    test: Vec<FolderVideo>,
}

impl Dataset {
    /// Opens a data set and detects its layout, in `root` or in a folder one level below (`Dataset/…`).
    ///
    /// # Errors
    /// When `root` is not a folder, no layout or more than one fits, the folder of a video has no images, or the numbers in
    /// their names are ambiguous. The message says what was found and which layouts are known.
    pub fn open(root: &Path) -> Result<Self, Error> {
        Self::open_found(root, None)
    }

    /// Opens a data set of a known layout.
    ///
    /// # Errors
    /// As [`Self::open`]; also when `root` does not have this layout.
    pub fn open_as(root: &Path, layout: Layout) -> Result<Self, Error> {
        Self::open_found(root, Some(layout))
    }

    fn open_found(root: &Path, layout: Option<Layout>) -> Result<Self, Error> {
        let found = find(root, layout)?;
        Ok(Self {
            root: root.to_path_buf(),
            layout: found.layout,
            train: open_videos(found.train)?,
            test: open_videos(found.test)?,
        })
    }

    /// Decodes all frames as gray or as RGB, whatever the files hold.
    #[must_use]
    pub fn with_format(mut self, format: PixelFormat) -> Self {
        for videos in [&mut self.train, &mut self.test] {
            *videos = std::mem::take(videos)
                .into_iter()
                .map(|video| video.with_format(format))
                .collect();
        }
        self
    }

    /// The folder that was opened.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The layout of its folders.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The normal videos, in natural order; empty when the data set has none.
    pub fn train(&self) -> &[FolderVideo] {
        &self.train
    }

    /// The videos to score, in natural order.
    pub fn test(&self) -> &[FolderVideo] {
        &self.test
    }
}

/// Opens the videos of one set. They must be in natural order, so that equal names are neighbours.
fn open_videos(folders: Vec<VideoFolder>) -> Result<Vec<FolderVideo>, Error> {
    let videos = folders
        .into_iter()
        .map(FolderVideo::open_found)
        .collect::<Result<Vec<_>, _>>()?;
    // `01` and `1` are equal names: labels and submissions could not tell these videos apart.
    match videos.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
        Some(pair) => Err(Error::SameVideo {
            first: pair[0].folder().to_path_buf(),
            second: pair[1].folder().to_path_buf(),
        }),
        None => Ok(videos),
    }
}

#[cfg(test)]
mod tests;
