//! Pseudo-anomalies for any system.

use std::collections::BTreeSet;
use std::sync::Arc;

use oddframe_core::{Error, Frame, FrameShape, FrameSource, Observer, PixelFormat, Silent, Video};
use oddframe_objects::{PastedVideo, PseudoAnomalies, PseudoKind, PseudoSet, Stretch};

use crate::footage::{Footage, usual_people};

/// A video whose frames are kept, because drawing them takes longer than everything else.
struct Kept(Video, Vec<Frame>);

impl Kept {
    fn record(source: &dyn FrameSource) -> Arc<dyn FrameSource> {
        let frames = (0..source.numbers().len()).map(|frame| source.read(frame).unwrap());
        Arc::new(Self(source.video().clone(), frames.collect()))
    }
}

impl FrameSource for Kept {
    fn video(&self) -> &Video {
        &self.0
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.number_at(index)?;
        out.copy_from(&self.1[index]);
        Ok(())
    }
}

/// Videos of 200 frames in which people come by all the time, with their feet in row 66.
fn normal(count: i64) -> Vec<Arc<dyn FrameSource>> {
    (0..count)
        .map(|video| {
            let people = usual_people(video).into_iter();
            let later = people
                .filter(|walker| walker.foot == 66)
                .flat_map(|walker| {
                    (0..4).map(move |group| {
                        let mut walker = walker;
                        walker.start -= 60 * group;
                        walker
                    })
                });
            let people: Vec<_> = later.collect();
            Kept::record(&Footage::new(&format!("{video}"), 200, &people))
        })
        .collect()
}

fn plan(normal: &[Arc<dyn FrameSource>], held_out: &[usize], seed: u64) -> Vec<PseudoSet> {
    let pseudo = PseudoAnomalies::learn(normal, &mut Silent).unwrap();
    pseudo.plan(held_out, 2, seed, &mut Silent).unwrap()
}

fn set_of(sets: &[PseudoSet], kind: PseudoKind) -> &PseudoSet {
    sets.iter().find(|set| set.kind == kind).unwrap()
}

/// Columns and rows of the pixels that differ, by more than a few levels.
fn differing_pixels(a: &Frame, b: &Frame) -> (Vec<usize>, Vec<usize>) {
    let channels = a.shape().channels();
    let pairs = a.pixels().iter().zip(b.pixels()).enumerate();
    let places = pairs
        .filter(|(_, (a, b))| a.abs_diff(**b) > 8)
        .map(|(place, _)| place / channels);
    let width = a.shape().width();
    places.map(|place| (place % width, place / width)).unzip()
}

fn mean(values: &[usize]) -> f64 {
    values.iter().sum::<usize>() as f64 / values.len() as f64
}

/// For the frames of the first stretch of a video the mean column of what differs.
fn columns_over_time(video: &PastedVideo, normal: &dyn FrameSource) -> Vec<(usize, f64)> {
    let frames = video.stretches()[0].counted_frames();
    frames
        .map(|frame| {
            let pasted = video.read(frame).unwrap();
            let (columns, _) = differing_pixels(&pasted, &normal.read(frame).unwrap());
            (frame, mean(&columns))
        })
        .collect()
}

/// Checks that frames differ where they are said to, within about a person, and nowhere else.
fn check_frames(sets: &[PseudoSet], normal: &[Arc<dyn FrameSource>], person: usize) {
    for set in sets {
        for video in &set.videos {
            let source = &normal[video.source()];
            assert_eq!(video.numbers(), source.numbers());
            assert_eq!(
                video.id().name(),
                format!("{}-{}", source.id(), set.kind.name())
            );
            let changed: BTreeSet<usize> = video
                .stretches()
                .iter()
                .flat_map(Stretch::changed_frames)
                .collect();
            for frame in 0..source.numbers().len() {
                let (pasted, own) = (video.read(frame).unwrap(), source.read(frame).unwrap());
                assert_eq!(
                    pasted != own,
                    changed.contains(&frame),
                    "{} frame {frame}",
                    video.id()
                );
                let (columns, rows) = differing_pixels(&pasted, &own);
                for places in [columns, rows] {
                    let extent =
                        places.iter().max().unwrap_or(&0) - places.iter().min().unwrap_or(&0);
                    assert!(extent <= person * 3 / 2, "{} frame {frame}", video.id());
                }
            }
            for stretch in video.stretches() {
                let counted = stretch.counted_frames().count();
                let frames = stretch.frames();
                assert!(3 * counted >= frames.len() && counted + 8 <= frames.len());
            }
            for two in video.stretches().windows(2) {
                assert!(two[0].frames().end + 16 <= two[1].frames().start);
            }
        }
    }
}

