use std::fs;
use std::path::{Path, PathBuf};

use oddframe_core::{FrameNumber, Labels, Mask, VideoId, VideoLabels, last_number, natural_cmp};

use crate::bitmap::read_bitmap;
use crate::digest::{FolderDigest, read_hashed};
use crate::lists::{read_list, video_list};
use crate::masks::mask_labels;
use crate::mat_labels::{MatLabels, read_mat_labels};
use crate::read::{mask_video, read_file};
use crate::table::read_table;
use crate::tracks::parse_tracks;
use crate::videos::VideoSet;
use crate::{Error, LabelFile, LabelFormat};

const TABLE: &str = "labels.csv";
const TRACKS: &str = "tracks.csv";
/// `ShanghaiTech`'s folder of one list a video.
const FRAME_MASKS: &str = "test_frame_mask";
/// Where data sets keep their labels below their root.
const SUBFOLDERS: [&str; 4] =
    [FRAME_MASKS, "testing/test_frame_mask", "testing_label_mask", "ground_truth_demo/testing_label_mask"];
/// Names under which label files of a whole data set circulate.
const KNOWN_FILES: [&str; 4] = ["gt.mat", "ped1.mat", "ped2.mat", "avenue.mat"];

/// A set of labels found in a folder: one file, or all files of one kind.
struct Found {
    path: PathBuf,
    format: Option<LabelFormat>,
    /// Names within `path`, in natural order.
    names: Vec<String>,
}

/// Finds the labels in a folder and reads them.
pub(crate) fn read_folder(folder: &Path, set: &VideoSet<'_>) -> Result<LabelFile, Error> {
    let names = listing(folder)?;
    if names.iter().any(|n| n == TABLE) {
        return if names.iter().any(|n| n == TRACKS) {
            table_with_tracks(folder)
        } else {
            read_file(&folder.join(TABLE), set)
        };
    }
    let mut found = find(folder, &names)?;
    for sub in SUBFOLDERS.map(|sub| folder.join(sub)) {
        if sub.is_dir() {
            found.extend(find(&sub, &listing(&sub)?)?);
        }
    }
    let Some(only) = found.pop() else { return Err(Error::NoLabelsInFolder) };
    if !found.is_empty() {
        let candidates = found.into_iter().chain([only]).map(|f| f.path).collect();
        return Err(Error::SeveralCandidates { candidates });
    }
    match only.format {
        None => read_file(&only.path, set),
        Some(format) => read_files(&only, format, set),
    }
}

fn listing(folder: &Path) -> Result<Vec<String>, Error> {
    let read = || -> Result<_, Error> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            // Hidden files are what file managers leave behind.
            if !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort_by(|a, b| natural_cmp(a, b).then_with(|| a.cmp(b)));
        Ok(names)
    };
    read().map_err(|e| e.at(folder))
}

fn has_extension(name: &str, wanted: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e.eq_ignore_ascii_case(wanted))
}

/// The sets of labels that lie directly in a folder.
fn find(folder: &Path, names: &[String]) -> Result<Vec<Found>, Error> {
    let select = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
        names.iter().filter(|n| wanted(n)).cloned().collect()
    };
    let masks = select(&|n| {
        let number = n.strip_suffix("_label.mat");
        number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    });
    let lists = if folder.file_name().is_some_and(|n| n == FRAME_MASKS) {
        select(&|n| has_extension(n, "npy"))
    } else {
        Vec::new()
    };
    let mut bitmaps = Vec::new();
    for inner in select(&|n| n.ends_with("_gt") && folder.join(n).is_dir()) {
        let pictures = listing(&folder.join(&inner))?;
        bitmaps.extend(pictures.iter().filter(|n| has_extension(n, "bmp")).map(|n| format!("{inner}/{n}")));
    }
    let mut found: Vec<Found> =
        [(LabelFormat::VolLabel, masks), (LabelFormat::FrameMask, lists), (LabelFormat::Bitmaps, bitmaps)]
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(format, names)| Found { path: folder.to_path_buf(), format: Some(format), names })
            .collect();
    let whole =
        select(&|n| KNOWN_FILES.contains(&n) || (n.starts_with("frame_labels") && has_extension(n, "npy")));
    found.extend(whole.iter().map(|n| Found { path: folder.join(n), format: None, names: Vec::new() }));
    Ok(found)
}

