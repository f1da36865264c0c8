//! The definitions of both systems, on frames whose differences are known.

use oddframe_baseline::{
    FrameDifference, FrameDifferenceSettings, Typical, TypicalFrame, TypicalFrameSettings,
};
use oddframe_core::{
    Delay, EdgePolicy, Error, FrameNumber, FrameScore, FrameSource, ModelFolder, Origin,
    PreparedFrame, Scorer, Settled, Silent, StreamInfo, System, VideoScores,
};

use crate::flat_video::FlatVideo;
use crate::score::{score_video, score_with_maps};

const SMALL: FrameDifferenceSettings = FrameDifferenceSettings {
    width: 8,
    height: 8,
    filter: oddframe_core::Filter::OpenCv,
    pool: oddframe_score::AnyPool::Mean(oddframe_score::Mean),
    edge: EdgePolicy::Nearest,
};

fn score_difference(edge: EdgePolicy, levels: &[i16]) -> Result<VideoScores, Error> {
    let system = FrameDifference::new(FrameDifferenceSettings { edge, ..SMALL })?;
    score_video(&mut *system.scorer(), &FlatVideo::new(levels))
}

/// A scorer that learned `levels`, frames of 8x8 pixels.
fn fit_typical(typical: Typical, pool: &str, levels: &[i16]) -> Box<dyn Scorer> {
    let settings = TypicalFrameSettings {
        width: 8,
        height: 8,
        typical,
        pool: pool.parse().unwrap(),
        ..TypicalFrameSettings::default()
    };
    let system = TypicalFrame::new(settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    system
        .fit(&[&FlatVideo::new(levels)], &model, &mut Silent)
        .unwrap();
    system.open(&model).unwrap()
}

const fn borrowed(from: u64) -> Origin {
    Origin::Borrowed {
        from: FrameNumber(from),
    }
}

#[test]
fn the_difference_is_squared_and_the_first_frame_follows_the_policy() {
    let levels = [0, 51, 51, 255];
    let nearest = score_difference(EdgePolicy::Nearest, &levels).unwrap();
    let expected = [0.04, 0.04, 0.0, 0.64];
    let close = nearest
        .values()
        .iter()
        .zip(expected)
        .all(|(value, e)| (value - e).abs() < 1e-7);
    assert!(close, "{:?}", nearest.values());
    assert_eq!(nearest.origins()[0], borrowed(1));
    let constant = score_difference(EdgePolicy::Constant(7.0), &levels).unwrap();
    assert_eq!(
        (constant.values()[0], constant.origins()[0]),
        (7.0, Origin::Constant)
    );
    let error = score_difference(EdgePolicy::Error, &levels);
    assert!(matches!(
        error,
        Err(Error::Unscored {
            frame: FrameNumber(0),
            missing: 1,
            ..
        })
    ));
}

#[test]
fn a_video_without_two_comparable_frames_gets_zeros() {
    // The later frames of the second video all show the pixels of its first one.
    for levels in [&[9][..], &[9, -9, -9]] {
        for edge in [EdgePolicy::Nearest, EdgePolicy::Reflect] {
            let scores = score_difference(edge, levels).unwrap();
            assert_eq!(scores.values(), vec![0.0; levels.len()]);
            assert_eq!(scores.origins(), vec![Origin::Constant; levels.len()]);
        }
        let constant = score_difference(EdgePolicy::Constant(7.0), levels).unwrap();
        assert_eq!(constant.values(), vec![7.0; levels.len()]);
        let error = score_difference(EdgePolicy::Error, levels);
        assert!(matches!(error, Err(Error::Unscored { .. })));
    }
}

#[test]
fn a_frame_with_borrowed_pixels_has_no_difference_of_its_own() {
    // In the middle: the frame borrows its neighbour's score, and the next frame is compared across it.
    let middle = score_difference(EdgePolicy::Nearest, &[0, 51, -51, 102]).unwrap();
    assert_eq!(
        middle.origins(),
        [borrowed(1), Origin::Computed, borrowed(1), Origin::Computed]
    );
    assert!(
        middle.values().iter().all(|v| (v - 0.04).abs() < 1e-7),
        "{:?}",
        middle.values()
    );
    // At the start: the first frame with its own pixels has nothing before it.
    let start = score_difference(EdgePolicy::Nearest, &[-10, 10, 61]).unwrap();
    assert_eq!(
        start.origins(),
        [borrowed(2), borrowed(2), Origin::Computed]
    );
}

#[test]
fn an_error_policy_is_refused_before_any_training() {
    let info = StreamInfo::from(FlatVideo::new(&[1, 2]).video());
    let system = FrameDifference::new(FrameDifferenceSettings {
        edge: EdgePolicy::Error,
        ..SMALL
    })
    .unwrap();
    let error = system.check_video(&info).unwrap_err().to_string();
    assert!(
        error.contains("frame_difference: the first frame") && error.contains("choose nearest"),
        "{error}"
    );
    FrameDifference::new(SMALL)
        .unwrap()
        .check_video(&info)
        .unwrap();
}

#[test]
fn the_typical_frame_is_the_mean_or_the_median() {
    let mut mean = fit_typical(Typical::Mean, "max", &[0, 0, 51]);
    let scores = score_video(&mut *mean, &FlatVideo::new(&[17, 255])).unwrap();
    assert!(
        scores.values()[0] < 1e-12 && scores.values()[1] > 0.8,
        "{:?}",
        scores.values()
    );
    let mut median = fit_typical(Typical::Median, "max", &[0, 0, 51]);
    let scores = score_video(&mut *median, &FlatVideo::new(&[0, 255])).unwrap();
    assert_eq!(scores.values(), [0.0, 1.0]);
}

#[test]
fn scores_of_borrowed_pixels_name_their_owner() {
    let mut scorer = fit_typical(Typical::Mean, "mean", &[10, 20]);
    let scores = score_video(&mut *scorer, &FlatVideo::new(&[10, 20, -10])).unwrap();
    assert_eq!(
        scores.origins(),
        [Origin::Computed, Origin::Computed, borrowed(0)]
    );
    assert_eq!(scores.values()[2], scores.values()[0]);
}

#[test]
fn error_maps_are_the_squared_differences_of_the_compared_frames() {
    let mut difference = FrameDifference::new(SMALL).unwrap().scorer();
    let levels = FlatVideo::new(&[0, 51, -51, 255]);
    let (scores, maps) = score_with_maps(&mut *difference, &levels).unwrap();
    assert_eq!(
        maps.iter().map(|map| map.number.0).collect::<Vec<_>>(),
        [1, 3]
    );
    for map in &maps {
        let mean = map
            .values
            .iter()
            .map(|value| f64::from(*value))
            .sum::<f64>()
            / 64.0;
        assert_eq!((map.width, map.values.len()), (8, 64));
        assert!((mean - scores.values()[map.number.0 as usize]).abs() < 1e-7);
    }
    let mut typical = fit_typical(Typical::Mean, "mean", &[0]);
    let (_, maps) = score_with_maps(&mut *typical, &levels).unwrap();
    assert_eq!(
        maps.len(),
        4,
        "the typical frame is compared with every frame"
    );
}

#[test]
fn maps_that_nobody_wants_are_not_made() {
    let mut scorer = fit_typical(Typical::Mean, "mean", &[0]);
    let (image, mut settled) = (FlatVideo::new(&[51]).read(0).unwrap(), Settled::new());
    let frame = PreparedFrame {
        index: 0,
        number: FrameNumber(0),
        time: None,
        image: Some(&image),
    };
    scorer.push(&frame, &mut settled).unwrap();
    assert_eq!(
        (settled.take_scores(0).len(), settled.take_maps(0).len()),
        (1, 0)
    );
}

#[test]
fn a_scorer_that_was_stopped_starts_the_next_video_afresh() {
    let mut scorer = FrameDifference::new(SMALL).unwrap().scorer();
    let video = FlatVideo::new(&[200, 0, 51]);
    let image = video.read(0).unwrap();
    scorer.start(&StreamInfo::from(video.video())).unwrap();
    let frame = PreparedFrame {
        index: 0,
        number: FrameNumber(0),
        time: None,
        image: Some(&image),
    };
    scorer.push(&frame, &mut Settled::new()).unwrap();
    let scores = score_video(&mut *scorer, &FlatVideo::new(&[0, 51])).unwrap();
    assert!(
        scores.values().iter().all(|v| (v - 0.04).abs() < 1e-7),
        "{:?}",
        scores.values()
    );
}

#[test]
fn scores_are_settled_within_the_delay() {
    let (mut scorer, mut settled) = (
        FrameDifference::new(SMALL).unwrap().scorer(),
        Settled::new(),
    );
    assert_eq!(scorer.delay(), Delay::Frames(1));
    let video = FlatVideo::new(&[0, 51, 102]);
    scorer.start(&StreamInfo::from(video.video())).unwrap();
    let counts = [0, 1, 2].map(|index| {
        let image = video.read(index).unwrap();
        let number = image.number();
        scorer
            .push(
                &PreparedFrame {
                    index,
                    number,
                    time: None,
                    image: Some(&image),
                },
                &mut settled,
            )
            .unwrap();
        settled.take_scores(0).len()
    });
    assert_eq!(counts, [0, 2, 1]);
    let typical = fit_typical(Typical::Mean, "mean", &[0]);
    assert_eq!(typical.delay(), Delay::Frames(0));
}

#[test]
fn a_frame_without_an_image_borrows_or_is_an_error() {
    let frame = PreparedFrame {
        index: 0,
        number: FrameNumber(4),
        time: None,
        image: None,
    };
    let info = StreamInfo::new("1".into());
    let (mut scorer, mut settled) = (
        FrameDifference::new(SMALL).unwrap().scorer(),
        Settled::new(),
    );
    scorer.start(&info).unwrap();
    scorer.push(&frame, &mut settled).unwrap();
    scorer.finish(&mut settled).unwrap();
    assert_eq!(
        settled.take_scores(0),
        [FrameScore::new(0.0, Origin::Constant)]
    );
    let mut scorer = fit_typical(Typical::Mean, "mean", &[0]);
    scorer.start(&info).unwrap();
    let error = scorer.push(&frame, &mut settled).unwrap_err().to_string();
    assert!(
        error.contains("typical_frame: frame 4 has no image"),
        "{error}"
    );
}
