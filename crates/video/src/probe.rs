use std::path::Path;
use std::time::Duration;

use crate::ffmpeg::hung;
use crate::log::plain_message;
use crate::tool::{NoAnswer, run_tool};
use crate::{Error, Ffmpeg};

/// What the header of a file says of its video, before a frame is decoded.
///
/// Headers lie: the size and the number of the decoded frames count, and both can differ from what is written here.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VideoInfo {
    /// The name of the codec, such as `h264`.
    pub codec: String,
    /// Width of a stored frame, before it is rotated.
    pub width: usize,
    /// Height of a stored frame, before it is rotated.
    pub height: usize,
    /// The angle by which frames are to be turned for display, counter-clockwise in degrees. The frames that this crate
    /// gives are turned already.
    pub rotation: i32,
    /// The pixel format in ffmpeg's words, such as `yuv420p10le`.
    pub pixels: String,
    /// The mean frame rate, where the header has it.
    pub frames_per_second: Option<f64>,
    /// The unit of the times in the file, in seconds as numerator and denominator, where the header has it.
    pub time_base: Option<(u32, u32)>,
    /// The number of frames that the header announces.
    pub announced_frames: Option<u64>,
    /// The duration that the header announces.
    pub announced_duration: Option<Duration>,
}

impl VideoInfo {
    /// Asks ffprobe.
    pub(crate) fn read(path: &Path, ffmpeg: &Ffmpeg) -> Result<Self, Error> {
        let command = ffmpeg.probe_command(path);
        let program = command.get_program().to_owned();
        let answer = match run_tool(command, ffmpeg.patience()) {
            Ok(answer) => answer,
            Err(NoAnswer::Start(source)) => {
                return Err(Error::NoFfmpeg {
                    program: program.into(),
                    source,
                });
            }
            Err(NoAnswer::Hung) => return Err(hung(path, "ffprobe", ffmpeg.patience())),
        };
        match Self::parse(&answer.output) {
            Some(info) if answer.status.success() => Ok(info),
            _ => {
                let message = match answer.errors.lines().last() {
                    Some(line) => without_path(&plain_message(line), path),
                    None => "it has no stream of pictures".to_owned(),
                };
                Err(Error::NotAVideo {
                    path: path.to_path_buf(),
                    message,
                })
            }
        }
    }

    /// Reads lines such as `width=640`; none when there is no stream of pictures.
    fn parse(text: &str) -> Option<Self> {
        let mut info = Self {
            codec: String::new(),
            width: 0,
            height: 0,
            rotation: 0,
            pixels: String::new(),
            frames_per_second: None,
            time_base: None,
            announced_frames: None,
            announced_duration: None,
        };
        let mut streams = 0;
        let mut whole_duration = None;
        // The lines of the stream come before those of the file, and both have a duration.
        let mut of_file = false;
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            match key.trim() {
                "codec_name" => value.clone_into(&mut info.codec),
                "width" => info.width = value.parse().unwrap_or(0),
                "height" => info.height = value.parse().unwrap_or(0),
                "pix_fmt" => value.clone_into(&mut info.pixels),
                "rotation" => info.rotation = value.parse::<f64>().unwrap_or(0.0) as i32,
                "avg_frame_rate" => info.frames_per_second = parse_rate(value),
                "time_base" => info.time_base = parse_ratio(value),
                "nb_frames" => info.announced_frames = value.parse().ok(),
                "TAG:DURATION" => info.announced_duration = parse_clock(value),
                "nb_streams" => {
                    of_file = true;
                    streams = value.parse().unwrap_or(0);
                }
                "duration" if of_file => whole_duration = parse_seconds(value),
                "duration" => info.announced_duration = parse_seconds(value),
                _ => {}
            }
        }
        // The duration of the file is that of its longest stream.
        if info.announced_duration.is_none() && streams == 1 {
            info.announced_duration = whole_duration;
        }
        (!info.codec.is_empty() && info.width > 0 && info.height > 0).then_some(info)
    }

    /// Whether frames have one channel.
    pub(crate) fn is_gray(&self) -> bool {
        self.pixels.starts_with("gray")
    }

    /// Whether samples have more than 8 bits.
    pub(crate) fn is_deep(&self) -> bool {
        // Formats of several bytes name their byte order; these three pack a whole pixel into two.
        let packed = ["565", "555", "444"].iter().any(|bits| {
            ["rgb", "bgr"]
                .iter()
                .any(|order| self.pixels.starts_with(&format!("{order}{bits}")))
        });
        (self.pixels.ends_with("le") || self.pixels.ends_with("be")) && !packed
    }
}

/// A message without the path in front of it, which the error names itself.
fn without_path(message: &str, path: &Path) -> String {
    let prefix = format!("file:{}: ", path.display());
    message.strip_prefix(&prefix).unwrap_or(message).to_owned()
}

fn parse_ratio(text: &str) -> Option<(u32, u32)> {
    let (numerator, denominator) = text.split_once('/')?;
    let ratio = (numerator.parse().ok()?, denominator.parse().ok()?);
    (ratio.0 > 0 && ratio.1 > 0).then_some(ratio)
}

fn parse_rate(text: &str) -> Option<f64> {
    parse_ratio(text).map(|(numerator, denominator)| f64::from(numerator) / f64::from(denominator))
}

fn parse_seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

/// The duration in `00:01:02.500000000`.
fn parse_clock(text: &str) -> Option<Duration> {
    let mut parts = text.splitn(3, ':');
    let hours: f64 = parts.next()?.parse().ok()?;
    let minutes: f64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next()?.parse().ok()?;
    Duration::try_from_secs_f64(hours * 3600.0 + minutes * 60.0 + seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "codec_name=h264\nwidth=64\nheight=48\npix_fmt=yuv420p10le\navg_frame_rate=30000/1001\n\
        time_base=1/12800\nduration=N/A\nnb_frames=25\nTAG:DURATION=00:01:02.500000000\nrotation=-90\nnb_streams=2\nduration=70.5\n";

    #[test]
    fn the_answer_of_ffprobe_is_read() {
        let info = VideoInfo::parse(ANSWER).unwrap();
        assert_eq!((info.width, info.height, info.rotation), (64, 48, -90));
        assert!((info.frames_per_second.unwrap() - 29.97).abs() < 0.001);
        assert_eq!(info.time_base, Some((1, 12_800)));
        assert_eq!(info.announced_frames, Some(25));
        assert_eq!(info.announced_duration, Some(Duration::from_millis(62_500)));
        assert!(info.is_deep() && !info.is_gray());
        assert_eq!(VideoInfo::parse("nb_streams=1\nduration=3\n"), None);
    }

    #[test]
    fn packed_pixels_are_not_deep() {
        for (pixels, deep) in [
            ("yuv420p", false),
            ("rgb565le", false),
            ("bgr555be", false),
            ("yuv444p12le", true),
            ("gray16be", true),
            ("p010le", true),
            ("gray", false),
        ] {
            let text = ANSWER.replace("yuv420p10le", pixels);
            assert_eq!(VideoInfo::parse(&text).unwrap().is_deep(), deep, "{pixels}");
        }
    }
}
