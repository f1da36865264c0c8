use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use oddframe_core::{Labels, VideoId};

use crate::digest::read_hashed;
use crate::folder::read_folder;
use crate::intervals::interval_labels;
use crate::lists::{read_list, split};
use crate::masks::mask_labels;
use crate::mat_labels::{MatLabels, read_mat_labels};
use crate::table::read_table;
use crate::videos::VideoSet;
use crate::{Error, LabelFormat, VideoFrames};

/// Bytes that tell one format from another: a MATLAB file says what it is at the end of these.
const HEAD_BYTES: u64 = 128;

/// Labels with where they come from.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFile {
    /// The labels.
    pub labels: Labels,
    /// The SHA-256 of the file in lower-case hexadecimal digits.
    ///
    /// Of several files it is the digest of the lines `DIGEST  NAME` that `sha256sum` prints for them, in
    /// natural order of their names within the folder.
    pub sha256: String,
    /// The format that was found.
    pub format: LabelFormat,
    /// The file that was read, or the folder of the files.
    pub path: PathBuf,
    /// 1 where the format counts frames instead of naming them, and nothing but the videos' smallest number says
    /// that it counts from 1. Should the videos have lost their frame 0, every label is one frame late.
    pub guessed_first_number: Option<u64>,
}

/// What one file holds.
pub(crate) struct Content {
    pub(crate) labels: Labels,
    pub(crate) format: LabelFormat,
    pub(crate) guessed_first_number: Option<u64>,
}

/// Reads labels in whatever format they are, from a file or a folder.
///
/// `videos` are the videos labels are wanted for: they split lists that run over all videos and turn intervals
/// into frames. Labels of other videos and frames are kept where the file has them.
///
/// Formats that count frames instead of naming them (intervals, masks and lists of one video each) begin with
/// frame 0 where a video has that frame. Else lists and masks that end with their video show where they begin.
/// Where nothing does, they begin with frame 1 if that is the smallest number of all the videos (then
/// [`LabelFile::guessed_first_number`] says so), or with frame 0; gaps and late starts change nothing in that.
///
/// In a folder `labels.csv` is looked for first (with the tracks of a `tracks.csv` beside it), then the masks
/// and lists of the known data sets, in the folder itself or where the data set keeps them below it.
///
/// # Errors
/// When nothing can be read there, the content breaks its format's rules or does not fit the videos, a frame of
/// the videos has no label, or a folder holds several sets of labels. The error names the file, and the line
/// where there are lines.
pub fn read_labels(path: &Path, videos: &[VideoFrames]) -> Result<LabelFile, Error> {
    read_labels_counting_from(path, videos, None)
}

/// Reads labels as [`read_labels`] does, where it is known which number, 0 or 1, the first frame of every video
/// has. `None` takes it from the labels, or guesses.
///
/// # Errors
/// As [`read_labels`], and when the number is neither 0 nor 1, or is 1 and a video has a frame 0.
pub fn read_labels_counting_from(
    path: &Path,
    videos: &[VideoFrames],
    first_number: Option<u64>,
) -> Result<LabelFile, Error> {
    let set = VideoSet::new(videos, first_number)?;
    let about = fs::metadata(path).map_err(|e| Error::from(e).at(path))?;
    let file = if about.is_dir() { read_folder(path, &set) } else { read_file(path, &set) };
    let file = file.map_err(|e| e.at(path))?;
    set.check_covered(&file.labels).map_err(|e| e.at(&file.path))?;
    Ok(file)
}

/// Reads one file's labels from memory or a stream, as [`read_labels`] does; `name` is the file's name, which
/// says whose masks a file of masks holds.
///
/// # Errors
/// As [`read_labels`].
pub fn read_labels_from(
    input: impl Read,
    name: &str,
    videos: &[VideoFrames],
) -> Result<(Labels, LabelFormat), Error> {
    let set = VideoSet::new(videos, None)?;
    let Content { labels, format, .. } = read_stream(&mut BufReader::new(input), name, &set)?;
    set.check_covered(&labels)?;
    Ok((labels, format))
}

pub(crate) fn read_file(path: &Path, set: &VideoSet<'_>) -> Result<LabelFile, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (content, sha256) = read_hashed(path, |input| read_stream(input, &name, set))?;
    let Content { labels, format, guessed_first_number } = content;
    Ok(LabelFile { labels, sha256, format, path: path.to_path_buf(), guessed_first_number })
}

/// The video of a file of masks: `1_label.mat` is of video 1.
pub(crate) fn mask_video(name: &str) -> VideoId {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    VideoId::new(stem.strip_suffix("_label").unwrap_or(stem))
}

fn read_stream(input: &mut dyn BufRead, name: &str, set: &VideoSet<'_>) -> Result<Content, Error> {
    let mut head = Vec::new();
    (&mut *input).take(HEAD_BYTES).read_to_end(&mut head)?;
    let extension = name.rsplit_once('.').map_or_else(String::new, |(_, e)| e.to_ascii_lowercase());
    let format = match (&head[..], &extension[..]) {
        ([], _) => return Err(Error::Empty),
        ([0x93, b'N', b'U', b'M', ..], _) | (_, "npy") => LabelFormat::Npy,
        (head, extension) if head.starts_with(b"MATLAB ") || extension == "mat" => LabelFormat::Intervals,
        (head, _) if head.iter().all(|b| *b >= b' ' || b.is_ascii_whitespace()) => LabelFormat::Csv,
        _ => return Err(Error::UnknownFormat),
    };
    let mut input = io::Cursor::new(head).chain(input);
    let named = |labels| Content { labels, format, guessed_first_number: None };
    match format {
        LabelFormat::Npy => Ok(named(split(&read_list(&mut input)?, set)?)),
        LabelFormat::Csv => Ok(named(read_table(input)?)),
        _ => match read_mat_labels(&mut input)? {
            MatLabels::Intervals(cells) => {
                let first = set.first_number([]);
                let labels = interval_labels(&cells, set, first.value())?;
                Ok(Content { labels, format, guessed_first_number: first.guessed_one() })
            }
            MatLabels::Masks(masks) => {
                let id = mask_video(name);
                let first = set.first_number([(&id, masks.len())]);
                let labels = Labels::new(vec![mask_labels(id, masks, first.value())?])?;
                let (format, guessed_first_number) = (LabelFormat::VolLabel, first.guessed_one());
                Ok(Content { labels, format, guessed_first_number })
            }
        },
    }
}
