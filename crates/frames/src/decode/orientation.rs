//! Turning a stored picture upright, as the orientation tag of EXIF and TIFF asks.

use oddframe_core::FrameShape;

use super::tiff_tags::{ORIENTATION, TiffTags};

/// The transformation that turns a stored picture upright: reversals first, then a transposition.
///
/// | tag | rows reversed | columns reversed | transposed | the upright picture is the stored one |
/// |---|---|---|---|---|
/// | 1 | | | | unchanged |
/// | 2 | | yes | | mirrored left to right |
/// | 3 | yes | yes | | turned by 180° |
/// | 4 | yes | | | mirrored top to bottom |
/// | 5 | | | yes | mirrored along the diagonal from the top left |
/// | 6 | yes | | yes | turned clockwise by 90° |
/// | 7 | yes | yes | yes | mirrored along the other diagonal |
/// | 8 | | yes | yes | turned anticlockwise by 90° |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Orientation {
    rows_reversed: bool,
    columns_reversed: bool,
    transposed: bool,
}

impl Orientation {
    /// The orientation for a tag's value; `None` for a value without a meaning.
    fn from_tag(value: usize) -> Option<Self> {
        (1..=8).contains(&value).then_some(Self {
            rows_reversed: matches!(value, 3 | 4 | 6 | 7),
            columns_reversed: matches!(value, 2 | 3 | 7 | 8),
            transposed: value >= 5,
        })
    }

    /// The orientation in EXIF data, `None` where the data are damaged or hold none.
    ///
    /// Like OpenCV, this reads the value as 16 bits, whatever type and count the entry declares.
    pub(super) fn from_exif(exif: &[u8]) -> Option<Self> {
        let tags = TiffTags::new(exif)?;
        let entry = tags.entries(ORIENTATION).next()?;
        Self::from_tag(tags.read(entry.saturating_add(8), 2)?)
    }

    /// The orientation of a TIFF file. Like libtiff, this ignores a tag that is not exactly one
    /// whole number.
    pub(super) fn from_tiff(file: &[u8]) -> Option<Self> {
        let tags = TiffTags::new(file)?;
        let entry = tags.entries(ORIENTATION).next()?;
        Self::from_tag(tags.value(entry).ok()?)
    }

    /// Whether the stored picture is upright already.
    pub(super) fn is_upright(self) -> bool {
        self == Self::default()
    }

    /// The shape of the upright picture.
    pub(super) fn upright_shape(self, stored: FrameShape) -> FrameShape {
        // A transposition swaps two sides that are both valid, so that the fallback is never used.
        let (width, height) = if self.transposed {
            (stored.height(), stored.width())
        } else {
            (stored.width(), stored.height())
        };
        FrameShape::new(width, height, stored.format()).unwrap_or(stored)
    }

    /// Writes the upright picture; `upright` has as many bytes as `stored`, which has the shape
    /// `shape`.
    pub(super) fn write_upright(self, stored: &[u8], shape: FrameShape, upright: &mut [u8]) {
        match shape.channels() {
            1 => self.write_pixels(
                stored.as_chunks::<1>().0,
                shape,
                upright.as_chunks_mut::<1>().0,
            ),
            _ => self.write_pixels(
                stored.as_chunks::<3>().0,
                shape,
                upright.as_chunks_mut::<3>().0,
            ),
        }
    }

    fn write_pixels<const N: usize>(
        self,
        stored: &[[u8; N]],
        shape: FrameShape,
        upright: &mut [[u8; N]],
    ) {
        let (width, height) = (shape.width(), shape.height());
        let upright_width = if self.transposed { height } else { width };
        // Each upright pixel looks up its stored one, so the steps run backwards: the transposition is
        // undone first, then the reversals.
        for (y, out) in upright.chunks_exact_mut(upright_width).enumerate() {
            for (x, pixel) in out.iter_mut().enumerate() {
                let (row, column) = if self.transposed { (x, y) } else { (y, x) };
                let row = if self.rows_reversed {
                    height - 1 - row
                } else {
                    row
                };
                let column = if self.columns_reversed {
                    width - 1 - column
                } else {
                    column
                };
                *pixel = stored[row * width + column];
            }
        }
    }
}
