use std::fs;
use std::path::{Path, PathBuf};

use oddframe_core::{Error as CoreError, Frame, FrameInput, FrameNumber, FrameShape};
use tempfile::TempDir;

use super::*;
use crate::{BadFrameReplacer, prepared};

/// Writes a file, and the folders above it; pixels of images tell nothing but their size.
fn put(root: &Path, name: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let ending = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let format = match ending.as_str() {
        "jpg" | "jpeg" => {
            let encoder = jpeg_encoder::Encoder::new_file(&path, 90).unwrap();
            return encoder
                .encode(&[99; 8 * 6 * 3], 8, 6, jpeg_encoder::ColorType::Rgb)
                .unwrap();
        }
        "png" => image::ImageFormat::Png,
        "tif" | "tiff" => image::ImageFormat::Tiff,
        "bmp" => image::ImageFormat::Bmp,
        _ => return fs::write(path, "no image").unwrap(),
    };
    image::save_buffer_with_format(path, &[99; 8 * 6], 8, 6, image::ColorType::L8, format).unwrap();
}

fn tree(names: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        put(dir.path(), name);
    }
    dir
}

fn ids(videos: &[FolderVideo]) -> Vec<String> {
    videos.iter().map(|video| video.id().to_string()).collect()
}

fn numbers(video: &FolderVideo) -> Vec<u64> {
    video.numbers().iter().map(|n| n.0).collect()
}

