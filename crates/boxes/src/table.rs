#[cfg(feature = "json")]
mod json_lines;
pub(crate) mod row;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oddframe_core::{FrameNumber, VideoId};

use self::row::{COLUMNS, Fields, parse_row};
use crate::csv::{parse_csv, read_text};
#[cfg(not(feature = "json"))]
use crate::error::Problem;
use crate::error::invalid;
use crate::geometry::{ClipCounts, clip_detections};
use crate::{Detection, DetectionFilter, Error};

/// How many names an error lists.
const LISTED_NAMES: usize = 5;

/// The detections of many videos, as a detector left them in a file.
///
/// The file is CSV with the columns `video,frame,x1,y1,x2,y2,confidence,class`, or JSON lines with these keys; the content
/// decides which. Columns may have any order, and further ones are ignored. `frame` is the frame's own number, as its file
/// name has it. Boxes are in pixels of the original frame, `x2` and `y2` are exclusive. Video names compare as [`VideoId`] does: `01` is `1`. A frame without a row has no box.
///
/// ```
/// use oddframe_boxes::{DetectionFilter, DetectionTable};
/// use oddframe_core::FrameNumber;
///
/// let text = "video,frame,x1,y1,x2,y2,confidence,class\n\
///             01,005,104.2,140.3,122.4,171.5,0.699,person\n\
///             01,005,84.0,123.0,96.6,154.4,0.291,person\n";
/// let mut table = DetectionTable::parse(text)?;
/// table.retain(&DetectionFilter::new().with_confidence_above(0.4));
/// let boxes = table.boxes(&"1".into(), FrameNumber(5));
/// assert_eq!(boxes.len(), 1);
/// assert_eq!(&*boxes[0].class, "person");
/// assert!(table.boxes(&"1".into(), FrameNumber(6)).is_empty());
/// # Ok::<(), oddframe_boxes::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DetectionTable {
    /// The file, for errors.
    path: Option<PathBuf>,
    videos: BTreeMap<VideoId, BTreeMap<FrameNumber, Vec<Detection>>>,
}

impl DetectionTable {
    /// Reads a file of detections.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is invalid: the error names the path, the line and the column.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = read_text(path)?;
        let mut table = Self::parse(&text).map_err(|error| error.in_file(path))?;
        table.path = Some(path.to_path_buf());
        Ok(table)
    }

    /// Parses the text of such a file.
    ///
    /// # Errors
    /// When a line is invalid: the error names the line and the column.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut builder = Builder::default();
        if text.trim_start().starts_with('{') {
            #[cfg(feature = "json")]
            json_lines::parse(text, &mut builder)?;
            #[cfg(not(feature = "json"))]
            return Err(invalid(1, Problem::JsonUnsupported));
        } else {
            parse_csv(text, COLUMNS, |fields, line| builder.add_row(fields, line))?;
        }
        Ok(Self {
            path: None,
            videos: builder.videos,
        })
    }

    /// The boxes of a frame, in the order of the file; none for a frame or a video without a row.
    pub fn boxes(&self, video: &VideoId, frame: FrameNumber) -> &[Detection] {
        let boxes = self.videos.get(video).and_then(|frames| frames.get(&frame));
        boxes.map_or(&[], Vec::as_slice)
    }

    /// The videos with a row, in natural order.
    pub fn videos(&self) -> impl ExactSizeIterator<Item = &VideoId> {
        self.videos.keys()
    }

    /// The number of boxes.
    pub fn len(&self) -> usize {
        let frames = self.videos.values().flat_map(BTreeMap::values);
        frames.map(Vec::len).sum()
    }

    /// Whether there is no box.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checks that every video of the table is one of `known`, the videos of a data set.
    ///
    /// # Errors
    /// [`Error::UnknownVideos`] with the names of the others.
    pub fn check_videos(&self, known: &[VideoId]) -> Result<(), Error> {
        let known_set: BTreeSet<&VideoId> = known.iter().collect();
        let unknown: Vec<&VideoId> = self
            .videos()
            .filter(|video| !known_set.contains(video))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let named = unknown.iter().take(LISTED_NAMES);
        Err(Error::UnknownVideos {
            path: self.path.clone(),
            count: unknown.len(),
            names: named.map(ToString::to_string).collect(),
            known: known.len(),
            example: known.first().map(ToString::to_string).unwrap_or_default(),
        })
    }

    /// Removes the boxes that a filter does not accept. Their videos stay known to [`Self::check_videos`].
    pub fn retain(&mut self, filter: &DetectionFilter) {
        for boxes in self.videos.values_mut().flat_map(BTreeMap::values_mut) {
            boxes.retain(|detection| filter.accepts(detection));
        }
    }

    /// Cuts the boxes of a video at the edges of its frames, removes those wholly outside, and counts both.
    pub fn clip_video(&mut self, video: &VideoId, width: usize, height: usize) -> ClipCounts {
        let mut counts = ClipCounts::default();
        for boxes in self
            .videos
            .get_mut(video)
            .into_iter()
            .flat_map(BTreeMap::values_mut)
        {
            counts.add(clip_detections(boxes, width, height));
        }
        counts
    }
}

/// Collects the rows of a file.
#[derive(Default)]
struct Builder {
    videos: BTreeMap<VideoId, BTreeMap<FrameNumber, Vec<Detection>>>,
    /// The classes so far: a file has many rows and few classes.
    classes: BTreeSet<Arc<str>>,
}

impl Builder {
    fn add_row(&mut self, fields: &Fields<'_>, line: usize) -> Result<(), Error> {
        let row = parse_row(fields).map_err(|problem| invalid(line, problem))?;
        let class = if let Some(class) = self.classes.get(row.class) {
            Arc::clone(class)
        } else {
            let class: Arc<str> = row.class.into();
            self.classes.insert(Arc::clone(&class));
            class
        };
        let frames = self.videos.entry(VideoId::new(row.video)).or_default();
        frames.entry(row.frame).or_default().push(Detection {
            area: row.area,
            confidence: row.confidence,
            class,
        });
        Ok(())
    }
}
