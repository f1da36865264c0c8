//! Few, many, empty, tiny and foreign videos: each has a defined result.

use oddframe_core::{
    Error, Frame, FrameNumber, FrameShape, FrameSource, ModelFolder, PixelFormat, PreparedFrame,
    Settled, Silent, StreamInfo, System, Video,
};
use oddframe_frames::prepared;
use oddframe_objects::{ObjectSettings, Objects};

use crate::footage::{Footage, Walker, fit, mean, normal_videos, open, quick, score, usual_people};

fn message(result: Result<impl Sized, Error>) -> String {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn one_video_is_enough() {
    let normal = [Footage::new("alone", 200, &long_walk())];
    let (folder, system) = fit(quick(), &normal).unwrap();
    let mut people = long_walk();
    people.push(Walker {
        start: -80,
        foot: 66,
        speed: 4,
    });
    let scores = score(
        &mut *open(&folder, &system),
        &Footage::new("test", 60, &people),
    )
    .unwrap();
    assert!(mean(&scores[26..44]) > mean(&scores[..12]) + 1.0);
}

/// People who follow each other for 200 frames.
fn long_walk() -> Vec<Walker> {
    (0..10)
        .map(|person| Walker {
            start: 100 - 33 * person,
            foot: if person % 2 == 0 { 40 } else { 66 },
            speed: 1,
        })
        .collect()
}

#[test]
fn few_short_videos_are_defined() {
    for count in [1, 2, 3] {
        let (folder, system) = fit(quick(), &normal_videos(count)).unwrap();
        let scores = score(&mut *open(&folder, &system), &normal_videos(1)[0]).unwrap();
        assert!(scores.iter().all(|score| score.value.is_finite()));
    }
}

#[test]
fn more_than_sixteen_videos_are_pooled() {
    let normal: Vec<Footage> = (0..18)
        .map(|video| Footage::new(&format!("{video}"), 24, &usual_people(video)))
        .collect();
    let (folder, system) = fit(
        ObjectSettings {
            switch: None,
            ..quick()
        },
        &normal,
    )
    .unwrap();
    let scores = score(&mut *open(&folder, &system), &normal[0]).unwrap();
    assert_eq!(scores.len(), 24);
}

#[test]
fn no_video_is_an_error() {
    assert_eq!(message(fit(quick(), &[])), "there is no training video");
}

#[test]
fn nobody_ever_seen_makes_anybody_unusual() {
    let empty: Vec<Footage> = (0..4)
        .map(|video| Footage::new(&format!("{video}"), 30, &[]))
        .collect();
    let (folder, system) = fit(
        ObjectSettings {
            switch: None,
            ..quick()
        },
        &empty,
    )
    .unwrap();
    let mut scorer = open(&folder, &system);
    let nobody = score(&mut *scorer, &Footage::new("nobody", 30, &[])).unwrap();
    let somebody = score(
        &mut *scorer,
        &Footage::new("somebody", 60, &usual_people(0)),
    )
    .unwrap();
    assert!(
        nobody
            .iter()
            .chain(&somebody)
            .all(|score| score.value.is_finite())
    );
    assert!(
        mean(&somebody) > mean(&nobody) + 3.0,
        "{} {}",
        mean(&somebody),
        mean(&nobody)
    );
    let reason = somebody[30].reason.as_ref().unwrap();
    assert!(!reason.sentence.is_empty());
}

#[test]
fn equal_videos_give_finite_scores() {
    // One person, always at the same place of the same frame: nothing varies.
    let equal: Vec<Footage> = (0..4)
        .map(|_| {
            Footage::new(
                "equal",
                40,
                &[Walker {
                    start: 20,
                    foot: 40,
                    speed: 1,
                }],
            )
        })
        .collect();
    let (folder, system) = fit(quick(), &equal).unwrap();
    let scores = score(&mut *open(&folder, &system), &equal[0]).unwrap();
    assert!(scores.iter().all(|score| score.value.is_finite()));
}

fn tiny(side: (usize, usize)) -> Footage {
    Footage::with_size("tiny", side, (0..20).collect(), &[])
}

#[test]
fn frames_of_8x8_pixels_are_refused_and_12x8_work() {
    let error = message(fit(quick(), &[tiny((8, 8))]));
    assert!(
        error.contains("8x8 pixels are too small") && error.contains("at least 12x8"),
        "{error}"
    );
    let shape = FrameShape::new(8, 8, PixelFormat::Gray).unwrap();
    let system = Objects::new(quick()).unwrap();
    assert!(
        system
            .check_video(&StreamInfo::new("1".into()).with_shape(shape))
            .is_err()
    );
    let (folder, system) = fit(quick(), &[tiny((12, 8))]).unwrap();
    assert_eq!(
        score(&mut *open(&folder, &system), &tiny((12, 8)))
            .unwrap()
            .len(),
        20
    );
}

fn wide(name: &str) -> Footage {
    let people = [Walker {
        start: 100,
        foot: 120,
        speed: 2,
    }];
    Footage::with_size(name, (500, 140), (0..20).collect(), &people)
}

#[test]
fn wide_frames_are_shrunk_and_boxes_are_in_their_pixels() {
    let (folder, system) = fit(quick(), &[wide("a"), wide("b")]).unwrap();
    let scores = score(&mut *open(&folder, &system), &wide("c")).unwrap();
    let found = scores[10]
        .boxes
        .iter()
        .any(|found| (found.area.left - 120.0).abs() < 20.0);
    assert!(found, "{:?}", scores[10].boxes);
}

#[test]
fn videos_of_other_sizes_are_refused() {
    let mut videos = normal_videos(2);
    videos.push(Footage::with_size(
        "other",
        (96, 80),
        (0..20).collect(),
        &[],
    ));
    let error = message(fit(quick(), &videos));
    assert!(
        error.contains("video other: the frames have 96x80 pixels, those of the training 120x80"),
        "{error}"
    );
    let (folder, system) = fit(quick(), &videos[..2]).unwrap();
    let error = message(score(&mut *open(&folder, &system), &videos[2]));
    assert!(error.contains("96x80"), "{error}");
}

#[test]
fn a_moved_camera_is_refused() {
    let (folder, system) = fit(quick(), &normal_videos(2)).unwrap();
    let mut scorer = open(&folder, &system);
    let mut near = Footage::new("near", 30, &usual_people(3));
    near.moved = 3;
    assert!(score(&mut *scorer, &near).is_ok());
    let mut far = Footage::new("far", 30, &usual_people(3));
    far.moved = 12;
    let error = message(score(&mut *scorer, &far));
    assert!(
        error.contains("video far: the camera has moved by (-1"),
        "{error}"
    );
    // In training too.
    let error = message(fit(quick(), &[normal_videos(1).remove(0), far]));
    assert!(error.contains("video far: the camera has moved"), "{error}");
}

#[test]
fn short_videos_and_videos_without_frames_are_scored() {
    let (folder, system) = fit(quick(), &normal_videos(2)).unwrap();
    let mut scorer = open(&folder, &system);
    for frames in [1, 2, 5, 9] {
        assert_eq!(
            score(
                &mut *scorer,
                &Footage::new("short", frames, &usual_people(0))
            )
            .unwrap()
            .len(),
            frames as usize
        );
    }
    // A stream may end before its first frame.
    let mut settled = Settled::new();
    scorer.start(&StreamInfo::new("empty".into())).unwrap();
    scorer.finish(&mut settled).unwrap();
    assert!(settled.take_scores(0).is_empty());
}

#[test]
fn a_frame_without_an_image_is_an_error() {
    let (folder, system) = fit(quick(), &normal_videos(2)).unwrap();
    let mut scorer = open(&folder, &system);
    scorer.start(&StreamInfo::new("1".into())).unwrap();
    let frame = PreparedFrame {
        index: 0,
        number: FrameNumber(5),
        time: None,
        image: None,
    };
    let error = message(scorer.push(&frame, &mut Settled::new()));
    assert!(error.contains("frame 5 has no image"), "{error}");
}

#[test]
fn a_cancelled_training_leaves_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    let system = Objects::new(quick()).unwrap();
    let videos = normal_videos(2);
    let normal: Vec<&dyn FrameSource> = videos.iter().map(|video| video as _).collect();
    let mut events = 0;
    let mut cancel = |_: oddframe_core::Event<'_>| {
        events += 1;
        if events == 9 {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    };
    assert!(matches!(
        system.fit(&normal, &model, &mut cancel),
        Err(Error::Interrupted)
    ));
    assert!(!model.has("objects.safetensors"));
    system.fit(&normal, &model, &mut Silent).unwrap();
    assert!(model.has("objects.safetensors"));
}

