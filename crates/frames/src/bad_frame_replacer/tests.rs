use oddframe_core::PixelFormat;

use super::*;
use crate::testing::Made;

fn made(bad: &[usize]) -> Made {
    Made::new(2, 2, PixelFormat::Rgb, &[5, 6, 8, 9, 20]).with_bad(bad)
}

fn donors<S: FrameSource>(source: &S) -> Vec<Option<u64>> {
    (0..source.numbers().len())
        .map(|i| source.read(i).unwrap().borrowed_from().map(|n| n.0))
        .collect()
}

#[test]
fn the_nearest_readable_frame_stands_in() {
    let replaced = BadFrameReplacer::new(made(&[0, 2, 3]));
    assert_eq!(donors(&replaced), [Some(6), None, Some(6), Some(20), None]);
    let frame = replaced.read(3).unwrap();
    assert_eq!(
        (frame.number(), frame.pixels()[0]),
        (FrameNumber(9), Made::byte(4, 0))
    );
    let tie = BadFrameReplacer::new(made(&[1]));
    assert_eq!(
        donors(&tie)[1],
        Some(5),
        "of two equally near frames the earlier"
    );
}

#[test]
fn substitutes_are_listed_with_their_reason() {
    let replaced = BadFrameReplacer::new(made(&[3, 1]));
    assert!(replaced.substitutes().is_empty());
    donors(&replaced);
    let listed = replaced.substitutes();
    assert_eq!(
        listed
            .iter()
            .map(|s| (s.frame.0, s.donor.0))
            .collect::<Vec<_>>(),
        [(6, 5), (9, 8)]
    );
    assert!(
        listed[1].error.contains("frame 3 is made to fail"),
        "{}",
        listed[1].error
    );
}

#[test]
fn bad_frames_are_tried_once() {
    let source = made(&[0, 1]);
    let replaced = BadFrameReplacer::new(&source);
    for _ in 0..3 {
        donors(&replaced);
    }
    assert_eq!(source.reads()[..2], [1, 1]);
}

#[test]
fn a_video_without_readable_frames_is_an_error() {
    let replaced = BadFrameReplacer::new(made(&[0, 1, 2, 3, 4]));
    let error = replaced.read(2).unwrap_err();
    assert!(matches!(
        error,
        Error::Read {
            frame: FrameNumber(8),
            ..
        }
    ));
    let text = error.to_string();
    assert!(
        text.contains("none of the 5 frames") && text.contains("frame 0 is made to fail"),
        "{text}"
    );
    assert!(replaced.substitutes().is_empty());
    assert!(matches!(replaced.read(5), Err(Error::NoSuchIndex { .. })));
}

/// Says 2x2 and gives one frame of 3x3.
struct Odd(Made, Made);

impl FrameSource for Odd {
    fn video(&self) -> &Video {
        self.0.video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        if index == 1 {
            self.1.read_into(index, out)
        } else {
            self.0.read_into(index, out)
        }
    }
}

#[test]
fn a_frame_of_another_size_is_readable() {
    let replaced =
        BadFrameReplacer::new(Odd(made(&[2]), Made::new(3, 3, PixelFormat::Rgb, &[5, 6])));
    assert_eq!(donors(&replaced), [None, None, Some(6), None, None]);
    assert_eq!(replaced.read(2).unwrap().shape().to_string(), "3x3 RGB");
}

/// Every read is interrupted.
struct Stopped(Made);

impl FrameSource for Stopped {
    fn video(&self) -> &Video {
        self.0.video()
    }
    fn read_into(&self, _: usize, _: &mut Frame) -> Result<(), Error> {
        Err(Error::Interrupted)
    }
}

#[test]
fn an_interruption_is_not_an_unreadable_frame() {
    let replaced = BadFrameReplacer::new(Stopped(made(&[])));
    assert!(matches!(replaced.read(0), Err(Error::Interrupted)));
    assert!(replaced.substitutes().is_empty());
}