/// Opens a tree and tells its layout and the names of its videos.
fn opened(root: &Path) -> (Layout, Vec<String>, Vec<String>) {
    let data = Dataset::open(root).unwrap();
    assert_eq!(data.root(), root);
    let as_named = Dataset::open_as(root, data.layout()).unwrap();
    assert_eq!(
        (ids(data.train()), ids(data.test())),
        (ids(as_named.train()), ids(as_named.test()))
    );
    (data.layout(), ids(data.train()), ids(data.test()))
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn every_layout_is_detected() {
    let (train, test) = (strings(&["2", "10"]), strings(&["01", "02"]));
    for (layout, splits, base) in [
        (Layout::PixelPlay, ["training_videos", "testing_videos"], ""),
        (
            Layout::PixelPlay,
            ["training_videos", "testing_videos"],
            "Dataset/",
        ),
        (Layout::Frames, ["training/frames", "testing/frames"], ""),
        (
            Layout::Frames,
            ["training/frames", "testing/frames"],
            "ped2/",
        ),
        (Layout::Ucsd, ["Train", "Test"], ""),
        (Layout::Ucsd, ["Train", "Test"], "UCSDped2/"),
        (Layout::TrainTest, ["train/normal", "test"], ""),
        (Layout::TrainTest, ["train", "test"], ""),
    ] {
        let dir = tempfile::tempdir().unwrap();
        for (split, id) in [(0, "10"), (0, "2"), (1, "02"), (1, "01")] {
            put(
                dir.path(),
                &format!("{base}{}/{id}/frame_00007.png", splits[split]),
            );
            put(
                dir.path(),
                &format!("{base}{}/{id}/Thumbs.db", splits[split]),
            );
            put(dir.path(), &format!("{base}{}/.DS_Store", splits[split]));
        }
        for other in [
            "labels.csv",
            "preview.txt",
            "testing_vol/vol01.mat",
            "training_vol/vol01.mat",
        ] {
            put(dir.path(), &format!("{base}{other}"));
        }
        assert_eq!(
            opened(dir.path()),
            (layout, train.clone(), test.clone()),
            "{base}{splits:?}"
        );
    }
}

#[test]
fn plain_folders_are_videos_to_score() {
    let dir = tree(&["b/1.png", "a/1.png", "a/2.png", "notes.txt"]);
    assert_eq!(
        opened(dir.path()),
        (Layout::Folders, vec![], strings(&["a", "b"]))
    );
    let name = dir.path().join("a");
    assert_eq!(opened(&name), (Layout::Images, vec![], strings(&["a"])));
    // One set alone is enough.
    let dir = tree(&["testing_videos/01/3.jpg"]);
    assert_eq!(
        opened(dir.path()),
        (Layout::PixelPlay, vec![], strings(&["01"]))
    );
}

#[test]
fn ucsd_mask_folders_are_remembered_and_are_not_videos() {
    let dir = tree(&[
        "UCSDped2/Train/Train001/001.tif",
        "UCSDped2/Test/Test001/001.tif",
        "UCSDped2/Test/Test002/001.tif",
        "UCSDped2/Test/Test001_gt/001.bmp",
        "UCSDped2/Test/UCSDped2.m",
    ]);
    assert_eq!(opened(dir.path()).2, ["Test001", "Test002"]);
    let data = Dataset::open(&dir.path().join("UCSDped2")).unwrap();
    let masks: Vec<_> = data
        .test()
        .iter()
        .map(|video| video.mask_folder().is_some())
        .collect();
    assert_eq!(masks, [true, false]);
    assert!(
        data.test()[0]
            .mask_folder()
            .unwrap()
            .ends_with("Test/Test001_gt")
    );
    assert_eq!(data.test()[0].shape().to_string(), "8x6 gray");

    put(dir.path(), "UCSDped1/Test/Test001/001.tif");
    let error = Dataset::open(dir.path()).unwrap_err();
    assert!(
        matches!(&error, Error::AmbiguousLayout { fitting, .. } if fitting.len() == 2),
        "{error}"
    );
    assert!(
        error.to_string().contains("UCSDped1") && error.to_string().contains("UCSDped2"),
        "{error}"
    );
}

#[test]
fn ambiguous_layouts_are_an_error_until_one_is_named() {
    let dir = tree(&["a/1.png", "1.png"]);
    assert!(matches!(
        Dataset::open(dir.path()),
        Err(Error::AmbiguousLayout { .. })
    ));
    assert_eq!(
        ids(Dataset::open_as(dir.path(), Layout::Folders)
            .unwrap()
            .test()),
        ["a"]
    );
    assert_eq!(
        Dataset::open_as(dir.path(), Layout::Images).unwrap().test()[0].numbers(),
        [FrameNumber(1)]
    );
    let dir = tree(&["Train/1/1.png", "training_videos/1/1.png"]);
    assert!(matches!(
        Dataset::open(dir.path()),
        Err(Error::AmbiguousLayout { .. })
    ));
    assert_eq!(
        Dataset::open_as(dir.path(), Layout::Ucsd).unwrap().layout(),
        Layout::Ucsd
    );
    assert!(matches!(
        Dataset::open_as(dir.path(), Layout::Frames),
        Err(Error::NotThisLayout { .. })
    ));
}

#[test]
fn errors_say_what_was_found_and_what_is_known() {
    let dir = tree(&[
        "sets/a/clip.avi",
        "sets/b/clip.avi",
        "empty/x.txt",
        "Dataset/training_videos/01/1.mp4",
    ]);
    fs::create_dir_all(dir.path().join("nothing")).unwrap();
    let says = |path: &str, words: &[&str]| {
        let error = Dataset::open(&dir.path().join(path))
            .unwrap_err()
            .to_string();
        assert!(
            words.iter().all(|word| error.contains(word)),
            "{path}: {error}"
        );
    };
    says(
        "missing",
        &["there is no folder", "missing", "train/normal/VIDEO/IMAGES"],
    );
    says("empty/x.txt", &["x.txt", "is not a folder", "pixelplay"]);
    says(
        "nothing",
        &[
            "nothing",
            "holds no known data set: found nothing",
            "training_videos/VIDEO/IMAGES",
        ],
    );
    says("sets", &["2 folders (a, b)", "train-test"]);
    says("empty", &["1 other file (x.txt)"]);
    says(
        "Dataset",
        &[
            "training_videos",
            "01",
            "holds no images (jpg",
            "1 other file (1.mp4)",
        ],
    );
    let dir = tree(&["testing_videos/1.png", "testing_videos/2.png"]);
    let error = Dataset::open(dir.path()).unwrap_err();
    assert!(
        matches!(&error, Error::NoVideos { found, .. } if found.images == 2),
        "{error}"
    );
}

#[test]
fn an_empty_video_and_one_name_twice_are_errors() {
    let dir = tree(&["testing_videos/01/1.png"]);
    fs::create_dir_all(dir.path().join("testing_videos/02")).unwrap();
    let error = Dataset::open(dir.path()).unwrap_err();
    assert!(
        matches!(&error, Error::NoImages { path, .. } if path.ends_with("testing_videos/02")),
        "{error}"
    );
    let dir = tree(&["a/01/1.png", "a/1/1.png"]);
    let error = Dataset::open(&dir.path().join("a")).unwrap_err();
    assert!(matches!(&error, Error::SameVideo { .. }), "{error}");
}

#[test]
fn every_image_is_read_in_its_own_format_and_size() {
    let dir = tree(&["1.png", "2.jpg", "3.png", "4.BMP", "5.Tiff", "6.png"]);
    image::save_buffer(
        dir.path().join("3.png"),
        &[0; 20],
        5,
        4,
        image::ColorType::L8,
    )
    .unwrap();
    fs::write(dir.path().join("6.png"), "no image").unwrap();
    let video = FolderVideo::open(dir.path()).unwrap();
    assert_eq!(
        video.shape(),
        FrameShape::new(8, 6, PixelFormat::Gray).unwrap()
    );
    let mut frame = Frame::new(FrameShape::new(1, 1, PixelFormat::Rgb).unwrap());
    for (index, number, shape) in [
        (0, 1, "8x6 gray"),
        (1, 2, "8x6 RGB"),
        (2, 3, "5x4 gray"),
        (3, 4, "8x6 RGB"),
        (4, 5, "8x6 gray"),
    ] {
        video.read_into(index, &mut frame).unwrap();
        assert_eq!(
            (frame.number(), frame.shape().to_string()),
            (FrameNumber(number), shape.to_owned())
        );
        assert!(
            index == 2 || frame.pixels().iter().all(|p| p.abs_diff(99) <= 1),
            "{index}"
        );
    }
    let error = video.read_into(5, &mut frame).unwrap_err();
    let at = |p: &Option<PathBuf>| p.as_ref().is_some_and(|p| p.ends_with("6.png"));
    assert!(
        matches!(&error, CoreError::Read { frame: FrameNumber(6), path, .. } if at(path)),
        "{error}"
    );
    fs::remove_file(dir.path().join("1.png")).unwrap();
    assert!(matches!(
        video.read_into(0, &mut frame),
        Err(CoreError::Read {
            frame: FrameNumber(1),
            ..
        })
    ));
    assert!(matches!(
        video.read(6),
        Err(CoreError::NoSuchIndex {
            index: 6,
            len: 6,
            ..
        })
    ));
    let rgb = FolderVideo::open(dir.path())
        .unwrap()
        .with_format(PixelFormat::Gray)
        .with_format(PixelFormat::Rgb);
    for index in 0..4 {
        assert_eq!(rgb.read(index).unwrap().shape().channels(), 3);
    }
}

/// Writes a JPEG of 8x6 pixels: gray, or blue.
fn put_jpeg(path: &Path, gray: bool) {
    let encoder = jpeg_encoder::Encoder::new_file(path, 95).unwrap();
    if gray {
        encoder
            .encode(&[99; 8 * 6], 8, 6, jpeg_encoder::ColorType::Luma)
            .unwrap();
    } else {
        encoder
            .encode(
                &[20, 40, 200].repeat(8 * 6),
                8,
                6,
                jpeg_encoder::ColorType::Rgb,
            )
            .unwrap();
    }
}

#[test]
fn a_gray_image_at_the_start_leaves_the_others_in_colour() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..4 {
        put_jpeg(&dir.path().join(format!("{number}.jpg")), number == 0);
    }
    let video = FolderVideo::open(dir.path()).unwrap();
    let input = FrameInput::new(4, 3, PixelFormat::Rgb).unwrap();
    let seen = prepared(input, &video).unwrap();
    assert!(seen.read(0).unwrap().pixels().iter().all(|p| *p == 99));
    for index in 1..4 {
        let frame = seen.read(index).unwrap();
        let [r, g, b] = [0, 1, 2].map(|channel| frame.pixels()[channel]);
        assert!(b > 150 && r < 60 && g < 80, "{index}: {r} {g} {b}");
    }
}

