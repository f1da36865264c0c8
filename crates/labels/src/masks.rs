use oddframe_core::{FrameNumber, FrameShape, Mask, PixelFormat, VideoId, VideoLabels};

use crate::{Error, MatLeaf};

/// The most runs of set pixels kept of one file, or of one folder of pictures: 256 MiB of memory. Avenue's files
/// have less than 200,000.
const MAX_RUNS: usize = 1 << 25;

/// Makes masks until they have too many runs together.
#[derive(Debug)]
pub(crate) struct RunBudget {
    limit: usize,
    kept: usize,
}

impl Default for RunBudget {
    fn default() -> Self {
        Self::new(MAX_RUNS)
    }
}

impl RunBudget {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, kept: 0 }
    }

    /// A mask of the pixels that are not zero, row by row. Runs are counted before memory is taken for them.
    pub(crate) fn mask(&mut self, width: usize, height: usize, pixels: &[u8]) -> Result<Mask, Error> {
        let first = pixels.first().is_some_and(|p| *p != 0);
        let others = pixels.windows(2).filter(|w| w[0] == 0 && w[1] != 0).count();
        self.kept = self.kept.saturating_add(usize::from(first) + others);
        if self.kept > self.limit {
            return Err(Error::TooLarge { what: "runs of set pixels", limit: self.limit as u64 });
        }
        Ok(Mask::from_pixels(width, height, pixels)?)
    }
}

/// Turns the arrays of one file into masks, one frame after the other.
#[derive(Debug, Default)]
pub(crate) struct MaskMaker {
    frames: usize,
    size: Option<(usize, usize)>,
    runs: RunBudget,
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
        self.runs.mask(width, height, &self.rows)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_all_masks_are_counted() {
        let mut runs = RunBudget::new(4);
        assert_eq!(runs.mask(3, 2, &[1, 0, 1, 1, 0, 1]).unwrap().runs().len(), 3);
        assert!(runs.mask(3, 1, &[0; 3]).is_ok());
        assert!(runs.mask(3, 1, &[0, 1, 1]).is_ok());
        let error = runs.mask(1, 1, &[1]).unwrap_err().to_string();
        assert_eq!(error, "runs of set pixels: more than the 4 that are accepted");
    }
}
