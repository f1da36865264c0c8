use oddframe_core::{FrameSource, Rect};

use crate::SceneVideo;
use crate::brush::Brush;
use crate::cast::Cast;
use crate::surface::Silhouette;

/// Where the abnormal things of a video are seen, frame by frame.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    /// For each frame, each visible abnormal thing's tag and the box around its visible pixels, by tag.
    pub(crate) frames: Vec<Vec<(u8, Rect)>>,
}

impl Truth {
    pub(crate) fn of(video: &SceneVideo) -> Self {
        let mut silhouette = Silhouette::new(video.stage.width, video.stage.height);
        let mut boxes_of = |index: usize| {
            silhouette.clear();
            if cover(video, index, &mut silhouette) {
                boxes(&silhouette, video.stage.width)
            } else {
                Vec::new()
            }
        };
        Self { frames: (0..video.numbers().len()).map(&mut boxes_of).collect() }
    }

    /// The abnormal pixels of one frame.
    pub(crate) fn silhouette(video: &SceneVideo, index: usize) -> Silhouette {
        let mut silhouette = Silhouette::new(video.stage.width, video.stage.height);
        cover(video, index, &mut silhouette);
        silhouette
    }
}

/// Covers the abnormal things' pixels with their tags and uncovers what hides them; false when there is none.
fn cover(video: &SceneVideo, index: usize, silhouette: &mut Silhouette) -> bool {
    let Ok(number) = video.number_at(index) else { return false };
    let t = video.time(number);
    if video.actors.iter().all(|actor| actor.tag(t) == 0) {
        return false;
    }
    let cast = Cast::at(&video.actors, video.stage.camera, t);
    let view = video.view(t);
    let veil = Some(video.stage.veil(video.unrest.jitter(t)));
    // What is farther than the farthest abnormal thing hides nothing of it.
    for (actor, placement) in cast.iter().skip_while(|(actor, _)| actor.tag(t) == 0) {
        silhouette.tag = actor.tag(t);
        let mut brush = Brush { surface: &mut *silhouette, veil, depth: 0.0 };
        actor.paint(&mut brush, view, placement, t);
    }
    true
}

fn boxes(silhouette: &Silhouette, width: usize) -> Vec<(u8, Rect)> {
    let mut found: Vec<(u8, Rect)> = Vec::new();
    for (y, row) in silhouette.tags().chunks_exact(width).enumerate() {
        if row.iter().all(|tag| *tag == 0) {
            continue;
        }
        for (x, tag) in row.iter().enumerate().filter(|(_, tag)| **tag != 0) {
            let (x, y) = (x as f64, y as f64);
            match found.iter_mut().find(|(known, _)| known == tag) {
                Some((_, rect)) => {
                    rect.left = rect.left.min(x);
                    rect.right = rect.right.max(x + 1.0);
                    rect.bottom = y + 1.0;
                }
                None => found.push((*tag, Rect { left: x, top: y, right: x + 1.0, bottom: y + 1.0 })),
            }
        }
    }
    found.sort_by_key(|(tag, _)| *tag);
    found
}
