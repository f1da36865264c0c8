//! The footage of a run as video files, with what was found drawn into it.

mod canvas;
mod font;
mod panel;
mod picture;

use std::fs;
use std::path::{Path, PathBuf};

use oddframe_core::{Error as CoreError, Event, Frame, FrameShape, Observer, PixelFormat, VideoId};
use oddframe_pipeline::{RunFolder, TestVideos, video_file_stem};
use oddframe_video::{Ffmpeg, VideoWriter};

use self::canvas::Canvas;
use self::panel::Panel;
use self::picture::Picture;
use crate::contents::{Contents, VideoContents};
use crate::{Error, ReportOptions};

/// The frame rate of videos of which none is known.
const USUAL_RATE: f64 = 25.0;
/// Headers of damaged files announce others.
const USABLE_RATES: std::ops::RangeInclusive<f64> = 0.01..=1000.0;

/// Which videos get an overlay, and whether it is pixelated.
///
/// ```
/// use oddframe_report::OverlayOptions;
/// let options = OverlayOptions::default().with_blur(true).with_video("01".into());
/// assert!(options.blur && options.video.is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OverlayOptions {
    /// The one video that is written; by default all test videos.
    pub video: Option<VideoId>,
    /// Whether the footage is pixelated: inside the scored boxes of a frame, or the whole frame when it has none.
    pub blur: bool,
}

impl OverlayOptions {
    /// Sets the one video that is written.
    #[must_use]
    pub fn with_video(self, video: VideoId) -> Self {
        Self {
            video: Some(video),
            ..self
        }
    }

    /// Sets whether the footage is pixelated.
    #[must_use]
    pub fn with_blur(self, blur: bool) -> Self {
        Self { blur, ..self }
    }
}

/// Writes test videos of a finished run with their boxes, heat maps and states drawn in, and the score curve running below.
/// The program ffmpeg encodes them. Returns the files.
///
/// `target` is a file when its name has an ending, and then there must be one video; otherwise it is a folder, which gets
/// `VIDEO.mp4` for each. A frame that cannot be read is shown as such, so that every scored frame has its frame in the
/// overlay. Memory depends on the size of frames, not on their number.
///
/// # Errors
/// When the run is not finished, `target` is one file and there are several videos, `videos` are not those that were scored or
/// would be written over, ffmpeg is missing or fails, a file cannot be written, or the observer cancels. Files are written
/// whole or not at all.
pub fn write_overlays(
    folder: &RunFolder,
    videos: &TestVideos,
    target: &Path,
    options: &OverlayOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<PathBuf>, Error> {
    let contents = Contents::read(folder, ReportOptions::default().with_blur(options.blur))?;
    let chosen = choose_videos(&contents, options)?;
    let is_file = target.extension().is_some() && !target.is_dir();
    if is_file && chosen.len() > 1 {
        return Err(Error::OneFileForMany {
            path: target.to_path_buf(),
            videos: chosen.len(),
        });
    }
    let paths: Vec<PathBuf> = if is_file {
        vec![target.to_path_buf()]
    } else {
        let stems = chosen
            .iter()
            .map(|video| video_file_stem(video.scores.id()));
        stems.map(|stem| target.join(stem + ".mp4")).collect()
    };
    if let Some(path) = paths.iter().find(|path| videos.has_file(path)) {
        return Err(Error::OverlayOnFootage { path: path.clone() });
    }
    let ffmpeg = Ffmpeg::find()?;
    if !is_file {
        fs::create_dir_all(target).map_err(Error::io("create", target))?;
    }
    let frames: usize = chosen.iter().map(|video| video.scores.len()).sum();
    observer.tell(Event::Started {
        task: "drawing overlays",
        total: Some(frames as u64),
    })?;
    let mut done = 0;
    for (video, path) in chosen.into_iter().zip(&paths) {
        let overlay = Overlay {
            contents: &contents,
            video,
            rate: rate_of(folder, video),
        };
        overlay.write(videos, path, &ffmpeg, &mut || {
            done += 1;
            observer.tell(Event::Advanced { done })
        })?;
    }
    observer.tell(Event::Finished)?;
    Ok(paths)
}

fn choose_videos<'c>(
    contents: &'c Contents<'_>,
    options: &OverlayOptions,
) -> Result<Vec<&'c VideoContents>, Error> {
    let all = contents.videos.iter();
    let Some(wanted) = &options.video else {
        return Ok(all.collect());
    };
    let found: Vec<_> = all.filter(|video| video.scores.id() == wanted).collect();
    if found.is_empty() {
        return Err(Error::UnknownVideo {
            run: contents.folder.path().to_path_buf(),
            video: wanted.clone(),
        });
    }
    Ok(found)
}

