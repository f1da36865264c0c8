//! Damaged files of every format: the readers return labels or an error, never a panic.

use oddframe_core::FrameNumber;
use proptest::prelude::*;

use crate::mat::builder::Mat;
use crate::mat::read_mat;
use crate::{VideoFrames, read_labels_from, read_npy, write_npy_labels};

/// Passes bytes to every reader of streams. Whatever they contain, the readers must return.
fn read_any(bytes: &[u8]) {
    let frames = |id: &str, numbers: std::ops::Range<u64>| VideoFrames {
        id: id.into(),
        numbers: numbers.map(FrameNumber).collect(),
    };
    let videos = [frames("1", 0..3), frames("2", 5..9)];
    // The results do not matter here.
    for name in [
        "1_label.mat",
        "labels.npy",
        "labels.csv",
        "labels.m",
        "labels",
    ] {
        let _ = read_labels_from(bytes, name, &videos);
        let _ = read_labels_from(bytes, name, &[]);
    }
    let _ = read_npy(bytes);
    let _ = read_mat(bytes, |_| true, |leaf| Ok(leaf.values().sum::<f64>()));
}

/// Valid files of every format. Damaged, they must give labels or an error, never a panic.
fn valid_files() -> Vec<Vec<u8>> {
    let mut npy = Vec::new();
    write_npy_labels(&mut npy, &[true, false, true, true, false, false, true]).unwrap();
    let table = b"\xEF\xBB\xBFvideo,frame,label\r\n1,0,0\r\n\"2\",1,1\r\n".to_vec();
    let script = b"v{end+1}.gt_frame = [2:3, 7];\nv{end+1}.gt_frame = [];\n".to_vec();
    let mut files = vec![npy, table, script];
    for mat in [Mat { big_endian: false }, Mat { big_endian: true }] {
        for element in [mat.intervals(), mat.masks()] {
            files.push(mat.file(&[mat.packed(&element)]));
            files.push(mat.file(&[element]));
        }
    }
    files
}

#[test]
fn files_cut_off_anywhere() {
    for file in valid_files() {
        for end in 0..=file.len() {
            read_any(&file[..end]);
        }
    }
}

#[test]
fn cut_off_binary_files_are_errors() {
    for file in valid_files() {
        for end in 1..file.len() {
            let cut = &file[..end];
            if file.starts_with(b"\x93NUMPY") {
                assert!(read_npy(cut).is_err(), "{end}");
            }
            // A file that ends after its header is valid and has no variables.
            if file.starts_with(b"MATLAB") && end != 128 {
                assert!(read_mat(cut, |_| true, |_| Ok(())).is_err(), "{end}");
            }
        }
    }
}

#[test]
fn a_flipped_bit_of_compressed_data_is_detected() {
    let mat = Mat { big_endian: false };
    let file = mat.file(&[mat.packed(&mat.masks())]);
    let read = |bytes: &[u8]| {
        read_mat(
            bytes,
            |_| true,
            |leaf| Ok(leaf.values().collect::<Vec<_>>()),
        )
    };
    let right = read(&file).unwrap();
    // The zlib stream with its checksum follows the header and the tag.
    for bit in 8 * 136..8 * file.len() {
        let mut damaged = file.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(
            read(&damaged).map_or(true, |values| values == right),
            "bit {bit}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn files_with_bytes_changed(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        end in any::<prop::sample::Index>(),
        cut in prop::bool::weighted(0.2),
    ) {
        let files = valid_files();
        let mut file = files[which.index(files.len())].clone();
        for (place, byte) in changes {
            let place = place.index(file.len());
            // Flips single bits and sets whole bytes.
            file[place] = if byte < 32 { file[place] ^ (1 << (byte % 8)) } else { byte };
        }
        if cut {
            file.truncate(end.index(file.len()));
        }
        read_any(&file);
    }

    #[test]
    fn any_bytes_after_a_valid_header(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_any(&bytes);
        for file in valid_files() {
            let head = if file.starts_with(b"MATLAB") { 128 } else { 8 };
            read_any(&[&file[..head], &bytes].concat());
        }
    }
}
