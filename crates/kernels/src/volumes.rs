use std::fmt;

use crate::Error;

/// The shape of a batch of images or volumes whose channels lie last: `[batch, depth, height, width, channels]`.
/// An image is a volume of depth 1, a row of a matrix is one of a single position.
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
        // Offsets are counted in bytes by the hardware, and pointers may not step further than isize::MAX.
        let elements = sizes.iter().try_fold(size_of::<f32>(), |all, &n| all.checked_mul(n));
        match elements {
            Some(bytes) if isize::try_from(bytes).is_ok() => Ok(Self { batch, size, channels }),
            _ => Err(Error::TooLarge { what: "a batch of volumes" }),
        }
    }

    /// Images of `height` by `width`.
    ///
    /// # Errors
    /// As [`Volumes::new`].
    pub fn images(batch: usize, height: usize, width: usize, channels: usize) -> Result<Self, Error> {
        Self::new(batch, [1, height, width], channels)
    }

    /// The rows of a matrix: what a linear layer reads and writes.
    ///
    /// # Errors
    /// As [`Volumes::new`].
    pub fn rows(rows: usize, channels: usize) -> Result<Self, Error> {
        Self::new(rows, [1, 1, 1], channels)
    }

    /// How many images or volumes.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Depth, height and width.
    pub fn size(&self) -> [usize; 3] {
        self.size
    }

    /// Values at each position.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Positions in the whole batch.
    pub fn positions(&self) -> usize {
        self.batch * self.size.iter().product::<usize>()
    }

    /// Values in the whole batch.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.positions() * self.channels
    }
}

impl fmt::Display for Volumes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [depth, height, width] = self.size;
        write!(f, "[{}, {depth}, {height}, {width}, {}]", self.batch, self.channels)
    }
}
