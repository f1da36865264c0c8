//! The label files of real data sets, if they are available.

use std::fs;
use std::path::{Path, PathBuf};

use oddframe_core::{FrameNumber, last_number};
use oddframe_labels::{LabelFormat, VideoFrames, read_labels};

fn data(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join(name);
    if !path.exists() {
        eprintln!("skipped: {} does not exist", path.display());
        return None;
    }
    Some(path)
}

fn ped2_videos(root: &Path) -> Vec<VideoFrames> {
    let entries = |path: &Path| -> Vec<PathBuf> {
        fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    };
    let video = |folder: &PathBuf| {
        let number = |file: &PathBuf| {
            FrameNumber(last_number(file.file_stem().unwrap().to_str().unwrap()).unwrap())
        };
        let mut numbers: Vec<_> = entries(folder).iter().map(number).collect();
        numbers.sort_unstable();
        VideoFrames {
            id: folder.file_name().unwrap().to_str().unwrap().into(),
            numbers,
        }
    };
    entries(&root.join("testing/frames"))
        .iter()
        .map(video)
        .collect()
}

#[test]
fn the_three_files_of_ped2_agree_on_every_frame() {
    let Some(root) = data("ped2") else { return };
    let videos = ped2_videos(&root);
    let read = |name: &str| read_labels(&root.join(name), &videos).unwrap();
    let files = ["labels.csv", "frame_labels_ped2.npy", "ped2.mat"].map(read);
    let [csv, npy, mat] = &files;
    assert_eq!(
        [csv.format, npy.format, mat.format],
        [LabelFormat::Csv, LabelFormat::Npy, LabelFormat::Intervals]
    );
    // sha256sum labels.csv
    assert_eq!(
        csv.sha256,
        "b39dff6b112c6c29d33279c3c804955591b328ca9597886639134e092896db77"
    );
    for file in &files {
        assert_eq!((file.labels.len(), file.labels.positives()), (2010, 1648));
        for (one, other) in csv.labels.videos().iter().zip(file.labels.videos()) {
            assert_eq!(one.id(), other.id());
            assert_eq!(
                (one.numbers(), one.abnormal()),
                (other.numbers(), other.abnormal())
            );
        }
    }
    // The folder contains all three files; the table has priority.
    assert_eq!(read_labels(&root, &videos).unwrap(), *csv);
}

#[test]
fn ped2_with_a_frame_more_or_less_does_not_fit() {
    let Some(root) = data("ped2") else { return };
    let mut videos = ped2_videos(&root);
    videos.sort_by(|a, b| a.id.cmp(&b.id));
    let error = |videos: &[VideoFrames], name: &str| {
        read_labels(&root.join(name), videos)
            .unwrap_err()
            .to_string()
    };
    let last = videos[11].numbers.pop().unwrap();
    let npy = error(&videos, "frame_labels_ped2.npy");
    assert!(
        npy.contains("2010 labels, one more than the 2009 frames of the 12 videos"),
        "{npy}"
    );
    // Intervals may continue after the last scored frame; a list of all videos must fit.
    let labels = read_labels(&root.join("ped2.mat"), &videos).unwrap().labels;
    assert_eq!((labels.len(), labels.positives()), (2009, 1647));
    videos[11].numbers.extend([last, FrameNumber(180)]);
    let npy = error(&videos, "frame_labels_ped2.npy");
    assert!(
        npy.contains("2010 labels, one fewer than the 2011 frames of the 12 videos"),
        "{npy}"
    );
    let csv = error(&videos, "labels.csv");
    assert!(
        csv.ends_with("labels.csv: video 12: 1 frames have no label; the first is frame 180"),
        "{csv}"
    );
    videos.push(VideoFrames {
        id: "13".into(),
        numbers: vec![FrameNumber(0)],
    });
    let csv = error(&videos[12..], "labels.csv");
    assert!(
        csv.ends_with("no labels for video 13; there are labels for 12 videos, 1 to 12"),
        "{csv}"
    );
}

#[test]
fn avenue_masks_are_what_scipy_reads() {
    // Frames, frames with a pixel set, and pixels set, from scipy.io.loadmat.
    for (name, video, frames, positives, pixels) in [
        ("1_label.mat", "01", 1439, 408, 12_864_933),
        ("21_label.mat", "21", 76, 53, 809_037),
    ] {
        let Some(path) = data("avenue").map(|p| p.join(name)) else {
            return;
        };
        // A part of the video that starts late.
        let numbers = (frames - 20..frames).map(FrameNumber).collect();
        let file = read_labels(
            &path,
            &[VideoFrames {
                id: video.into(),
                numbers,
            }],
        )
        .unwrap();
        assert_eq!(file.format, LabelFormat::VolLabel);
        let labels = file.labels.video(&video.into()).unwrap();
        assert_eq!(
            (labels.numbers().len() as u64, file.labels.positives()),
            (frames, positives)
        );
        assert_eq!(
            (labels.numbers()[0], labels.masks().len() as u64),
            (FrameNumber(0), frames)
        );
        assert!(
            labels
                .masks()
                .iter()
                .all(|m| (m.width(), m.height()) == (640, 360))
        );
        assert_eq!(
            labels
                .masks()
                .iter()
                .map(oddframe_core::Mask::count)
                .sum::<usize>(),
            pixels
        );
        // The weights make a transposed or shifted mask differ, which the count alone does not show.
        let checksum: usize = labels
            .masks()
            .iter()
            .enumerate()
            .fold(0, |sum, (frame, mask)| {
                let pixels = mask
                    .runs()
                    .flat_map(|(start, length)| start..start + length);
                pixels.fold(sum, |sum, pixel| {
                    (sum + (pixel + 1) * (frame + 1)) % 1_000_000_007
                })
            });
        let expected = if video == "01" {
            295_494_989
        } else {
            588_689_273
        };
        assert_eq!(checksum, expected, "{name}");
    }
}

#[test]
fn avenue_folder_holds_both_videos() {
    let Some(root) = data("avenue") else { return };
    let video = |id: &str, n: u64| VideoFrames {
        id: id.into(),
        numbers: (0..n).map(FrameNumber).collect(),
    };
    let file = read_labels(&root, &[video("21", 76), video("1", 1439)]).unwrap();
    assert_eq!((file.labels.len(), file.labels.positives()), (1515, 461));
    // sha256sum 1_label.mat 21_label.mat | sha256sum
    assert_eq!(
        file.sha256,
        "5fc9f346b9e334bc300a1db348fd9247dd65788827533b109f4ead6dff3feda4"
    );
    let error = read_labels(&root, &[video("2", 5)])
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("no labels for video 2; there are labels for 2 videos, 1 to 21"),
        "{error}"
    );
}
