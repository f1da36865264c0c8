use std::fs;
use std::io::{BufReader, Read};
use std::path::Path;

use oddframe_core::Labels;

use crate::Error;
use crate::folder::read_folder;
use crate::label_file::{LabelFile, LabelFormat};
use crate::stream::{read_file, read_stream};
use crate::videos::{VideoFrames, VideoSet};

/// Reads labels of any supported format from a file or a folder.
///
/// `videos` are the videos that need labels. They split lists that run over all videos and turn intervals
/// into frames. Labels of other videos and frames are kept if the file has them.
///
/// # First frame number
/// Intervals, masks and lists of single videos count frames instead of naming them. The number of the first
/// frame is determined in this order:
///
/// 1. 0 if any of the videos has a frame 0;
/// 2. what the lengths of lists and masks prove, if they end with their video;
/// 3. an assumption: 1 if 1 is the smallest frame number of all videos, otherwise 0. For an assumed 1,
///    [`LabelFile::counting_note`] has a sentence to show to the user.
///
/// Gaps and late starts do not matter. [`read_labels_counting_from`] takes the number instead.
///
/// # Folders
/// `labels.csv` has priority, together with the tracks of a `tracks.csv` beside it. Next come UCSD's scripts
/// (`UCSDped1.m`), and then the masks and lists of the known data sets. Each is searched in the folder itself
/// and in the subfolders in which the data sets keep it. The i-th entry of a script belongs to the i-th video
/// in natural order, or to the video of the number i.
///
/// ```
/// use oddframe_core::FrameNumber;
/// use oddframe_labels::{LabelFormat, VideoFrames, read_labels};
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("labels.csv"), "video,frame,label\n1,0,0\n1,1,1\n")?;
/// let videos = [VideoFrames { id: "01".into(), numbers: vec![FrameNumber(0), FrameNumber(1)] }];
/// let file = read_labels(folder.path(), &videos)?;
/// assert_eq!((file.format, file.labels.positives()), (LabelFormat::Csv, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When nothing can be read, the content violates the rules of its format or does not fit the videos, a frame
/// of the videos has no label, or a folder contains several sets of labels. The error names the file and, in
/// text files, the line.
pub fn read_labels(path: &Path, videos: &[VideoFrames]) -> Result<LabelFile, Error> {
    read_labels_counting_from(path, videos, None)
}

/// Reads labels like [`read_labels`], with a known number of every video's first frame: 0 or 1. `None`
/// determines it as [`read_labels`] does.
///
/// # Errors
/// As [`read_labels`]; also when the number is neither 0 nor 1, or is 1 although a video has a frame 0.
pub fn read_labels_counting_from(
    path: &Path,
    videos: &[VideoFrames],
    first_number: Option<u64>,
) -> Result<LabelFile, Error> {
    let set = VideoSet::new(videos, first_number)?;
    let metadata = fs::metadata(path).map_err(|e| Error::from(e).in_file(path))?;
    let file = if metadata.is_dir() {
        read_folder(path, &set)
    } else {
        read_file(path, &set)
    };
    let file = file.map_err(|e| e.in_file(path))?;
    set.check_covered(&file.labels)
        .map_err(|e| e.in_file(&file.path))?;
    Ok(file)
}

/// Reads the labels of one file like [`read_labels`], from memory or a stream. `name` is the file's name: its
/// extension helps to recognise the format, and a file of masks belongs to the video in its name.
///
/// # Errors
/// As [`read_labels`], without a path.
pub fn read_labels_from(
    input: impl Read,
    name: &str,
    videos: &[VideoFrames],
) -> Result<(Labels, LabelFormat), Error> {
    let set = VideoSet::new(videos, None)?;
    let content = read_stream(&mut BufReader::new(input), name, &set)?;
    set.check_covered(&content.labels)?;
    Ok((content.labels, content.format))
}
