use std::fs;
use std::path::{Path, PathBuf};

use oddframe_core::{
    FrameNumber, Labels, Mask, Sha256Digest, VideoId, VideoLabels, last_number, natural_cmp,
};

use crate::Error;
use crate::bitmap::read_bitmap;
use crate::digest::read_hashed;
use crate::first_number::FirstNumber;
use crate::label_file::{LabelFile, LabelFormat};
use crate::lists::{label_list, read_list};
use crate::masks::{RunBudget, label_masks};
use crate::mat_labels::{MatLabels, read_mat_labels};
use crate::stream::{mask_video, read_file};
use crate::table::read_table;
use crate::tracks::parse_tracks;
use crate::videos::VideoSet;

const TABLE: &str = "labels.csv";
const TRACKS: &str = "tracks.csv";
/// `ShanghaiTech`'s folder with one list per video.
const FRAME_MASKS: &str = "test_frame_mask";
/// UCSD's folder with the test videos, their masks and the script of intervals.
const UCSD_TEST: &str = "Test";
/// The subfolders in which data sets keep their labels.
const SUBFOLDERS: [&str; 5] = [
    UCSD_TEST,
    FRAME_MASKS,
    "testing/test_frame_mask",
    "testing_label_mask",
    "ground_truth_demo/testing_label_mask",
];
/// UCSD's scripts, which label every video; its masks leave out part of Ped1.
const SCRIPTS: [&str; 2] = ["UCSDped1.m", "UCSDped2.m"];
/// The names under which label files of a whole data set circulate.
const KNOWN_FILES: [&str; 4] = ["gt.mat", "ped1.mat", "ped2.mat", "avenue.mat"];

/// A set of labels in a folder: one file, or all files of one format.
struct Found {
    path: PathBuf,
    /// The format of the files; `None` for one file, which is read like a file given by its path.
    format: Option<LabelFormat>,
    /// Names within `path`, in natural order.
    names: Vec<String>,
}

/// Finds the labels in a folder and reads them.
pub(crate) fn read_folder(folder: &Path, set: &VideoSet<'_>) -> Result<LabelFile, Error> {
    let names = list_names(folder)?;
    // A table is what this project writes itself, and it names videos and frames, so it has priority.
    if names.iter().any(|n| n == TABLE) {
        return if names.iter().any(|n| n == TRACKS) {
            read_table_with_tracks(folder)
        } else {
            read_file(&folder.join(TABLE), set)
        };
    }
    // Every known place is searched, because an ambiguous folder must be an error and not a silent choice.
    let mut found = find_labels(folder, &names)?;
    for sub in SUBFOLDERS.map(|sub| folder.join(sub)) {
        if sub.is_dir() {
            found.extend(find_labels(&sub, &list_names(&sub)?)?);
        }
    }
    let Some(only) = found.pop() else {
        return Err(Error::NoLabelsInFolder);
    };
    if !found.is_empty() {
        let candidates = found.into_iter().chain([only]).map(|f| f.path).collect();
        return Err(Error::SeveralCandidates { candidates });
    }
    match only.format {
        None => read_file(&only.path, set),
        Some(format) => read_files(&only, format, set, RunBudget::default()),
    }
}

/// The names in a folder, in natural order.
fn list_names(folder: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| Error::from(e).in_file(folder))? {
        let name = entry
            .map_err(|e| Error::from(e).in_file(folder))?
            .file_name();
        let name = name.to_string_lossy().into_owned();
        // Hidden files are leftovers of file managers.
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_by(|a, b| natural_cmp(a, b).then_with(|| a.cmp(b)));
    Ok(names)
}

fn has_extension(name: &str, wanted: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case(wanted))
}

