use std::sync::Arc;

use oddframe_core::Rect;

/// One object that a detector found in a frame.
///
/// ```
/// use oddframe_boxes::Detection;
/// use oddframe_core::Rect;
/// let area = Rect { left: 104.0, top: 140.0, right: 122.0, bottom: 171.0 };
/// let person = Detection::new(area, 0.7, "person");
/// assert_eq!(person.area.area(), 18.0 * 31.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// The box in pixels of the original frame; right and bottom are exclusive edges.
    pub area: Rect,
    /// How sure the detector is, from 0 to 1.
    pub confidence: f32,
    /// The class of the object, such as `person`. The detections of a table share the text of equal classes.
    pub class: Arc<str>,
}

impl Detection {
    /// A detection of this class.
    pub fn new(area: Rect, confidence: f32, class: &str) -> Self {
        Self {
            area,
            confidence,
            class: class.into(),
        }
    }
}

/// Selects detections by their confidence and their class.
///
/// ```
/// use oddframe_boxes::{Detection, DetectionFilter};
/// use oddframe_core::Rect;
/// let filter = DetectionFilter::new().with_confidence_above(0.4).with_classes(["person"]);
/// let area = Rect { left: 0.0, top: 0.0, right: 8.0, bottom: 16.0 };
/// assert!(filter.accepts(&Detection::new(area, 0.5, "person")));
/// assert!(!filter.accepts(&Detection::new(area, 0.4, "person")));
/// assert!(!filter.accepts(&Detection::new(area, 0.5, "skateboard")));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DetectionFilter {
    above: Option<f32>,
    classes: Vec<String>,
}

impl DetectionFilter {
    /// Accepts every detection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts only detections with a confidence above this one; one that is equal is refused.
    #[must_use]
    pub fn with_confidence_above(self, confidence: f32) -> Self {
        Self {
            above: Some(confidence),
            ..self
        }
    }

    /// Accepts only these classes; an empty list stands for every class.
    #[must_use]
    pub fn with_classes<C: Into<String>>(self, classes: impl IntoIterator<Item = C>) -> Self {
        Self {
            classes: classes.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// Whether a detection counts.
    pub fn accepts(&self, detection: &Detection) -> bool {
        let sure = self.above.is_none_or(|above| detection.confidence > above);
        let known =
            self.classes.is_empty() || self.classes.iter().any(|class| **class == *detection.class);
        sure && known
    }
}
