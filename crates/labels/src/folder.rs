use std::fs;
use std::path::{Path, PathBuf};

use oddframe_core::{FrameNumber, Labels, Mask, VideoId, VideoLabels, last_number, natural_cmp};

use crate::bitmap::read_bitmap;
use crate::digest::{FolderDigest, read_hashed};
use crate::first_number::FirstNumber;
use crate::lists::{read_list, video_list};
use crate::masks::{RunBudget, mask_labels};
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
        Some(format) => read_files(&only, format, set, RunBudget::default()),
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
        guessed_first_number: None,
    })
}

fn read_files(
    found: &Found,
    format: LabelFormat,
    set: &VideoSet<'_>,
    mut runs: RunBudget,
) -> Result<LabelFile, Error> {
    let mut digest = FolderDigest::default();
    let mut lists = Vec::new();
    let mut volumes = Vec::new();
    let mut pictures = Vec::new();
    for name in &found.names {
        let path = found.path.join(name);
        let ((), sha256) = read_hashed(&path, |input| {
            match format {
                LabelFormat::Bitmaps => pictures.push(picture(name, read_bitmap(input, &mut runs)?)?),
                LabelFormat::FrameMask => {
                    let id = VideoId::new(name.rsplit_once('.').map_or(&name[..], |(stem, _)| stem));
                    lists.push((id, read_list(input)?));
                }
                _ => match read_mat_labels(input)? {
                    MatLabels::Masks(masks) => volumes.push((mask_video(name), masks)),
                    MatLabels::Intervals(_) => return Err(Error::NoVariable { found: vec!["gt".into()] }),
                },
            }
            Ok(())
        })?;
        digest.add(name, &sha256);
    }
    // Only all of them together show where they begin to count.
    let in_file = |name: &String| {
        let path = found.path.join(name);
        move |e: Error| e.at(&path)
    };
    let (videos, first) = match format {
        LabelFormat::Bitmaps => picture_labels(pictures, set)?,
        LabelFormat::FrameMask => {
            let first = set.first_number(lists.iter().map(|(id, list)| (id, list.len())));
            let label = |((id, list), name)| video_list(id, list, first.value(), set).map_err(in_file(name));
            (lists.into_iter().zip(&found.names).map(label).collect::<Result<_, _>>()?, first)
        }
        _ => {
            let first = set.first_number(volumes.iter().map(|(id, masks)| (id, masks.len())));
            let label = |((id, masks), name)| mask_labels(id, masks, first.value()).map_err(in_file(name));
            (volumes.into_iter().zip(&found.names).map(label).collect::<Result<_, _>>()?, first)
        }
    };
    Ok(LabelFile {
        labels: Labels::new(videos)?,
        sha256: digest.finish(),
        format,
        path: found.path.clone(),
        guessed_first_number: first.guessed_one(),
    })
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
    Ok(Picture { video: VideoId::new(folder.strip_suffix("_gt").unwrap_or(folder)), number, mask })
}

/// Pictures are numbered from 1 or 0, and so are the set's frames, not always alike.
fn picture_labels(
    pictures: Vec<Picture>,
    set: &VideoSet<'_>,
) -> Result<(Vec<VideoLabels>, FirstNumber), Error> {
    let first_picture = u64::from(pictures.iter().map(|p| p.number).min() == Some(1));
    let mut videos: Vec<(VideoId, Vec<u64>, Vec<Mask>)> = Vec::new();
    for Picture { video, number, mask } in pictures {
        if videos.last().is_none_or(|v| v.0 != video) {
            videos.push((video, Vec::new(), Vec::new()));
        }
        if let Some((_, places, masks)) = videos.last_mut() {
            places.push(number - first_picture);
            masks.push(mask);
        }
    }
    let length = |places: &[u64]| {
        let last = places.iter().max().map_or(0, |place| place.saturating_add(1));
        usize::try_from(last).unwrap_or(usize::MAX)
    };
    let first = set.first_number(videos.iter().map(|(id, places, _)| (id, length(places))));
    let label = |(id, places, masks): (_, Vec<u64>, _)| {
        let number = |place: u64| FrameNumber(place.saturating_add(first.value()));
        Ok(VideoLabels::from_masks(id, places.into_iter().map(number).collect(), masks)?)
    };
    Ok((videos.into_iter().map(label).collect::<Result<_, Error>>()?, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VideoFrames;

    #[test]
    fn runs_of_all_pictures_of_a_folder_are_counted() {
        let mut picture = vec![0; 58];
        picture[..2].copy_from_slice(b"BM");
        // 3x1 pixels, of which the first and the last are set.
        for (at, byte) in [(10, 54), (14, 40), (18, 3), (22, 1), (28, 8), (54, 1), (56, 1)] {
            picture[at] = byte;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("1_gt")).unwrap();
        let names = ["1_gt/0.bmp", "1_gt/1.bmp"].map(String::from).to_vec();
        for name in &names {
            fs::write(folder.path().join(name), &picture).unwrap();
        }
        let found = Found { path: folder.path().to_path_buf(), format: Some(LabelFormat::Bitmaps), names };
        let videos: [VideoFrames; 0] = [];
        let set = VideoSet::new(&videos, None).unwrap();
        let read = |limit| read_files(&found, LabelFormat::Bitmaps, &set, RunBudget::new(limit));
        assert_eq!(read(4).unwrap().labels.positives(), 2);
        let error = read(3).unwrap_err().to_string();
        assert!(error.ends_with("1.bmp: runs of set pixels: more than the 3 that are accepted"), "{error}");
    }
}
