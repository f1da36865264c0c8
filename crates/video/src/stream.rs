use oddframe_core::{Error as CoreError, Frame, FrameNumber, FrameStream, StreamInfo};

use crate::damage::IntervalCounts;
use crate::decoder::Decoder;
use crate::{Error, FileDamage, VideoFile, VideoInfo};

/// The frames of a video file, front to back. Made by [`VideoFile::stream`].
///
/// Frames are numbered from 0 and carry their time since the first frame. Each frame of the file is given once: none is
/// repeated or dropped to make the frame rate regular. Dropping the stream ends ffmpeg.
#[derive(Debug)]
pub struct VideoStream {
    info: StreamInfo,
    header: VideoInfo,
    decoder: Decoder,
    intervals: IntervalCounts,
    frames: u64,
    ended: bool,
    damage: Option<FileDamage>,
}

impl VideoFile {
    /// Starts to decode the file from its beginning.
    ///
    /// # Errors
    /// When no frame can be decoded, or ffmpeg does not start or gives nothing for too long.
    pub fn stream(&self) -> Result<VideoStream, Error> {
        let (decoder, shape) = self.start_decoder()?;
        let header = self.info().clone();
        let mut info = StreamInfo::new(self.id().clone()).with_shape(shape);
        if let Some(rate) = header.frames_per_second {
            info = info.with_frames_per_second(rate);
        }
        Ok(VideoStream {
            info,
            header,
            decoder,
            intervals: IntervalCounts::default(),
            frames: 0,
            ended: false,
            damage: None,
        })
    }
}

impl VideoStream {
    /// Signs that the file is damaged, once all frames were read. The frames up to then are valid, and their number is the
    /// number of frames that could be decoded.
    pub fn damage(&self) -> Option<&FileDamage> {
        self.damage.as_ref()
    }
}

impl FrameStream for VideoStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_into(&mut self, out: &mut Frame) -> Result<bool, CoreError> {
        if self.ended {
            return Ok(false);
        }
        let read = self.decoder.next_frame(out).inspect_err(|_| {
            self.ended = true;
        })?;
        if read {
            self.intervals.push(FrameNumber(self.frames), out.time());
            self.frames += 1;
        } else {
            self.ended = true;
            let reported = self.decoder.reported();
            self.damage = self.intervals.find_damage(&self.header, &reported);
        }
        Ok(read)
    }
}
