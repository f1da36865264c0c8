use oddframe_core::Frame;

/// Turns a frame upside down. Flipping twice restores the frame.
///
/// ```
/// use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};
/// use oddframe_frames::flip_vertically;
/// let shape = FrameShape::new(2, 2, PixelFormat::Gray)?;
/// let mut frame = Frame::from_pixels(shape, FrameNumber(0), vec![1, 2, 3, 4])?;
/// flip_vertically(&mut frame);
/// assert_eq!(frame.pixels(), [3, 4, 1, 2]);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
pub fn flip_vertically(frame: &mut Frame) {
    let row = frame.shape().row_bytes();
    flip_rows(frame.pixels_mut(), row);
}

/// Reverses the order of a plane's rows, each of `row` values.
pub(crate) fn flip_rows<T>(plane: &mut [T], row: usize) {
    // Swap the upper half with the lower one from both ends; a middle row stays.
    let rows = plane.len() / row.max(1);
    let (top, bottom) = plane.split_at_mut(rows / 2 * row);
    for (upper, lower) in top.chunks_exact_mut(row).zip(bottom.rchunks_exact_mut(row)) {
        upper.swap_with_slice(lower);
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, FrameShape, PixelFormat};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_are_reversed_and_keep_their_pixels() {
        let shape = FrameShape::new(2, 3, PixelFormat::Rgb).unwrap();
        let mut frame = Frame::from_pixels(shape, FrameNumber(4), (0..18).collect()).unwrap();
        flip_vertically(&mut frame);
        let pixels: Vec<u8> = (12..18).chain(6..12).chain(0..6).collect();
        assert_eq!(
            (frame.pixels(), frame.number()),
            (pixels.as_slice(), FrameNumber(4))
        );
    }

    proptest! {
        #[test]
        fn twice_is_the_identity(width in 1_usize..9, height in 1_usize..9, seed in any::<u8>()) {
            let before: Vec<u8> = (0..width * height).map(|i| (i as u8).wrapping_mul(31) ^ seed).collect();
            let mut plane = before.clone();
            flip_rows(&mut plane, width);
            prop_assert_eq!(&plane[..width], &before[width * (height - 1)..]);
            flip_rows(&mut plane, width);
            prop_assert_eq!(plane, before);
        }
    }
}