fn table_with_tracks(folder: &Path) -> Result<LabelFile, Error> {
    let mut digest = FolderDigest::default();
    let (labels, sha256) = read_hashed(&folder.join(TABLE), |input| read_table(input))?;
    digest.add(TABLE, &sha256);
    let (tracks, sha256) = read_hashed(&folder.join(TRACKS), |input| parse_tracks(input))?;
    digest.add(TRACKS, &sha256);
    Ok(LabelFile {
        labels: labels.with_tracks(tracks),
        sha256: digest.finish(),
        format: LabelFormat::Csv,
        path: folder.to_path_buf(),
    })
}

fn read_files(found: &Found, format: LabelFormat, set: &VideoSet<'_>) -> Result<LabelFile, Error> {
    let mut digest = FolderDigest::default();
    let mut videos = Vec::new();
    let mut pictures = Vec::new();
    for name in &found.names {
        let ((), sha256) = read_hashed(&found.path.join(name), |input| {
            match format {
                LabelFormat::Bitmaps => pictures.push(picture(name, read_bitmap(input)?)?),
                LabelFormat::FrameMask => {
                    let id = VideoId::new(name.rsplit_once('.').map_or(&name[..], |(stem, _)| stem));
                    videos.push(video_list(id, read_list(input)?, set)?);
                }
                _ => match read_mat_labels(input)? {
                    MatLabels::Masks(masks) => {
                        videos.push(mask_labels(mask_video(name), masks, set.first_number())?);
                    }
                    MatLabels::Intervals(_) => return Err(Error::NoVariable { found: vec!["gt".into()] }),
                },
            }
            Ok(())
        })?;
        digest.add(name, &sha256);
    }
    if format == LabelFormat::Bitmaps {
        videos = picture_labels(pictures, set)?;
    }
    let (labels, path) = (Labels::new(videos)?, found.path.clone());
    Ok(LabelFile { labels, sha256: digest.finish(), format, path })
}

/// A frame's mask from a picture of its own.
struct Picture {
    video: VideoId,
    number: u64,
    mask: Mask,
}

/// Whose mask `Test001_gt/017.bmp` is.
fn picture(name: &str, mask: Mask) -> Result<Picture, Error> {
    let (folder, file) = name.split_once('/').unwrap_or_default();
    let number = file.rsplit_once('.').and_then(|(stem, _)| last_number(stem)).ok_or(Error::NoFrameNumber)?;
    Ok(Picture { video: VideoId::new(folder.trim_end_matches("_gt")), number, mask })
}

/// Pictures are numbered from 1 or 0, and so are the set's frames, not always alike.
fn picture_labels(pictures: Vec<Picture>, set: &VideoSet<'_>) -> Result<Vec<VideoLabels>, Error> {
    let first = u64::from(pictures.iter().map(|p| p.number).min() == Some(1));
    let mut videos: Vec<(VideoId, Vec<FrameNumber>, Vec<Mask>)> = Vec::new();
    for Picture { video, number, mask } in pictures {
        if videos.last().is_none_or(|v| v.0 != video) {
            videos.push((video, Vec::new(), Vec::new()));
        }
        if let Some((_, numbers, masks)) = videos.last_mut() {
            numbers.push(FrameNumber((number - first).saturating_add(set.first_number())));
            masks.push(mask);
        }
    }
    videos.into_iter().map(|(id, numbers, masks)| Ok(VideoLabels::from_masks(id, numbers, masks)?)).collect()
}