/// The frame rate of a video: that of its file, that of the times of its pictures, that of the recipe, or a usual one.
fn rate_of(folder: &RunFolder, video: &VideoContents) -> f64 {
    let mut records = folder.record().data.test.iter();
    let record = records.find(|record| record.id() == *video.scores.id());
    let of_file = record.and_then(|record| record.frames_per_second);
    let of_times = || Some(1.0 / video.clock.seconds_per_frame()?);
    let of_recipe = || Some(folder.recipe().calibration.as_ref()?.frames_per_second);
    let known = of_file.or_else(of_times).or_else(of_recipe);
    known
        .filter(|rate| USABLE_RATES.contains(rate))
        .unwrap_or(USUAL_RATE)
}

/// One video.
struct Overlay<'a> {
    contents: &'a Contents<'a>,
    video: &'a VideoContents,
    rate: f64,
}

impl Overlay<'_> {
    /// Reads the footage once, from front to back, and encodes each frame as soon as it is drawn.
    fn write(
        &self,
        videos: &TestVideos,
        path: &Path,
        ffmpeg: &Ffmpeg,
        advance: &mut dyn FnMut() -> Result<(), CoreError>,
    ) -> Result<(), Error> {
        let mut stream = videos.stream(self.video.scores.id())?;
        let numbers = self.video.scores.numbers();
        let mut drawing: Option<Drawing<'_>> = None;
        let mut frame = Frame::default();
        for (index, number) in numbers.iter().enumerate() {
            let is_readable = match stream.next_into(&mut frame) {
                Ok(true) if frame.number() == *number => true,
                Ok(true) => {
                    let found = frame.number();
                    return Err(self.differs(format!(
                        "frame {found} comes where frame {number} was scored"
                    )));
                }
                Ok(false) => {
                    return Err(
                        self.differs(format!("it ends before frame {number}, which was scored"))
                    );
                }
                // The frame before it stays visible, marked as what it is.
                Err(CoreError::Read { .. }) => false,
                Err(error) => return Err(error.into()),
            };
            let drawing = match &mut drawing {
                Some(drawing) => drawing,
                none => {
                    let announced = stream.info().shape().filter(|_| !is_readable);
                    let shape = announced.unwrap_or(frame.shape());
                    none.insert(self.start_drawing(path, ffmpeg, shape)?)
                }
            };
            if is_readable {
                drawing.picture.take_frame(&mut frame);
            }
            drawing
                .picture
                .draw(&mut drawing.canvas, index, is_readable)?;
            drawing.panel.draw(&mut drawing.canvas, index);
            drawing.writer.push(drawing.canvas.frame())?;
            advance()?;
        }
        // What follows may be unreadable, and is more than was scored all the same.
        if !matches!(stream.next_into(&mut frame), Ok(false)) {
            let scored = numbers.len();
            return Err(self.differs(format!(
                "it has more than the {scored} frames that were scored"
            )));
        }
        match drawing {
            Some(drawing) => Ok(drawing.writer.finish()?),
            None => Err(self.differs("it has no frame".to_owned())),
        }
    }

    fn differs(&self, reason: String) -> Error {
        Error::OtherFootage {
            video: self.video.scores.id().clone(),
            reason,
        }
    }

    fn start_drawing(
        &self,
        path: &Path,
        ffmpeg: &Ffmpeg,
        shape: FrameShape,
    ) -> Result<Drawing<'_>, Error> {
        let picture = Picture::new(self.contents, self.video, shape)?;
        let (width, height) = picture.size();
        let threshold = self.contents.threshold();
        let (low, high) = self.contents.score_range();
        let panel = Panel {
            video: self.video,
            // The threshold is always visible.
            range: threshold.map_or((low, high), |score| (low.min(score), high.max(score))),
            threshold,
            top: height,
            width,
        };
        let canvas = Canvas::new(width, height + panel::HEIGHT)?;
        let shape = canvas.frame().shape().with_format(PixelFormat::Rgb);
        Ok(Drawing {
            writer: VideoWriter::create(path, ffmpeg, shape, self.rate)?,
            picture,
            panel,
            canvas,
        })
    }
}

/// What is there once the first frame is known.
struct Drawing<'a> {
    picture: Picture<'a>,
    panel: Panel<'a>,
    canvas: Canvas,
    writer: VideoWriter,
}
