use std::fmt;

use crate::error::Error;

/// The shape of a batch of images or volumes whose channels lie last: `[batch, depth, height, width, channels]`.
///
/// An image is a volume of depth 1, and a row of a matrix is a volume of a single position. The channels of a position
/// are neighbours in memory:
///
/// ```text
/// image of 2 x 3 pixels with channels r, g, b
///
/// index   0 1 2   3 4 5   6 7 8   9 ...
/// value   r g b   r g b   r g b   r ...
/// pixel   (0,0)   (0,1)   (0,2)   (1,0)
/// ```
///
/// A convolution then reads a position's channels as one contiguous run, and its output channels fill whole vectors.
///
/// ```
/// use oddframe_kernels::Volumes;
///
/// let images = Volumes::images(8, 128, 96, 3)?;
/// assert_eq!((images.positions(), images.len()), (8 * 128 * 96, 8 * 128 * 96 * 3));
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Volumes {
    batch: usize,
    size: [usize; 3],
    channels: usize,
}

impl Volumes {
    /// Volumes of `[depth, height, width]` positions.
    ///
    /// # Errors
    /// A zero size, or more elements than can be addressed.
    pub fn new(batch: usize, size: [usize; 3], channels: usize) -> Result<Self, Error> {
        let names = ["batch", "depth", "height", "width", "channels"];
        let sizes = [batch, size[0], size[1], size[2], channels];
        if let Some(at) = sizes.iter().position(|&n| n == 0) {
            return Err(Error::Zero { what: names[at] });
        }
        // Pointer offsets must not exceed isize::MAX bytes.
        let elements = sizes
            .iter()
            .try_fold(size_of::<f32>(), |all, &n| all.checked_mul(n));
        match elements {
            Some(bytes) if isize::try_from(bytes).is_ok() => Ok(Self {
                batch,
                size,
                channels,
            }),
            _ => Err(Error::TooLarge {
                what: "a batch of volumes",
            }),
        }
    }

    /// Images of `height` by `width`.
    ///
    /// # Errors
    /// As [`Volumes::new`].
    pub fn images(
        batch: usize,
        height: usize,
        width: usize,
        channels: usize,
    ) -> Result<Self, Error> {
        Self::new(batch, [1, height, width], channels)
    }

    /// The rows of a matrix: the input or output of a linear layer.
    ///
    /// # Errors
    /// As [`Volumes::new`].
    pub fn rows(rows: usize, channels: usize) -> Result<Self, Error> {
        Self::new(rows, [1, 1, 1], channels)
    }

    /// Number of images or volumes.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Depth, height and width.
    pub fn size(&self) -> [usize; 3] {
        self.size
    }

    /// Number of values at each position.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Number of positions in the batch.
    pub fn positions(&self) -> usize {
        self.batch * self.size.iter().product::<usize>()
    }

    /// Number of values in the batch.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.positions() * self.channels
    }
}

impl fmt::Display for Volumes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [depth, height, width] = self.size;
        write!(
            f,
            "[{}, {depth}, {height}, {width}, {}]",
            self.batch, self.channels
        )
    }
}
