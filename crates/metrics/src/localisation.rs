use oddframe_core::Track;

use crate::detection::{Detection, Found, Truth, check_detection};
use crate::error::Error;

/// The criteria for detected boxes and tracks.
///
/// ```
/// use oddframe_metrics::LocalisationOptions;
///
/// let strict = LocalisationOptions::default().with_beta(0.5);
/// assert_eq!((strict.alpha, strict.beta), (0.1, 0.5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LocalisationOptions {
    /// The share of a track's boxes that must be detected, above 0 and at most 1.
    pub alpha: f64,
    /// The intersection over union that a detection needs with a box, above 0 and at most 1.
    pub beta: f64,
}

impl Default for LocalisationOptions {
    /// The values of the paper: 0.1 for both.
    fn default() -> Self {
        Self {
            alpha: 0.1,
            beta: 0.1,
        }
    }
}

impl LocalisationOptions {
    /// Sets the share of a track's boxes.
    #[must_use]
    pub const fn with_alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// Sets the intersection over union.
    #[must_use]
    pub const fn with_beta(self, beta: f64) -> Self {
        Self { beta, ..self }
    }

    fn validate(self) -> Result<(), Error> {
        for (name, value) in [("alpha", self.alpha), ("beta", self.beta)] {
            if !(value > 0.0 && value <= 1.0) {
                return Err(Error::OutOfRange {
                    name,
                    value,
                    range: "above 0 and at most 1",
                });
            }
        }
        Ok(())
    }
}

/// A point of the localisation curve: the rates of detections at or above a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalisationPoint {
    /// The threshold; infinite for the point without detections.
    pub threshold: f64,
    /// The number of detections per frame that match no ground-truth box. It may exceed 1.
    pub fpr: f64,
    /// The share of ground-truth boxes that are detected.
    pub rbdr: f64,
    /// The share of ground-truth tracks that are detected.
    pub tbdr: f64,
}

/// The localisation criteria of a set of detections.
#[derive(Debug, Clone, PartialEq)]
pub struct Localisation {
    /// The region-based detection criterion: the area under `rbdr` over `fpr` from 0 to 1.
    pub rbdc: f64,
    /// The track-based detection criterion: the area under `tbdr` over `fpr` from 0 to 1.
    pub tbdc: f64,
    /// The curve from no detections to all, with a point for each distinct score.
    pub curve: Vec<LocalisationPoint>,
}

/// RBDC and TBDC (Ramachandra and Jones, WACV 2020) of detections in a total of `frames` frames.
///
/// A ground-truth box is detected if a detection in its frame overlaps it by at least `beta`; one detection
/// may detect several boxes. A track is detected if at least the share `alpha` of its boxes is. A detection
/// that overlaps no box of its frame by `beta` is a false positive.
///
/// The points of the curve are joined by straight lines, cut at one false positive per frame, and extended
/// horizontally if the curve ends earlier, like the evaluation code in common use. That code adds tied
/// detections one after the other in the order of its input; here they are one step, so the order does not
/// matter. It also counts the right and bottom edges as part of a box: add 1 to both when its files are
/// converted.
///
/// Without detections both criteria are 0. A box without area is never detected.
///
/// ```
/// use oddframe_core::{FrameNumber, Rect, Track};
/// use oddframe_metrics::{Detection, LocalisationOptions, rbdc_tbdc};
///
/// let rect = Rect { left: 0.0, top: 0.0, right: 4.0, bottom: 4.0 };
/// let track = Track { video: "1".into(), id: 0, boxes: vec![(FrameNumber(0), rect), (FrameNumber(1), rect)] };
/// let detection = Detection { video: "1".into(), frame: FrameNumber(0), rect, score: 0.9 };
/// let found = rbdc_tbdc(&[detection], &[track], 2, LocalisationOptions::default())?;
/// assert_eq!((found.rbdc, found.tbdc), (0.5, 1.0));
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// When there are no tracks or no frames, a track has no boxes, an option is out of range, or a number is not
/// finite.
pub fn rbdc_tbdc(
    detections: &[Detection],
    tracks: &[Track],
    frames: usize,
    options: LocalisationOptions,
) -> Result<Localisation, Error> {
    options.validate()?;
    if frames == 0 {
        return Err(Error::OutOfRange {
            name: "the number of frames",
            value: 0.0,
            range: "at least 1",
        });
    }
    let truth = Truth::new(tracks)?;
    detections.iter().try_for_each(check_detection)?;
    let mut order: Vec<&Detection> = detections.iter().collect();
    order.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut found = Found::new(&truth);
    let mut curve = vec![LocalisationPoint {
        threshold: f64::INFINITY,
        fpr: 0.0,
        rbdr: 0.0,
        tbdr: 0.0,
    }];
    // Tied detections form one step, so the curve does not depend on the order of the input.
    for tied in order.chunk_by(|a, b| a.score == b.score) {
        for detection in tied {
            found.add_detection(detection, options.alpha, options.beta);
        }
        curve.push(LocalisationPoint {
            threshold: tied[0].score,
            fpr: found.false_positives() as f64 / frames as f64,
            rbdr: found.box_share(),
            tbdr: found.track_share(),
        });
    }
    let rbdc = area_up_to_one(curve.iter().map(|p| (p.fpr, p.rbdr)));
    let tbdc = area_up_to_one(curve.iter().map(|p| (p.fpr, p.tbdr)));
    Ok(Localisation { rbdc, tbdc, curve })
}

