use oddframe_core::{FrameNumber, Labels, Rect, ScoreTable, Track, VideoId, VideoLabels};

use crate::regions::regions;

/// The share of a frame below which a region is a speck: pixels that the outline of an object left apart from it.
const SPECK_SHARE: f64 = 0.0005;

/// The ground-truth tracks of the scored frames, for [`rbdc_tbdc`](crate::rbdc_tbdc): those of the labels, or tracks made of
/// their masks. Empty if the labels have neither, or no scored frame is abnormal.
///
/// A mask says which pixels are abnormal and not which object they belong to. Each connected region of a mask becomes a
/// box, specks of less than 0.05% of the frame aside, and continues the track of the region of the previous labelled frame that it overlaps most. The RBDC of masks
/// depends on the regions only; the TBDC also on this linking, so compare it with TBDCs of the same kind.
///
/// Videos are matched as [`Labels::video`] does, and the tracks have the names of the scored videos. Boxes of frames
/// without a score are left out, because nothing could detect them.
///
/// ```
/// use oddframe_core::{FrameNumber, Labels, Mask, Origin, ScoreTable, VideoLabels, VideoScores};
/// use oddframe_metrics::localisation_truth;
///
/// let numbers: Vec<_> = (0..2).map(FrameNumber).collect();
/// let masks = vec![Mask::from_pixels(4, 1, &[1, 1, 0, 0])?, Mask::from_pixels(4, 1, &[0, 1, 1, 0])?];
/// let labels = Labels::new(vec![VideoLabels::from_masks("01".into(), numbers.clone(), masks)?])?;
/// let scores = VideoScores::from_parts("1".into(), numbers, vec![0.5; 2], vec![Origin::Computed; 2])?;
/// let tracks = localisation_truth(&labels, &ScoreTable::new(vec![scores])?);
/// assert_eq!((tracks.len(), tracks[0].boxes.len()), (1, 2));
/// # Ok::<(), oddframe_core::Error>(())
/// ```
pub fn localisation_truth(labels: &Labels, scores: &ScoreTable) -> Vec<Track> {
    let mut tracks = Vec::new();
    for video in scores.videos() {
        let labelled = labels.video(video.id());
        let mut of_video = if labels.tracks().is_empty() {
            labelled.map_or_else(Vec::new, link_masks)
        } else {
            // Tracks have the names that the labels have, which may differ from those of the scores.
            let name = labelled.map_or(video.id(), VideoLabels::id);
            let named = labels.tracks().iter().filter(|track| track.video == *name);
            named.cloned().collect()
        };
        for track in &mut of_video {
            track.video = video.id().clone();
            track
                .boxes
                .retain(|(frame, _)| video.numbers().binary_search(frame).is_ok());
        }
        of_video.retain(|track| !track.boxes.is_empty());
        tracks.extend(of_video);
    }
    tracks
}

/// Links the regions of the masks of a video to tracks.
fn link_masks(labels: &VideoLabels) -> Vec<Track> {
    let mut tracks: Vec<Track> = Vec::new();
    // The tracks that the previous frame continued, with their boxes there.
    let mut open: Vec<(usize, Rect)> = Vec::new();
    for (frame, mask) in labels.numbers().iter().zip(labels.masks()) {
        let speck = SPECK_SHARE * (mask.width() * mask.height()) as f64;
        let found = regions(mask, speck.ceil() as usize);
        let partners = match_boxes(&open, &found);
        open = found
            .into_iter()
            .zip(partners)
            .map(|(rect, track)| {
                let track = track.unwrap_or_else(|| {
                    tracks.push(new_track(labels.id(), tracks.len()));
                    tracks.len() - 1
                });
                tracks[track].boxes.push((*frame, rect));
                (track, rect)
            })
            .collect();
    }
    tracks
}

fn new_track(video: &VideoId, id: usize) -> Track {
    Track {
        video: video.clone(),
        id: id as u64,
        boxes: Vec::<(FrameNumber, Rect)>::new(),
    }
}

