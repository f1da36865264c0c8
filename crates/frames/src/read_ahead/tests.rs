use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use oddframe_core::{Error, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Video};

use super::*;

/// Frames whose pixels tell their number; counts what is read, by whom and into which memory.
#[derive(Default)]
struct Counting {
    video: Option<Video>,
    started: AtomicUsize,
    running: AtomicUsize,
    at_once: AtomicUsize,
    buffers: Mutex<HashSet<usize>>,
    broken: Option<usize>,
    panics: Option<usize>,
    slow: bool,
    /// How many reads wait until they are all under way, and how many are.
    meeting: usize,
    met: (Mutex<usize>, Condvar),
}

const SIDE: usize = 8;

impl Counting {
    fn new(id: &str, frames: u64) -> Self {
        Self::numbered_from(10, id, frames)
    }

    fn numbered_from(first: u64, id: &str, frames: u64) -> Self {
        let shape = FrameShape::new(SIDE, SIDE, PixelFormat::Gray).unwrap();
        let numbers = (0..frames).map(|i| FrameNumber(first + 2 * i)).collect();
        Self {
            video: Some(Video::new(id.into(), shape, numbers).unwrap()),
            ..Self::default()
        }
    }
}

impl FrameSource for Counting {
    fn video(&self) -> &Video {
        self.video.as_ref().unwrap()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        self.started.fetch_add(1, Ordering::SeqCst);
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.at_once.fetch_max(running, Ordering::SeqCst);
        if index < self.meeting {
            let mut met = self.met.0.lock().unwrap();
            *met += 1;
            self.met.1.notify_all();
            // Where one never comes, the test is to fail, not to hang.
            let all = |met: &mut usize| *met < self.meeting;
            drop(
                self.met
                    .1
                    .wait_timeout_while(met, Duration::from_secs(30), all)
                    .unwrap(),
            );
        }
        if self.slow {
            // Later frames are quicker, so that they are done out of order.
            std::thread::sleep(Duration::from_micros(if index.is_multiple_of(3) {
                900
            } else {
                100
            }));
        }
        self.running.fetch_sub(1, Ordering::SeqCst);
        assert!(self.panics != Some(index), "frame {index} is too much");
        if self.broken == Some(index) {
            let source = io::Error::other("broken").into();
            return Err(Error::Read {
                video: self.id().clone(),
                frame: number,
                path: None,
                source,
            });
        }
        out.reset(self.shape(), number);
        self.buffers
            .lock()
            .unwrap()
            .insert(out.pixels().as_ptr() as usize);
        out.pixels_mut().fill(number.0 as u8);
        Ok(())
    }
}

fn all(frames: &mut Frames<'_>) -> Vec<Frame> {
    let mut all = Vec::new();
    while let Some(frame) = frames.next_frame() {
        all.push(frame.unwrap().clone());
    }
    all
}

#[test]
fn frames_come_in_order_for_any_number_of_threads() {
    let source = Counting {
        slow: true,
        ..Counting::new("1", 120)
    };
    let one_by_one: Vec<_> = (0..120).map(|i| source.read(i).unwrap()).collect();
    for threads in [1, 4, 0] {
        for budget in [0, 1 << 20] {
            let options = ReadAhead::new()
                .with_threads(threads)
                .with_budget_bytes(budget);
            assert_eq!(
                read_ahead(&source, options, all),
                one_by_one,
                "{threads} threads, {budget} bytes"
            );
        }
    }
}

#[test]
fn all_threads_read_at_once() {
    let source = Counting {
        meeting: 4,
        ..Counting::new("1", 20)
    };
    read_ahead(&source, ReadAhead::new().with_threads(4), all);
    assert_eq!(source.at_once.load(Ordering::SeqCst), 4);
}

#[test]
fn an_error_takes_the_place_of_its_frame_and_the_others_follow() {
    let source = Counting {
        broken: Some(5),
        ..Counting::new("07", 12)
    };
    for threads in [1, 3] {
        let results = read_ahead(&source, ReadAhead::new().with_threads(threads), |frames| {
            let mut results = Vec::new();
            while let Some(frame) = frames.next_frame() {
                results.push(
                    frame
                        .map(|frame| frame.number().0)
                        .map_err(|e| e.to_string()),
                );
            }
            results
        });
        let expected: Vec<_> = (0..12_u64)
            .map(|i| {
                if i == 5 {
                    Err("video 07, frame 20: broken".to_owned())
                } else {
                    Ok(10 + 2 * i)
                }
            })
            .collect();
        assert_eq!(results, expected);
    }
}

#[test]
fn memory_is_bounded_by_the_budget_and_recycled() {
    let source = Counting::new("1", 1000);
    let frame_bytes = SIDE * SIDE + size_of::<Option<(Frame, Outcome)>>();
    for (threads, asked, slots) in [(2, 100, 100), (4, 10, 10), (4, 0, 5), (1, 1, 2)] {
        source.started.store(0, Ordering::SeqCst);
        source.buffers.lock().unwrap().clear();
        let options = ReadAhead::new()
            .with_threads(threads)
            .with_budget_bytes(asked * frame_bytes);
        let seen = read_ahead(&source, options, |frames| {
            let mut seen = 0;
            while let Some(frame) = frames.next_frame() {
                frame.unwrap();
                seen += 1;
                if seen % 37 == 0 {
                    // Time to run ahead as far as the budget allows.
                    std::thread::sleep(Duration::from_millis(1));
                }
                // The lent frame is alive as well; those before it were given back.
                let alive = source.started.load(Ordering::SeqCst) - (seen - 1);
                assert!(alive <= slots, "{alive} frames alive, {slots} allowed");
            }
            seen
        });
        assert_eq!(seen, 1000);
        assert!(source.buffers.lock().unwrap().len() <= slots);
    }
}

