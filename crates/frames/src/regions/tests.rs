use oddframe_core::{
    FrameNumber, FrameShape, FrameSource, FrameStream, PixelFormat, Rect, SourceStream, Track,
    Video,
};
use proptest::prelude::*;

use super::*;
use crate::Error;
use crate::testing::Made;

fn rectangle(name: &str, left: f64, top: f64, right: f64, bottom: f64) -> Region {
    Region::new(
        name,
        vec![[left, top], [right, top], [right, bottom], [left, bottom]],
    )
}

fn ignoring(regions: Vec<Region>) -> Regions {
    Regions::new(regions, Vec::new()).unwrap()
}

/// The mask as rows of `#` for ignored pixels and `.` for others.
fn draw(regions: &Regions, width: usize, height: usize) -> Vec<String> {
    let pixels = regions.ignored(&"v".into(), width, height).unwrap();
    let pixels = pixels.to_pixels();
    let row = |row: &[u8]| {
        row.iter()
            .map(|pixel| [".", "#"][usize::from(*pixel)])
            .collect()
    };
    pixels.chunks(width).map(row).collect()
}

#[test]
fn a_pixel_is_inside_when_its_centre_is() {
    let triangle =
        Region::new("t", vec![[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]).with_unit(RegionUnit::Pixels);
    // The long side passes through centres of pixels, which are on its right.
    assert_eq!(
        draw(&ignoring(vec![triangle]), 5, 5),
        ["###..", "##...", "#....", ".....", "....."]
    );
}

#[test]
fn a_polygon_that_crosses_itself_is_filled_by_the_even_odd_rule() {
    // A bow tie has two wings; the square that is walked around twice is outside.
    let bow = Region::new("b", vec![[0.0, 0.0], [6.0, 4.0], [6.0, 0.0], [0.0, 4.0]])
        .with_unit(RegionUnit::Pixels);
    assert_eq!(
        draw(&ignoring(vec![bow]), 6, 4),
        ["#....#", "##..##", "##..##", "#....#"]
    );
    let [once, twice] = [1, 2].map(|times| {
        let square = rectangle("s", 1.0, 1.0, 3.0, 3.0);
        let points = square.points.repeat(times);
        Region { points, ..square }.with_unit(RegionUnit::Pixels)
    });
    assert_eq!(draw(&ignoring(vec![once]), 4, 3), ["....", ".##.", ".##."]);
    assert_eq!(draw(&ignoring(vec![twice]), 4, 3), ["....", "....", "...."]);
}

#[test]
fn what_lies_outside_the_frame_has_no_effect() {
    let wide = rectangle("w", -50.0, 1.0, 900.0, 2.0).with_unit(RegionUnit::Pixels);
    assert_eq!(draw(&ignoring(vec![wide]), 4, 3), ["....", "####", "...."]);
    let beside = rectangle("b", -0.9, 0.0, -0.1, 1.0);
    assert_eq!(draw(&ignoring(vec![beside]), 4, 1), ["...."]);
}

#[test]
fn fractions_equal_pixels() {
    let fractions = Region::new("f", vec![[0.25, 0.1], [0.8, 0.3], [0.4, 0.9]]);
    let pixels = Region {
        points: fractions
            .points
            .iter()
            .map(|[x, y]| [x * 40.0, y * 30.0])
            .collect(),
        ..fractions.clone()
    }
    .with_unit(RegionUnit::Pixels);
    let [fractions, pixels] = [fractions, pixels].map(|region| ignoring(vec![region]));
    assert_eq!(draw(&fractions, 40, 30), draw(&pixels, 40, 30));
    // Shown at half the size, both are the same part of the picture.
    let half = |regions: &Regions| {
        let shown = regions.ignored_when_shown(&"v".into(), (40, 30), (20, 15));
        shown.unwrap().to_pixels()
    };
    assert_eq!(half(&fractions), half(&pixels));
    assert!(half(&pixels).contains(&1));
}

#[test]
fn only_and_ignore_are_combined() {
    let only = vec![
        rectangle("left", 0.0, 0.0, 0.5, 1.0),
        rectangle("middle", 0.25, 0.0, 0.75, 1.0),
    ];
    let ignore = vec![rectangle("top", 0.0, 0.0, 1.0, 0.5)];
    let regions = Regions::new(ignore, only).unwrap();
    assert_eq!(draw(&regions, 4, 2), ["####", "...#"]);
    // A video that no region of `only` names counts as a whole.
    let other = rectangle("x", 0.0, 0.0, 0.5, 1.0).with_cameras(vec!["other".to_owned()]);
    let regions = Regions::new(Vec::new(), vec![other]).unwrap();
    assert_eq!(draw(&regions, 4, 1), ["...."]);
}

#[test]
fn the_mirror_image_is_ignored_too_when_asked_for() {
    let top = ignoring(vec![rectangle("top", 0.0, 0.0, 0.5, 0.25)]);
    assert_eq!(draw(&top, 2, 4), ["#.", "..", "..", ".."]);
    assert_eq!(draw(&top.mirrored(), 2, 4), ["#.", "..", "..", "#."]);
}

#[test]
fn regions_belong_to_the_videos_that_they_name() {
    let of = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        rectangle("r", 0.0, 0.0, 0.5, 1.0).with_cameras(names)
    };
    for (names, video, expected) in [
        (&[] as &[&str], "any", true),
        (&["gate*"], "gate-1", true),
        (&["gate*"], "yard", false),
        (&["yard", "*2"], "gate-2", true),
        (&["1"], "01", true),
    ] {
        let region = of(names);
        assert_eq!(
            region.applies_to(&video.into()),
            expected,
            "{names:?} {video}"
        );
        let ignored = ignoring(vec![region]).ignored(&video.into(), 2, 1).unwrap();
        assert_eq!(ignored.count(), usize::from(expected));
    }
}

