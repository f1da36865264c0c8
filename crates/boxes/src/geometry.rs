//! Boxes made larger, square, or cut at the edges of a frame.

use oddframe_core::Rect;

use crate::Detection;

/// Moves each edge of a box outwards: left and right by `horizontal` widths, top and bottom by `vertical` heights.
///
/// ```
/// use oddframe_boxes::grow_rect;
/// use oddframe_core::Rect;
/// let person = Rect { left: 10.0, top: 10.0, right: 20.0, bottom: 40.0 };
/// assert_eq!(grow_rect(person, 0.5, 0.2), Rect { left: 5.0, top: 4.0, right: 25.0, bottom: 46.0 });
/// ```
pub fn grow_rect(rect: Rect, horizontal: f64, vertical: f64) -> Rect {
    let dx = (rect.right - rect.left) * horizontal;
    let dy = (rect.bottom - rect.top) * vertical;
    Rect {
        left: rect.left - dx,
        top: rect.top - dy,
        right: rect.right + dx,
        bottom: rect.bottom + dy,
    }
}

/// The square around the centre of a box whose side is the longer side of the box.
///
/// ```
/// use oddframe_boxes::square_rect;
/// use oddframe_core::Rect;
/// let person = Rect { left: 10.0, top: 10.0, right: 20.0, bottom: 40.0 };
/// assert_eq!(square_rect(person), Rect { left: 0.0, top: 10.0, right: 30.0, bottom: 40.0 });
/// ```
pub fn square_rect(rect: Rect) -> Rect {
    let half = (rect.right - rect.left).max(rect.bottom - rect.top) / 2.0;
    let (x, y) = (
        f64::midpoint(rect.left, rect.right),
        f64::midpoint(rect.top, rect.bottom),
    );
    Rect {
        left: x - half,
        top: y - half,
        right: x + half,
        bottom: y + half,
    }
}

/// The part of a box inside a frame of this size; none when no area is left.
///
/// ```
/// use oddframe_boxes::clip_rect;
/// use oddframe_core::Rect;
/// let rect = Rect { left: -4.0, top: 2.0, right: 6.0, bottom: 12.0 };
/// assert_eq!(clip_rect(rect, 8, 8), Some(Rect { left: 0.0, top: 2.0, right: 6.0, bottom: 8.0 }));
/// assert_eq!(clip_rect(Rect { right: 0.0, ..rect }, 8, 8), None);
/// ```
pub fn clip_rect(rect: Rect, width: usize, height: usize) -> Option<Rect> {
    let clipped = Rect {
        left: rect.left.max(0.0),
        top: rect.top.max(0.0),
        right: rect.right.min(width as f64),
        bottom: rect.bottom.min(height as f64),
    };
    (clipped.right > clipped.left && clipped.bottom > clipped.top).then_some(clipped)
}

/// What clipping changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClipCounts {
    /// Boxes that reached over an edge of the frame and were cut.
    pub clipped: usize,
    /// Boxes wholly outside the frame, which were removed.
    pub dropped: usize,
}

impl ClipCounts {
    /// Adds the counts of other frames.
    pub fn add(&mut self, other: Self) {
        self.clipped += other.clipped;
        self.dropped += other.dropped;
    }
}

/// Cuts boxes at the edges of a frame of this size, removes those wholly outside, and counts both.
///
/// ```
/// use oddframe_boxes::{Detection, clip_detections};
/// use oddframe_core::Rect;
/// let inside = Rect { left: 1.0, top: 1.0, right: 4.0, bottom: 6.0 };
/// let boxes = [inside, Rect { right: 9.0, ..inside }, Rect { left: 8.0, right: 9.0, ..inside }];
/// let mut boxes: Vec<_> = boxes.map(|area| Detection::new(area, 0.5, "person")).into();
/// let counts = clip_detections(&mut boxes, 8, 8);
/// assert_eq!((counts.clipped, counts.dropped, boxes.len()), (1, 1, 2));
/// ```
pub fn clip_detections(detections: &mut Vec<Detection>, width: usize, height: usize) -> ClipCounts {
    let mut counts = ClipCounts::default();
    detections.retain_mut(|detection| {
        if let Some(area) = clip_rect(detection.area, width, height) {
            counts.clipped += usize::from(area != detection.area);
            detection.area = area;
            true
        } else {
            counts.dropped += 1;
            false
        }
    });
    counts
}