/// The area from 0 to 1 under rising points joined by straight lines, horizontal after the last point.
fn area_up_to_one(points: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut area, mut before) = (0.0, (0.0, 0.0));
    for (x, y) in points {
        // The segment that crosses 1 is cut there.
        if x > 1.0 {
            let at_one = before.1 + (y - before.1) * (1.0 - before.0) / (x - before.0);
            return area + (1.0 - before.0) * 0.5 * (before.1 + at_one);
        }
        area += (x - before.0) * 0.5 * (before.1 + y);
        before = (x, y);
    }
    // A curve that ends before 1 keeps its last height: a stricter detector is not punished for having few
    // false positives.
    area + (1.0 - before.0) * before.1
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, Rect};
    use proptest::prelude::*;

    use super::*;

    fn square(at: f64) -> Rect {
        Rect {
            left: at,
            top: 0.0,
            right: at + 4.0,
            bottom: 4.0,
        }
    }

    fn track(video: &str, id: u64, boxes: &[(u64, f64)]) -> Track {
        let boxes = boxes
            .iter()
            .map(|(frame, at)| (FrameNumber(*frame), square(*at)))
            .collect();
        Track {
            video: video.into(),
            id,
            boxes,
        }
    }

    fn detection(video: &str, frame: u64, at: f64, score: f64) -> Detection {
        Detection {
            video: video.into(),
            frame: FrameNumber(frame),
            rect: square(at),
            score,
        }
    }

    fn areas(detections: &[Detection], tracks: &[Track], frames: usize) -> (f64, f64) {
        let found = rbdc_tbdc(detections, tracks, frames, LocalisationOptions::default()).unwrap();
        (found.rbdc, found.tbdc)
    }

    #[test]
    fn areas_by_hand() {
        let tracks = [
            track("1", 0, &[(0, 0.0), (1, 0.0)]),
            track("1", 1, &[(5, 20.0), (6, 20.0)]),
        ];
        // A hit, a false positive, a hit of the other track, a false positive. One false positive is 1/4 per
        // frame.
        let detections = [
            detection("01", 0, 0.0, 0.9),
            detection("01", 0, 50.0, 0.8),
            detection("01", 5, 20.0, 0.7),
            detection("02", 5, 20.0, 0.6),
        ];
        // Boxes: 1/4 on [0, 1/4], then 1/2. Tracks: one of two, then both.
        assert_eq!(
            areas(&detections, &tracks, 4),
            (0.25 * 0.25 + 0.75 * 0.5, 0.25 * 0.5 + 0.75)
        );
        let mut reversed = detections.to_vec();
        reversed.reverse();
        assert_eq!(areas(&reversed, &tracks, 4), areas(&detections, &tracks, 4));
        assert_eq!(areas(&[], &tracks, 4), (0.0, 0.0));
        assert_eq!(areas(&detections[..1], &tracks, 4), (0.25, 0.5));
    }

    #[test]
    fn the_curve_is_cut_at_one_false_positive_per_frame() {
        let tracks = [track("1", 0, &[(0, 0.0)])];
        let late = [
            detection("1", 9, 0.0, 0.9),
            detection("1", 9, 9.0, 0.8),
            detection("1", 0, 0.0, 0.7),
        ];
        assert_eq!(areas(&late, &tracks, 2), (0.0, 0.0));
        // All tied: a line from (0, 0) to (2, 1), cut at (1, 1/2).
        let tied: Vec<_> = late
            .iter()
            .map(|d| Detection {
                score: 0.5,
                ..d.clone()
            })
            .collect();
        assert_eq!(areas(&tied, &tracks, 1), (0.25, 0.25));
    }

    #[test]
    fn one_detection_may_find_two_boxes_but_no_box_twice() {
        let tracks = [track("1", 0, &[(0, 0.0)]), track("1", 1, &[(0, 2.0)])];
        let found = rbdc_tbdc(
            &[detection("1", 0, 1.0, 0.5)],
            &tracks,
            1,
            LocalisationOptions::default(),
        );
        assert_eq!(found.unwrap().rbdc, 1.0);
        let twice = [detection("1", 0, 0.0, 0.5), detection("1", 0, 0.0, 0.4)];
        let strict = LocalisationOptions::default().with_beta(1.0);
        let found = rbdc_tbdc(&twice, &tracks, 1, strict).unwrap();
        assert_eq!(
            (found.rbdc, found.tbdc, found.curve[2].fpr),
            (0.5, 0.5, 0.0)
        );
    }

    #[test]
    fn a_tenth_of_a_track_is_enough() {
        let boxes: Vec<_> = (0..20).map(|frame| (frame, 0.0)).collect();
        let tracks = [track("1", 0, &boxes)];
        let one = [detection("1", 0, 0.0, 0.5)];
        let two = [detection("1", 0, 0.0, 0.5), detection("1", 1, 0.0, 0.5)];
        assert_eq!(
            (areas(&one, &tracks, 20).1, areas(&two, &tracks, 20).1),
            (0.0, 1.0)
        );
    }

    fn error_message(
        detections: &[Detection],
        tracks: &[Track],
        frames: usize,
        options: LocalisationOptions,
    ) -> String {
        rbdc_tbdc(detections, tracks, frames, options)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn invalid_input_is_an_error() {
        let tracks = [track("1", 3, &[(0, 0.0)])];
        let options = LocalisationOptions::default();
        assert!(error_message(&[], &[], 1, options).contains("no ground-truth tracks"));
        assert!(error_message(&[], &tracks, 0, options).contains("number of frames"));
        assert!(error_message(&[], &tracks, 1, options.with_alpha(0.0)).contains("alpha is 0"));
        assert!(
            error_message(&[], &tracks, 1, options.with_beta(f64::NAN)).contains("beta is NaN")
        );
        assert_eq!(
            error_message(&[], &[track("7", 3, &[])], 1, options),
            "track 3 of video 7 has no boxes"
        );
        let bad = [detection("7", 2, 0.0, f64::NAN)];
        assert_eq!(
            error_message(&bad, &tracks, 1, options),
            "video 7, frame 2: the score of a detection is not finite"
        );
        let far = Rect {
            left: f64::MIN,
            top: 0.0,
            right: f64::MAX,
            bottom: 1.0,
        };
        let bad = [Detection {
            rect: far,
            ..detection("7", 2, 0.0, 0.0)
        }];
        assert_eq!(
            error_message(&bad, &tracks, 1, options),
            "video 7, frame 2: a box is not finite"
        );
    }

    fn meets(detection: &Detection, track: &Track, (frame, rect): &(FrameNumber, Rect)) -> bool {
        detection.video == track.video
            && detection.frame == *frame
            && detection.rect.iou(*rect) >= 0.1
    }

    fn found_boxes(called: &[&Detection], track: &Track) -> usize {
        track
            .boxes
            .iter()
            .filter(|b| called.iter().any(|d| meets(d, track, b)))
            .count()
    }

    /// The curve by its definition, computed separately for each threshold.
    fn by_definition(
        detections: &[Detection],
        tracks: &[Track],
        frames: usize,
    ) -> Vec<(f64, f64, f64)> {
        let mut thresholds: Vec<f64> = detections.iter().map(|d| d.score).collect();
        thresholds.sort_by(|a, b| b.total_cmp(a));
        thresholds.dedup();
        let boxes: usize = tracks.iter().map(|t| t.boxes.len()).sum();
        let mut curve = vec![(0.0, 0.0, 0.0)];
        for threshold in thresholds {
            let called: Vec<&Detection> =
                detections.iter().filter(|d| d.score >= threshold).collect();
            let false_positives = called.iter().filter(|d| {
                !tracks
                    .iter()
                    .any(|t| t.boxes.iter().any(|b| meets(d, t, b)))
            });
            let found_tracks = tracks
                .iter()
                .filter(|t| found_boxes(&called, t) as f64 >= 0.1 * t.boxes.len() as f64);
            curve.push((
                false_positives.count() as f64 / frames as f64,
                tracks
                    .iter()
                    .map(|t| found_boxes(&called, t))
                    .sum::<usize>() as f64
                    / boxes as f64,
                found_tracks.count() as f64 / tracks.len() as f64,
            ));
        }
        curve
    }

    /// The height of the joined points at x.
    fn height_at(points: &[(f64, f64, f64)], x: f64) -> f64 {
        let after = points.iter().position(|p| p.0 > x).unwrap_or(points.len());
        let before = points[after - 1];
        points.get(after).map_or(before.1, |p| {
            before.1 + (p.1 - before.1) * (x - before.0) / (p.0 - before.0)
        })
    }

    proptest! {
        #[test]
        fn results_follow_the_definition(
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
            // The area by many thin slices.
            let slices = 27_720;
            let sum: f64 = (0..slices).map(|i| height_at(&expected, (f64::from(i) + 0.5) / f64::from(slices))).sum();
            prop_assert!((result.rbdc - sum / f64::from(slices)).abs() < 1e-9);
        }
    }
}