#[test]
fn an_image_of_another_size_at_the_start_spoils_no_other_frame() {
    let dir = tree(&["2.png", "3.png", "4.png"]);
    image::save_buffer(
        dir.path().join("1.png"),
        &[0; 20],
        5,
        4,
        image::ColorType::L8,
    )
    .unwrap();
    let video = FolderVideo::open(dir.path()).unwrap();
    assert_eq!(video.shape().to_string(), "5x4 gray");
    let replaced = BadFrameReplacer::new(&video);
    for input in [
        FrameInput::new(4, 3, PixelFormat::Gray),
        FrameInput::new(5, 4, PixelFormat::Gray),
    ] {
        let seen = prepared(input.unwrap(), &replaced).unwrap();
        let bytes = [0, 1, 2, 3].map(|index| seen.read(index).unwrap().pixels()[0]);
        assert_eq!(bytes, [0, 99, 99, 99]);
    }
    assert!(replaced.substitutes().is_empty());
    let unresized = prepared(FrameInput::unresized(PixelFormat::Gray), &replaced).unwrap();
    let error = unresized.read(1).unwrap_err().to_string();
    assert!(
        error.contains("8x6 gray") && error.contains("5x4 gray"),
        "{error}"
    );
}

#[test]
fn a_header_behind_a_lot_of_other_data_is_found() {
    let dir = tree(&["1.jpg"]);
    let path = dir.path().join("1.jpg");
    let image = fs::read(&path).unwrap();
    // Three comments of 64 KiB between the start of the file and everything else.
    let comment = [&[0xFF, 0xFE, 0xFF, 0xFF][..], &vec![0; 0xFFFD]].concat();
    fs::write(
        &path,
        [&image[..2], &comment, &comment, &comment, &image[2..]].concat(),
    )
    .unwrap();
    assert_eq!(
        FolderVideo::open(dir.path()).unwrap().shape().to_string(),
        "8x6 RGB"
    );
    // A broken first image does not hide the others; only where all are broken there is no shape.
    fs::write(dir.path().join("0.jpg"), "no image").unwrap();
    let video = FolderVideo::open(dir.path()).unwrap();
    assert_eq!(
        (video.shape().to_string(), numbers(&video)),
        ("8x6 RGB".to_owned(), vec![0, 1])
    );
    assert!(matches!(
        video.read(0),
        Err(CoreError::Read {
            frame: FrameNumber(0),
            ..
        })
    ));
    fs::write(&path, "").unwrap();
    let error = FolderVideo::open(dir.path()).unwrap_err();
    assert!(
        matches!(&error, Error::Header { path, .. } if path.ends_with("0.jpg")),
        "{error}"
    );
}

