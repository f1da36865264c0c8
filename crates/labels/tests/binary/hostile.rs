use oddframe_labels::{fuzz, read_mat, read_npy, write_npy};
use proptest::prelude::*;

use crate::mat_builder::Mat;

/// Right files of every format. Damaged, they must give labels or an error, never a panic.
fn valid_files() -> Vec<Vec<u8>> {
    let mut npy = Vec::new();
    write_npy(&mut npy, &[true, false, true, true, false, false, true]).unwrap();
    let table = b"\xEF\xBB\xBFvideo,frame,label\r\n1,0,0\r\n\"2\",1,1\r\n".to_vec();
    let tracks = b"video,track,frame,left,top,right,bottom\n1,1,0,0,0,2.5,1\n1,1,1,0,0,2.5,1\n".to_vec();
    let mut bitmap = b"BM".to_vec();
    bitmap.resize(54 + 16, 0);
    (bitmap[10], bitmap[14], bitmap[18], bitmap[22], bitmap[28]) = (54 + 8, 40, 3, 2, 8);
    let mut files = vec![npy, table, tracks, bitmap];
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
            fuzz(&file[..end]);
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
            // A file that ends behind its header holds no variables, which is no error of the file.
            if file.starts_with(b"MATLAB") && end != 128 {
                assert!(read_mat(cut, |_| true, |_| Ok(())).is_err(), "{end}");
            }
        }
    }
}

#[test]
fn a_flipped_bit_of_packed_data_is_noticed() {
    let mat = Mat { big_endian: false };
    let file = mat.file(&[mat.packed(&mat.masks())]);
    let read = |bytes: &[u8]| read_mat(bytes, |_| true, |leaf| Ok(leaf.values().collect::<Vec<_>>()));
    let right = read(&file).unwrap();
    // Behind the header and the tag: the zlib stream with its checksum.
    for bit in 8 * 136..8 * file.len() {
        let mut damaged = file.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&damaged).map_or(true, |values| values == right), "bit {bit}");
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
            // Both small steps and anything at all.
            file[place] = if byte < 32 { file[place] ^ (1 << (byte % 8)) } else { byte };
        }
        if cut {
            file.truncate(end.index(file.len()));
        }
        fuzz(&file);
    }

    #[test]
    fn any_bytes_behind_a_right_header(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz(&bytes);
        for file in valid_files() {
            let head = if file.starts_with(b"MATLAB") { 128 } else { 8 };
            fuzz(&[&file[..head], &bytes].concat());
        }
    }
}
