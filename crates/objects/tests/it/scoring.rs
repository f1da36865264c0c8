//! What the system finds on a drawn street, and what it says about it.

use oddframe_core::{Delay, FrameSource, Origin};
use oddframe_objects::{CueWeights, ObjectSettings};

use crate::footage::{
    Footage, Walker, fit, mean, normal_videos, open, quick, score, score_stream, usual_people,
};

/// A test video in which somebody runs through a lane from frame 20 on.
fn runner() -> Footage {
    let mut people = usual_people(2);
    people.push(Walker {
        start: -80,
        foot: 66,
        speed: 4,
    });
    Footage::new("runner", 60, &people)
}

#[test]
fn a_runner_is_found_placed_and_explained() {
    let (folder, system) = fit(quick(), &normal_videos(4)).unwrap();
    let mut scorer = open(&folder, &system);
    let usual = score(&mut *scorer, &Footage::new("usual", 60, &usual_people(9))).unwrap();
    let scores = score(&mut *scorer, &runner()).unwrap();
    assert_eq!(scores.len(), 60);
    let (running, before) = (mean(&scores[26..44]), mean(&scores[..12]));
    assert!(
        running > before + 2.0 && running > mean(&usual) + 2.0,
        "{running} {before} {}",
        mean(&usual)
    );
    // In frame 34 the runner's box goes from column 56 to 64 and from row 46 to 66.
    let frame = &scores[34];
    let reason = frame.reason.as_ref().unwrap();
    assert!(["motion", "body"].contains(&&*reason.cue), "{reason:?}");
    assert!(
        reason
            .sentence
            .contains("times the usual speed here, moving right, seen"),
        "{reason:?}"
    );
    assert!(reason.sentence.ends_with("in 280 frames"), "{reason:?}");
    let top = frame
        .boxes
        .iter()
        .max_by(|a, b| a.score.total_cmp(&b.score))
        .unwrap();
    assert!(
        top.area.left < 64.0 && top.area.right > 56.0 && top.area.bottom > 46.0,
        "{top:?}"
    );
    assert!(
        frame
            .boxes
            .iter()
            .all(|found| found.area.right <= 120.0 && found.area.left >= 0.0)
    );
    assert_eq!(frame.origin, Origin::Computed);
}

#[test]
fn where_the_camera_shakes_a_runner_is_found_too() {
    let (folder, system) = fit(quick(), &normal_videos(4)).unwrap();
    let mut scorer = open(&folder, &system);
    for shaking in [1, 3] {
        let usual = Footage::new("usual", 60, &usual_people(9));
        let still = mean(&score(&mut *scorer, &usual.clone()).unwrap());
        let usual = mean(&score(&mut *scorer, &usual.with_shaking(shaking)).unwrap());
        let scores = score(&mut *scorer, &runner().with_shaking(shaking)).unwrap();
        let (running, before) = (mean(&scores[26..44]), mean(&scores[..12]));
        assert!(
            running > before + 2.0 && running > usual + 2.0,
            "{running} {before} {usual}"
        );
        // What is usual stays so, and is not taken for motion because every edge of the background moves.
        assert!(usual < still + 2.0, "{usual} {still}");
    }
}

/// Settings with a single cue.
fn one_cue(weights: CueWeights) -> ObjectSettings {
    ObjectSettings { weights, ..quick() }
}

#[test]
fn unknown_colours_are_found_and_gray_footage_has_none() {
    const USUAL: [[u8; 3]; 2] = [[60, 90, 255], [80, 220, 90]];
    let settings = one_cue(CueWeights {
        color: 1.0,
        ..CueWeights::NONE
    });
    let normal: Vec<Footage> = normal_videos(4)
        .into_iter()
        .map(|video| video.in_colors(&USUAL))
        .collect();
    let (folder, system) = fit(settings, &normal).unwrap();
    let mut scorer = open(&folder, &system);
    let people = Footage::new("people", 60, &usual_people(2));
    let usual = score(&mut *scorer, &people.clone().in_colors(&USUAL)).unwrap();
    // One of them wears orange; everybody walks as usual.
    let odd = people
        .clone()
        .in_colors(&[USUAL[0], USUAL[1], [255, 140, 0], USUAL[0], USUAL[1]]);
    let odd = score(&mut *scorer, &odd).unwrap();
    assert!(mean(&usual) < 0.5, "{}", mean(&usual));
    assert!(mean(&odd[10..50]) > 2.0, "{}", mean(&odd[10..50]));
    let frame = &odd[30];
    let reason = frame.reason.as_ref().unwrap();
    assert_eq!(reason.cue, "color");
    assert!(reason.sentence.contains("such colours"), "{reason:?}");
    // The third person walks from column 64 on in the first frame, and stands on row 40.
    let area = frame.boxes[0].area;
    assert!(
        area.left < 102.0 && area.right > 94.0 && area.bottom < 50.0,
        "{area:?}"
    );
    let gray = score(&mut *scorer, &people).unwrap();
    assert!(
        gray.iter().all(|score| score.value == 0.0),
        "{}",
        mean(&gray)
    );
}