#[test]
fn videos_of_a_single_frame_teach_what_they_show() {
    let normal: Vec<Footage> = (0..4)
        .map(|video| Footage::new(&format!("{video}"), 1, &usual_people(video)))
        .collect();
    for count in [1, 4] {
        let (folder, system) = fit(quick(), &normal[..count]).unwrap();
        let scores = score(&mut *open(&folder, &system), &normal[0]).unwrap();
        assert!(scores.len() == 1 && scores[0].value.is_finite());
    }
    // Without a pseudo-anomaly the switch has its default.
    let chosen = ObjectSettings {
        switch: None,
        ..quick()
    };
    assert!(fit(chosen, &normal).is_ok());
}

#[test]
fn a_video_without_frames_cannot_be_made() {
    let shape = FrameShape::new(120, 80, PixelFormat::Gray).unwrap();
    let error = message(Video::new("empty".into(), shape, Vec::new()));
    assert_eq!(error, "video empty has no frames");
}

/// A gray video whose second half has three channels, as when images of two formats lie in one folder.
struct HalfRgb(Footage);

impl FrameSource for HalfRgb {
    fn video(&self) -> &Video {
        self.0.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let gray = self.0.read(index)?;
        if index < self.numbers().len() / 2 {
            out.copy_from(&gray);
            return Ok(());
        }
        let shape = gray.shape();
        let shape = FrameShape::new(shape.width(), shape.height(), PixelFormat::Rgb)?;
        out.reset(shape, gray.number());
        for (pixel, level) in out.pixels_mut().chunks_exact_mut(3).zip(gray.pixels()) {
            pixel.fill(*level);
        }
        Ok(())
    }
}

