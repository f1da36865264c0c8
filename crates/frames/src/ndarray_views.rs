//! With the feature `ndarray`, frames are viewed as arrays of that crate and arrays become frames,
//! without copies.

use ndarray::{Array3, ArrayView3, ArrayViewMut3};
use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};

use crate::Error;

/// Views a frame as an array, `[height, width, channels]` with one channel (gray) or three (RGB).
///
/// ```
/// use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};
/// use oddframe_frames::frame_view;
/// let shape = FrameShape::new(2, 1, PixelFormat::Rgb)?;
/// let frame = Frame::from_pixels(shape, FrameNumber(0), vec![1, 2, 3, 4, 5, 6])?;
/// let view = frame_view(&frame);
/// assert_eq!((view.dim(), view[[0, 1, 2]]), ((1, 2, 3), 6));
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[expect(
    clippy::missing_panics_doc,
    reason = "the number of bytes always matches the shape"
)]
pub fn frame_view(frame: &Frame) -> ArrayView3<'_, u8> {
    let view = ArrayView3::from_shape(dimensions(frame.shape()), frame.pixels());
    view.expect("a frame has height x width x channels bytes")
}

/// Views a frame as an array that can be changed, `[height, width, channels]`.
///
/// ```
/// use oddframe_core::{Frame, FrameShape, PixelFormat};
/// use oddframe_frames::frame_view_mut;
/// let mut frame = Frame::new(FrameShape::new(3, 2, PixelFormat::Gray)?);
/// frame_view_mut(&mut frame).outer_iter_mut().nth(1).expect("two rows").fill(255);
/// assert_eq!(frame.pixels(), [0, 0, 0, 255, 255, 255]);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[expect(
    clippy::missing_panics_doc,
    reason = "the number of bytes always matches the shape"
)]
pub fn frame_view_mut(frame: &mut Frame) -> ArrayViewMut3<'_, u8> {
    let view = ArrayViewMut3::from_shape(dimensions(frame.shape()), frame.pixels_mut());
    view.expect("a frame has height x width x channels bytes")
}

/// Turns an array `[height, width, channels]` into a frame. An array in row-major order is not
/// copied.
///
/// # Errors
/// When there are neither one nor three channels, or a side is zero or above
/// [`FrameShape::MAX_SIDE`].
///
/// ```
/// use ndarray::Array3;
/// use oddframe_core::FrameNumber;
/// use oddframe_frames::frame_from_array;
/// let frame = frame_from_array(Array3::from_elem((48, 64, 3), 128), FrameNumber(7))?;
/// assert_eq!(frame.shape().to_string(), "64x48 RGB");
/// assert!(frame_from_array(Array3::zeros((48, 64, 2)), FrameNumber(7)).is_err());
/// # Ok::<(), oddframe_frames::Error>(())
/// ```
pub fn frame_from_array(array: Array3<u8>, number: FrameNumber) -> Result<Frame, Error> {
    let (height, width, channels) = array.dim();
    let format = match channels {
        1 => PixelFormat::Gray,
        3 => PixelFormat::Rgb,
        _ => {
            let (what, value) = ("the number of channels", channels as f64);
            return Err(Error::Parameter {
                what,
                value,
                expected: "1 (gray) or 3 (RGB)",
            });
        }
    };
    let shape = FrameShape::new(width, height, format)?;
    let pixels =
        if array.is_standard_layout() && array.len() == array.as_slice().map_or(0, <[u8]>::len) {
            // The vector can hold elements before and behind those of the array.
            let (mut pixels, offset) = array.into_raw_vec_and_offset();
            pixels.drain(..offset.unwrap_or(0));
            pixels.truncate(shape.bytes());
            pixels
        } else {
            array.iter().copied().collect()
        };
    Ok(Frame::from_pixels(shape, number, pixels)?)
}

fn dimensions(shape: FrameShape) -> (usize, usize, usize) {
    (shape.height(), shape.width(), shape.channels())
}

#[cfg(test)]
mod tests {
    use ndarray::s;

    use super::*;

    #[test]
    fn views_and_frames_share_their_memory() {
        let array = Array3::from_shape_fn((4, 5, 3), |(y, x, c)| (y * 40 + x * 5 + c) as u8);
        let address = array.as_ptr();
        let frame = frame_from_array(array.clone(), FrameNumber(3)).unwrap();
        assert_eq!(
            (frame_view(&frame), frame.number()),
            (array.view(), FrameNumber(3))
        );
        assert_eq!(frame_view(&frame).as_ptr(), frame.pixels().as_ptr());
        assert_eq!(
            frame_from_array(array, FrameNumber(3))
                .unwrap()
                .pixels()
                .as_ptr(),
            address
        );
    }

    #[test]
    fn arrays_in_any_order_keep_their_pixels() {
        let array = Array3::from_shape_fn((4, 5, 1), |(y, x, _)| (y * 10 + x) as u8);
        let transposed = array.clone().permuted_axes([1, 0, 2]);
        let frame = frame_from_array(transposed.clone(), FrameNumber(0)).unwrap();
        assert_eq!(frame_view(&frame), transposed);
        // A part of an array that starts inside its vector.
        let lower = array.slice_move(s![2.., .., ..]);
        let frame = frame_from_array(lower.clone(), FrameNumber(0)).unwrap();
        assert_eq!(frame_view(&frame), lower);
        assert!(frame_from_array(Array3::zeros((0, 5, 1)), FrameNumber(0)).is_err());
    }
}
