use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder, ImageFormat};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;

use super::*;

const GRAY: PixelFormat = PixelFormat::Gray;
const RGB: PixelFormat = PixelFormat::Rgb;

macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/", $name)).as_slice()
    };
}

fn decode(bytes: &[u8], format: PixelFormat) -> Result<Frame, ImageError> {
    let mut out = Frame::new(FrameShape::new(3, 3, GRAY).unwrap());
    decode_into(bytes, format, FrameNumber(42), &mut out).map(|()| out)
}

/// A picture of smooth colours with some noise.
fn texture(width: usize, height: usize, channels: usize) -> Vec<u8> {
    let mut random = oddframe_core::Random::new(7);
    let wave = |i: usize, c: usize| {
        120.0 + 80.0 * ((i % width) as f64 / 9.0 + (i / width) as f64 / 6.0 + c as f64).sin()
    };
    (0..width * height * channels)
        .map(|i| (wave(i / channels, i % channels) + random.between(0.0, 30.0)) as u8)
        .collect()
}

fn raster(
    format: ImageFormat,
    pixels: &[u8],
    width: u32,
    height: u32,
    colours: ExtendedColorType,
) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    match format {
        ImageFormat::Png => image::codecs::png::PngEncoder::new(&mut file)
            .write_image(pixels, width, height, colours),
        ImageFormat::Tiff => image::codecs::tiff::TiffEncoder::new(&mut file)
            .write_image(pixels, width, height, colours),
        _ => image::codecs::bmp::BmpEncoder::new(&mut file)
            .write_image(pixels, width, height, colours),
    }
    .unwrap();
    file.into_inner()
}

const RASTERS: [ImageFormat; 3] = [ImageFormat::Png, ImageFormat::Tiff, ImageFormat::Bmp];

/// A JPEG of each coding, written by an independent library.
fn jpegs() -> [(&'static str, Vec<u8>); 6] {
    let made = |sampling: SamplingFactor, change: fn(&mut Encoder<&mut Vec<u8>>)| {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, 80);
        encoder.set_sampling_factor(sampling);
        change(&mut encoder);
        encoder
            .encode(&texture(45, 37, 3), 45, 37, ColorType::Rgb)
            .unwrap();
        file
    };
    let mut gray = Vec::new();
    Encoder::new(&mut gray, 80)
        .encode(&texture(45, 37, 1), 45, 37, ColorType::Luma)
        .unwrap();
    [
        ("4:2:0", made(SamplingFactor::F_2_2, |_| ())),
        ("4:4:4", made(SamplingFactor::F_1_1, |_| ())),
        (
            "a scan a colour",
            made(SamplingFactor::F_1_1, |e| {
                e.set_optimized_huffman_tables(true);
            }),
        ),
        (
            "restarts",
            made(SamplingFactor::F_2_2, |e| e.set_restart_interval(2)),
        ),
        (
            "progressive",
            made(SamplingFactor::F_2_2, |e| e.set_progressive(true)),
        ),
        ("gray", gray),
    ]
}

#[test]
fn lossless_formats_decode_to_the_encoded_pixels() {
    let (gray, rgb) = (texture(21, 13, 1), texture(21, 13, 3));
    for format in RASTERS {
        let file = raster(format, &rgb, 21, 13, ExtendedColorType::Rgb8);
        assert_eq!(probe(&file).unwrap().to_string(), "21x13 RGB");
        let frame = decode(&file, RGB).unwrap();
        assert_eq!(
            (frame.shape(), frame.number()),
            (probe(&file).unwrap(), FrameNumber(42))
        );
        assert_eq!(frame.pixels(), rgb);
        let as_gray = decode(&file, GRAY).unwrap();
        let luma: Vec<u8> = rgb
            .chunks_exact(3)
            .map(|p| oddframe_core::luma([p[0], p[1], p[2]]))
            .collect();
        assert_eq!(as_gray.pixels(), luma);
    }
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let file = raster(format, &gray, 21, 13, ExtendedColorType::L8);
        assert_eq!(probe(&file).unwrap().to_string(), "21x13 gray");
        assert_eq!(decode(&file, GRAY).unwrap().pixels(), gray);
        assert!(
            decode(&file, RGB)
                .unwrap()
                .pixels()
                .chunks_exact(3)
                .zip(&gray)
                .all(|(p, g)| p == [*g; 3])
        );
    }
}