#[test]
fn gray_footage_in_either_format_teaches_the_same() {
    let system = Objects::new(quick()).unwrap();
    let mixed: Vec<HalfRgb> = normal_videos(2).into_iter().map(HalfRgb).collect();
    let fit_sources = |videos: &[&dyn FrameSource]| {
        let folder = tempfile::tempdir().unwrap();
        let model = ModelFolder::create(folder.path()).unwrap();
        system.fit(videos, &model, &mut Silent)?;
        Ok::<_, Error>(std::fs::read(model.file("objects.safetensors")).unwrap())
    };
    let raw: Vec<&dyn FrameSource> = mixed.iter().map(|video| video as _).collect();
    // As the frame pass and the store of training frames prepare them.
    let converted: Vec<_> = mixed
        .iter()
        .map(|video| prepared(system.input(), video).unwrap())
        .collect();
    let converted: Vec<&dyn FrameSource> = converted.iter().map(AsRef::as_ref).collect();
    let plain = normal_videos(2);
    let plain: Vec<&dyn FrameSource> = plain.iter().map(|video| video as _).collect();
    let expected = fit_sources(&plain).unwrap();
    assert_eq!(fit_sources(&raw).unwrap(), expected);
    assert_eq!(fit_sources(&converted).unwrap(), expected);
}

#[test]
fn frames_of_4k_are_shrunk() {
    let large = |name: &str| {
        let people = [Walker {
            start: 10,
            foot: 60,
            speed: 1,
        }];
        let small = Footage::with_size(name, (120, 68), (0..6).collect(), &people);
        // 3840 by 2176: sides are those of the small frames times 32.
        small.enlarged(32)
    };
    let (folder, system) = fit(quick(), &[large("a"), large("b")]).unwrap();
    let scores = score(&mut *open(&folder, &system), &large("c")).unwrap();
    assert_eq!(scores.len(), 6);
    let areas = scores.iter().flat_map(|frame| &frame.boxes);
    assert!(areas.clone().count() > 0);
    // Somebody of 256 by 640 pixels, from column 320 on and above row 1920.
    for found in areas {
        let area = found.area;
        assert!(area.left > 100.0 && area.right < 1100.0, "{area:?}");
        assert!(area.top > 900.0 && area.bottom < 2176.0, "{area:?}");
    }
}
