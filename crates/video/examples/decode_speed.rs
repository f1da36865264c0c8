//! How fast a video file becomes prepared frames: `decode_speed FILE WIDTH HEIGHT [THREADS]` decodes a file and makes gray
//! frames of that size, and prints frames a second.

use std::path::Path;
use std::time::Instant;

use oddframe_core::{Error, FrameInput, FrameSink, PixelFormat, PreparedFrame, StreamInfo};
use oddframe_frames::{FramePass, ReadAhead};
use oddframe_video::{Ffmpeg, VideoFile};

/// Counts frames and sums their pixels, so that no work is left out.
struct Counter {
    input: FrameInput,
    frames: usize,
    sum: u64,
}

impl FrameSink for Counter {
    fn input(&self) -> FrameInput {
        self.input
    }
    fn start(&mut self, _video: usize, _info: &StreamInfo) -> Result<bool, Error> {
        Ok(true)
    }
    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        self.frames += 1;
        let pixels = frame.image.map_or(&[][..], |image| image.pixels());
        self.sum += u64::from(pixels.iter().copied().max().unwrap_or(0));
        Ok(())
    }
    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, width, height, rest @ ..] = arguments.as_slice() else {
        return Err("usage: decode_speed FILE WIDTH HEIGHT [THREADS]".into());
    };
    let threads = rest.first().map_or(Ok(2), |threads| threads.parse())?;
    let input = FrameInput::new(width.parse()?, height.parse()?, PixelFormat::Gray)?;
    let mut counter = Counter {
        input,
        frames: 0,
        sum: 0,
    };
    let start = Instant::now();
    let ffmpeg = Ffmpeg::find()?.with_threads(threads);
    let mut stream = VideoFile::open_with(Path::new(path), &ffmpeg)?.stream()?;
    let read = ReadAhead::new().with_threads(threads);
    FramePass::new().with_read_ahead(read).run_stream(
        &mut stream,
        &mut [&mut counter],
        &mut |_| Ok(()),
    )?;
    let seconds = start.elapsed().as_secs_f64();
    let rate = counter.frames as f64 / seconds;
    println!(
        "{} frames in {seconds:.2} s: {rate:.0} frames a second",
        counter.frames
    );
    Ok(())
}
