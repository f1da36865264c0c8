//! The proposer on scenes of a few pixels.

use oddframe_boxes::{Error, ForegroundBoxes, ForegroundModel, ForegroundSettings};
use oddframe_core::{
    Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Rect, Silent, Video,
};

const WIDTH: usize = 60;
const HEIGHT: usize = 48;

/// A textured street with a person of 4x8 pixels whose left edge is at `person`, seen `shift` pixels further left.
fn street(person: Option<usize>, shift: usize) -> Frame {
    let shape = FrameShape::new(WIDTH, HEIGHT, PixelFormat::Gray).unwrap();
    let mut frame = Frame::new(shape);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let stripes = if ((x + shift) / 4).is_multiple_of(2) {
                60
            } else {
                150
            };
            frame.pixels_mut()[y * WIDTH + x] = stripes;
        }
    }
    if let Some(left) = person {
        for y in 20..28 {
            frame.pixels_mut()[y * WIDTH + left..][..4].fill(255);
        }
    }
    frame
}

fn proposer() -> ForegroundBoxes {
    ForegroundBoxes::new(ForegroundSettings::default()).unwrap()
}

#[test]
fn a_walking_person_is_boxed_in_every_frame_but_the_first() {
    let mut proposer = proposer();
    assert!(proposer.push(&street(None, 0)).unwrap().is_empty());
    for left in 2..40 {
        let truth = Rect {
            left: left as f64,
            top: 20.0,
            right: left as f64 + 4.0,
            bottom: 28.0,
        };
        let boxes = proposer.push(&street(Some(left), 0)).unwrap();
        let best = boxes.iter().map(|b| b.area.iou(truth)).fold(0.0, f64::max);
        assert!(best > 0.4, "person at {left}: {boxes:?}");
        assert!(
            boxes
                .iter()
                .all(|b| (0.5..1.0).contains(&b.confidence) && &*b.class == "foreground")
        );
    }
}

#[test]
fn equal_frames_and_a_single_frame_have_no_box() {
    let mut proposer = proposer();
    for _ in 0..20 {
        assert!(proposer.push(&street(Some(9), 0)).unwrap().is_empty());
    }
    proposer.start();
    assert!(proposer.push(&street(Some(9), 0)).unwrap().is_empty());
}

#[test]
fn a_moved_camera_gives_no_boxes_and_a_new_background() {
    let mut proposer = proposer();
    for left in 2..20 {
        proposer.push(&street(Some(left), 0)).unwrap();
    }
    // The stripes change places: every pixel differs.
    assert!(proposer.push(&street(None, 4)).unwrap().is_empty());
    let boxes = proposer.push(&street(Some(30), 4)).unwrap();
    assert_eq!(boxes.len(), 1);
    assert!(boxes[0].area.left >= 27.0 && boxes[0].area.right <= 37.0);
}

#[test]
fn a_group_is_split_into_people() {
    // Nothing was learned, so that people are expected to be 8 pixels high and 5.2 wide.
    let mut proposer = proposer();
    proposer.push(&street(None, 0)).unwrap();
    let mut group = street(Some(20), 0);
    for y in 20..28 {
        group.pixels_mut()[y * WIDTH + 20..][..16].fill(255);
    }
    let boxes = proposer.push(&group).unwrap();
    assert!((3..=4).contains(&boxes.len()), "{boxes:?}");
    assert!(boxes.iter().all(|b| b.area.right - b.area.left <= 7.0));
}

#[test]
fn the_smallest_frames_are_no_problem() {
    for (width, height) in [(8, 8), (1, 1), (1, 9), (9, 1)] {
        for format in [PixelFormat::Gray, PixelFormat::Rgb] {
            let shape = FrameShape::new(width, height, format).unwrap();
            let mut proposer = proposer();
            for level in [0, 255, 30, 30, 90] {
                let pixels = vec![level; shape.bytes()];
                let mut frame = Frame::from_pixels(shape, FrameNumber(0), pixels).unwrap();
                frame.pixels_mut()[0] = 255 - level;
                proposer.push(&frame).unwrap();
            }
        }
    }
}

#[test]
fn another_frame_size_is_an_error_until_the_next_video() {
    let mut proposer = proposer();
    proposer.push(&street(None, 0)).unwrap();
    let shape = FrameShape::new(8, 8, PixelFormat::Gray).unwrap();
    let small = Frame::from_pixels(shape, FrameNumber(7), vec![0; 64]).unwrap();
    let error = proposer.push(&small).unwrap_err();
    assert_eq!(
        error.to_string(),
        "frame 7 has 8x8 pixels, but the background has 60x48; for videos of several sizes use the boxes of a detector"
    );
    proposer.start();
    proposer.push(&small).unwrap();
}

#[test]
fn a_training_video_of_another_size_is_named() {
    let of = |id: &str, frame: Frame| {
        Frames(
            Video::new(id.into(), frame.shape(), vec![FrameNumber(3)]).unwrap(),
            vec![frame],
        )
    };
    let shape = FrameShape::new(8, 8, PixelFormat::Gray).unwrap();
    let small = Frame::from_pixels(shape, FrameNumber(3), vec![0; 64]).unwrap();
    let (first, second) = (of("01", street(None, 0)), of("02", small));
    let settings = ForegroundSettings::default();
    let error = ForegroundModel::learn(&[&first, &second], settings, &mut Silent).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("video 02, frame 3 has 8x8 pixels"),
        "{error}"
    );
}

/// A video of these frames.
struct Frames(Video, Vec<Frame>);

impl FrameSource for Frames {
    fn video(&self) -> &Video {
        &self.0
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), oddframe_core::Error> {
        self.number_at(index)?;
        out.copy_from(&self.1[index]);
        Ok(())
    }
}

#[test]
fn a_learned_background_shows_no_people_and_boxes_the_first_frame() {
    let frames: Vec<Frame> = (0..40).map(|i| street(Some(i + 2), 0)).collect();
    let numbers = (0..40).map(FrameNumber).collect();
    let video = Frames(
        Video::new("1".into(), frames[0].shape(), numbers).unwrap(),
        frames,
    );
    let settings = ForegroundSettings::default();
    let model = ForegroundModel::learn(&[&video], settings, &mut Silent).unwrap();
    let height = model.heights().height_at(28.0);
    assert!((7.0..=12.0).contains(&height), "{height}");
    let mut proposer = proposer().with_model(model.into());
    assert_eq!(proposer.push(&street(Some(30), 0)).unwrap().len(), 1);
    assert!(proposer.push(&street(None, 0)).unwrap().is_empty());
}

#[test]
fn learning_needs_a_video_and_possible_settings() {
    let settings = ForegroundSettings::default();
    let nothing = ForegroundModel::learn(&[], settings, &mut Silent);
    assert!(matches!(nothing, Err(Error::Core(_))));
    for settings in [
        ForegroundSettings {
            min_contrast: 0.0,
            ..settings
        },
        ForegroundSettings {
            max_contrast: 300.0,
            ..settings
        },
        ForegroundSettings {
            noise_factor: f32::NAN,
            ..settings
        },
        ForegroundSettings {
            max_share: 0.0,
            ..settings
        },
        ForegroundSettings {
            min_area: -1.0,
            ..settings
        },
    ] {
        assert!(matches!(
            ForegroundBoxes::new(settings),
            Err(Error::Setting { .. })
        ));
    }
}