#[test]
fn regions_that_cannot_be_used_are_refused() {
    for (points, unit, says) in [
        (vec![], RegionUnit::Fractions, "region r has 0 points"),
        (
            vec![[0.0, 0.0], [1.0, 1.0]],
            RegionUnit::Pixels,
            "region r has 2 points; an area needs at least 3",
        ),
        (
            vec![[0.0, 0.0], [1.0, 1.0], [320.0, 0.0]],
            RegionUnit::Fractions,
            "region r, point 3: 320 is not between -1 and 2; coordinates are fractions of the frame, or pixels with unit",
        ),
        (
            vec![[0.0, f64::NAN], [1.0, 1.0], [3.0, 0.0]],
            RegionUnit::Pixels,
            "point 1: NaN",
        ),
        (
            vec![[0.0, 0.0], [1.0, f64::INFINITY], [3.0, 0.0]],
            RegionUnit::Pixels,
            "point 2: inf",
        ),
    ] {
        let region = Region::new("r", points).with_unit(unit);
        for list in [
            Regions::new(vec![region.clone()], Vec::new()),
            Regions::new(Vec::new(), vec![region]),
        ] {
            let error = list.unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}

#[test]
fn a_picture_of_which_nothing_is_left_is_refused() {
    let made = || Made::new(6, 4, PixelFormat::Rgb, &[0]);
    let halves = vec![
        rectangle("left", 0.0, 0.0, 0.5, 1.0),
        rectangle("right", 0.5, 0.0, 1.0, 1.0),
    ];
    let outside = vec![rectangle("far", 1.1, 0.0, 1.5, 1.0)];
    for regions in [ignoring(halves), Regions::new(Vec::new(), outside).unwrap()] {
        let error = Masked::new(made(), &regions).unwrap_err();
        assert!(matches!(error, Error::NothingLeft { .. }), "{error}");
        assert!(error.to_string().contains("video made"), "{error}");
        assert!(MaskedStream::new(SourceStream::new(made()), &regions).is_err());
    }
    let half = ignoring(vec![rectangle("top", 0.0, 0.0, 1.0, 0.5)]);
    assert!(Masked::new(made(), &half).is_ok());
    let error = Masked::new(made(), &half.mirrored()).unwrap_err();
    assert!(error.to_string().contains("flip repair"), "{error}");
}

#[test]
fn a_masked_video_differs_in_the_ignored_pixels_alone() {
    for format in [PixelFormat::Gray, PixelFormat::Rgb] {
        let regions = ignoring(vec![rectangle("r", 0.3, 0.2, 0.9, 0.8)]);
        let made = Made::new(10, 10, format, &[3, 5]);
        let masked = Masked::new(&made, &regions).unwrap();
        let ignored = masked.ignored().to_pixels();
        assert_eq!(masked.video(), made.video());
        let mut stream = MaskedStream::new(SourceStream::new(&made), &regions).unwrap();
        let mut streamed = oddframe_core::Frame::default();
        for index in 0..2 {
            let (before, after) = (made.read(index).unwrap(), masked.read(index).unwrap());
            assert_eq!(before.number(), after.number());
            let pixels = before.pixels().iter().zip(after.pixels()).enumerate();
            for (place, (before, after)) in pixels {
                let expected = if ignored[place / format.channels()] == 1 {
                    128
                } else {
                    *before
                };
                assert_eq!(*after, expected, "{place}");
            }
            assert!(stream.next_into(&mut streamed).unwrap());
            assert_eq!(streamed, after);
        }
        assert!(!stream.next_into(&mut streamed).unwrap());
    }
}

/// A video whose second frame has another size.
struct Mixed(Made, Made);

impl FrameSource for Mixed {
    fn video(&self) -> &Video {
        self.0.video()
    }

    fn read_into(
        &self,
        index: usize,
        out: &mut oddframe_core::Frame,
    ) -> Result<(), oddframe_core::Error> {
        if index == 1 { &self.1 } else { &self.0 }.read_into(index, out)
    }
}

#[test]
fn a_frame_of_another_size_is_masked_in_its_own_size() {
    let mixed = Mixed(
        Made::new(8, 8, PixelFormat::Gray, &[0, 1, 2]),
        Made::new(4, 2, PixelFormat::Gray, &[0, 1, 2]),
    );
    let regions = ignoring(vec![rectangle("left", 0.0, 0.0, 0.5, 1.0)]);
    let masked = Masked::new(&mixed, &regions).unwrap();
    let mut stream = MaskedStream::new(SourceStream::new(&mixed), &regions).unwrap();
    let mut streamed = oddframe_core::Frame::default();
    for (index, width) in [8, 4, 8].into_iter().enumerate() {
        let (before, after) = (mixed.read(index).unwrap(), masked.read(index).unwrap());
        for y in 0..before.shape().height() {
            assert!(after.row(y)[..width / 2].iter().all(|pixel| *pixel == 128));
            assert_eq!(after.row(y)[width / 2..], before.row(y)[width / 2..]);
        }
        assert!(stream.next_into(&mut streamed).unwrap());
        assert_eq!(streamed, after);
    }
}

#[test]
fn boxes_inside_an_ignored_part_are_left_out_of_tracks() {
    let shape = FrameShape::new(100, 50, PixelFormat::Gray).unwrap();
    let video = Video::new("01".into(), shape, (0..9).map(FrameNumber).collect()).unwrap();
    let rect = |left: f64, right: f64| Rect {
        left,
        top: 10.0,
        right,
        bottom: 20.0,
    };
    let track = |name: &str, id: u64, boxes: &[Rect]| Track {
        video: name.into(),
        id,
        boxes: (0..).map(FrameNumber).zip(boxes.iter().copied()).collect(),
    };
    let tracks = [
        track(
            "01",
            0,
            &[rect(10.0, 20.0), rect(45.0, 55.0), rect(60.0, 70.0)],
        ),
        track(
            "01",
            1,
            &[rect(10.0, 20.0), rect(30.0, 50.0), rect(-5.0, 3.0)],
        ),
        track("02", 2, &[rect(10.0, 20.0)]),
        track("01", 3, &[rect(20.0, 20.0), rect(200.0, 300.0)]),
    ];
    let regions = ignoring(vec![rectangle("left", 0.0, 0.0, 0.5, 1.0)]);
    let visible = regions.visible_tracks(&tracks, &[&video]).unwrap();
    let left = |id: u64| {
        let track = visible.iter().find(|track| track.id == id)?;
        Some(
            track
                .boxes
                .iter()
                .map(|(frame, _)| frame.0)
                .collect::<Vec<_>>(),
        )
    };
    // Half a pixel beyond the edge is enough to be seen.
    assert_eq!(left(0), Some(vec![1, 2]));
    assert_eq!(left(1), None);
    // The size of this video is not known; boxes without a pixel of the frame are not judged.
    assert_eq!(left(2), Some(vec![0]));
    assert_eq!(left(3), Some(vec![0, 1]));
}

#[test]
fn regions_without_effect_are_told() {
    let shape = FrameShape::new(100, 50, PixelFormat::Gray).unwrap();
    let video = Video::new("gate".into(), shape, vec![FrameNumber(0)]).unwrap();
    let regions = ignoring(vec![
        rectangle("good", 0.0, 0.0, 0.5, 1.0),
        rectangle("far", 200.0, 0.0, 300.0, 9.0).with_unit(RegionUnit::Pixels),
        rectangle("lost", 0.0, 0.0, 0.5, 1.0).with_cameras(vec!["gat".into(), "g*d".into()]),
    ]);
    assert_eq!(
        regions.without_effect(&[&video]).unwrap(),
        [
            "region far covers no pixel",
            "region lost: no video has a name like gat or g*d"
        ]
    );
}

proptest! {
    #[test]
    fn two_halves_of_a_polygon_neither_overlap_nor_leave_a_gap(
        corners in prop::collection::vec((-0.2_f64..1.2, -0.2_f64..1.2), 4..9),
        cut in 2_usize..7,
    ) {
        // By the even-odd rule a polygon is the exclusive or of the two that a diagonal makes of it.
        let points: Vec<[f64; 2]> = corners.iter().map(|(x, y)| [*x, *y]).collect();
        let cut = cut.min(points.len() - 2);
        let first = points[..=cut].to_vec();
        let mut second = points[cut..].to_vec();
        second.push(points[0]);
        let fill = |points: Vec<[f64; 2]>| {
            let regions = ignoring(vec![Region::new("r", points)]);
            regions.ignored(&"v".into(), 23, 17).unwrap().to_pixels()
        };
        let (whole, first, second) = (fill(points.clone()), fill(first), fill(second));
        for (place, whole) in whole.iter().enumerate() {
            prop_assert_eq!(*whole, first[place] ^ second[place]);
        }
    }
}
