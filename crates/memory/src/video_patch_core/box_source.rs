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
/// let settings = VideoPatchCoreSettings {
///     boxes: "missing.csv".into(),
///     training_boxes: Some("normal.csv".into()),
///     ..settings
/// };
/// assert!(BoxSource::open(&settings).unwrap_err().to_string().contains("normal.csv"));
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

fn read(path: &str) -> Result<Arc<DetectionTable>, Error> {
    Ok(Arc::new(DetectionTable::read(Path::new(path))?))
}

impl BoxSource {
    /// The boxes that the settings ask for: reads the files.
    ///
    /// # Errors
    /// When a file cannot be read or has an invalid line, training boxes are given with the foreground proposer, or boxes to
    /// score without training boxes: data sets often use the same names for training and test videos.
    pub fn open(settings: &VideoPatchCoreSettings) -> Result<Self, Error> {
        match (&*settings.boxes, settings.training_boxes.as_deref()) {
            (FOREGROUND, None) => Ok(Self::Foreground),
            (FOREGROUND, Some(_)) => Err(Error::TrainingBoxesAlone),
            (_, None) => Err(Error::NoTrainingBoxes),
            (scoring, Some(training)) if scoring == training => Ok(Self::Table(read(training)?)),
            (scoring, Some(training)) => Ok(Self::Tables {
                training: read(training)?,
                scoring: read(scoring)?,
            }),
        }
    }
}
