//! The ground truth: which pixels show something abnormal.

use oddframe_core::{FrameNumber, Rect};

use crate::brush::Brush;
use crate::cast::Cast;
use crate::shot::Shot;
use crate::surface::Silhouette;

/// The bounding boxes of the abnormal actors of a video, frame by frame.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    /// For each frame, the tag of each visible abnormal actor and the box around its visible
    /// pixels, by tag.
    pub(crate) frames: Vec<Vec<(u8, Rect)>>,
}

impl Truth {
    /// Computes the boxes of all frames.
    pub(crate) fn compute(shot: &Shot) -> Self {
        let mut silhouette = Silhouette::new(shot.stage.width, shot.stage.height);
        let mut frames = Vec::new();
        for number in shot.video.numbers() {
            silhouette.clear();
            frames.push(if paint_tags(shot, *number, &mut silhouette) {
                bounding_boxes(&silhouette, shot.stage.width)
            } else {
                Vec::new()
            });
        }
        Self { frames }
    }
}

/// The abnormal pixels of one frame.
pub(crate) fn abnormal_pixels(shot: &Shot, number: FrameNumber) -> Silhouette {
    let mut silhouette = Silhouette::new(shot.stage.width, shot.stage.height);
    paint_tags(shot, number, &mut silhouette);
    silhouette
}

/// Paints the abnormal actors with their tags and the actors in front of them with 0, so that the
/// visible abnormal pixels remain. Returns whether there is an abnormal actor.
fn paint_tags(shot: &Shot, number: FrameNumber, silhouette: &mut Silhouette) -> bool {
    let t = shot.time_of(number);
    if shot.actors.iter().all(|actor| actor.tag_at(t) == 0) {
        return false;
    }
    let cast = Cast::at_time(&shot.actors, shot.stage.camera, t);
    let view = shot.view_at(t);
    let veil = Some(shot.stage.veil_for(shot.unrest.camera_jitter(t)));
    // The actors behind the farthest abnormal one hide nothing of it.
    for (actor, placement) in cast.iter().skip_while(|(actor, _)| actor.tag_at(t) == 0) {
        silhouette.tag = actor.tag_at(t);
        let mut brush = Brush {
            surface: &mut *silhouette,
            veil,
            depth: 0.0,
        };
        actor.paint_figure(&mut brush, view, placement, t);
    }
    true
}

/// The box around the pixels of each tag.
fn bounding_boxes(silhouette: &Silhouette, width: usize) -> Vec<(u8, Rect)> {
    let mut found: Vec<(u8, Rect)> = Vec::new();
    for (y, row) in silhouette.tags().chunks_exact(width).enumerate() {
        // Most rows show nothing abnormal.
        if row.iter().all(|tag| *tag == 0) {
            continue;
        }
        for (x, tag) in row.iter().enumerate().filter(|(_, tag)| **tag != 0) {
            let (x, y) = (x as f64, y as f64);
            // Rows come from top to bottom, so the first pixel of a tag fixes the top of its box.
            match found.iter_mut().find(|(known, _)| known == tag) {
                Some((_, rect)) => {
                    rect.left = rect.left.min(x);
                    rect.right = rect.right.max(x + 1.0);
                    rect.bottom = y + 1.0;
                }
                None => found.push((
                    *tag,
                    Rect {
                        left: x,
                        top: y,
                        right: x + 1.0,
                        bottom: y + 1.0,
                    },
                )),
            }
        }
    }
    found.sort_by_key(|(tag, _)| *tag);
    found
}
