use oddframe_core::Track;

use crate::detection::{Found, Truth, check};
use crate::{Detection, Error};

/// When a box and when a track count as detected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalisationOptions {
    /// The share of a track's boxes to detect, above 0 up to 1.
    pub alpha: f64,
    /// The overlap (intersection over union) of a detection with a box, above 0 up to 1.
    pub beta: f64,
}

impl Default for LocalisationOptions {
    /// The values of the paper: 0.1 for both.
    fn default() -> Self {
        Self { alpha: 0.1, beta: 0.1 }
    }
}

impl LocalisationOptions {
    /// Asks for this share of a track's boxes.
    #[must_use]
    pub const fn with_alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// Asks for this overlap.
    #[must_use]
    pub const fn with_beta(self, beta: f64) -> Self {
        Self { beta, ..self }
    }

    fn check(self) -> Result<(), Error> {
        for (name, value) in [("alpha", self.alpha), ("beta", self.beta)] {
            if !(value > 0.0 && value <= 1.0) {
                return Err(Error::OutOfRange { name, value, range: "above 0 and at most 1" });
            }
        }
        Ok(())
    }
}

/// What the detections at or above a threshold reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalisationPoint {
    /// The threshold; infinite where there is no detection.
    pub threshold: f64,
    /// Detections that meet no ground-truth box, per frame; may pass 1.
    pub fpr: f64,
    /// Share of the ground-truth boxes that are detected.
    pub rbdr: f64,
    /// Share of the ground-truth tracks that are detected.
    pub tbdr: f64,
}

/// How well abnormal things are located.
#[derive(Debug, Clone, PartialEq)]
pub struct Localisation {
    /// Region-based detection criterion: area under `rbdr` over `fpr` from 0 to 1.
    pub rbdc: f64,
    /// Track-based detection criterion: area under `tbdr` over `fpr` from 0 to 1.
    pub tbdc: f64,
    /// The curve, from no detection to all, with a point for each distinct score.
    pub curve: Vec<LocalisationPoint>,
}

/// RBDC and TBDC (Ramachandra and Jones, WACV 2020) of detections in `frames` frames altogether.
///
/// A ground-truth box is detected when a detection of its frame overlaps it by at least `beta`; one detection
/// may detect several boxes. A track is detected when at least `alpha` of its boxes are. A detection that
/// overlaps no box of its frame by `beta` is a false positive.
///
/// The curve's points are joined by straight lines, cut at one false positive per frame and extended flat
/// where it ends before, as the evaluation code in common use does. That code takes tied detections one after
/// the other in the order of its input; here they are one step, so that the order does not matter. It also
/// counts a box's right and bottom edges as part of it: add 1 to both when converting its files.
///
/// Without detections both are 0. A box of no area is never detected.
///
/// # Errors
/// When there is no track or no frame, a track has no boxes, an option is out of range, or a number is not
/// finite.
pub fn rbdc_tbdc(
    detections: &[Detection],
    tracks: &[Track],
    frames: usize,
    options: LocalisationOptions,
) -> Result<Localisation, Error> {
    options.check()?;
    if frames == 0 {
        return Err(Error::OutOfRange { name: "the number of frames", value: 0.0, range: "at least 1" });
    }
    let truth = Truth::new(tracks)?;
    detections.iter().try_for_each(check)?;
    let mut order: Vec<&Detection> = detections.iter().collect();
    order.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut found = Found::new(&truth);
    let mut curve = vec![LocalisationPoint { threshold: f64::INFINITY, fpr: 0.0, rbdr: 0.0, tbdr: 0.0 }];
    for tied in order.chunk_by(|a, b| a.score == b.score) {
        for detection in tied {
            found.add(detection, options.alpha, options.beta);
        }
        curve.push(LocalisationPoint {
            threshold: tied[0].score,
            fpr: found.false_positives() as f64 / frames as f64,
            rbdr: found.box_share(),
            tbdr: found.track_share(),
        });
    }
    let rbdc = area_to_one(curve.iter().map(|p| (p.fpr, p.rbdr)));
    let tbdc = area_to_one(curve.iter().map(|p| (p.fpr, p.tbdr)));
    Ok(Localisation { rbdc, tbdc, curve })
}

