use crate::{FrameNumber, VideoId};

/// A box in pixels: from (`left`, `top`) up to, not including, (`right`, `bottom`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Smallest x.
    pub left: f64,
    /// Smallest y.
    pub top: f64,
    /// First x to the right of the box.
    pub right: f64,
    /// First y below the box.
    pub bottom: f64,
}

impl Rect {
    /// The area; 0 when `right` is not above `left` or `bottom` is not above `top`.
    pub fn area(self) -> f64 {
        (self.right - self.left).max(0.0) * (self.bottom - self.top).max(0.0)
    }

    /// Intersection over union: the shared area divided by the joint area; 0 when both boxes are empty.
    pub fn iou(self, other: Self) -> f64 {
        let shared = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
        .area();
        // Inclusion and exclusion: the sum of the two areas counts the shared part twice.
        let joint = self.area() + other.area() - shared;
        if joint > 0.0 { shared / joint } else { 0.0 }
    }
}

/// The track of one abnormal object through a video: a box in each frame where it is visible.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// The video.
    pub video: VideoId,
    /// The track's number within the data set.
    pub id: u64,
    /// The box in each frame, in the order of the frames.
    pub boxes: Vec<(FrameNumber, Rect)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_of_boxes() {
        let rect = |left, top, right, bottom| Rect {
            left,
            top,
            right,
            bottom,
        };
        let a = rect(0., 0., 4., 4.);
        assert_eq!(a.iou(a), 1.0);
        assert_eq!(a.iou(rect(2., 0., 6., 4.)), 8.0 / 24.0);
        assert_eq!(a.iou(rect(4., 0., 6., 4.)), 0.0);
        assert_eq!(a.iou(rect(3., 3., 1., 1.)), 0.0);
        assert_eq!(rect(1., 1., 1., 1.).iou(rect(1., 1., 1., 1.)), 0.0);
    }
}
