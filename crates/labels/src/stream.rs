//! Reading one label file, whatever its format.

use std::io::{self, BufRead, Read};
use std::path::Path;

use oddframe_core::{Labels, VideoId};

use crate::Error;
use crate::digest::read_hashed;
use crate::intervals::{IntervalList, label_intervals};
use crate::label_file::{LabelFile, LabelFormat};
use crate::lists::{read_list, split_list};
use crate::masks::label_masks;
use crate::mat_labels::{MatLabels, read_mat_labels};
use crate::table::read_table;
use crate::ucsd_script::{is_script, read_script};
use crate::videos::VideoSet;

/// The bytes that distinguish the formats: a MATLAB file ends its header with its version.
const HEAD_BYTES: u64 = 128;

/// The labels of one file.
pub(crate) struct Content {
    pub(crate) labels: Labels,
    pub(crate) format: LabelFormat,
    pub(crate) guessed_first_number: Option<u64>,
}

/// Reads a file and computes its digest. Errors name the file.
pub(crate) fn read_file(path: &Path, set: &VideoSet<'_>) -> Result<LabelFile, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (content, sha256) = read_hashed(path, |input| read_stream(input, &name, set))?;
    let Content {
        labels,
        format,
        guessed_first_number,
    } = content;
    Ok(LabelFile {
        labels,
        sha256,
        format,
        path: path.to_path_buf(),
        guessed_first_number,
    })
}

/// The video that a file of masks belongs to: `1_label.mat` belongs to video 1.
pub(crate) fn mask_video(name: &str) -> VideoId {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    VideoId::new(stem.strip_suffix("_label").unwrap_or(stem))
}

/// Recognises the format of a stream by its first bytes and the extension of its name, and reads it.
pub(crate) fn read_stream(
    input: &mut dyn BufRead,
    name: &str,
    set: &VideoSet<'_>,
) -> Result<Content, Error> {
    let mut head = Vec::new();
    (&mut *input).take(HEAD_BYTES).read_to_end(&mut head)?;
    let format = recognise_format(&head, name)?;
    // The inspected bytes are put in front of the rest, so readers see the whole file.
    let mut input = io::Cursor::new(head).chain(input);
    match format {
        LabelFormat::Npy => {
            let labels = split_list(&read_list(&mut input)?, set)?;
            Ok(Content {
                labels,
                format,
                guessed_first_number: None,
            })
        }
        LabelFormat::Csv => Ok(Content {
            labels: read_table(input)?,
            format,
            guessed_first_number: None,
        }),
        LabelFormat::Script => from_intervals(&read_script(&mut input)?, format, set),
        _ => match read_mat_labels(&mut input)? {
            MatLabels::Intervals(lists) => from_intervals(&lists, format, set),
            MatLabels::Masks(masks) => {
                let id = mask_video(name);
                let first = set.first_number([(&id, masks.len())]);
                let labels = Labels::new(vec![label_masks(id, masks, first.value())?])?;
                let guessed_first_number = first.guessed_one();
                Ok(Content {
                    labels,
                    format: LabelFormat::VolLabel,
                    guessed_first_number,
                })
            }
        },
    }
}

fn recognise_format(head: &[u8], name: &str) -> Result<LabelFormat, Error> {
    let extension = name
        .rsplit_once('.')
        .map_or_else(String::new, |(_, e)| e.to_ascii_lowercase());
    let is_text = head.iter().all(|b| *b >= b' ' || b.is_ascii_whitespace());
    match (head, &extension[..]) {
        ([], _) => Err(Error::Empty),
        // Signatures decide before extensions: renamed files are common.
        ([0x93, b'N', b'U', b'M', ..], _) | (_, "npy") => Ok(LabelFormat::Npy),
        // Whether a MATLAB file has intervals or masks is known only after its variables are read.
        (head, extension) if head.starts_with(b"MATLAB ") || extension == "mat" => {
            Ok(LabelFormat::Intervals)
        }
        (head, extension) if is_text && is_script(head, extension) => Ok(LabelFormat::Script),
        _ if is_text => Ok(LabelFormat::Csv),
        _ => Err(Error::UnknownFormat),
    }
}

fn from_intervals(
    lists: &[IntervalList],
    format: LabelFormat,
    set: &VideoSet<'_>,
) -> Result<Content, Error> {
    // Intervals may end before their video does, so their ends say nothing about the first number.
    let first = set.first_number([]);
    let labels = label_intervals(lists, set, first.value())?;
    Ok(Content {
        labels,
        format,
        guessed_first_number: first.guessed_one(),
    })
}
