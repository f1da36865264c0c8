//! JPEG files: pixels equal to those of Pillow and OpenCV, and errors for damaged files.

use proptest::prelude::*;

use super::*;

/// Written by `tests/golden/make_jpeg.py`: name, length, digests of the RGB and gray pixels.
const LISTING: &str = include_str!("../../../tests/golden/jpeg.txt");

/// The name, bytes and digests of each golden file.
fn golden_files() -> Vec<(&'static str, &'static [u8], [&'static str; 2])> {
    let mut rest = golden!("jpeg.bin");
    let mut files = Vec::new();
    for line in LISTING.lines() {
        let [name, length, rgb, gray] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let Ok(length) = length.parse() else { continue };
        // libjpeg-turbo's simple interface refuses unusual sampling factors.
        if cfg!(not(feature = "turbojpeg")) || !name.starts_with("odd") {
            files.push((name, &rest[..length], [rgb, gray]));
        }
        rest = &rest[length..];
    }
    assert!(rest.is_empty() && files.len() >= 75);
    files
}

/// FNV-1a.
fn digest(pixels: &[u8]) -> String {
    let mut state = 0xCBF2_9CE4_8422_2325_u64;
    for byte in pixels {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    }
    format!("{state:016x}")
}

#[test]
fn pixels_equal_those_of_pillow_and_opencv() {
    for (name, file, digests) in golden_files() {
        for (format, expected) in [RGB, GRAY].into_iter().zip(digests) {
            assert_eq!(
                digest(decode(file, format).unwrap().pixels()),
                expected,
                "{name} {format:?}"
            );
        }
    }
}

#[test]
fn frames_of_ped2_equal_those_of_pillow_and_opencv() {
    for line in LISTING.lines().filter(|line| line.starts_with("ped2/")) {
        let [name, _, rgb, gray] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let Some(file) = data(name) else { return };
        for (format, expected) in [(RGB, rgb), (GRAY, gray)] {
            assert_eq!(
                digest(decode(&file, format).unwrap().pixels()),
                expected,
                "{name} {format:?}"
            );
        }
    }
}

/// The segments of a file up to its first scan: marker, start and end.
#[cfg(not(feature = "turbojpeg"))]
fn segments(file: &[u8]) -> Vec<(u8, usize, usize)> {
    let mut at = 2;
    let mut found = Vec::new();
    while file[at + 1] != 0xDA {
        let end = at + 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        found.push((file[at + 1], at, end));
        at = end;
    }
    found
}

/// `file` without some of its segments, given in their order.
#[cfg(not(feature = "turbojpeg"))]
fn without_segments(file: &[u8], left_out: &[(u8, usize, usize)]) -> Vec<u8> {
    let mut file = file.to_vec();
    for (_, start, end) in left_out.iter().rev() {
        file.drain(*start..*end);
    }
    file
}

/// `file` with `more` inserted at an offset.
#[cfg(not(feature = "turbojpeg"))]
fn with_bytes(file: &[u8], at: usize, more: &[u8]) -> Vec<u8> {
    [&file[..at], more, &file[at..]].concat()
}

#[cfg(not(feature = "turbojpeg"))]
#[test]
fn default_tables_replace_all_missing_tables_but_not_a_single_one() {
    let (_, file) = &jpegs()[0];
    let whole = decode(file, RGB).unwrap();
    let codes: Vec<_> = segments(file).into_iter().filter(|s| s.0 == 0xC4).collect();
    assert_eq!(codes.len(), 4, "a segment for each table");
    assert_eq!(decode(&without_segments(file, &codes), RGB).unwrap(), whole);
    for one in codes {
        let error = decode(&without_segments(file, &[one]), RGB)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a scan starts before its Huffman table"),
            "{error}"
        );
    }
}

#[cfg(not(feature = "turbojpeg"))]
#[test]
fn misplaced_segments_and_extra_data_are_errors() {
    let (_, file) = &jpegs()[0];
    let scan = segments(file).last().unwrap().2;
    let (_, start, end) = segments(file).into_iter().find(|s| s.0 == 0xC0).unwrap();
    for (what, file) in [
        (
            "a second picture",
            with_bytes(file, scan, &file[start..end]),
        ),
        (
            "a second scan",
            with_bytes(file, file.len() - 2, &file[scan..file.len() - 2]),
        ),
        ("left over", with_bytes(file, file.len() - 2, &[7, 7])),
        (
            "an application segment or comment",
            with_bytes(file, file.len() - 2, &[0xFF, 0xE4, 0, 3, 7]),
        ),
        (
            "unknown marker",
            with_bytes(file, scan, &[0xFF, 0x34, 0, 3, 7]),
        ),
    ] {
        let error = decode(&file, GRAY).unwrap_err().to_string();
        assert!(error.contains(what), "{what}: {error}");
    }
    for (marker, what) in [
        (0xC3, "lossless"),
        (0xC9, "arithmetic"),
        (0xC5, "several frames"),
    ] {
        let mut file = file.clone();
        file[start + 1] = marker;
        let error = decode(&file, RGB).unwrap_err().to_string();
        assert!(error.contains(what), "{what}: {error}");
    }
    // Alignment zeros, comments and fill bytes do not change the picture.
    let whole = decode(file, RGB).unwrap();
    for (at, more) in [
        (file.len() - 2, [0, 0].as_slice()),
        (scan, &[0xFF, 0xFE, 0, 3, b'!']),
        (scan, &[0xFF; 5]),
    ] {
        assert_eq!(
            decode(&with_bytes(file, at, more), RGB).unwrap(),
            whole,
            "{more:?}"
        );
    }
}

