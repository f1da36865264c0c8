use oddframe_core::FrameNumber;
use proptest::prelude::*;

use super::*;

fn shape(width: usize, height: usize, channels: usize) -> FrameShape {
    let format = if channels == 1 {
        PixelFormat::Gray
    } else {
        PixelFormat::Rgb
    };
    FrameShape::new(width, height, format).unwrap()
}

fn frame(shape: FrameShape, value: impl Fn(usize, usize, usize) -> usize) -> Frame {
    let mut frame = Frame::new(shape);
    for (i, byte) in frame.pixels_mut().iter_mut().enumerate() {
        let (pixel, channel) = (i / shape.channels(), i % shape.channels());
        *byte = (value(pixel % shape.width(), pixel / shape.width(), channel) % 256) as u8;
    }
    frame
}

fn resized(frame: &Frame, width: usize, height: usize, filter: Filter) -> Frame {
    let mut out = Frame::new(shape(1, 1, 1));
    Resizer::new(width, height, filter)
        .unwrap()
        .resize_into(frame, &mut out);
    out
}

#[test]
fn both_filters_equal_their_libraries() {
    // Written by tests/golden/make.py; the input is its `pattern`.
    let golden = include_str!("../../tests/golden/resize.txt");
    assert_eq!(golden.lines().count(), 28);
    for line in golden.lines() {
        let (size, values) = line.split_once(" = ").unwrap();
        let (filter, size) = size.split_once(' ').unwrap();
        let filter = if filter == "opencv" {
            Filter::OpenCv
        } else {
            Filter::Antialiased
        };
        let size: Vec<usize> = size.split(' ').map(|n| n.parse().unwrap()).collect();
        let values: Vec<u8> = values.split(' ').map(|n| n.parse().unwrap()).collect();
        let [width, height, channels, to_width, to_height] = size[..] else {
            panic!("{line}")
        };
        let from = frame(shape(width, height, channels), |x, y, c| {
            x * 37 + y * 59 + c * 83 + x * y * 7
        });
        assert_eq!(
            resized(&from, to_width, to_height, filter).pixels(),
            values,
            "{line}"
        );
    }
}

#[test]
fn one_resizer_resizes_frames_of_any_size() {
    for filter in [Filter::OpenCv, Filter::Antialiased] {
        let mut resizer = Resizer::new(5, 4, filter).unwrap();
        let mut out = Frame::new(shape(1, 1, 1));
        for (width, height, channels) in [
            (9, 7, 1),
            (9, 7, 3),
            (3, 8, 3),
            (9, 7, 1),
            (5, 4, 1),
            (5, 9, 1),
        ] {
            let from = frame(shape(width, height, channels), |x, y, c| {
                x * x * 31 + y * 17 + c
            });
            resizer.resize_into(&from, &mut out);
            assert_eq!(
                out,
                resized(&from, 5, 4, filter),
                "{filter:?} {width}x{height}"
            );
        }
    }
}

#[test]
fn numbers_and_donors_are_kept() {
    let mut from = Frame::new(shape(4, 4, 3));
    from.lend_to(FrameNumber(12), FrameNumber(11));
    for size in [4, 2] {
        let out = resized(&from, size, size, Filter::OpenCv);
        assert_eq!(
            (out.number(), out.borrowed_from()),
            (FrameNumber(12), Some(FrameNumber(11)))
        );
    }
}

#[test]
fn impossible_sizes_are_refused() {
    for (width, height) in [(0, 4), (4, 0), (FrameShape::MAX_SIDE + 1, 4)] {
        assert!(Resizer::new(width, height, Filter::OpenCv).is_err());
    }
}

proptest! {
    #[test]
    fn results_stay_within_the_range_of_the_input(
        from in (1_usize..40, 1_usize..40),
        to in (1_usize..60, 1_usize..60),
        colour in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut random = oddframe_core::Random::new(seed);
        let (low, high) = (random.below(200) as usize, 50);
        let mut source = Frame::new(shape(from.0, from.1, if colour { 3 } else { 1 }));
        source.pixels_mut().fill_with(|| (low + random.below(high) as usize) as u8);
        for filter in [Filter::OpenCv, Filter::Antialiased] {
            let out = resized(&source, to.0, to.1, filter);
            prop_assert_eq!((out.shape().width(), out.shape().height()), to);
            // OpenCV's fixed point may fall one short of the input's least.
            let range = low.saturating_sub(1)..low + high as usize;
            prop_assert!(out.pixels().iter().all(|p| range.contains(&usize::from(*p))));
        }
    }

    #[test]
    fn channels_do_not_mix(from in (1_usize..30, 1_usize..30), to in (1_usize..30, 1_usize..30)) {
        let value = |x: usize, y: usize, c: usize| x * 41 + y * 23 + c * 97;
        let colours = frame(shape(from.0, from.1, 3), value);
        for filter in [Filter::OpenCv, Filter::Antialiased] {
            let all = resized(&colours, to.0, to.1, filter);
            for channel in 0..3 {
                let one = resized(&frame(shape(from.0, from.1, 1), |x, y, _| value(x, y, channel)), to.0, to.1, filter);
                prop_assert!(all.pixels().iter().skip(channel).step_by(3).eq(one.pixels()));
            }
        }
    }
}
