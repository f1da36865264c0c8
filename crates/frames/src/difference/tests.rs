use oddframe_core::{FrameNumber, PixelFormat};

use super::*;
use crate::BadFrameReplacer;
use crate::testing::Made;

const GRAY: PixelFormat = PixelFormat::Gray;

fn made(numbers: &[u64]) -> Made {
    Made::new(3, 2, GRAY, numbers)
}

fn between(before: usize, after: usize) -> Vec<u8> {
    (0..6)
        .map(|place| Made::byte(before, place).abs_diff(Made::byte(after, place)))
        .collect()
}

#[test]
fn the_first_frame_follows_its_policy() {
    let numbers = [3, 4, 9];
    let read = |first, index| {
        Difference::new(made(&numbers), first)
            .unwrap()
            .read(index)
            .unwrap()
    };
    let dropped = Difference::new(made(&numbers), FirstFrame::Drop).unwrap();
    assert_eq!(dropped.numbers(), [4, 9].map(FrameNumber));
    assert_eq!(dropped.read(0).unwrap().pixels(), between(0, 1));
    assert_eq!(dropped.read(1).unwrap().number(), FrameNumber(9));

    let zero = read(FirstFrame::Zero, 0);
    assert_eq!(
        (zero.number(), zero.borrowed_from(), zero.pixels()),
        (FrameNumber(3), None, [0; 6].as_slice())
    );

    let next = read(FirstFrame::Next, 0);
    assert_eq!(
        (next.number(), next.borrowed_from()),
        (FrameNumber(3), Some(FrameNumber(4)))
    );
    assert_eq!(next.pixels(), between(0, 1));

    for first in [FirstFrame::Zero, FirstFrame::Next] {
        let second = read(first, 1);
        assert_eq!(
            (second.number(), second.borrowed_from()),
            (FrameNumber(4), None)
        );
        assert_eq!(second.pixels(), between(0, 1));
        assert_eq!(read(first, 2).pixels(), between(1, 2));
    }
}

#[test]
fn a_black_difference_overwrites_old_pixels() {
    let zero = Difference::new(made(&[1, 2]), FirstFrame::Zero).unwrap();
    let mut frame = zero.read(1).unwrap();
    assert_ne!(frame.pixels(), [0; 6]);
    zero.read_into(0, &mut frame).unwrap();
    assert_eq!(frame.pixels(), [0; 6]);
}

#[test]
fn a_single_frame_has_no_difference() {
    for first in [FirstFrame::Drop, FirstFrame::Next] {
        let error = Difference::new(made(&[7]), first).unwrap_err();
        assert!(
            matches!(
                error,
                crate::Error::SingleFrame {
                    frame: FrameNumber(7),
                    ..
                }
            ),
            "{error}"
        );
    }
    let zero = Difference::new(made(&[7]), FirstFrame::Zero).unwrap();
    assert_eq!(zero.read(0).unwrap().pixels(), [0; 6]);
}

#[test]
fn reading_in_order_reads_each_frame_once() {
    let numbers: Vec<u64> = (0..100).collect();
    let source = made(&numbers);
    let difference = Difference::new(&source, FirstFrame::Next).unwrap();
    for index in 0..100 {
        difference.read(index).unwrap();
    }
    assert_eq!(source.reads(), [1; 100]);
}

#[test]
fn threads_that_read_neighbours_share_their_frames() {
    let numbers: Vec<u64> = (0..400).collect();
    // Slow enough for the threads to be at it together.
    let mut source = made(&numbers);
    source.takes = std::time::Duration::from_micros(100);
    let difference = Difference::new(&source, FirstFrame::Next).unwrap();
    let (next, barrier) = (
        std::sync::atomic::AtomicUsize::new(1),
        std::sync::Barrier::new(4),
    );
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // Steps together, as threads that read ahead do.
                for _ in 0..99 {
                    barrier.wait();
                    let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    assert_eq!(
                        difference.read(index).unwrap().pixels(),
                        between(index - 1, index)
                    );
                }
            });
        }
    });
    assert_eq!(source.reads()[..397], [1; 397]);
}

#[test]
fn as_many_frames_are_kept_as_threads_need() {
    for (threads, kept) in [(1, 16), (8, 16), (64, 128)] {
        let numbers: Vec<u64> = (0..=kept as u64).collect();
        let source = made(&numbers);
        let recent = Recent::new(source.shape(), threads);
        for index in (0..kept).chain(0..kept) {
            recent.with_frame(&source, index, |_| ()).unwrap();
        }
        assert_eq!(source.reads()[..kept], vec![1; kept]);
        // One more takes the place of the first.
        for index in [kept, 0] {
            recent.with_frame(&source, index, |_| ()).unwrap();
        }
        assert_eq!(source.reads()[0], 2, "{threads} threads");
    }
}

#[test]
fn a_bad_frame_spoils_two_differences_and_no_more() {
    let source = made(&[10, 11, 12, 13]).with_bad(&[1]);
    let difference = Difference::new(source, FirstFrame::Zero).unwrap();
    let fine: Vec<bool> = (0..4).map(|i| difference.read(i).is_ok()).collect();
    assert_eq!(fine, [true, false, false, true]);
    let error = difference.read(2).unwrap_err().to_string();
    assert!(error.contains("frame 11"), "{error}");
    assert!(matches!(
        difference.read(4),
        Err(Error::NoSuchIndex {
            index: 4,
            len: 4,
            ..
        })
    ));
}

#[test]
fn differences_of_borrowed_frames_are_borrowed() {
    let source = BadFrameReplacer::new(made(&[10, 11, 12, 13]).with_bad(&[1]));
    let difference = Difference::new(source, FirstFrame::Drop).unwrap();
    let donors: Vec<_> = (0..3)
        .map(|i| difference.read(i).unwrap().borrowed_from())
        .collect();
    assert_eq!(donors, [Some(FrameNumber(10)), Some(FrameNumber(10)), None]);
}

/// 3x2 frames, of which the third is 2x2.
struct Mixed(Made, Made);

impl FrameSource for Mixed {
    fn video(&self) -> &Video {
        self.0.video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        if index == 2 {
            self.1.read_into(index, out)
        } else {
            self.0.read_into(index, out)
        }
    }
}

#[test]
fn frames_of_two_sizes_have_no_difference() {
    let numbers = [1, 2, 3, 4, 5];
    let source = Mixed(made(&numbers), Made::new(2, 2, GRAY, &numbers));
    let difference = Difference::new(source, FirstFrame::Drop).unwrap();
    let results: Vec<_> = (0..4)
        .map(|index| difference.read(index).map_err(|e| e.to_string()))
        .collect();
    assert_eq!(
        results.iter().map(Result::is_ok).collect::<Vec<_>>(),
        [true, false, false, true]
    );
    let error = results[1].as_ref().unwrap_err();
    assert!(
        error.contains("2x2 gray") && error.contains("3x2 gray"),
        "{error}"
    );
}
