//! JPEG files against the pixels of Pillow and OpenCV, and in pieces.

use proptest::prelude::*;

use super::*;

/// Written by `tests/golden/make_jpeg.py`: names, lengths, digests of RGB and gray.
const LISTING: &str = include_str!("../../../tests/golden/jpeg.txt");

/// The name, bytes and digests of each golden file.
fn golden_files() -> Vec<(&'static str, &'static [u8], [&'static str; 2])> {
    let mut rest = golden!("jpeg.bin");
    let mut files = Vec::new();
    for line in LISTING.lines() {
        let [name, length, rgb, gray] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let Ok(length) = length.parse() else { continue };
        // The C library's front is particular about sampling.
        if cfg!(not(feature = "turbojpeg")) || !name.starts_with("odd") {
            files.push((name, &rest[..length], [rgb, gray]));
        }
        rest = &rest[length..];
    }
    assert!(rest.is_empty() && files.len() >= 75);
    files
}

fn digest(pixels: &[u8]) -> String {
    let step = |state: u64, byte: &u8| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    format!("{:016x}", pixels.iter().fold(0xCBF2_9CE4_8422_2325, step))
}

#[test]
fn pixels_are_those_of_pillow_and_opencv() {
    for (name, file, digests) in golden_files() {
        for (format, expected) in [RGB, GRAY].into_iter().zip(digests) {
            assert_eq!(digest(decode(file, format).unwrap().pixels()), expected, "{name} {format:?}");
        }
    }
}

#[test]
fn frames_of_ped2_are_those_of_pillow_and_opencv() {
    for line in LISTING.lines().filter(|line| line.starts_with("ped2/")) {
        let [name, _, rgb, gray] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let Some(file) = data(name) else { return };
        for (format, expected) in [(RGB, rgb), (GRAY, gray)] {
            assert_eq!(digest(decode(&file, format).unwrap().pixels()), expected, "{name} {format:?}");
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

#[cfg(not(feature = "turbojpeg"))]
#[test]
fn the_standards_codes_stand_in_for_all_or_none() {
    let (_, file) = &jpegs()[0];
    let whole = decode(file, RGB).unwrap();
    let codes: Vec<_> = segments(file).into_iter().filter(|s| s.0 == 0xC4).collect();
    assert_eq!(codes.len(), 4, "a segment for each table");
    let without = |left_out: &[(u8, usize, usize)]| {
        let mut file = file.clone();
        for (_, start, end) in left_out.iter().rev() {
            file.drain(start..end);
        }
        file
    };
    assert_eq!(decode(&without(&codes), RGB).unwrap(), whole);
    for one in codes {
        let error = decode(&without(&[one]), RGB).unwrap_err().to_string();
        assert!(error.contains("a scan starts before its codes are known"), "{error}");
    }
}

#[cfg(not(feature = "turbojpeg"))]
#[test]
fn what_does_not_belong_there_is_an_error() {
    let (_, file) = &jpegs()[0];
    let scan = segments(file).last().unwrap().2;
    let (_, start, end) = segments(file).into_iter().find(|s| s.0 == 0xC0).unwrap();
    let with = |at: usize, more: &[u8]| [&file[..at], more, &file[at..]].concat();
    for (what, file) in [
        ("a second picture", with(scan, &file[start..end])),
        ("a second scan", with(file.len() - 2, &file[scan..file.len() - 2])),
        ("left over", with(file.len() - 2, &[7, 7])),
        ("a remark", with(file.len() - 2, &[0xFF, 0xE4, 0, 3, 7])),
        ("no known kind", with(scan, &[0xFF, 0x34, 0, 3, 7])),
    ] {
        let error = decode(&file, GRAY).unwrap_err().to_string();
        assert!(error.contains(what), "{what}: {error}");
    }
    for (marker, what) in [(0xC3, "lossless"), (0xC9, "arithmetic"), (0xC5, "several frames")] {
        let mut file = file.clone();
        file[start + 1] = marker;
        let error = decode(&file, RGB).unwrap_err().to_string();
        assert!(error.contains(what), "{what}: {error}");
    }
    // Zeros that only align a file, comments and marks without a meaning do no harm.
    let whole = decode(file, RGB).unwrap();
    for (at, more) in
        [(file.len() - 2, [0, 0].as_slice()), (scan, &[0xFF, 0xFE, 0, 3, b'!']), (scan, &[0xFF; 5])]
    {
        assert_eq!(decode(&with(at, more), RGB).unwrap(), whole, "{more:?}");
    }
}

#[cfg(not(feature = "turbojpeg"))]
#[test]
fn a_picture_of_several_scans_needs_them_all() {
    for name in ["a scan a colour", "progressive"] {
        let (_, file) = jpegs().into_iter().find(|f| f.0 == name).unwrap();
        let scans: Vec<_> =
            file.windows(2).enumerate().filter(|(_, w)| *w == [0xFF, 0xDA]).map(|(i, _)| i).collect();
        assert!(scans.len() > 2, "{name}");
        for scan in &scans[1..] {
            let stopped = [&file[..*scan], &[0xFF, 0xD9]].concat();
            for format in [GRAY, RGB] {
                let error = decode(&stopped, format).unwrap_err().to_string();
                assert!(error.contains("it ends before its last scan"), "{name}: {error}");
            }
        }
    }
}

/// A progressive file of 64x64 gray pixels, all the same, with a scan for each `(from, to, before, after)`.
#[cfg(not(feature = "turbojpeg"))]
fn flat(scans: &[(u8, u8, u8, u8)]) -> Vec<u8> {
    let mut file = b"\xFF\xD8\xFF\xDB\x00\x43\x00".to_vec();
    file.extend([1; 64]);
    file.extend(b"\xFF\xC2\x00\x0B\x08\x00\x40\x00\x40\x01\x01\x11\x00");
    // One code of one bit: no difference, and 64 blocks without coefficients.
    for (table, symbol) in [(0x00, 0x00), (0x10, 0x60)] {
        file.extend([[0xFF, 0xC4, 0, 20, table, 1].as_slice(), &[0; 15], &[symbol]].concat());
    }
    for (from, to, before, after) in scans {
        file.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, *from, *to, before << 4 | after]);
        file.extend(if *from == 0 { [0; 8].as_slice() } else { &[0] });
    }
    file.extend([0xFF, 0xD9]);
    file
}

#[cfg(not(feature = "turbojpeg"))]
#[test]
fn scans_go_on_where_others_stopped_and_not_for_ever() {
    let said = |scans: &[(u8, u8, u8, u8)]| match decode(&flat(scans), GRAY) {
        Ok(frame) => format!("{:?}", frame.pixels().iter().min()),
        Err(error) => error.to_string(),
    };
    assert_eq!(said(&[(0, 0, 0, 0), (1, 63, 0, 0)]), "Some(128)");
    assert_eq!(
        said(&[(0, 0, 0, 1), (1, 5, 0, 2), (6, 63, 0, 0), (0, 0, 1, 0), (1, 5, 2, 1), (1, 5, 1, 0)]),
        "Some(128)"
    );
    for scans in [
        [(1, 63, 0, 0), (0, 0, 0, 0)],
        [(0, 0, 0, 0), (1, 63, 1, 0)],
        [(0, 0, 0, 0), (0, 0, 0, 0)],
        [(0, 0, 0, 2), (0, 0, 2, 0)],
    ] {
        assert!(said(&scans).contains("does not go on where"), "{scans:?}");
    }
    for scans in [[(0, 0, 0, 0), (1, 64, 0, 0)], [(0, 0, 0, 0), (5, 4, 0, 0)], [(0, 63, 0, 0), (1, 63, 0, 0)]]
    {
        assert!(said(&scans).contains("impossible range"), "{scans:?}");
    }
    for scans in [[(0, 0, 0, 0), (1, 62, 0, 0)], [(0, 0, 0, 0), (1, 63, 0, 1)]] {
        assert!(said(&scans).contains("it ends before its last scan"), "{scans:?}");
    }
    // All in order, but bit by bit and coefficient by coefficient.
    let single = |low: u8| (1..64).map(move |k| (k, k, if low == 13 { 0 } else { low + 1 }, low));
    let slow: Vec<_> = [(0, 0, 0, 0)].into_iter().chain((0..14).rev().flat_map(single)).collect();
    assert!(said(&slow).contains("more often than any writer's"), "{}", said(&slow));
    assert!(said(&slow[..64]).contains("it ends before its last scan"));
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