/// The area under rising points joined by lines, from 0 to 1, flat behind the last.
fn area_to_one(points: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut area, mut before) = (0.0, (0.0, 0.0));
    for (x, y) in points {
        if x > 1.0 {
            let at_one = before.1 + (y - before.1) * (1.0 - before.0) / (x - before.0);
            return area + (1.0 - before.0) * 0.5 * (before.1 + at_one);
        }
        area += (x - before.0) * 0.5 * (before.1 + y);
        before = (x, y);
    }
    area + (1.0 - before.0) * before.1
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, Rect};
    use proptest::prelude::*;

    use super::*;

    fn square(at: f64) -> Rect {
        Rect { left: at, top: 0.0, right: at + 4.0, bottom: 4.0 }
    }

    fn track(video: &str, id: u64, boxes: &[(u64, f64)]) -> Track {
        let boxes = boxes.iter().map(|(frame, at)| (FrameNumber(*frame), square(*at))).collect();
        Track { video: video.into(), id, boxes }
    }

    fn detection(video: &str, frame: u64, at: f64, score: f64) -> Detection {
        Detection { video: video.into(), frame: FrameNumber(frame), rect: square(at), score }
    }

    fn areas(detections: &[Detection], tracks: &[Track], frames: usize) -> (f64, f64) {
        let found = rbdc_tbdc(detections, tracks, frames, LocalisationOptions::default()).unwrap();
        (found.rbdc, found.tbdc)
    }

    #[test]
    fn areas_by_hand() {
        let tracks = [track("1", 0, &[(0, 0.0), (1, 0.0)]), track("1", 1, &[(5, 20.0), (6, 20.0)])];
        // Hit, false alarm, hit of the other track, false alarm; one false alarm is a quarter per frame.
        let detections = [
            detection("01", 0, 0.0, 0.9),
            detection("01", 0, 50.0, 0.8),
            detection("01", 5, 20.0, 0.7),
            detection("02", 5, 20.0, 0.6),
        ];
        // Boxes: a quarter on [0, 1/4], a half from there on. Tracks: one of two, then both.
        assert_eq!(areas(&detections, &tracks, 4), (0.25 * 0.25 + 0.75 * 0.5, 0.25 * 0.5 + 0.75));
        let mut reversed = detections.to_vec();
        reversed.reverse();
        assert_eq!(areas(&reversed, &tracks, 4), areas(&detections, &tracks, 4));
        assert_eq!(areas(&[], &tracks, 4), (0.0, 0.0));
        assert_eq!(areas(&detections[..1], &tracks, 4), (0.25, 0.5));
    }

    #[test]
    fn the_curve_is_cut_at_one_false_alarm_per_frame() {
        let tracks = [track("1", 0, &[(0, 0.0)])];
        let late = [detection("1", 9, 0.0, 0.9), detection("1", 9, 9.0, 0.8), detection("1", 0, 0.0, 0.7)];
        assert_eq!(areas(&late, &tracks, 2), (0.0, 0.0));
        // All tied: a line from (0, 0) to (2, 1), cut at (1, 1/2).
        let tied: Vec<_> = late.iter().map(|d| Detection { score: 0.5, ..d.clone() }).collect();
        assert_eq!(areas(&tied, &tracks, 1), (0.25, 0.25));
    }

    #[test]
    fn one_detection_may_find_two_boxes_and_none_twice() {
        let tracks = [track("1", 0, &[(0, 0.0)]), track("1", 1, &[(0, 2.0)])];
        let found = rbdc_tbdc(&[detection("1", 0, 1.0, 0.5)], &tracks, 1, LocalisationOptions::default());
        assert_eq!(found.unwrap().rbdc, 1.0);
        let twice = [detection("1", 0, 0.0, 0.5), detection("1", 0, 0.0, 0.4)];
        let strict = LocalisationOptions::default().with_beta(1.0);
        let found = rbdc_tbdc(&twice, &tracks, 1, strict).unwrap();
        assert_eq!((found.rbdc, found.tbdc, found.curve[2].fpr), (0.5, 0.5, 0.0));
    }

    #[test]
    fn a_tenth_of_a_track_is_enough() {
        let boxes: Vec<_> = (0..20).map(|frame| (frame, 0.0)).collect();
        let tracks = [track("1", 0, &boxes)];
        let one = [detection("1", 0, 0.0, 0.5)];
        let two = [detection("1", 0, 0.0, 0.5), detection("1", 1, 0.0, 0.5)];
        assert_eq!((areas(&one, &tracks, 20).1, areas(&two, &tracks, 20).1), (0.0, 1.0));
    }

    #[test]
    fn what_cannot_be_evaluated_is_named() {
        let tracks = [track("1", 3, &[(0, 0.0)])];
        let options = LocalisationOptions::default();
        let message = |detections: &[Detection], tracks: &[Track], frames, options| {
            rbdc_tbdc(detections, tracks, frames, options).unwrap_err().to_string()
        };
        assert!(message(&[], &[], 1, options).contains("no ground-truth tracks"));
        assert!(message(&[], &tracks, 0, options).contains("number of frames"));
        assert!(message(&[], &tracks, 1, options.with_alpha(0.0)).contains("alpha is 0"));
        assert!(message(&[], &tracks, 1, options.with_beta(f64::NAN)).contains("beta is NaN"));
        assert_eq!(message(&[], &[track("7", 3, &[])], 1, options), "track 3 of video 7 has no boxes");
        let bad = [detection("7", 2, 0.0, f64::NAN)];
        assert_eq!(
            message(&bad, &tracks, 1, options),
            "video 7, frame 2: the score of a detection is not finite"
        );
        let far = Rect { left: f64::MIN, top: 0.0, right: f64::MAX, bottom: 1.0 };
        let bad = [Detection { rect: far, ..detection("7", 2, 0.0, 0.0) }];
        assert_eq!(message(&bad, &tracks, 1, options), "video 7, frame 2: a box is not finite");
    }

    /// Everything from the definitions, anew for each threshold.
    fn by_definition(detections: &[Detection], tracks: &[Track], frames: usize) -> Vec<(f64, f64, f64)> {
        let mut thresholds: Vec<f64> = detections.iter().map(|d| d.score).collect();
        thresholds.sort_by(|a, b| b.total_cmp(a));
        thresholds.dedup();
        let at = |threshold: f64| {
            let called = || detections.iter().filter(|d| d.score >= threshold);
            let meets = |d: &Detection, t: &Track, (frame, rect): &(FrameNumber, Rect)| {
                d.video == t.video && d.frame == *frame && d.rect.iou(*rect) >= 0.1
            };
            let found = |t: &Track| t.boxes.iter().filter(|b| called().any(|d| meets(d, t, b))).count();
            let false_positive =
                |d: &&Detection| !tracks.iter().any(|t| t.boxes.iter().any(|b| meets(d, t, b)));
            let boxes: usize = tracks.iter().map(|t| t.boxes.len()).sum();
            let enough = |t: &&Track| found(t) as f64 >= 0.1 * t.boxes.len() as f64;
            (
                called().filter(false_positive).count() as f64 / frames as f64,
                tracks.iter().map(found).sum::<usize>() as f64 / boxes as f64,
                tracks.iter().filter(enough).count() as f64 / tracks.len() as f64,
            )
        };
        std::iter::once((0.0, 0.0, 0.0)).chain(thresholds.into_iter().map(at)).collect()
    }

    proptest! {
        #[test]
        fn as_by_definition(
            found in prop::collection::vec((0_u64..3, 0_u64..4, 0_u8..12, 0_u8..6), 0..24),
            truth in prop::collection::vec((0_u64..3, 0_u64..4, 1_u64..14, 0_u8..12), 1..5),
            frames in 1_usize..12,
        ) {
            let detections: Vec<_> = found
                .iter()
                .map(|(v, f, at, s)| detection(&v.to_string(), *f, f64::from(*at), f64::from(*s)))
                .collect();
            let tracks: Vec<_> = truth
                .iter()
                .map(|(v, first, length, at)| {
                    let boxes: Vec<_> = (0..*length).map(|i| (first + i, f64::from(*at))).collect();
                    track(&v.to_string(), 0, &boxes)
                })
                .collect();
            let result = rbdc_tbdc(&detections, &tracks, frames, LocalisationOptions::default()).unwrap();
            let expected = by_definition(&detections, &tracks, frames);
            let curve: Vec<_> = result.curve.iter().map(|p| (p.fpr, p.rbdr, p.tbdr)).collect();
            prop_assert_eq!(&curve, &expected);
            // The area by many thin slices of the joined points.
            let height = |x: f64| {
                let after = expected.iter().position(|p| p.0 > x).unwrap_or(expected.len());
                let before = expected[after - 1];
                expected.get(after).map_or(before.1, |p| before.1 + (p.1 - before.1) * (x - before.0) / (p.0 - before.0))
            };
            let slices = 27_720;
            let sum: f64 = (0..slices).map(|i| height((f64::from(i) + 0.5) / f64::from(slices))).sum();
            prop_assert!((result.rbdc - sum / f64::from(slices)).abs() < 1e-9);
        }
    }
}