/// For each box the track that it continues: pairs are taken from the largest overlap down, each track and box once.
fn match_boxes(open: &[(usize, Rect)], found: &[Rect]) -> Vec<Option<usize>> {
    let mut pairs = Vec::new();
    for (place, (_, before)) in open.iter().enumerate() {
        for (index, rect) in found.iter().enumerate() {
            let overlap = before.iou(*rect);
            if overlap > 0.0 {
                pairs.push((overlap, place, index));
            }
        }
    }
    // The sort is stable, so equal overlaps keep the order of the frames' regions.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut taken, mut partners) = (vec![false; open.len()], vec![None; found.len()]);
    for (_, place, index) in pairs {
        if !taken[place] && partners[index].is_none() {
            taken[place] = true;
            partners[index] = Some(open[place].0);
        }
    }
    partners
}

#[cfg(test)]
mod tests {
    use oddframe_core::{Mask, Origin, VideoScores};

    use super::*;

    fn mask(row: &str) -> Mask {
        let pixels: Vec<u8> = row.bytes().map(|byte| u8::from(byte == b'#')).collect();
        Mask::from_pixels(row.len(), 1, &pixels).unwrap()
    }

    fn scores(video: &str, frames: &[u64]) -> ScoreTable {
        let numbers = frames.iter().copied().map(FrameNumber).collect();
        let (values, origins) = (
            vec![0.5; frames.len()],
            vec![Origin::Computed; frames.len()],
        );
        let video = VideoScores::from_parts(video.into(), numbers, values, origins).unwrap();
        ScoreTable::new(vec![video]).unwrap()
    }

    fn masked(rows: &[&str]) -> Labels {
        let numbers = (0..rows.len() as u64).map(FrameNumber).collect();
        let masks = rows.iter().map(|row| mask(row)).collect();
        Labels::new(vec![
            VideoLabels::from_masks("Test001".into(), numbers, masks).unwrap(),
        ])
        .unwrap()
    }

    /// The frames and left edges of each track.
    fn edges(tracks: &[Track]) -> Vec<Vec<(u64, f64)>> {
        let edges = |track: &Track| {
            let boxes = track.boxes.iter();
            boxes.map(|(frame, rect)| (frame.0, rect.left)).collect()
        };
        tracks.iter().map(edges).collect()
    }

    #[test]
    fn regions_follow_the_largest_overlap_and_end_at_a_gap() {
        // Two objects move apart; both vanish, and one comes back as a new track.
        let labels = masked(&["###.##.", ".######", "##..###", ".......", "##....."]);
        let tracks = localisation_truth(&labels, &scores("1", &[0, 1, 2, 3, 4]));
        assert_eq!(
            edges(&tracks),
            [
                vec![(0, 0.0)],
                vec![(0, 4.0), (1, 1.0), (2, 4.0)],
                vec![(2, 0.0)],
                vec![(4, 0.0)]
            ],
        );
        assert!(tracks.iter().all(|track| track.video.name() == "1"));
    }

    #[test]
    fn frames_without_a_score_have_no_truth() {
        let labels = masked(&["##", "##", "##"]);
        let tracks = localisation_truth(&labels, &scores("1", &[1]));
        assert_eq!(edges(&tracks), [[(1, 0.0)]]);
        assert!(localisation_truth(&labels, &scores("1", &[7])).is_empty());
        assert!(localisation_truth(&labels, &scores("2", &[1])).is_empty());
    }

    #[test]
    fn specks_are_no_regions() {
        // Of 10,000 pixels, 5 are a region and 4 a speck.
        let row = format!("{}..{}", "#".repeat(5), "#".repeat(4));
        let row = format!("{row}{}", ".".repeat(10_000 - row.len()));
        let tracks = localisation_truth(&masked(&[&row]), &scores("1", &[0]));
        assert_eq!(edges(&tracks), [[(0, 0.0)]]);
    }

    #[test]
    fn tracks_of_the_labels_come_before_masks() {
        let rect = Rect {
            left: 9.0,
            top: 0.0,
            right: 10.0,
            bottom: 1.0,
        };
        let track = |video: &str| Track {
            video: video.into(),
            id: 3,
            boxes: vec![(FrameNumber(0), rect), (FrameNumber(1), rect)],
        };
        let labels = masked(&["##", "##"]).with_tracks(vec![track("Test001"), track("Test002")]);
        let tracks = localisation_truth(&labels, &scores("1", &[0]));
        assert_eq!(edges(&tracks), [[(0, 9.0)]]);
        assert_eq!((tracks[0].id, tracks[0].video.name()), (3, "1"));
    }
}
