use std::path::{Path, PathBuf};

use oddframe_core::{FrameSource, PixelFormat};

use crate::layout::{VideoFolder, find};
use crate::{Error, FolderVideo, Layout};

/// A data set in a folder: normal videos to learn from and videos to score.
///
/// Opening one lists its folders and reads one image's header a video; frames are decoded when they are read.
#[derive(Debug, Clone)]
pub struct Dataset {
    root: PathBuf,
    layout: Layout,
    train: Vec<FolderVideo>,
    test: Vec<FolderVideo>,
}

impl Dataset {
    /// Opens a data set, finding out its layout; its folders may also lie one level down (`Dataset/…`).
    ///
    /// # Errors
    /// When `root` is no folder, no layout or several fit, a video's folder has no images, or their names
    /// give no order. The message says what was found and what is known.
    pub fn open(root: &Path) -> Result<Self, Error> {
        Self::open_found(root, None)
    }

    /// Opens a data set of a layout that is known.
    ///
    /// # Errors
    /// As [`Self::open`]; also when `root` has not got this layout.
    pub fn open_as(root: &Path, layout: Layout) -> Result<Self, Error> {
        Self::open_found(root, Some(layout))
    }

    fn open_found(root: &Path, layout: Option<Layout>) -> Result<Self, Error> {
        let found = find(root, layout)?;
        Ok(Self {
            root: root.to_path_buf(),
            layout: found.layout,
            train: videos(found.train)?,
            test: videos(found.test)?,
        })
    }

    /// Decodes all frames as gray or as RGB, whatever the files hold.
    #[must_use]
    pub fn with_format(mut self, format: PixelFormat) -> Self {
        for videos in [&mut self.train, &mut self.test] {
            *videos = std::mem::take(videos).into_iter().map(|video| video.with_format(format)).collect();
        }
        self
    }

    /// The folder it was opened from.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// How it lies there.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The normal videos, in natural order; none where the layout has no such set.
    pub fn train(&self) -> &[FolderVideo] {
        &self.train
    }

    /// The videos to score, in natural order.
    pub fn test(&self) -> &[FolderVideo] {
        &self.test
    }
}

/// Opens the videos of one set, which must be in natural order, as equal names are found beside each other.
fn videos(folders: Vec<VideoFolder>) -> Result<Vec<FolderVideo>, Error> {
    let videos = folders.into_iter().map(FolderVideo::open_found).collect::<Result<Vec<_>, _>>()?;
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