#[test]
fn native_decoding_keeps_gray_gray_and_colour_colour() {
    let gray_png = raster(
        ImageFormat::Png,
        &texture(21, 13, 1),
        21,
        13,
        ExtendedColorType::L8,
    );
    let alpha_png = raster(
        ImageFormat::Png,
        &texture(21, 13, 2),
        21,
        13,
        ExtendedColorType::La8,
    );
    let rgb_tiff = raster(
        ImageFormat::Tiff,
        &texture(21, 13, 3),
        21,
        13,
        ExtendedColorType::Rgb8,
    );
    let rasters = [
        ("gray PNG", gray_png),
        ("gray PNG with alpha", alpha_png),
        ("colour TIFF", rgb_tiff),
    ];
    for (name, file) in jpegs().into_iter().chain(rasters) {
        let format = if name.starts_with("gray") { GRAY } else { RGB };
        let mut native = Frame::new(FrameShape::new(3, 3, GRAY).unwrap());
        decode_as(&file, None, FrameNumber(42), &mut native).unwrap();
        assert_eq!(native, decode(&file, format).unwrap(), "{name}");
        assert_eq!(native.shape(), probe(&file).unwrap(), "{name}");
    }
}

#[test]
fn sixteen_bits_are_rounded_and_alpha_is_dropped() {
    let wide =
        |values: &[u16]| -> Vec<u8> { values.iter().flat_map(|v| v.to_ne_bytes()).collect() };
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let file = raster(
            format,
            &wide(&[0, 128, 129, 65_535]),
            2,
            2,
            ExtendedColorType::L16,
        );
        assert_eq!(decode(&file, GRAY).unwrap().pixels(), [0, 0, 1, 255]);
        let rgb = wide(&[257, 514, 60_000, 0, 65_535, 1_000]);
        let file = raster(format, &rgb, 2, 1, ExtendedColorType::Rgb16);
        assert_eq!(decode(&file, RGB).unwrap().pixels(), [1, 2, 233, 0, 255, 4]);
        let file = raster(
            format,
            &[9, 8, 7, 0, 1, 2, 3, 255],
            2,
            1,
            ExtendedColorType::Rgba8,
        );
        assert_eq!(decode(&file, RGB).unwrap().pixels(), [9, 8, 7, 1, 2, 3]);
        assert_eq!(decode(&file, GRAY).unwrap().pixels(), [8, 2]);
    }
    let file = raster(
        ImageFormat::Png,
        &[200, 0, 100, 255],
        2,
        1,
        ExtendedColorType::La8,
    );
    assert_eq!(decode(&file, GRAY).unwrap().pixels(), [200, 100]);
}

#[test]
fn decoded_pixels_equal_those_of_opencv() {
    // Written by tests/golden/make.py: every seventh number of what OpenCV reads.
    let files: [(&str, &[u8]); 10] = [
        ("colour", golden!("colour.jpg")),
        ("progressive", golden!("progressive.jpg")),
        ("restarts", golden!("restarts.jpg")),
        ("rgb", golden!("rgb.jpg")),
        ("gray", golden!("gray.jpg")),
        ("palette", golden!("palette.png")),
        ("palette", golden!("palette.bmp")),
        ("bits", golden!("bits.png")),
        ("bits", golden!("bits.bmp")),
        ("bits", golden!("bits.tiff")),
    ];
    let numbers = include_str!("../../tests/golden/decode.txt");
    for (name, file) in files {
        for (key, format) in [("1", GRAY), ("3", RGB)] {
            let key = format!("{name} {key} = ");
            let Some(line) = numbers.lines().find_map(|l| l.strip_prefix(&key)) else {
                continue;
            };
            let frame = decode(file, format).unwrap();
            let found: Vec<u8> = frame.pixels().iter().step_by(7).copied().collect();
            let expected: Vec<u8> = line.split(' ').map(|n| n.parse().unwrap()).collect();
            assert_eq!(found, expected, "{key}");
        }
    }
}

