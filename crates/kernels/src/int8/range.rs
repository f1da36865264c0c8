use crate::error::Error;

/// The largest byte.
const MOST_BYTE: f32 = 255.0;

/// The values that the bytes of an image stand for: 256 values at equal distances, of which one is zero.
///
/// ```
/// use oddframe_kernels::ByteRange;
///
/// // The outputs of a rectifier: no byte is spent on values below zero.
/// let range = ByteRange::new(0.0, 5.1)?;
/// assert_eq!(range.scale(), 5.1 / 255.0);
/// // Values on both sides of zero, which becomes the byte nearest to a fifth.
/// assert_eq!(ByteRange::new(-0.2, 0.8)?.zero(), 51);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ByteRange {
    scale: f32,
    zero: u8,
}

impl ByteRange {
    /// The range from the least to the largest of some values. Values beyond it are cut.
    ///
    /// A range without zero is extended to it, because padding is zero. If all values are zero, any range fits.
    ///
    /// # Errors
    /// Limits that are not finite or in the wrong order, or a range too small for its steps to be numbers.
    pub fn new(least: f32, largest: f32) -> Result<Self, Error> {
        let fits = least.is_finite() && largest.is_finite() && least <= largest;
        let (least, largest) = (least.min(0.0), largest.max(0.0));
        let width = if least == largest {
            1.0
        } else {
            largest - least
        };
        let scale = width / MOST_BYTE;
        if !fits || !width.is_finite() || !scale.recip().is_finite() {
            return Err(Error::Parameter {
                what: "the range of an 8-bit convolution",
                value: format!("{least} to {largest}"),
                must: "finite, not too small, the least value first",
            });
        }
        let zero = (-least / scale).round() as u8;
        Ok(Self { scale, zero })
    }

    /// The distance between the values of two neighbouring bytes.
    pub fn scale(self) -> f32 {
        self.scale
    }

    /// The byte that stands for zero.
    pub fn zero(self) -> u8 {
        self.zero
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_parameter_error;

    #[test]
    fn zero_is_always_one_of_the_values() {
        for (least, largest, zero) in [
            (0.0, 1.0, 0),
            (0.5, 1.0, 0),
            (-1.0, 0.0, 255),
            (-1.0, -0.5, 255),
            (0.0, 0.0, 0),
            (-1.0, 4.0, 51),
        ] {
            let range = ByteRange::new(least, largest).unwrap();
            assert_eq!(range.zero(), zero, "{least} to {largest}");
        }
    }

    #[test]
    fn limits_that_are_no_range_are_refused() {
        for (least, largest) in [
            (1.0, 0.5),
            (f32::NAN, 1.0),
            (0.0, f32::INFINITY),
            (-f32::MAX, f32::MAX),
            (0.0, 1e-44),
        ] {
            let range = ByteRange::new(least, largest);
            assert_parameter_error(range, "the range of an 8-bit convolution");
        }
    }
}
