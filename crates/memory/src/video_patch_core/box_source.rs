use std::path::Path;
use std::sync::Arc;

use oddframe_boxes::DetectionTable;

use super::VideoPatchCoreSettings;
use crate::Error;

/// The setting that asks for the foreground proposer.
pub(super) const FOREGROUND: &str = "foreground";

/// Where the boxes around people come from.
///
/// ```
/// use oddframe_memory::{BoxSource, VideoPatchCoreSettings};
/// let settings = VideoPatchCoreSettings::default();
/// assert!(matches!(BoxSource::open(&settings)?, BoxSource::Foreground));
/// let settings = VideoPatchCoreSettings { boxes: "missing.csv".into(), ..settings };
/// assert!(BoxSource::open(&settings).unwrap_err().to_string().contains("missing.csv"));
/// # Ok::<(), oddframe_memory::Error>(())
/// ```
#[derive(Debug, Clone)]
pub enum BoxSource {
    /// Whatever stands out from the background; learned from the training videos.
    Foreground,
    /// Cached detections.
    Tables {
        /// Those of the training videos. Training refuses a table that names other videos.
        training: Arc<DetectionTable>,
        /// Those of the videos to score.
        scoring: Arc<DetectionTable>,
    },
    /// Cached detections of the training videos and of those to score together, where no two videos share a name.
    Table(Arc<DetectionTable>),
}

impl BoxSource {
    /// The boxes that the settings ask for: reads the files.
    ///
    /// # Errors
    /// When a file cannot be read or has an invalid line, or training boxes are given with the foreground proposer.
    pub fn open(settings: &VideoPatchCoreSettings) -> Result<Self, Error> {
        let read = |path: &String| -> Result<_, Error> {
            Ok(Arc::new(DetectionTable::read(Path::new(path))?))
        };
        match (&*settings.boxes, &settings.training_boxes) {
            (FOREGROUND, None) => Ok(Self::Foreground),
            (FOREGROUND, Some(_)) => Err(Error::TrainingBoxesAlone),
            (_, None) => Ok(Self::Table(read(&settings.boxes)?)),
            (scoring, Some(training)) if scoring == training => Ok(Self::Table(read(training)?)),
            (_, Some(training)) => Ok(Self::Tables {
                training: read(training)?,
                scoring: read(&settings.boxes)?,
            }),
        }
    }
}