#[test]
fn gray_from_a_colour_jpeg_is_its_brightness_plane() {
    for (name, file) in jpegs() {
        assert_eq!(
            probe(&file).unwrap().to_string(),
            if name == "gray" {
                "45x37 gray"
            } else {
                "45x37 RGB"
            }
        );
        let (gray, rgb) = (decode(&file, GRAY).unwrap(), decode(&file, RGB).unwrap());
        assert_eq!((gray.shape().format(), rgb.shape().format()), (GRAY, RGB));
        for (g, p) in gray.pixels().iter().zip(rgb.pixels().chunks_exact(3)) {
            // Clamped colours have another brightness than the plane.
            if p.iter().all(|c| (1..255).contains(c)) {
                assert!(
                    g.abs_diff(oddframe_core::luma([p[0], p[1], p[2]])) <= 2,
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_jpeg_cut_anywhere_is_an_error() {
    for (name, file) in jpegs() {
        for length in 0..file.len() {
            for format in [GRAY, RGB] {
                assert!(
                    decode(&file[..length], format).is_err(),
                    "{name}: {length} of {}",
                    file.len()
                );
            }
        }
    }
}

#[test]
fn a_jpeg_with_data_missing_before_its_end_marker_is_an_error() {
    // libjpeg-turbo accepts a picture of several scans that stops between two of them.
    let seen = |name: &str| {
        cfg!(not(feature = "turbojpeg")) || !matches!(name, "progressive" | "a scan a colour")
    };
    for (name, file) in jpegs().into_iter().filter(|(name, _)| seen(name)) {
        let header = jpeg_header::JpegHeader::read(&file).unwrap();
        let end = header.find_end(&file).unwrap();
        assert_eq!(end, file.len() - 2, "{name}");
        for length in end / 2..end - 1 {
            let holed = [&file[..length], &[0xFF, 0xD9]].concat();
            assert!(decode(&holed, GRAY).is_err(), "{name}: {length} of {end}");
            assert!(decode(&holed, RGB).is_err(), "{name}: {length} of {end}");
        }
    }
}

#[test]
fn bytes_after_the_end_marker_are_ignored() {
    for (name, file) in jpegs() {
        let more = [&file, b"written by a camera".as_slice()].concat();
        assert_eq!(
            decode(&more, GRAY).unwrap(),
            decode(&file, GRAY).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn a_truncated_picture_is_an_error_or_complete() {
    let rgb = texture(21, 13, 3);
    for format in RASTERS {
        let file = raster(format, &rgb, 21, 13, ExtendedColorType::Rgb8);
        let mut errors = 0;
        for length in 0..file.len() {
            match decode(&file[..length], RGB) {
                Ok(frame) => assert_eq!(frame.pixels(), rgb, "{format:?} {length}"),
                Err(_) => errors += 1,
            }
        }
        assert!(
            errors * 10 > file.len() * 9,
            "{format:?}: {errors} of {}",
            file.len()
        );
    }
}

#[test]
fn files_in_other_formats_are_named_in_the_error() {
    assert!(matches!(probe(&[]), Err(ImageError::Empty)));
    let error = decode(b"just some text", GRAY).unwrap_err().to_string();
    assert!(
        error.contains("not a JPEG, PNG, TIFF or BMP") && error.contains("[6A, 75, 73, 74"),
        "{error}"
    );
    let cmyk = decode(golden!("cmyk.jpg"), RGB).unwrap_err();
    assert!(
        cmyk.to_string()
            .contains("CMYK JPEG images are not supported"),
        "{cmyk}"
    );
}

#[test]
fn jpeg_inside_tiff_is_refused() {
    let mut file = raster(
        ImageFormat::Tiff,
        &texture(9, 7, 3),
        9,
        7,
        ExtendedColorType::Rgb8,
    );
    let entry = file
        .windows(4)
        .position(|w| w == [3, 1, 3, 0])
        .expect("the compression's tag, a short");
    for compression in [6, 7] {
        file[entry + 8] = compression;
        for error in [probe(&file).unwrap_err(), decode(&file, RGB).unwrap_err()] {
            assert!(
                error.to_string().contains("JPEG-compressed TIFF"),
                "{error}"
            );
        }
    }
}

/// A TIFF file of one directory, with entries of tag, type, count and value, and data behind it.
fn tiff(little: bool, entries: &[(u16, u16, u32, u32)], data: &[u8]) -> Vec<u8> {
    let short = |n: u16| {
        if little {
            n.to_le_bytes()
        } else {
            n.to_be_bytes()
        }
    };
    let long = |n: u32| {
        if little {
            n.to_le_bytes()
        } else {
            n.to_be_bytes()
        }
    };
    let mut file = if little { b"II*\0" } else { b"MM\0*" }.to_vec();
    file.extend(long(8));
    file.extend(short(entries.len() as u16));
    for (tag, kind, count, value) in entries {
        file.extend([short(*tag), short(*kind)].concat());
        file.extend(long(*count));
        match kind {
            // The unused rest of the four bytes may hold anything.
            1 => file.extend([*value as u8, 1, 2, 3]),
            3 => file.extend([short(*value as u16), [4, 5]].concat()),
            _ => file.extend(long(*value)),
        }
    }
    file.extend(long(0));
    file.extend(data);
    file
}

#[test]
fn the_compression_of_a_tiff_is_read_by_the_type_of_its_entry() {
    for little in [true, false] {
        for kind in [1, 3, 4] {
            for compression in [6, 7] {
                let error = probe(&tiff(little, &[(259, kind, 1, compression)], &[])).unwrap_err();
                assert!(
                    error.to_string().contains("JPEG-compressed TIFF"),
                    "{little} {kind}: {error}"
                );
            }
            // Without the sizes, the error comes from the decoding library.
            let error = probe(&tiff(little, &[(259, kind, 1, 1)], &[])).unwrap_err();
            assert!(
                matches!(error, ImageError::Decoder { .. }),
                "{little} {kind}: {error}"
            );
        }
        let twice = [(259, 3, 1, 1), (259, 3, 1, 7)];
        for entries in [
            &[(259, 8, 1, 7)],
            &[(259, 16, 1, 7)],
            &[(259, 3, 2, 7)],
            &[(259, 3, 0, 7)],
            &twice[..],
        ] {
            let error = probe(&tiff(little, entries, &[])).unwrap_err();
            assert!(
                matches!(error, ImageError::Damaged { format: "TIFF", .. }),
                "{entries:?}: {error}"
            );
        }
    }
}

#[test]
fn a_white_fax_is_decoded_from_a_very_short_file() {
    const STRIP: u32 = 8 + 2 + 9 * 12 + 4;
    let entries = |height: u32| {
        let tags = [
            (256, 20_000),
            (257, height),
            (258, 1),
            (259, 4),
            (262, 0),
            (273, STRIP),
            (277, 1),
        ];
        let more = [(278, height), (279, 28)];
        tags.into_iter()
            .chain(more)
            .map(|(tag, value)| (tag, 4, 1, value))
            .collect::<Vec<_>>()
    };
    // One bit for each of 200 lines that equal their predecessor, then the end of the block.
    let data = [[0xFF; 25].as_slice(), &[0x00, 0x10, 0x01]].concat();
    let fax = tiff(true, &entries(200), &data);
    assert_eq!(probe(&fax).unwrap().to_string(), "20000x200 gray");
    assert!(
        decode(&fax, GRAY)
            .unwrap()
            .pixels()
            .iter()
            .all(|p| *p == 255)
    );
    let bomb = tiff(true, &entries(20_000), &data);
    assert!(matches!(
        decode(&bomb, GRAY),
        Err(ImageError::Dimensions {
            width: 20_000,
            height: 20_000
        })
    ));
}

#[test]
fn run_lengths_that_skip_most_of_a_picture_are_decoded() {
    let bmp = |side: u32, compression: u32| {
        let mut file = b"BM".to_vec();
        // The file's length, two unused fields, and the offset of the pixels.
        for n in [
            66,
            0,
            62,
            40,
            side,
            side,
            8 << 16 | 1,
            compression,
            4,
            0,
            0,
            2,
            2,
            0x0001_0203,
            0x0004_0506,
        ] {
            file.extend(n.to_le_bytes());
        }
        // One pixel of the second colour, and the end of the picture.
        file.extend([1, 1, 0, 1]);
        file
    };
    let frame = decode(&bmp(1_300, 1), RGB).unwrap();
    assert_eq!(
        (frame.shape().width(), frame.shape().height()),
        (1_300, 1_300)
    );
    let last_row = &frame.pixels()[1_299 * 1_300 * 3..];
    assert_eq!(last_row[..3], [4, 5, 6]);
    assert!(matches!(
        probe(&bmp(1_300, 0)),
        Err(ImageError::Implausible { format: "BMP", .. })
    ));
    assert!(matches!(
        probe(&bmp(20_000, 1)),
        Err(ImageError::Dimensions { .. })
    ));
}

/// A file of the public data sets, if they are available.
fn data(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into(),
        std::path::PathBuf::from,
    );
    let path = folder.join(name);
    let file = std::fs::read(&path).ok();
    if file.is_none() {
        eprintln!("skipped: {} does not exist", path.display());
    }
    file
}

#[test]
fn frames_of_ped2_decode_and_truncated_ones_do_not() {
    let Some(file) = data("ped2/training/frames/03/060.jpg") else {
        return;
    };
    assert_eq!(
        probe(&file).unwrap().to_string(),
        decode(&file, RGB).unwrap().shape().to_string()
    );
    for length in (0..file.len())
        .rev()
        .step_by(97)
        .chain(file.len() - 40..file.len())
    {
        assert!(
            decode(&file[..length], GRAY).is_err(),
            "{length} of {}",
            file.len()
        );
        if length > 1_000 && length < file.len() - 2 {
            let holed = [&file[..length], &[0xFF, 0xD9]].concat();
            assert!(
                decode(&holed, GRAY).is_err(),
                "{length} of {} with an end",
                file.len()
            );
        }
    }
}

/// One chunk of a PNG: length, type, data and checksum.
fn png_chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind, data].concat();
    let crc = body.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            if c & 1 == 1 {
                (c >> 1) ^ 0xEDB8_8320
            } else {
                c >> 1
            }
        })
    });
    [
        &(data.len() as u32).to_be_bytes(),
        body.as_slice(),
        &(!crc).to_be_bytes(),
    ]
    .concat()
}

/// A PNG of one chunk after its header.
fn png(width: u32, height: u32, kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = png_chunk(*b"IHDR", &[&size, [8, 2, 0, 0, 0].as_slice()].concat());
    [
        b"\x89PNG\r\n\x1A\n".as_slice(),
        &header,
        &png_chunk(kind, data),
        &png_chunk(*b"IEND", &[]),
    ]
    .concat()
}

#[test]
fn hostile_sizes_are_refused_before_memory_is_reserved() {
    for (width, height) in [(30_000, 30_000), (u32::MAX, 1), (1, 40_000), (0, 5)] {
        let bomb = png(width, height, *b"IDAT", &[0x78, 0x9C, 0x03, 0, 0, 0, 0, 1]);
        for result in [probe(&bomb).map(|_| ()), decode(&bomb, GRAY).map(|_| ())] {
            assert!(result.is_err(), "{width}x{height}");
        }
    }
    let bomb = png(30_000, 30_000, *b"IDAT", &[0; 64]);
    assert!(matches!(
        probe(&bomb),
        Err(ImageError::Dimensions {
            width: 30_000,
            height: 30_000
        })
    ));
    let bomb = png(8_000, 8_000, *b"IDAT", &[0; 64]);
    assert!(matches!(
        decode(&bomb, RGB),
        Err(ImageError::Implausible {
            format: "PNG",
            bytes: 121,
            ..
        })
    ));

    let (_, mut file) = jpegs()[0].clone();
    let frame = file.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    for (side, implausible) in [(8_000_u16, true), (60_000, false)] {
        file[frame + 5..][..2].copy_from_slice(&side.to_be_bytes());
        file[frame + 7..][..2].copy_from_slice(&side.to_be_bytes());
        match decode(&file, GRAY).unwrap_err() {
            ImageError::Implausible { format: "JPEG", .. } => assert!(implausible),
            ImageError::Dimensions {
                width: 60_000,
                height: 60_000,
            } => assert!(!implausible),
            other => panic!("{other}"),
        }
    }
}

/// A deflate stream of one symbol repeated: `times` copies of 258 zeros, 13 bits each.
fn zeros(times: usize) -> Vec<u8> {
    let mut bits = vec![true, true, false];
    bits.extend([false, false, true, true, false, false, false, false]);
    for _ in 0..times {
        bits.extend([true, true, false, false, false, true, false, true]);
        bits.extend([false; 5]);
    }
    bits.extend([false; 7]);
    let packed = bits.chunks(8).map(|c| {
        c.iter()
            .enumerate()
            .fold(0, |b, (i, on)| b | u8::from(*on) << i)
    });
    [0x78, 0x9C].into_iter().chain(packed).collect()
}

#[test]
fn compressed_text_that_expands_enormously_is_refused() {
    // 1.6 MB that expand to 258 MB.
    let data = [b"Comment\0\0".as_slice(), &zeros(1_000_000)].concat();
    let bomb = png(4, 4, *b"zTXt", &data);
    assert!(decode(&bomb, RGB).is_err(), "the file has no pixels");
    // The stream itself is valid: the same zeros as pixels are a black picture.
    let black = png(10, 4, *b"IDAT", &zeros(1));
    assert_eq!(decode(&black, RGB).unwrap().pixels(), [0; 120]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_files_never_panic(
        which in 0_usize..9,
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = match which {
            0..6 => jpegs()[which].1.clone(),
            _ => raster(RASTERS[which - 6], &texture(9, 7, 3), 9, 7, ExtendedColorType::Rgb8),
        };
        for (at, byte) in hits {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let _ = (probe(&file), decode(&file, GRAY), decode(&file, RGB));
    }
}

mod jpeg;
mod orientation;