#[test]
fn somebody_who_goes_the_wrong_way_is_found() {
    let settings = one_cue(CueWeights {
        direction: 1.0,
        ..CueWeights::NONE
    });
    let (folder, system) = fit(settings, &normal_videos(4)).unwrap();
    let mut scorer = open(&folder, &system);
    let usual = score(&mut *scorer, &Footage::new("people", 60, &usual_people(2))).unwrap();
    let mut people = usual_people(2);
    people[4] = Walker {
        start: 100,
        foot: 66,
        speed: -1,
    };
    let wrong = score(&mut *scorer, &Footage::new("wrong", 60, &people)).unwrap();
    assert!(mean(&usual) < 0.5, "{}", mean(&usual));
    assert!(mean(&wrong[10..50]) > 1.0, "{}", mean(&wrong[10..50]));
    let reason = wrong[30].reason.as_ref().unwrap();
    assert_eq!(reason.cue, "direction");
    assert!(
        reason.sentence.starts_with("moving left, as 0 of "),
        "{reason:?}"
    );
}

#[test]
fn the_same_video_scores_the_same_whatever_the_threads() {
    let (folder, system) = fit(quick(), &normal_videos(4)).unwrap();
    let alone = rayon_pool(1).install(|| {
        let (folder, system) = fit(quick(), &normal_videos(4)).unwrap();
        score(&mut *open(&folder, &system), &runner()).unwrap()
    });
    let mut scorer = open(&folder, &system);
    assert_eq!(score(&mut *scorer, &runner()).unwrap(), alone);
    // The scorer keeps nothing of the video before.
    assert_eq!(score(&mut *scorer, &runner()).unwrap(), alone);
}

fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
}

#[test]
fn a_causal_scorer_needs_four_frames_and_no_preview() {
    let normal = normal_videos(4);
    let (folder, system) = fit(
        ObjectSettings {
            causal: true,
            ..quick()
        },
        &normal,
    )
    .unwrap();
    let mut scorer = open(&folder, &system);
    assert_eq!(scorer.delay(), Delay::Frames(4));
    assert!(
        scorer
            .preview_positions(&runner().video().into())
            .is_empty()
    );
    let scores = score_stream(&mut *scorer, &runner()).unwrap();
    assert_eq!(scores.len(), 60);
    assert!(
        mean(&scores[30..46]) > mean(&scores[..14]) + 1.5,
        "{} {}",
        mean(&scores[30..46]),
        mean(&scores[..14])
    );
    // The future changes nothing: a shorter video gives the same scores, but for the last four frames.
    let cut = Footage::new("runner", 40, &runner().people);
    let shorter = score_stream(&mut *scorer, &cut).unwrap();
    assert_eq!(shorter[..36], scores[..36]);
}

#[test]
fn without_a_preview_the_running_median_takes_its_place() {
    let (folder, system) = fit(quick(), &normal_videos(4)).unwrap();
    let mut scorer = open(&folder, &system);
    assert_eq!(scorer.preview_positions(&runner().video().into()).len(), 60);
    let scores = score_stream(&mut *scorer, &runner()).unwrap();
    assert!(mean(&scores[26..44]) > mean(&scores[..12]) + 1.5);
}

/// Large people who walk at two speeds, and a runner or not; the video has every so many frames.
fn thinned(name: &str, video: i64, gap: usize, runner: Option<Walker>) -> Footage {
    let lanes = [(-30, 40, 1), (30, 40, 2), (70, 40, 1), (-60, 40, 2)];
    let lanes = lanes
        .into_iter()
        .chain([(0, 66, 1), (-80, 66, 2), (45, 66, 2)]);
    let people = lanes.map(|(start, foot, speed)| Walker {
        start: start + 7 * video,
        foot,
        speed,
    });
    let people: Vec<Walker> = people.chain(runner).collect();
    let numbers = (0..60).step_by(gap).collect();
    // People as wide as a patch of the flow: of narrower ones it finds the more of the motion the larger that is.
    Footage::with_size(name, (120, 80), numbers, &people).enlarged(2)
}

#[test]
fn a_video_with_gaps_is_judged_as_the_whole_one() {
    let normal: Vec<Footage> = (0..4)
        .map(|video| thinned(&format!("normal {video}"), video, 1, None))
        .collect();
    let (folder, system) = fit(quick(), &normal).unwrap();
    let mut scorer = open(&folder, &system);
    let runner = Walker {
        start: -100,
        foot: 66,
        speed: 5,
    };
    let mut judge = |gap: usize| {
        let usual = score(&mut *scorer, &thinned("usual", 1, gap, None)).unwrap();
        let running = score(&mut *scorer, &thinned("runner", 1, gap, Some(runner))).unwrap();
        assert_eq!((usual.len(), running.len()), (60 / gap, 60 / gap));
        // The runner is in the picture from frame 20 to 44.
        (mean(&usual), mean(&running[26 / gap..40 / gap]))
    };
    let (usual, running) = judge(1);
    for gap in [2, 3] {
        let (usual_with_gaps, running_with_gaps) = judge(gap);
        println!(
            "every {gap}: usual {usual_with_gaps}, running {running_with_gaps}; all: {usual}, {running}"
        );
        assert!((usual_with_gaps - usual).abs() < 1.0);
        assert!(running_with_gaps > usual_with_gaps + 3.0);
    }
}

#[test]
fn the_switch_is_chosen_where_people_walk() {
    let chosen = ObjectSettings {
        switch: None,
        ..quick()
    };
    let (folder, system) = fit(chosen, &normal_videos(4)).unwrap();
    let scores = score(&mut *open(&folder, &system), &runner()).unwrap();
    assert!(mean(&scores[26..44]) > mean(&scores[..12]) + 2.0);
}