#[test]
fn every_kind_changes_the_frames_it_names_and_no_others() {
    let normal = normal(3);
    let sets = plan(&normal, &[1, 2], 3);
    for set in &sets {
        assert!(set.len() >= 2 && set.missing.is_none(), "{set:?}");
    }
    check_frames(&sets, &normal, 20);
}

#[test]
fn objects_move_fast_backwards_and_not_at_all() {
    let normal = normal(3);
    let sets = plan(&normal, &[2], 5);
    let pace = |kind| {
        let video = &set_of(&sets, kind).videos[0];
        let columns = columns_over_time(video, &*normal[2]);
        let (first, last) = (columns[0], columns[columns.len() - 1]);
        (last.1 - first.1) / (last.0 - first.0) as f64
    };
    assert!((pace(PseudoKind::Control) - 1.0).abs() < 0.3);
    assert!((pace(PseudoKind::Reversal) + 1.0).abs() < 0.3);
    assert!((pace(PseudoKind::Foreign) - 1.0).abs() < 0.3);
    assert!(pace(PseudoKind::Dwelling).abs() < 0.1);
    // The third video and the first slot: 3 times as fast.
    let speed = set_of(&sets, PseudoKind::Speed);
    let detail = speed.videos[0].stretches()[0].detail();
    assert_eq!(detail, "3 times as fast");
    assert!(
        (pace(PseudoKind::Speed) - 3.0).abs() < 0.6,
        "{}",
        pace(PseudoKind::Speed)
    );
}

#[test]
fn other_places_are_where_nobody_walks() {
    let normal = normal(3);
    let sets = plan(&normal, &[2], 5);
    let video = &set_of(&sets, PseudoKind::Place).videos[0];
    let frame = video.stretches()[0].counted_frames().nth(8).unwrap();
    let pasted = video.read(frame).unwrap();
    let (_, rows) = differing_pixels(&pasted, &normal[2].read(frame).unwrap());
    // People are seen in rows 46 to 65.
    let middle = mean(&rows);
    assert!(middle < 40.0, "{middle}");
}

#[test]
fn equal_seeds_give_equal_frames_whatever_the_threads() {
    let normal = normal(2);
    let with_threads = |threads, seed| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| plan(&normal, &[1], seed))
    };
    let (one, three, other) = (with_threads(1, 8), with_threads(3, 8), with_threads(1, 9));
    assert_eq!(format!("{one:?}"), format!("{three:?}"));
    assert_ne!(format!("{one:?}"), format!("{other:?}"));
    for (a, b) in one.iter().zip(&three) {
        for (a, b) in a.videos.iter().zip(&b.videos) {
            for frame in a.stretches()[0].changed_frames() {
                assert_eq!(a.read(frame).unwrap(), b.read(frame).unwrap());
            }
        }
    }
}

/// A video enlarged four times, in colour.
struct Enlarged(Footage, Video);

impl Enlarged {
    fn new(footage: Footage) -> Self {
        let shape = FrameShape::new(480, 320, PixelFormat::Rgb).unwrap();
        let video = footage.video().with_shape(shape);
        Self(footage, video)
    }
}

impl FrameSource for Enlarged {
    fn video(&self) -> &Video {
        &self.1
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let small = self.0.read(index)?;
        out.reset(self.shape(), small.number());
        for (place, pixel) in out.pixels_mut().chunks_exact_mut(3).enumerate() {
            let value = small.pixels()[place / 480 / 4 * 120 + place % 480 / 4];
            // A reddish video with bluish people.
            pixel.copy_from_slice(&if value > 180 {
                [value - 80, value - 40, value]
            } else {
                [value, value - 30, value - 30]
            });
        }
        Ok(())
    }
}

