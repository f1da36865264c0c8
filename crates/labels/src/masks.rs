use oddframe_core::{FrameNumber, FrameShape, Mask, PixelFormat, VideoId, VideoLabels};

use crate::{Error, MatLeaf};

/// The most runs of set pixels kept of one file: 256 MiB of memory. Avenue's files have less than 200,000.
const MAX_RUNS: usize = 1 << 25;

/// Turns the arrays of one file into masks, one frame after the other.
#[derive(Debug, Default)]
pub(crate) struct MaskMaker {
    frames: usize,
    size: Option<(usize, usize)>,
    runs: usize,
    rows: Vec<u8>,
}

impl MaskMaker {
    /// Makes the mask of the next frame: pixels are set where the number is not zero.
    pub(crate) fn mask(&mut self, leaf: &MatLeaf<'_>) -> Result<Mask, Error> {
        let frame = self.frames;
        self.frames += 1;
        let [height, width] = *leaf.shape() else {
            return Err(Error::MaskShape { frame, shape: leaf.shape().to_vec() });
        };
        if FrameShape::new(width, height, PixelFormat::Gray).is_err() {
            return Err(Error::MaskShape { frame, shape: leaf.shape().to_vec() });
        }
        if *self.size.get_or_insert((width, height)) != (width, height) {
            return Err(Error::MaskSize { frame, width, height });
        }
        if leaf.bytes().is_some_and(is_blank) {
            return Ok(Mask::empty(width, height));
        }
        self.rows.clear();
        self.rows.resize(leaf.len(), 0);
        match leaf.bytes() {
            Some(bytes) => self.turn(bytes, height, width),
            None => self.turn(&leaf.values().map(|v| u8::from(v != 0.0)).collect::<Vec<_>>(), height, width),
        }
        let mask = Mask::from_pixels(width, height, &self.rows)?;
        self.runs += mask.runs().len();
        if self.runs > MAX_RUNS {
            return Err(Error::TooLarge { what: "runs of set pixels", limit: MAX_RUNS as u64 });
        }
        Ok(mask)
    }

    /// Turns columns into rows.
    fn turn(&mut self, columns: &[u8], height: usize, width: usize) {
        for (x, column) in columns.chunks_exact(height).enumerate() {
            if !is_blank(column) {
                for (y, pixel) in column.iter().enumerate() {
                    self.rows[y * width + x] = *pixel;
                }
            }
        }
    }
}

/// Most frames and most columns are; without a way out early, this runs over many bytes at a time.
fn is_blank(pixels: &[u8]) -> bool {
    pixels.iter().fold(0, |any, pixel| any | pixel) == 0
}

/// Labels of a video whose masks belong to consecutive frames.
pub(crate) fn mask_labels(id: VideoId, masks: Vec<Mask>, first_number: u64) -> Result<VideoLabels, Error> {
    let numbers = (first_number..).take(masks.len()).map(FrameNumber).collect();
    Ok(VideoLabels::from_masks(id, numbers, masks)?)
}
