//! Video files as the data of a run.

use std::path::Path;
use std::sync::Arc;

use oddframe_core::{FrameSource, Observer};
use oddframe_frames::Error as FolderError;
use oddframe_video::{DiskStore, Ffmpeg, VideoFile, VideoSet};

use super::content::{Content, NamedFile};
use crate::Error;

/// Whether a path that is no data set of images may hold video files.
pub(super) fn may_hold_videos(error: &FolderError) -> bool {
    matches!(
        error,
        FolderError::NotAFolder { .. }
            | FolderError::UnknownLayout { .. }
            | FolderError::NoVideos { .. }
            | FolderError::NoImages { .. }
    )
}

/// The videos of a data set of video files.
pub(super) struct OpenedVideos {
    pub(super) train: Vec<Arc<dyn FrameSource>>,
    pub(super) test: Vec<Arc<dyn FrameSource>>,
    pub(super) content: Content,
    /// Which files are damaged.
    pub(super) notes: Vec<String>,
}

/// Opens a video file or the video files in a folder; none when there are none.
///
/// Every file is decoded once, because labels and shares need the number of its frames.
pub(super) fn open_videos(
    path: &Path,
    observer: &mut dyn Observer,
) -> Result<Option<OpenedVideos>, Error> {
    let set = match VideoSet::find(path) {
        Ok(set) => set,
        Err(oddframe_video::Error::NoVideos { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let (train, test) = set.open(&Ffmpeg::find()?)?;
    let paths = set.train().iter().chain(set.test());
    let files = paths.map(|file| NamedFile {
        name: file
            .strip_prefix(set.root())
            .unwrap_or(file)
            .display()
            .to_string(),
        path: file.clone(),
    });
    let content = Content::Files(files.collect());
    // Training reads frames at random, so its videos get the disk first.
    let store = DiskStore::default();
    let mut notes = Vec::new();
    let train = decode_files(train, &store, &mut notes, observer)?;
    let test = decode_files(test, &store, &mut notes, observer)?;
    Ok(Some(OpenedVideos {
        train,
        test,
        content,
        notes,
    }))
}

/// Opens files for random access, and notes which are damaged.
fn decode_files(
    files: Vec<VideoFile>,
    store: &DiskStore,
    notes: &mut Vec<String>,
    observer: &mut dyn Observer,
) -> Result<Vec<Arc<dyn FrameSource>>, Error> {
    let mut sources: Vec<Arc<dyn FrameSource>> = Vec::new();
    for file in files {
        let (source, damage) = decode_file(file, store, observer)?;
        notes.extend(damage);
        sources.push(source);
    }
    Ok(sources)
}

/// Opens a file for random access, and says how it is damaged if it is.
pub(super) fn decode_file(
    file: VideoFile,
    store: &DiskStore,
    observer: &mut dyn Observer,
) -> Result<(Arc<dyn FrameSource>, Option<String>), Error> {
    let source = file
        .into_source_with(store, observer)
        .map_err(unwrap_core)?;
    let damage = source.damage().map(|damage| {
        format!(
            "{} is damaged, and its {} readable frames are used: {damage}",
            source.file().path().display(),
            source.numbers().len()
        )
    });
    Ok((Arc::new(source), damage))
}

/// An error of core, such as a cancellation, as itself.
fn unwrap_core(error: oddframe_video::Error) -> Error {
    match error {
        oddframe_video::Error::Core(error) => Error::Core(error),
        error => Error::Video(error),
    }
}
