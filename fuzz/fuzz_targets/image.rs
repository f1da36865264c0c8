//! Any bytes as an image file: an error or pixels of the size that the header told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};
use oddframe_frames::{decode_into, probe};

fuzz_target!(|bytes: &[u8]| {
    let Ok(told) = probe(bytes) else { return };
    let Ok(shape) = FrameShape::new(1, 1, PixelFormat::Gray) else { return };
    for format in [PixelFormat::Gray, PixelFormat::Rgb] {
        let mut frame = Frame::new(shape);
        if decode_into(bytes, format, FrameNumber(0), &mut frame).is_ok() {
            assert_eq!(frame.shape(), told.with_format(format));
        }
    }
});
