use oddframe_core::{FrameNumber, FrameShape, Mask, PixelFormat, VideoId, VideoLabels};

use crate::Error;
use crate::mat::MatLeaf;

/// The most runs of set pixels kept for one file, or for one folder of images: 256 MiB of memory. Avenue's
/// files have fewer than 200,000.
const MAX_RUNS: usize = 1 << 25;

/// Counts the runs of all masks that are made, and refuses masks above a limit.
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

    /// The mask of the pixels that are not zero, row by row. Runs are counted before memory is allocated for
    /// them.
    pub(crate) fn add_mask(
        &mut self,
        width: usize,
        height: usize,
        pixels: &[u8],
    ) -> Result<Mask, Error> {
        // A run starts at every change from unset to set, and at a set first pixel.
        let first = pixels.first().is_some_and(|p| *p != 0);
        let others = pixels.windows(2).filter(|w| w[0] == 0 && w[1] != 0).count();
        self.kept = self.kept.saturating_add(usize::from(first) + others);
        if self.kept > self.limit {
            return Err(Error::TooLarge {
                what: "runs of set pixels",
                limit: self.limit as u64,
            });
        }
        Ok(Mask::from_pixels(width, height, pixels)?)
    }
}

/// Converts the arrays of one file into masks, frame by frame.
#[derive(Debug, Default)]
pub(crate) struct MaskMaker {
    frames: usize,
    size: Option<(usize, usize)>,
    runs: RunBudget,
    /// The pixels of the current frame, row by row.
    rows: Vec<u8>,
}

impl MaskMaker {
    /// The mask of the next frame: a pixel is set if its number is not zero.
    pub(crate) fn next_mask(&mut self, leaf: &MatLeaf<'_>) -> Result<Mask, Error> {
        let frame = self.frames;
        self.frames += 1;
        let [height, width] = *leaf.shape() else {
            return Err(Error::MaskShape {
                frame,
                shape: leaf.shape().to_vec(),
            });
        };
        if FrameShape::new(width, height, PixelFormat::Gray).is_err() {
            return Err(Error::MaskShape {
                frame,
                shape: leaf.shape().to_vec(),
            });
        }
        // All frames of a video have the size of the first one.
        if *self.size.get_or_insert((width, height)) != (width, height) {
            return Err(Error::MaskSize {
                frame,
                width,
                height,
            });
        }
        // Most frames of a data set are normal: their masks cost one pass over the bytes and no
        // transposition.
        if leaf.bytes().is_some_and(is_blank) {
            return Ok(Mask::empty(width, height));
        }
        self.rows.clear();
        self.rows.resize(leaf.len(), 0);
        if let Some(bytes) = leaf.bytes() {
            self.transpose(bytes, height, width);
        } else {
            let columns: Vec<u8> = leaf.values().map(|v| u8::from(v != 0.0)).collect();
            self.transpose(&columns, height, width);
        }
        self.runs.add_mask(width, height, &self.rows)
    }

    /// Copies pixels that lie column by column, as MATLAB stores them, into rows.
    fn transpose(&mut self, columns: &[u8], height: usize, width: usize) {
        for (x, column) in columns.chunks_exact(height).enumerate() {
            // Abnormal regions are small, so most columns can be skipped.
            if !is_blank(column) {
                for (y, pixel) in column.iter().enumerate() {
                    self.rows[y * width + x] = *pixel;
                }
            }
        }
    }
}

/// Whether no pixel is set, as in most frames and most columns. A loop without an early exit is vectorised.
fn is_blank(pixels: &[u8]) -> bool {
    pixels.iter().fold(0, |any, pixel| any | pixel) == 0
}

/// The labels of a video whose masks belong to consecutive frames.
pub(crate) fn label_masks(
    id: VideoId,
    masks: Vec<Mask>,
    first_number: u64,
) -> Result<VideoLabels, Error> {
    let numbers = (first_number..)
        .take(masks.len())
        .map(FrameNumber)
        .collect();
    Ok(VideoLabels::from_masks(id, numbers, masks)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_all_masks_are_counted() {
        let mut runs = RunBudget::new(4);
        assert_eq!(
            runs.add_mask(3, 2, &[1, 0, 1, 1, 0, 1])
                .unwrap()
                .runs()
                .len(),
            3
        );
        assert!(runs.add_mask(3, 1, &[0; 3]).is_ok());
        assert!(runs.add_mask(3, 1, &[0, 1, 1]).is_ok());
        let error = runs.add_mask(1, 1, &[1]).unwrap_err().to_string();
        assert_eq!(error, "too many runs of set pixels: the limit is 4");
    }
}
