use std::sync::Arc;

use oddframe_core::{Frame, FrameShape, PixelFormat};

use super::components::{Labeller, Region};
use super::gray::{Smoother, check_size};
use super::mask::Masker;
use super::model::rect_of;
use super::running_median::RunningMedian;
use super::{ForegroundModel, ForegroundSettings, HeightProfile};
use crate::{Detection, Error};

/// The class of the boxes: the proposer does not know what it sees.
const CLASS: &str = "foreground";

/// The usual width of a person as a part of the height: wider regions are groups.
const WIDTH_OF_PERSON: f64 = 0.45;

/// Regions higher than this part of the expected height are people behind each other.
const HEIGHT_OF_PERSON: f64 = 1.2;

/// Smoothing widens a region by about a pixel on each side.
const SMOOTHING_MARGIN: usize = 2;

/// A piece of a region with fewer pixels shows no object.
const PIXELS_IN_PIECE: usize = 5;

/// Proposes boxes around whatever stands out from the background, frame by frame and without weights.
///
/// A pixel belongs to an object when it differs from the background by several standard deviations of the noise. Connected
/// pixels form regions; regions that are too small for an object at their place are dropped, and those that are too large
/// are split into pieces of the expected size. The background is a running median, so that only past frames count; with a
/// [`ForegroundModel`] it begins as the median of normal video, and the expected size follows the perspective.
///
/// The confidence of a box is the mean of d / (d + t) over its pixels, where d is the distance to the background and t the
/// threshold: just above one half for an object that hardly stands out, near 1 for one of high contrast. The class is
/// `foreground`.
///
/// When objects would cover more than half of a frame (`max_share` of the settings), the frame has no boxes and becomes the background: the
/// camera moved, or the light changed suddenly. Without a model the first frame of a video has no boxes either.
///
/// ```
/// use oddframe_boxes::{ForegroundBoxes, ForegroundSettings};
/// use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};
///
/// let shape = FrameShape::new(60, 48, PixelFormat::Gray)?;
/// let empty = Frame::from_pixels(shape, FrameNumber(0), vec![90; 60 * 48])?;
/// // A bright person of 5x10 pixels.
/// let mut person = empty.clone();
/// for y in 20..30 {
///     person.pixels_mut()[y * 60 + 30..][..5].fill(200);
/// }
///
/// let mut proposer = ForegroundBoxes::new(ForegroundSettings::default())?;
/// assert!(proposer.push(&empty)?.is_empty());
/// let boxes = proposer.push(&person)?;
/// assert_eq!(boxes.len(), 1);
/// assert!(boxes[0].area.left <= 30.0 && boxes[0].area.right >= 35.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ForegroundBoxes {
    settings: ForegroundSettings,
    model: Option<Arc<ForegroundModel>>,
    /// The size of the frames of the current video, once it is known.
    shape: Option<FrameShape>,
    background: Option<RunningMedian>,
    heights: HeightProfile,
    smoother: Smoother,
    picture: Vec<u8>,
    masker: Masker,
    labeller: Labeller,
    class: Arc<str>,
    detections: Vec<Detection>,
}