#[test]
fn numbers_come_from_names() {
    let dir = tree(&[
        "v2_frame_10.png",
        "v2_frame_9.png",
        "v3_frame_00011.JPG",
        "x12.png",
        ".13.png",
    ]);
    let video = FolderVideo::open(dir.path()).unwrap();
    assert_eq!(numbers(&video), [9, 10, 11, 12]);
    assert!(
        video.paths()[0].ends_with("v2_frame_9.png")
            && video.paths()[2].ends_with("v3_frame_00011.JPG")
    );
    // Nobody has a number: they count from 0, in natural order.
    let dir = tree(&["c.png", "a.png", "b.png"]);
    let video = FolderVideo::open(dir.path()).unwrap();
    assert_eq!(
        (numbers(&video), video.paths()[2].ends_with("c.png")),
        (vec![0, 1, 2], true)
    );
}

#[test]
fn unclear_numbers_are_errors_that_name_the_files() {
    for (names, words) in [
        (["001.jpg", "001.png", "2.png"], ["001.jpg", "001.png"]),
        (["01.png", "1.png", "2.png"], ["/01.png", "/1.png"]),
        (["cover.png", "1.png", "2.png"], ["cover.png", "1.png"]),
        (
            ["99999999999999999999.png", "1.png", "2.png"],
            ["99999999999999999999.png", "1.png"],
        ),
    ] {
        let dir = tree(&names);
        let error = FolderVideo::open(dir.path()).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_do_no_harm() {
    use std::os::unix::fs::symlink;
    let dir = tree(&["testing_videos/01/1.png"]);
    symlink(dir.path(), dir.path().join("testing_videos/01/up")).unwrap();
    symlink("..", dir.path().join("again")).unwrap();
    symlink("self", dir.path().join("self")).unwrap();
    assert_eq!(opened(dir.path()).2, ["01"]);
    let dir = tree(&["x.txt"]);
    symlink(".", dir.path().join("here")).unwrap();
    assert!(matches!(
        Dataset::open(dir.path()),
        Err(Error::UnknownLayout { .. })
    ));
}

#[test]
fn twenty_thousand_frames_are_listed_without_being_opened() {
    let dir = tempfile::tempdir().unwrap();
    for video in 0..20 {
        let folder = format!("testing_videos/{video:02}");
        put(dir.path(), &format!("{folder}/frame_00000.png"));
        for frame in 1..1000 {
            // Only a file that is read could say that it holds no image.
            fs::write(
                dir.path().join(format!("{folder}/frame_{frame:05}.jpg")),
                "",
            )
            .unwrap();
        }
    }
    let data = Dataset::open(dir.path()).unwrap();
    assert_eq!(
        data.test()
            .iter()
            .map(|video| video.numbers().len())
            .sum::<usize>(),
        20_000
    );
}

#[test]
fn ped2_is_complete() {
    let data = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).to_path_buf(),
        PathBuf::from,
    );
    let root = data.join("ped2");
    if !root.is_dir() {
        eprintln!("skipped: no {}", root.display());
        return;
    }
    let data = Dataset::open(&root).unwrap();
    let frames = |videos: &[FolderVideo]| videos.iter().map(|v| v.numbers().len()).sum::<usize>();
    assert_eq!(
        (data.layout(), data.train().len(), data.test().len()),
        (Layout::Frames, 16, 12)
    );
    assert_eq!((frames(data.train()), frames(data.test())), (2550, 2010));
    for video in data.train().iter().chain(data.test()) {
        assert_eq!(
            (video.shape().width(), video.shape().height()),
            (360, 240),
            "{}",
            video.id()
        );
        assert_eq!(video.numbers()[0], FrameNumber(0));
    }
    let gray = data.with_format(PixelFormat::Gray);
    let frame = gray.test()[11].read(179).unwrap();
    assert_eq!(
        (frame.number(), frame.shape().to_string()),
        (FrameNumber(179), "360x240 gray".to_owned())
    );
    assert!(frame.pixels().iter().any(|p| *p != frame.pixels()[0]));
}
