use crate::Error;

/// Which pixels of a frame are abnormal, stored as runs, row by row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mask {
    width: u32,
    height: u32,
    /// (first pixel, pixels) of each run of set pixels, rising.
    runs: Vec<(u32, u32)>,
}

impl Mask {
    /// A mask with no pixel set.
    pub fn empty(width: usize, height: usize) -> Self {
        Self {
            width: width as u32,
            height: height as u32,
            runs: Vec::new(),
        }
    }

    /// A mask of the pixels that are not zero, row by row.
    ///
    /// # Errors
    /// When the number of pixels is not `width * height`.
    pub fn from_pixels(width: usize, height: usize, pixels: &[u8]) -> Result<Self, Error> {
        if width > crate::FrameShape::MAX_SIDE || height > crate::FrameShape::MAX_SIDE {
            return Err(Error::InvalidShape { width, height });
        }
        Error::check_length("pixels of a mask", width * height, pixels.len())?;
        let mut mask = Self::empty(width, height);
        // Run lengths: abnormal regions are few and compact, so a mask of a frame takes bytes instead of
        // hundreds of kilobytes. A data set of masks then fits into memory.
        let mut at = 0;
        while let Some(skip) = pixels[at..].iter().position(|p| *p != 0) {
            let start = at + skip;
            let length = pixels[start..].iter().take_while(|p| **p != 0).count();
            mask.runs.push((start as u32, length as u32));
            at = start + length;
        }
        Ok(mask)
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width as usize
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height as usize
    }

    /// True when no pixel is set.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// How many pixels are set.
    pub fn count(&self) -> usize {
        self.runs.iter().map(|r| r.1 as usize).sum()
    }

    /// Runs of set pixels, as (first pixel, pixels); a run may continue in the next row.
    pub fn runs(&self) -> impl ExactSizeIterator<Item = (usize, usize)> {
        self.runs.iter().map(|r| (r.0 as usize, r.1 as usize))
    }

    /// One byte a pixel, 1 where it is set.
    pub fn to_pixels(&self) -> Vec<u8> {
        let mut pixels = vec![0; self.width() * self.height()];
        for (start, length) in self.runs() {
            pixels[start..start + length].fill(1);
        }
        pixels
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pixels_round_trip(width in 0_usize..9, rows in prop::collection::vec(any::<bool>(), 0..72)) {
            let height = rows.len().checked_div(width).unwrap_or(0);
            let pixels: Vec<u8> = rows.iter().take(width * height).map(|b| u8::from(*b)).collect();
            let mask = Mask::from_pixels(width, height, &pixels).unwrap();
            prop_assert_eq!(mask.to_pixels(), pixels.clone());
            prop_assert_eq!(mask.count(), pixels.iter().map(|p| usize::from(*p)).sum::<usize>());
            prop_assert_eq!(mask.is_empty(), mask.count() == 0);
        }
    }

    #[test]
    fn a_wrong_number_of_pixels_is_refused() {
        assert!(Mask::from_pixels(2, 2, &[0; 5]).is_err());
        assert!(Mask::from_pixels(usize::MAX, 2, &[0; 5]).is_err());
    }
}