#[cfg(not(feature = "turbojpeg"))]
#[test]
fn a_picture_of_several_scans_needs_all_of_them() {
    for name in ["a scan a colour", "progressive"] {
        let (_, file) = jpegs().into_iter().find(|f| f.0 == name).unwrap();
        let scans: Vec<_> = file
            .windows(2)
            .enumerate()
            .filter(|(_, w)| *w == [0xFF, 0xDA])
            .map(|(i, _)| i)
            .collect();
        assert!(scans.len() > 2, "{name}");
        for scan in &scans[1..] {
            let stopped = [&file[..*scan], &[0xFF, 0xD9]].concat();
            for format in [GRAY, RGB] {
                let error = decode(&stopped, format).unwrap_err().to_string();
                assert!(
                    error.contains("the file ends before its last scan"),
                    "{name}: {error}"
                );
            }
        }
    }
}

/// A progressive file of 64x64 equal gray pixels, with a scan for each `(from, to, before, after)`:
/// its band, and the number of missing low bits before and after it.
#[cfg(not(feature = "turbojpeg"))]
fn progressive_file(scans: &[(u8, u8, u8, u8)]) -> Vec<u8> {
    let mut file = b"\xFF\xD8\xFF\xDB\x00\x43\x00".to_vec();
    file.extend([1; 64]);
    file.extend(b"\xFF\xC2\x00\x0B\x08\x00\x40\x00\x40\x01\x01\x11\x00");
    // Each table has one code, of one bit: DC difference 0, and "64 blocks without coefficients".
    for (table, symbol) in [(0x00, 0x00), (0x10, 0x60)] {
        file.extend(
            [
                [0xFF, 0xC4, 0, 20, table, 1].as_slice(),
                &[0; 15],
                &[symbol],
            ]
            .concat(),
        );
    }
    for (from, to, before, after) in scans {
        file.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, *from, *to, before << 4 | after]);
        file.extend(if *from == 0 { [0; 8].as_slice() } else { &[0] });
    }
    file.extend([0xFF, 0xD9]);
    file
}

/// The darkest pixel of a [`progressive_file`], or the error.
#[cfg(not(feature = "turbojpeg"))]
fn decoding_result(scans: &[(u8, u8, u8, u8)]) -> String {
    match decode(&progressive_file(scans), GRAY) {
        Ok(frame) => format!("{:?}", frame.pixels().iter().min()),
        Err(error) => error.to_string(),
    }
}

#[cfg(not(feature = "turbojpeg"))]
#[test]
fn progressive_scans_must_continue_each_other_and_are_limited_in_number() {
    assert_eq!(decoding_result(&[(0, 0, 0, 0), (1, 63, 0, 0)]), "Some(128)");
    assert_eq!(
        decoding_result(&[
            (0, 0, 0, 1),
            (1, 5, 0, 2),
            (6, 63, 0, 0),
            (0, 0, 1, 0),
            (1, 5, 2, 1),
            (1, 5, 1, 0)
        ]),
        "Some(128)"
    );
    for scans in [
        [(1, 63, 0, 0), (0, 0, 0, 0)],
        [(0, 0, 0, 0), (1, 63, 1, 0)],
        [(0, 0, 0, 0), (0, 0, 0, 0)],
        [(0, 0, 0, 2), (0, 0, 2, 0)],
    ] {
        assert!(
            decoding_result(&scans).contains("does not continue where"),
            "{scans:?}"
        );
    }
    for scans in [
        [(0, 0, 0, 0), (1, 64, 0, 0)],
        [(0, 0, 0, 0), (5, 4, 0, 0)],
        [(0, 63, 0, 0), (1, 63, 0, 0)],
    ] {
        assert!(
            decoding_result(&scans).contains("impossible range"),
            "{scans:?}"
        );
    }
    for scans in [[(0, 0, 0, 0), (1, 62, 0, 0)], [(0, 0, 0, 0), (1, 63, 0, 1)]] {
        assert!(
            decoding_result(&scans).contains("the file ends before its last scan"),
            "{scans:?}"
        );
    }
    // A valid order, but bit by bit and coefficient by coefficient.
    let mut slow = vec![(0, 0, 0, 0)];
    for low in (0..14).rev() {
        slow.extend((1..64).map(|k| (k, k, if low == 13 { 0 } else { low + 1 }, low)));
    }
    assert!(
        decoding_result(&slow).contains("more often than those of any encoder"),
        "{}",
        decoding_result(&slow)
    );
    assert!(decoding_result(&slow[..64]).contains("the file ends before its last scan"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn damaged_jpegs_never_panic(
        which in any::<prop::sample::Index>(),
        hits in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 0..4),
        cut in any::<prop::sample::Index>(),
        ended in any::<bool>(),
    ) {
        let files = golden_files();
        let mut file = files[which.index(files.len())].1.to_vec();
        let cut = cut.index(file.len());
        prop_assert!(decode(&file[..cut], GRAY).is_err() && decode(&file[..cut], RGB).is_err());
        for (at, bit) in hits {
            let at = at.index(file.len());
            file[at] ^= 1 << bit;
        }
        let _ = (decode(&file, GRAY), decode(&file, RGB));
        file.truncate(cut);
        if ended {
            file.extend([0xFF, 0xD9]);
        }
        let _ = (decode(&file, GRAY), decode(&file, RGB));
    }
}
