use oddframe_core::{FirstFrame, FrameNumber};

use super::*;
use crate::decode::rgb_to_gray;
use crate::testing::Made;
use crate::{BadFrameReplacer, Resizer};

fn colours() -> Made {
    Made::new(9, 6, PixelFormat::Rgb, &[3, 7, 8])
}

fn gray(frame: &Frame, out: &mut Frame) {
    out.reset(frame.shape().with_format(PixelFormat::Gray), frame.number());
    rgb_to_gray(frame.pixels(), out.pixels_mut());
}

fn by_hand(frame: &Frame, gray_first: bool) -> Frame {
    let mut resizer = Resizer::new(4, 3, Filter::Antialiased).unwrap();
    let (mut between, mut out) = (frame.clone(), frame.clone());
    if gray_first {
        gray(frame, &mut between);
        resizer.resize_into(&between, &mut out);
    } else {
        resizer.resize_into(frame, &mut between);
        gray(&between, &mut out);
    }
    out
}

#[test]
fn frames_become_gray_and_then_small() {
    let prepare = Prepare::new(4, 3)
        .unwrap()
        .with_format(PixelFormat::Gray)
        .with_filter(Filter::Antialiased);
    let prepared = prepare.of(colours());
    assert_eq!(
        prepared.shape(),
        FrameShape::new(4, 3, PixelFormat::Gray).unwrap()
    );
    assert_eq!(prepared.numbers(), [3, 7, 8].map(FrameNumber));
    for index in [0, 1, 2, 0] {
        let whole = colours().read(index).unwrap();
        assert_eq!(prepared.read(index).unwrap(), by_hand(&whole, true));
    }
    let whole = colours().read(1).unwrap();
    assert_ne!(
        by_hand(&whole, true),
        by_hand(&whole, false),
        "the order must show in this test"
    );
}

#[test]
fn the_format_stays_unless_asked_for() {
    for format in [PixelFormat::Gray, PixelFormat::Rgb] {
        let source = Made::new(9, 6, format, &[1]);
        assert_eq!(
            Prepare::new(4, 3)
                .unwrap()
                .of(source)
                .read(0)
                .unwrap()
                .shape()
                .format(),
            format
        );
    }
    let gray = Made::new(9, 6, PixelFormat::Gray, &[1]);
    let rgb = Prepare::new(4, 3)
        .unwrap()
        .with_format(PixelFormat::Rgb)
        .of(&gray)
        .read(0)
        .unwrap();
    let small = Prepare::new(4, 3).unwrap().of(&gray).read(0).unwrap();
    assert!(
        rgb.pixels()
            .chunks_exact(3)
            .zip(small.pixels())
            .all(|(p, g)| p == [*g; 3])
    );
}

#[test]
fn frames_of_the_right_shape_are_not_converted() {
    let source = colours();
    let prepared = Prepare::new(9, 6)
        .unwrap()
        .with_format(PixelFormat::Rgb)
        .of(&source);
    assert_eq!(prepared.read(1).unwrap(), source.read(1).unwrap());
    assert!(prepared.spare.lock().unwrap().is_empty());
}

#[test]
fn buffers_are_reused_also_after_errors() {
    let prepared = Prepare::new(4, 3).unwrap().of(colours().with_bad(&[1]));
    for index in [0, 1, 2, 1, 0] {
        assert_eq!(prepared.read(index).is_ok(), index != 1);
        assert_eq!(prepared.spare.lock().unwrap().len(), 1);
    }
    assert!(matches!(prepared.read(3), Err(Error::NoSuchIndex { .. })));
}

#[test]
fn borrowed_frames_stay_borrowed() {
    for format in [PixelFormat::Gray, PixelFormat::Rgb] {
        let replaced =
            BadFrameReplacer::new(Made::new(9, 6, PixelFormat::Rgb, &[3, 7]).with_bad(&[1]));
        let frame = Prepare::new(4, 3)
            .unwrap()
            .with_format(format)
            .of(replaced)
            .read(1)
            .unwrap();
        assert_eq!(
            (frame.number(), frame.borrowed_from()),
            (FrameNumber(7), Some(FrameNumber(3)))
        );
    }
}

