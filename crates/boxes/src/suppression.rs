use crate::Detection;

/// Removes boxes that overlap a more confident one: greedy non-maximum suppression.
///
/// Boxes are visited by falling confidence; equal ones keep their order. A box is removed when its intersection over
/// union with a box that was kept is above `max_iou`. With `within_class` only boxes of one class suppress each other.
/// The remaining boxes are sorted by falling confidence.
///
/// ```
/// use oddframe_boxes::{Detection, suppress_overlaps};
/// use oddframe_core::Rect;
/// let area = Rect { left: 0.0, top: 0.0, right: 10.0, bottom: 20.0 };
/// let nearly_equal = Rect { left: 1.0, ..area };
/// let mut boxes = vec![Detection::new(nearly_equal, 0.6, "person"), Detection::new(area, 0.9, "person")];
/// suppress_overlaps(&mut boxes, 0.5, true);
/// assert_eq!(boxes, [Detection::new(area, 0.9, "person")]);
/// ```
pub fn suppress_overlaps(detections: &mut Vec<Detection>, max_iou: f64, within_class: bool) {
    // A stable sort, so that the result depends on the order of the boxes and nothing else.
    detections.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut kept: Vec<Detection> = Vec::with_capacity(detections.len());
    for candidate in detections.drain(..) {
        let suppressed = kept.iter().any(|stronger| {
            (!within_class || stronger.class == candidate.class)
                && stronger.area.iou(candidate.area) > max_iou
        });
        if !suppressed {
            kept.push(candidate);
        }
    }
    *detections = kept;
}

#[cfg(test)]
mod tests {
    use oddframe_core::Rect;

    use super::*;

    fn at(left: f64, confidence: f32, class: &str) -> Detection {
        let area = Rect {
            left,
            top: 0.0,
            right: left + 10.0,
            bottom: 10.0,
        };
        Detection::new(area, confidence, class)
    }

    #[test]
    fn a_chain_of_overlaps_loses_only_the_boxes_next_to_a_kept_one() {
        // Neighbours share 2/3 of their union, boxes two apart share 3/7.
        let mut boxes = vec![
            at(0.0, 0.9, "person"),
            at(2.0, 0.8, "person"),
            at(4.0, 0.7, "person"),
        ];
        suppress_overlaps(&mut boxes, 0.5, true);
        assert_eq!(boxes, [at(0.0, 0.9, "person"), at(4.0, 0.7, "person")]);
    }

    #[test]
    fn other_classes_are_kept_unless_asked() {
        let boxes = vec![at(0.0, 0.9, "person"), at(0.0, 0.8, "bicycle")];
        let mut within = boxes.clone();
        suppress_overlaps(&mut within, 0.5, true);
        assert_eq!(within.len(), 2);
        let mut across = boxes;
        suppress_overlaps(&mut across, 0.5, false);
        assert_eq!(across, [at(0.0, 0.9, "person")]);
    }

    #[test]
    fn equal_confidences_keep_the_first_box() {
        let mut boxes = vec![at(1.0, 0.5, "person"), at(0.0, 0.5, "person")];
        suppress_overlaps(&mut boxes, 0.5, true);
        assert_eq!(boxes, [at(1.0, 0.5, "person")]);
    }
}
