use std::sync::Arc;

use oddframe_core::SharedError;

/// The shape of one feature map of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapShape {
    /// Rows of positions.
    pub height: usize,
    /// Positions in a row.
    pub width: usize,
    /// Numbers at each position.
    pub channels: usize,
}

impl MapShape {
    /// Rows times columns.
    pub(crate) fn positions(self) -> usize {
        self.height * self.width
    }

    /// The numbers of a whole map.
    pub(crate) fn values(self) -> usize {
        self.positions() * self.channels
    }
}

/// A frozen network that turns images into feature maps: a backbone, cut off where its features are read.
pub trait ExtractFeatures: Send {
    /// Width and height of the images, in pixels.
    fn image_size(&self) -> (usize, usize);

    /// The feature maps that every image gives, in the order of [`Self::extract`].
    fn maps(&self) -> &[MapShape];

    /// Names the architecture and identifies the weights by a digest. Features can only be compared when this is equal.
    fn identity(&self) -> &str;

    /// Computes the feature maps of a batch of images. The extractor normalises the pixels as its weights expect.
    ///
    /// # Shapes
    /// - images: `[batch, height, width, 3]`, RGB bytes of [`Self::image_size`]
    /// - maps: one vector for each of [`Self::maps`], cleared and filled with `[batch, height, width, channels]`
    ///
    /// # Errors
    /// When the number of bytes is no multiple of an image, or the device fails.
    fn extract(&mut self, images: &[u8], maps: &mut [Vec<f32>]) -> Result<(), SharedError>;
}

/// Opens a backbone: once for checking the settings, once for fitting, and once for each scorer.
///
/// ```
/// use std::sync::Arc;
/// use oddframe_memory::ExtractorFactory;
/// let broken: ExtractorFactory = Arc::new(|| Err("no weights here".into()));
/// assert!(broken().is_err());
/// ```
pub type ExtractorFactory =
    Arc<dyn Fn() -> Result<Box<dyn ExtractFeatures>, SharedError> + Send + Sync>;