#[test]
fn large_videos_in_colour_keep_their_colours() {
    let people = usual_people(0);
    let normal: Vec<Arc<dyn FrameSource>> = ["a", "b"]
        .map(|name| Kept::record(&Enlarged::new(Footage::new(name, 90, &people))))
        .into();
    let sets = plan(&normal, &[1], 4);
    check_frames(&sets, &normal, 80);
    let control = &set_of(&sets, PseudoKind::Control).videos[0];
    let frame = control.stretches()[0].counted_frames().next().unwrap();
    let (pasted, own) = (control.read(frame).unwrap(), normal[1].read(frame).unwrap());
    let pixels = pasted
        .pixels()
        .chunks_exact(3)
        .zip(own.pixels().chunks_exact(3));
    // Where the ground was, there is now the blue of a person, whole.
    let blue = pixels.filter(|(new, old)| old[0] > old[2] && new[2] == new[0] + 80);
    assert!(blue.count() > 200);
    assert!(!set_of(&sets, PseudoKind::Foreign).is_empty());
}

#[test]
fn where_nobody_walks_things_are_drawn_and_covered_alone() {
    let empty: Vec<Arc<dyn FrameSource>> = ["a", "b"]
        .map(|name| Kept::record(&Footage::new(name, 100, &[])))
        .into();
    let sets = plan(&empty, &[1], 1);
    check_frames(&sets, &empty, 20);
    for set in &sets {
        let possible = [PseudoKind::Foreign, PseudoKind::Occlusion].contains(&set.kind);
        assert_eq!(set.is_empty(), !possible, "{set:?}");
        let says = set.missing.as_deref().unwrap_or("could be followed");
        assert!(says.contains("could be followed"), "{says}");
    }
}

#[test]
fn short_videos_are_too_short() {
    let people = usual_people(0);
    let short: Vec<Arc<dyn FrameSource>> = vec![
        Arc::new(Footage::new("a", 100, &people)),
        Arc::new(Footage::new("b", 39, &people)),
    ];
    for set in plan(&short, &[1], 1) {
        let needed = if set.kind == PseudoKind::Dwelling {
            76
        } else {
            40
        };
        let expected =
            format!("it needs a held-out video of at least {needed} frames; the longest has 39");
        assert_eq!(set.missing, Some(expected));
    }
}

#[test]
fn bad_input_is_an_error() {
    let error = PseudoAnomalies::learn(&[], &mut Silent).unwrap_err();
    assert!(error.to_string().contains("normal video"), "{error}");
    let one: Vec<Arc<dyn FrameSource>> = vec![Arc::new(Footage::new("a", 50, &usual_people(0)))];
    let pseudo = PseudoAnomalies::learn(&one, &mut Silent).unwrap();
    for held_out in [&[][..], &[1]] {
        let error = pseudo.plan(held_out, 1, 1, &mut Silent).unwrap_err();
        assert!(error.to_string().contains("held-out video"), "{error}");
    }
    assert!(
        pseudo
            .plan(&[0], 0, 1, &mut Silent)
            .unwrap()
            .iter()
            .all(PseudoSet::is_empty)
    );
    let other = Footage::with_size("b", (100, 80), (0..50).collect(), &[]);
    let two: Vec<Arc<dyn FrameSource>> = vec![Arc::clone(&one[0]), Arc::new(other)];
    let error = PseudoAnomalies::learn(&two, &mut Silent).unwrap_err();
    assert!(error.to_string().contains("100x80"), "{error}");
    let mut stop = |_: oddframe_core::Event<'_>| std::ops::ControlFlow::Break(());
    let error = pseudo
        .plan(&[0], 1, 1, &mut stop as &mut dyn Observer)
        .unwrap_err();
    assert!(matches!(
        error,
        oddframe_objects::Error::Core(Error::Interrupted)
    ));
}