#[test]
fn the_budget_is_used() {
    let source = Counting::new("1", 1000);
    let frame_bytes = SIDE * SIDE + size_of::<Option<(Frame, Outcome)>>();
    let options = ReadAhead::new()
        .with_threads(2)
        .with_budget_bytes(50 * frame_bytes);
    read_ahead(&source, options, |frames| {
        frames.next_frame().unwrap().unwrap();
        for _ in 0..2000 {
            if source.started.load(Ordering::SeqCst) == 50 {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!(
            "{} of 50 frames read ahead",
            source.started.load(Ordering::SeqCst)
        );
    });
}

#[test]
fn leaving_early_stops_the_threads() {
    let source = Counting {
        slow: true,
        ..Counting::new("1", 100_000)
    };
    let frame_bytes = SIDE * SIDE + size_of::<Option<(Frame, Outcome)>>();
    let (threads, slots) = (2, 50);
    let options = ReadAhead::new()
        .with_threads(threads)
        .with_budget_bytes(slots * frame_bytes);
    let first = read_ahead(&source, options, |frames| {
        frames.next_frame().unwrap().unwrap().number()
    });
    assert_eq!(first, FrameNumber(10));
    // The threads have ended, or this would not be reached.
    let started = source.started.load(Ordering::SeqCst);
    assert!(
        started <= slots + threads,
        "{started} frames were read for one"
    );
    // Never asking for a frame is fine too.
    assert_eq!(
        read_ahead(&source, options, |frames| frames.remaining()),
        100_000
    );
}

#[test]
fn a_panic_in_a_source_is_resumed_in_the_consumer() {
    for threads in [1, 3] {
        let source = Counting {
            panics: Some(4),
            ..Counting::new("1", 50)
        };
        let seen = AtomicUsize::new(0);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            read_ahead(&source, ReadAhead::new().with_threads(threads), |frames| {
                while let Some(frame) = frames.next_frame() {
                    frame.unwrap();
                    seen.fetch_add(1, Ordering::SeqCst);
                }
            });
        }));
        let message = *result.unwrap_err().downcast::<String>().unwrap();
        assert_eq!(
            (message.as_str(), seen.load(Ordering::SeqCst)),
            ("frame 4 is too much", 4)
        );
    }
}

#[test]
fn a_panic_in_the_consumer_does_not_hang() {
    let source = Counting::new("1", 1000);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        read_ahead(
            &source,
            ReadAhead::new().with_threads(2).with_budget_bytes(0),
            |frames| {
                frames.next_frame().unwrap().unwrap();
                panic!("enough");
            },
        )
    }));
    assert!(result.is_err());
}

#[test]
fn threads_read_on_across_the_ends_of_videos() {
    let videos: Vec<_> = (0..40)
        .map(|i| Counting {
            slow: true,
            ..Counting::numbered_from(100 * i, &i.to_string(), 3)
        })
        .collect();
    let sources: Vec<&dyn FrameSource> = videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    let options = ReadAhead::new().with_threads(4);
    let seen = read_ahead_all(&sources, options, |frames| {
        // With nothing asked for, the threads run over the ends of videos.
        for _ in 0..2000 {
            if videos[39].started.load(Ordering::SeqCst) == 3 {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut seen = Vec::new();
        while let Some(frame) = frames.next_frame() {
            seen.push(frame.unwrap().number().0);
        }
        seen
    });
    let expected = (0..120).map(|i| 100 * (i / 3) + 2 * (i % 3));
    assert_eq!(seen, expected.collect::<Vec<_>>());
}

#[test]
fn frames_are_read_in_any_order_and_a_missing_index_is_an_error() {
    let (a, b) = (Counting::new("a", 5), Counting::numbered_from(50, "b", 5));
    let place = |source, index| FramePlace { source, index };
    let places = [place(&b, 4), place(&a, 0), place(&b, 5), place(&b, 4)];
    let seen = read_ahead_places(&places, ReadAhead::new().with_threads(2), |frames| {
        let mut seen = Vec::new();
        while let Some(frame) = frames.next_frame() {
            seen.push(frame.ok().map(|frame| frame.number().0));
        }
        seen
    });
    assert_eq!(seen, [Some(58), Some(10), None, Some(58)]);
    read_ahead_places(&[], ReadAhead::new(), |frames| {
        assert!(frames.next_frame().is_none());
    });
    read_ahead_all(&[], ReadAhead::new(), |frames| {
        assert!(frames.next_frame().is_none());
    });
}

#[test]
fn a_frame_can_be_kept_by_swapping_another_in() {
    let source = Counting::new("1", 60);
    let options = ReadAhead::new().with_threads(2).with_budget_bytes(0);
    let kept = read_ahead(&source, options, |frames| {
        let mut kept = Vec::new();
        while let Some(frame) = frames.next_frame() {
            let tiny = Frame::new(FrameShape::new(1, 1, PixelFormat::Gray).unwrap());
            kept.push(std::mem::replace(frame.unwrap(), tiny));
        }
        kept
    });
    assert!(
        kept.iter()
            .zip(source.numbers())
            .all(|(frame, n)| frame.pixels() == [n.0 as u8; SIDE * SIDE])
    );
    assert_eq!(kept.len(), 60);
}