/// Whether a name is that of one of Avenue's mask files, such as `1_label.mat`.
fn is_mask_file(name: &str) -> bool {
    let number = name.strip_suffix("_label.mat");
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a name is that of a file with the labels of a whole data set.
fn is_whole_set(name: &str) -> bool {
    KNOWN_FILES.contains(&name) || (name.starts_with("frame_labels") && has_extension(name, "npy"))
}

/// The sets of labels directly in a folder.
fn find_labels(folder: &Path, names: &[String]) -> Result<Vec<Found>, Error> {
    // The script labels every video of its folder, so the masks beside it are no second candidate.
    if let Some(script) = names.iter().find(|n| SCRIPTS.contains(&n.as_str())) {
        return Ok(vec![Found {
            path: folder.join(script),
            format: None,
            names: Vec::new(),
        }]);
    }
    let masks = names.iter().filter(|n| is_mask_file(n)).cloned().collect();
    // A `.npy` file may hold anything. Only in this folder is every one of them the list of one video.
    let mut lists: Vec<String> = Vec::new();
    if folder.file_name().is_some_and(|n| n == FRAME_MASKS) {
        lists.extend(names.iter().filter(|n| has_extension(n, "npy")).cloned());
    }
    // UCSD keeps the masks of each video in a folder of its own: `Test001_gt/001.bmp`.
    let mut bitmaps = Vec::new();
    for inner in names
        .iter()
        .filter(|n| n.ends_with("_gt") && folder.join(n).is_dir())
    {
        let images = list_names(&folder.join(inner))?;
        bitmaps.extend(
            images
                .iter()
                .filter(|n| has_extension(n, "bmp"))
                .map(|n| format!("{inner}/{n}")),
        );
    }
    let mut found: Vec<Found> = [
        (LabelFormat::VolLabel, masks),
        (LabelFormat::FrameMask, lists),
        (LabelFormat::Bitmaps, bitmaps),
    ]
    .into_iter()
    .filter(|(_, names)| !names.is_empty())
    .map(|(format, names)| Found {
        path: folder.to_path_buf(),
        format: Some(format),
        names,
    })
    .collect();
    let whole = names.iter().filter(|n| is_whole_set(n));
    found.extend(whole.map(|n| Found {
        path: folder.join(n),
        format: None,
        names: Vec::new(),
    }));
    Ok(found)
}

fn read_table_with_tracks(folder: &Path) -> Result<LabelFile, Error> {
    let mut digest = Sha256Digest::default();
    let (labels, sha256) = read_hashed(&folder.join(TABLE), |input| read_table(input))?;
    digest.add_file(TABLE, &sha256);
    let (tracks, sha256) = read_hashed(&folder.join(TRACKS), |input| parse_tracks(input))?;
    digest.add_file(TRACKS, &sha256);
    Ok(LabelFile {
        labels: labels.with_tracks(tracks),
        sha256: digest.into_hex(),
        format: LabelFormat::Csv,
        path: folder.to_path_buf(),
        guessed_first_number: None,
    })
}

fn read_files(
    found: &Found,
    format: LabelFormat,
    set: &VideoSet<'_>,
    mut runs: RunBudget,
) -> Result<LabelFile, Error> {
    // Names are in natural order, so the digest does not depend on the order in which the system lists files.
    let mut digest = Sha256Digest::default();
    let mut lists = Vec::new();
    let mut volumes = Vec::new();
    let mut images = Vec::new();
    for name in &found.names {
        let path = found.path.join(name);
        // Each file is parsed and hashed in one pass; masks are never in memory as files.
        let ((), sha256) = read_hashed(&path, |input| {
            match format {
                LabelFormat::Bitmaps => {
                    images.push(FrameMask::new(name, read_bitmap(input, &mut runs)?)?);
                }
                LabelFormat::FrameMask => {
                    let id =
                        VideoId::new(name.rsplit_once('.').map_or(&name[..], |(stem, _)| stem));
                    lists.push((id, read_list(input)?));
                }
                _ => match read_mat_labels(input)? {
                    MatLabels::Masks(masks) => volumes.push((mask_video(name), masks)),
                    MatLabels::Intervals(_) => {
                        return Err(Error::NoVariable {
                            found: vec!["gt".into()],
                        });
                    }
                },
            }
            Ok(())
        })?;
        digest.add_file(name, &sha256);
    }
    // The first frame number is decided after all files are read: only together they may determine it.
    let mut videos = Vec::new();
    let first = match format {
        LabelFormat::Bitmaps => label_frame_masks(images, set, &mut videos)?,
        LabelFormat::FrameMask => {
            let first = set.first_number(lists.iter().map(|(id, list)| (id, list.len())));
            for ((id, list), name) in lists.into_iter().zip(&found.names) {
                let labels = label_list(id, list, first.value(), set);
                videos.push(labels.map_err(|e| e.in_file(&found.path.join(name)))?);
            }
            first
        }
        _ => {
            let first = set.first_number(volumes.iter().map(|(id, masks)| (id, masks.len())));
            for ((id, masks), name) in volumes.into_iter().zip(&found.names) {
                let labels = label_masks(id, masks, first.value());
                videos.push(labels.map_err(|e| e.in_file(&found.path.join(name)))?);
            }
            first
        }
    };
    Ok(LabelFile {
        labels: Labels::new(videos)?,
        sha256: digest.into_hex(),
        format,
        path: found.path.clone(),
        guessed_first_number: first.guessed_one(),
    })
}

/// The mask of one frame, from an image file of its own.
struct FrameMask {
    video: VideoId,
    number: u64,
    mask: Mask,
}

impl FrameMask {
    /// The mask in the file `Test001_gt/017.bmp` belongs to frame 17 of video `Test001`.
    fn new(name: &str, mask: Mask) -> Result<Self, Error> {
        let (folder, file) = name.split_once('/').unwrap_or_default();
        let number = file
            .rsplit_once('.')
            .and_then(|(stem, _)| last_number(stem))
            .ok_or(Error::NoFrameNumber)?;
        Ok(Self {
            video: VideoId::new(folder.strip_suffix("_gt").unwrap_or(folder)),
            number,
            mask,
        })
    }
}

/// Adds the labels of each video to `videos` and returns the number of the first frame.
///
/// Images count from 1 or 0, and so do the frames of the set, not always from the same number. Both are
/// reduced to positions from 0 first.
fn label_frame_masks(
    images: Vec<FrameMask>,
    set: &VideoSet<'_>,
    videos: &mut Vec<VideoLabels>,
) -> Result<FirstNumber, Error> {
    let first_image = u64::from(images.iter().map(|image| image.number).min() == Some(1));
    let mut by_video: Vec<(VideoId, Vec<u64>, Vec<Mask>)> = Vec::new();
    for FrameMask {
        video,
        number,
        mask,
    } in images
    {
        // Names are sorted, so the images of one video follow each other.
        if by_video.last().is_none_or(|v| v.0 != video) {
            by_video.push((video, Vec::new(), Vec::new()));
        }
        if let Some((_, positions, masks)) = by_video.last_mut() {
            positions.push(number - first_image);
            masks.push(mask);
        }
    }
    let first = set.first_number(
        by_video
            .iter()
            .map(|(id, positions, _)| (id, list_len(positions))),
    );
    for (id, positions, masks) in by_video {
        let numbers = positions
            .iter()
            .map(|position| FrameNumber(position.saturating_add(first.value())));
        videos.push(VideoLabels::from_masks(id, numbers.collect(), masks)?);
    }
    Ok(first)
}

/// The length of a list that reaches the largest of these positions.
fn list_len(positions: &[u64]) -> usize {
    let len = positions
        .iter()
        .max()
        .map_or(0, |last| last.saturating_add(1));
    usize::try_from(len).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::videos::VideoFrames;

    #[test]
    fn runs_of_all_images_of_a_folder_are_counted() {
        let mut picture = vec![0; 58];
        picture[..2].copy_from_slice(b"BM");
        // 3x1 pixels, of which the first and the last are set.
        for (at, byte) in [
            (10, 54),
            (14, 40),
            (18, 3),
            (22, 1),
            (28, 8),
            (54, 1),
            (56, 1),
        ] {
            picture[at] = byte;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("1_gt")).unwrap();
        let names = ["1_gt/0.bmp", "1_gt/1.bmp"].map(String::from).to_vec();
        for name in &names {
            fs::write(folder.path().join(name), &picture).unwrap();
        }
        let found = Found {
            path: folder.path().to_path_buf(),
            format: Some(LabelFormat::Bitmaps),
            names,
        };
        let videos: [VideoFrames; 0] = [];
        let set = VideoSet::new(&videos, None).unwrap();
        let read = |limit| read_files(&found, LabelFormat::Bitmaps, &set, RunBudget::new(limit));
        assert_eq!(read(4).unwrap().labels.positives(), 2);
        let error = read(3).unwrap_err().to_string();
        assert!(
            error.ends_with("1.bmp: too many runs of set pixels: the limit is 3"),
            "{error}"
        );
    }
}
