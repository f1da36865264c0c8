use oddframe_core::FrameNumber;

use super::*;
use crate::Mended;
use crate::testing::Made;

fn colours() -> Made {
    Made::new(9, 6, PixelFormat::Rgb, &[3, 7, 8])
}

fn by_hand(frame: &Frame, gray_first: bool) -> Frame {
    let mut resizer = Resizer::new(4, 3, Filter::Antialiased).unwrap();
    let (mut between, mut out) = (frame.clone(), frame.clone());
    if gray_first {
        convert(frame, PixelFormat::Gray, &mut between);
        resizer.resize_into(&between, &mut out);
    } else {
        resizer.resize_into(frame, &mut between);
        convert(&between, PixelFormat::Gray, &mut out);
    }
    out
}

#[test]
fn frames_become_gray_and_then_small() {
    let prepare = Prepare::new(4, 3).unwrap().with_format(PixelFormat::Gray).with_filter(Filter::Antialiased);
    let prepared = prepare.of(colours());
    assert_eq!(prepared.shape(), FrameShape::new(4, 3, PixelFormat::Gray).unwrap());
    assert_eq!(prepared.numbers(), [3, 7, 8].map(FrameNumber));
    for index in [0, 1, 2, 0] {
        let whole = colours().read(index).unwrap();
        assert_eq!(prepared.read(index).unwrap(), by_hand(&whole, true));
    }
    let whole = colours().read(1).unwrap();
    assert_ne!(by_hand(&whole, true), by_hand(&whole, false), "the order must show in this test");
}

#[test]
fn the_format_stays_unless_asked_for() {
    for format in [PixelFormat::Gray, PixelFormat::Rgb] {
        let source = Made::new(9, 6, format, &[1]);
        assert_eq!(Prepare::new(4, 3).unwrap().of(source).read(0).unwrap().shape().format(), format);
    }
    let gray = Made::new(9, 6, PixelFormat::Gray, &[1]);
    let rgb = Prepare::new(4, 3).unwrap().with_format(PixelFormat::Rgb).of(&gray).read(0).unwrap();
    let small = Prepare::new(4, 3).unwrap().of(&gray).read(0).unwrap();
    assert!(rgb.pixels().chunks_exact(3).zip(small.pixels()).all(|(p, g)| p == [*g; 3]));
}

#[test]
fn nothing_is_done_to_frames_that_are_right() {
    let source = colours();
    let prepared = Prepare::new(9, 6).unwrap().with_format(PixelFormat::Rgb).of(&source);
    assert_eq!(prepared.read(1).unwrap(), source.read(1).unwrap());
    assert!(prepared.spare.lock().unwrap().is_empty());
}

#[test]
fn buffers_go_from_frame_to_frame_and_errors_do_not_lose_them() {
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
        let mended = Mended::new(Made::new(9, 6, PixelFormat::Rgb, &[3, 7]).with_bad(&[1]));
        let frame = Prepare::new(4, 3).unwrap().with_format(format).of(mended).read(1).unwrap();
        assert_eq!((frame.number(), frame.borrowed_from()), (FrameNumber(7), Some(FrameNumber(3))));
    }
}

#[test]
fn threads_read_the_same_bytes() {
    let prepared = Prepare::new(4, 3).unwrap().with_format(PixelFormat::Gray).of(colours());
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
