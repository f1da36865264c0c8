use std::fs;
use std::path::{Path, PathBuf};

use oddframe_core::natural_cmp;

use crate::{Error, Ffmpeg, VideoFile};

/// The endings of the files that are taken for videos when a folder is opened.
pub(crate) const EXTENSIONS: &[&str] = &[
    "mp4", "m4v", "mkv", "avi", "mov", "webm", "ts", "mts", "m2ts", "mpg", "mpeg", "wmv", "flv",
    "3gp", "ogv",
];

/// The folders of the training and the test set in the known data sets; of several, the first with videos counts.
const LAYOUTS: &[(&[&str], &str)] = &[
    (&["training_videos"], "testing_videos"),
    (&["training/videos"], "testing/videos"),
    (&["train/normal", "train"], "test"),
    (&["Train"], "Test"),
];

/// The layouts in one line, for messages.
pub(crate) fn list_layouts() -> String {
    let layouts: Vec<String> = LAYOUTS
        .iter()
        .map(|(train, test)| format!("{} and {test}", train.join(" or ")))
        .collect();
    layouts.join(", ")
}

/// The video files of a data set: normal videos to learn from, and videos to score.
///
/// ```
/// # let temporary = tempfile::tempdir()?;
/// # let root = temporary.path();
/// # for video in ["training_videos/01.avi", "testing_videos/1.avi", "testing_videos/2.avi"] {
/// #     std::fs::create_dir_all(root.join(video).parent().unwrap())?;
/// #     std::fs::write(root.join(video), "")?;
/// # }
/// use oddframe_video::VideoSet;
/// // A folder with training_videos/01.avi, testing_videos/1.avi and testing_videos/2.avi.
/// let set = VideoSet::find(root)?;
/// assert_eq!((set.train().len(), set.test().len()), (1, 2));
/// assert!(set.test()[1].ends_with("testing_videos/2.avi"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoSet {
    root: PathBuf,
    train: Vec<PathBuf>,
    test: Vec<PathBuf>,
}

impl VideoSet {
    /// Finds the videos of a data set. No file is opened.
    ///
    /// - A file is one video to score.
    /// - In a folder with the folders of a training and a test set, or with one of the two, the files there are the videos:
    ///   `training_videos` and `testing_videos` as the Avenue data set has them, `training/videos` and `testing/videos`,
    ///   `train` and `test`. The folders may be one level below.
    /// - In any other folder every video file is a video to score.
    ///
    /// Files are videos by their ending, in upper or lower case. They are in natural order: `2.avi` comes before `10.avi`.
    ///
    /// # Errors
    /// When there is no video file, a folder cannot be read, or two files of one set have the same video name.
    pub fn find(path: &Path) -> Result<Self, Error> {
        let metadata = fs::metadata(path).map_err(|source| io_error(path, source))?;
        if !metadata.is_dir() {
            return Ok(Self {
                root: path.parent().unwrap_or(Path::new("")).to_path_buf(),
                train: Vec::new(),
                test: vec![path.to_path_buf()],
            });
        }
        if let Some(set) = find_splits(path)? {
            return Ok(set);
        }
        let here = list_videos(path)?;
        if !here.is_empty() {
            return Self::new(path, Vec::new(), here);
        }
        let mut below = Vec::new();
        for folder in list_folders(path)? {
            // A folder that cannot be read holds no set that could be used.
            if let Ok(Some(set)) = find_splits(&folder) {
                below.push(set);
            }
        }
        match below.len() {
            1 => Ok(below.remove(0)),
            _ => Err(Error::NoVideos {
                path: path.to_path_buf(),
            }),
        }
    }

    fn new(root: &Path, train: Vec<PathBuf>, test: Vec<PathBuf>) -> Result<Self, Error> {
        for files in [&train, &test] {
            // Equal names are neighbours in natural order.
            if let Some(pair) = files
                .windows(2)
                .find(|pair| VideoFile::id_of(&pair[0]) == VideoFile::id_of(&pair[1]))
            {
                return Err(Error::SameVideo {
                    id: VideoFile::id_of(&pair[1]),
                    first: pair[0].clone(),
                    second: pair[1].clone(),
                });
            }
        }
        Ok(Self {
            root: root.to_path_buf(),
            train,
            test,
        })
    }

    /// The folder that the paths are in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The files of the normal videos, in natural order; empty when the data set has none.
    pub fn train(&self) -> &[PathBuf] {
        &self.train
    }

    /// The files of the videos to score, in natural order.
    pub fn test(&self) -> &[PathBuf] {
        &self.test
    }

    /// Reads the headers of all files: those of the training and those of the test set.
    ///
    /// # Errors
    /// When a file is no video.
    pub fn open(&self, ffmpeg: &Ffmpeg) -> Result<(Vec<VideoFile>, Vec<VideoFile>), Error> {
        Ok((
            open_files(&self.train, ffmpeg)?,
            open_files(&self.test, ffmpeg)?,
        ))
    }
}

fn open_files(paths: &[PathBuf], ffmpeg: &Ffmpeg) -> Result<Vec<VideoFile>, Error> {
    paths
        .iter()
        .map(|path| VideoFile::open_with(path, ffmpeg))
        .collect()
}

/// The set in the folders of a known layout; none when no such folder holds a video file.
fn find_splits(base: &Path) -> Result<Option<VideoSet>, Error> {
    for (train, test) in LAYOUTS {
        let train = list_first(base, train)?;
        let test = list_first(base, &[test])?;
        if !train.is_empty() || !test.is_empty() {
            return VideoSet::new(base, train, test).map(Some);
        }
    }
    Ok(None)
}

/// The video files in the first of some folders that has any.
fn list_first(base: &Path, folders: &[&str]) -> Result<Vec<PathBuf>, Error> {
    for folder in folders {
        let folder = base.join(folder);
        if folder.is_dir() {
            let files = list_videos(&folder)?;
            if !files.is_empty() {
                return Ok(files);
            }
        }
    }
    Ok(Vec::new())
}

/// The video files in a folder, in natural order of their names.
fn list_videos(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = list_entries(folder)?;
    files.retain(|path| is_video_name(path) && path.is_file());
    files.sort_by(|a, b| {
        natural_cmp(VideoFile::id_of(a).name(), VideoFile::id_of(b).name()).then_with(|| a.cmp(b))
    });
    Ok(files)
}

fn list_folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut folders = list_entries(folder)?;
    folders.retain(|path| path.is_dir());
    folders.sort();
    Ok(folders)
}

/// What is in a folder, without hidden files.
fn list_entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(folder).map_err(|source| io_error(folder, source))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| io_error(folder, source))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

fn is_video_name(path: &Path) -> bool {
    path.extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase())
        .is_some_and(|ending| EXTENSIONS.contains(&ending.as_str()))
}

fn io_error(path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        path: path.to_path_buf(),
        source,
    }
}
