use crate::Error;

/// An image and its reconstruction by a model, both `[C,H,W]`: channel after channel, row by row.
///
/// ```
/// use oddframe_score::Pair;
/// let (input, reconstruction) = ([0.5; 12], [0.25; 12]);
/// let pair = Pair::new(&input, &reconstruction, 3, 2, 2)?;
/// assert_eq!(pair.planes().len(), 3);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair<'a> {
    input: &'a [f32],
    reconstruction: &'a [f32],
    channels: usize,
    width: usize,
    height: usize,
}

impl<'a> Pair<'a> {
    /// Borrows an image and its reconstruction.
    ///
    /// # Shapes
    /// Both slices: `[channels, height, width]`.
    ///
    /// # Errors
    /// When a side is zero, or a slice has another length than the shape asks for.
    pub fn new(
        input: &'a [f32],
        reconstruction: &'a [f32],
        channels: usize,
        width: usize,
        height: usize,
    ) -> Result<Self, Error> {
        let expected = count_values(channels, width, height)?;
        check_length("the input", expected, input.len())?;
        check_length("the reconstruction", expected, reconstruction.len())?;
        Ok(Self {
            input,
            reconstruction,
            channels,
            width,
            height,
        })
    }

    /// Borrows the images of a batch or a clip, all of one shape.
    ///
    /// # Shapes
    /// Both slices: `[N, channels, height, width]`, for any N.
    ///
    /// # Errors
    /// When a side is zero, the slices differ in length, or the length is not a multiple of an
    /// image's.
    ///
    /// ```
    /// use oddframe_score::Pair;
    /// let (inputs, reconstructions) = ([0.5; 24], [0.25; 24]);
    /// assert_eq!(Pair::batch(&inputs, &reconstructions, 3, 2, 2)?.len(), 2);
    /// # Ok::<(), oddframe_score::Error>(())
    /// ```
    pub fn batch(
        input: &'a [f32],
        reconstruction: &'a [f32],
        channels: usize,
        width: usize,
        height: usize,
    ) -> Result<impl ExactSizeIterator<Item = Self>, Error> {
        // The length must be a whole number of images: report the next multiple as the expected
        // length.
        let image = count_values(channels, width, height)?;
        check_length(
            "the inputs of a batch",
            input.len().div_ceil(image).saturating_mul(image),
            input.len(),
        )?;
        check_length(
            "the reconstructions of a batch",
            input.len(),
            reconstruction.len(),
        )?;
        let both = input
            .chunks_exact(image)
            .zip(reconstruction.chunks_exact(image));
        Ok(both.map(move |(input, reconstruction)| Self {
            input,
            reconstruction,
            channels,
            width,
            height,
        }))
    }

    /// The image.
    pub fn input(self) -> &'a [f32] {
        self.input
    }

    /// The reconstruction of the image.
    pub fn reconstruction(self) -> &'a [f32] {
        self.reconstruction
    }

    /// Values of a pixel.
    pub fn channels(self) -> usize {
        self.channels
    }

    /// Pixels in a row.
    pub fn width(self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(self) -> usize {
        self.height
    }

    /// Pixels in one channel.
    pub fn pixels(self) -> usize {
        self.width * self.height
    }

    /// Each channel as a pair of its own.
    pub fn planes(self) -> impl ExactSizeIterator<Item = Self> {
        let (width, height) = (self.width, self.height);
        let both = self
            .input
            .chunks_exact(self.pixels())
            .zip(self.reconstruction.chunks_exact(self.pixels()));
        both.map(move |(input, reconstruction)| Self {
            input,
            reconstruction,
            channels: 1,
            width,
            height,
        })
    }

    /// All channels as one long row, for pools that do not depend on the positions of pixels.
    pub(crate) fn as_single_row(self) -> Self {
        Self {
            channels: 1,
            width: self.input.len(),
            height: 1,
            ..self
        }
    }
}

fn count_values(channels: usize, width: usize, height: usize) -> Result<usize, Error> {
    let values = channels
        .checked_mul(width)
        .and_then(|n| n.checked_mul(height));
    values.filter(|n| *n > 0).ok_or(Error::InvalidShape {
        channels,
        width,
        height,
    })
}

fn check_length(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found {
        Ok(())
    } else {
        Err(Error::Length {
            what,
            expected,
            found,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let values = [0.0; 12];
        assert!(Pair::new(&values, &values, 3, 2, 2).is_ok());
        for (channels, width, height) in [(0, 2, 2), (3, 0, 2), (3, 2, 0), (usize::MAX, 2, 2)] {
            let pair = Pair::new(&values, &values, channels, width, height);
            assert_eq!(
                pair,
                Err(Error::InvalidShape {
                    channels,
                    width,
                    height
                })
            );
        }
        let error = Pair::new(&values[1..], &values, 3, 2, 2).unwrap_err();
        assert_eq!(error.to_string(), "the input: expected 12 values, found 11");
        let error = Pair::new(&values, &values[..6], 3, 2, 2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the reconstruction: expected 12 values, found 6"
        );
    }

    #[test]
    fn a_batch_is_split_into_images() {
        let values: Vec<f32> = (0..24_u8).map(f32::from).collect();
        let images: Vec<_> = Pair::batch(&values, &values, 3, 2, 2).unwrap().collect();
        assert_eq!(images.len(), 2);
        assert_eq!(
            images[1],
            Pair::new(&values[12..], &values[12..], 3, 2, 2).unwrap()
        );
        assert_eq!(Pair::batch(&[], &[], 3, 2, 2).unwrap().len(), 0);
        let error = Pair::batch(&values[..13], &values, 3, 2, 2).err().unwrap();
        assert_eq!(
            error.to_string(),
            "the inputs of a batch: expected 24 values, found 13"
        );
        assert!(Pair::batch(&values, &values[..12], 3, 2, 2).is_err());
        assert!(Pair::batch(&values, &values, 0, 2, 2).is_err());
    }

    #[test]
    fn planes_are_the_channels() {
        let input: Vec<f32> = (0..12_u8).map(f32::from).collect();
        let reconstruction = vec![0.0; 12];
        let pair = Pair::new(&input, &reconstruction, 3, 4, 1).unwrap();
        let second = pair.planes().nth(1).unwrap();
        assert_eq!(
            second,
            Pair::new(&input[4..8], &reconstruction[4..8], 1, 4, 1).unwrap()
        );
    }
}