impl ForegroundBoxes {
    /// A proposer that learns the background of each video from its own past frames.
    ///
    /// # Errors
    /// When a setting is not possible.
    pub fn new(settings: ForegroundSettings) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self {
            settings,
            model: None,
            shape: None,
            background: None,
            heights: HeightProfile::constant(1.0),
            smoother: Smoother::default(),
            picture: Vec::new(),
            masker: Masker::default(),
            labeller: Labeller::default(),
            class: CLASS.into(),
            detections: Vec::new(),
        })
    }

    /// Begins every video with a learned background, and expects objects of the learned heights.
    #[must_use]
    pub fn with_model(mut self, model: Arc<ForegroundModel>) -> Self {
        self.model = Some(model);
        self.start();
        self
    }

    /// Begins a video: forgets the background of the one before.
    pub fn start(&mut self) {
        self.detections.clear();
        self.shape = self.model.as_ref().map(|model| model.shape());
        if let Some(model) = &self.model {
            self.background = Some(RunningMedian::from_learned(&model.background));
            self.heights = model.heights;
        } else {
            self.background = None;
        }
    }

    /// The boxes of the next frame, from left to right within the order of their regions.
    ///
    /// # Errors
    /// When the frame has a size other than that of the frames before it, or of the model.
    pub fn push(&mut self, frame: &Frame) -> Result<&[Detection], Error> {
        self.detections.clear();
        let shape = *self.shape.get_or_insert_with(|| {
            let shape = frame.shape().with_format(PixelFormat::Gray);
            self.heights = HeightProfile::unknown(shape.height());
            shape
        });
        check_size(shape, frame)?;
        self.smoother.smooth_into(frame, &mut self.picture);
        let Some(background) = &mut self.background else {
            self.background = Some(RunningMedian::from_frame(&self.picture));
            return Ok(&[]);
        };
        let share = self
            .masker
            .mark(&self.picture, &background.levels, &self.settings);
        if share > self.settings.max_share {
            *background = RunningMedian::from_frame(&self.picture);
            return Ok(&[]);
        }
        // The update includes pixels of objects: the median ignores objects that pass, and an object that stays long
        // enough becomes part of the background.
        background.follow(&self.picture, self.settings.adaptation);
        self.masker.close(shape.width());
        self.labeller.label(&self.masker.mask, shape.width());
        for number in 0..self.labeller.regions.len() {
            self.propose_region(number, shape.width());
        }
        Ok(&self.detections)
    }

    /// Adds the boxes of a region: one, or one for each piece of the expected size.
    fn propose_region(&mut self, number: usize, width: usize) {
        let region = self.labeller.regions[number];
        let expected = self.heights.height_at(region.bottom as f64);
        let min_area = f64::from(self.settings.min_area) * expected * expected;
        let min_height = f64::from(self.settings.min_height) * expected;
        if (region.pixels as f64) < min_area || (region.height() as f64) < min_height {
            return;
        }
        // People side by side or behind each other form one region. One that is wider or higher than a person is cut into
        // equal cells, and each cell gives the box around the pixels of the region in it.
        let columns = count_pieces(region.width(), WIDTH_OF_PERSON * expected);
        let rows = count_pieces(region.height(), HEIGHT_OF_PERSON * expected);
        for row in 0..rows {
            for column in 0..columns {
                let cell = Region {
                    left: region.left + region.width() * column / columns,
                    right: region.left + region.width() * (column + 1) / columns,
                    top: region.top + region.height() * row / rows,
                    bottom: region.top + region.height() * (row + 1) / rows,
                    pixels: 0,
                };
                self.propose_piece(number, cell, width);
            }
        }
    }

    /// Adds the box around the pixels of a region within a cell.
    fn propose_piece(&mut self, number: usize, cell: Region, width: usize) {
        let label = number as u32 + 1;
        let threshold = self.masker.threshold;
        let mut piece: Option<Region> = None;
        let (mut certainty, mut marked) = (0.0, 0_u32);
        for y in cell.top..cell.bottom {
            for x in cell.left..cell.right {
                let place = y * width + x;
                if self.labeller.labels[place] != label {
                    continue;
                }
                // Pixels that only the closing added say nothing about the contrast.
                let distance = self.masker.distances[place];
                if distance > threshold {
                    certainty += f64::from(distance / (distance + threshold));
                    marked += 1;
                }
                let piece = piece.get_or_insert(Region {
                    left: x,
                    top: y,
                    right: x,
                    bottom: y,
                    pixels: 0,
                });
                piece.left = piece.left.min(x);
                piece.right = piece.right.max(x + 1);
                piece.bottom = y + 1;
                piece.pixels += 1;
            }
        }
        if let Some(piece) = piece.filter(|piece| piece.pixels >= PIXELS_IN_PIECE) {
            self.detections.push(Detection {
                area: rect_of(piece),
                confidence: (certainty / f64::from(marked.max(1))) as f32,
                class: Arc::clone(&self.class),
            });
        }
    }
}

/// How many objects of the expected extent a region holds, side by side: at least one, and no more than it has pixels.
fn count_pieces(extent: usize, expected: f64) -> usize {
    let objects = extent.saturating_sub(SMOOTHING_MARGIN) as f64 / expected;
    (objects.round() as usize).clamp(1, extent)
}