#[test]
fn threads_read_the_same_bytes() {
    let prepared = Prepare::new(4, 3)
        .unwrap()
        .with_format(PixelFormat::Gray)
        .of(colours());
    let expected: Vec<Frame> = (0..3).map(|i| prepared.read(i).unwrap()).collect();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (prepared, expected) = (&prepared, &expected);
            scope.spawn(move || {
                for i in 0..60 {
                    let index = (i + thread) % 3;
                    assert_eq!(prepared.read(index).unwrap(), expected[index]);
                }
            });
        }
    });
    assert!(prepared.spare.lock().unwrap().len() <= 4);
}

#[test]
fn impossible_sizes_are_refused() {
    assert!(Prepare::new(0, 128).is_err());
    assert!(Prepare::new(128, FrameShape::MAX_SIDE + 1).is_err());
}

/// RGB frames, of which the second is gray and the third has another size.
struct Mixed(Made, Made, Made);

impl Mixed {
    fn new() -> Self {
        let made = |width, format| Made::new(width, 6, format, &[3, 7, 8, 9]);
        Self(
            made(9, PixelFormat::Rgb),
            made(9, PixelFormat::Gray),
            made(12, PixelFormat::Rgb),
        )
    }
}

impl FrameSource for Mixed {
    fn video(&self) -> &Video {
        self.0.video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        match index {
            1 => self.1.read_into(index, out),
            2 => self.2.read_into(index, out),
            _ => self.0.read_into(index, out),
        }
    }
}

#[test]
fn each_frame_is_converted_from_its_own_format_and_size() {
    for format in [PixelFormat::Gray, PixelFormat::Rgb] {
        // Once resized, and once in the shape of most frames.
        for (width, height) in [(4, 3), (9, 6)] {
            let prepare = Prepare::new(width, height).unwrap().with_format(format);
            let mixed = prepare.of(Mixed::new());
            let Mixed(rgb, gray, large) = Mixed::new();
            let (rgb, gray, large) = (prepare.of(rgb), prepare.of(gray), prepare.of(large));
            let expected =
                [rgb.read(0), gray.read(1), large.read(2), rgb.read(3)].map(Result::unwrap);
            assert_eq!(
                [0, 1, 2, 3].map(|index| mixed.read(index).unwrap()),
                expected
            );
        }
    }
}

#[test]
fn an_input_that_keeps_the_size_names_both_sizes() {
    let mixed = Mixed::new();
    let unresized = prepared(FrameInput::unresized(PixelFormat::Rgb), &mixed).unwrap();
    let pixels = unresized.read(1).unwrap().pixels().to_vec();
    assert!(
        pixels
            .chunks_exact(3)
            .enumerate()
            .all(|(place, pixel)| pixel == [Made::byte(1, place); 3])
    );
    let error = unresized.read(2).unwrap_err().to_string();
    assert!(
        error.contains("12x6 RGB") && error.contains("9x6 RGB") && error.contains("frame 8"),
        "{error}"
    );
}

#[test]
fn inputs_of_differences_and_their_errors() {
    let input = FrameInput::new(4, 3, PixelFormat::Gray).unwrap();
    let source = colours();
    let prepare = Prepare::new(4, 3).unwrap().with_format(PixelFormat::Gray);
    for first in [FirstFrame::Drop, FirstFrame::Zero, FirstFrame::Next] {
        let expected = Difference::new(prepare.of(&source), first).unwrap();
        let found = prepared(input.with_difference(first), &source).unwrap();
        assert_eq!(found.video(), expected.video());
        for index in 0..found.numbers().len() {
            assert_eq!(found.read(index).unwrap(), expected.read(index).unwrap());
        }
    }
    let single = Made::new(9, 6, PixelFormat::Rgb, &[1]);
    let error = prepared(input.with_difference(FirstFrame::Drop), &single)
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("frame differences") && error.contains("FirstFrame::Zero"),
        "{error}"
    );
}
