use std::fs;
use std::path::{Path, PathBuf};

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use oddframe_core::{Error, Frame, FrameNumber, FrameSource, PixelFormat, Video};
use oddframe_frames::FolderVideo;
use oddframe_synth::{Preset, Scene};

use crate::Failure;

/// Writes frames of the synthetic street at 640x360 as a camera does: JPEG files with chroma at half the
/// resolution.
pub fn make_images(folder: &Path, frames: usize) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    let scene = Scene::new(Preset::PixelPlay, 0);
    let places = scene
        .train()
        .iter()
        .flat_map(|video| (0..video.numbers().len()).map(move |at| (video, at)));
    for (number, (video, at)) in places.take(frames).enumerate() {
        let frame = video.read(at)?;
        let mut encoder = Encoder::new_file(folder.join(format!("frame_{number:05}.jpg")), 90)?;
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        let (width, height) = (frame.shape().width() as u16, frame.shape().height() as u16);
        let colours = match frame.shape().format() {
            PixelFormat::Gray => ColorType::Luma,
            PixelFormat::Rgb => ColorType::Rgb,
        };
        encoder.encode(frame.pixels(), width, height, colours)?;
    }
    Ok(())
}

/// Opens the videos of a folder: one for each subfolder, or the folder itself when it has none.
pub fn open_videos(folder: &Path, gray: bool) -> Result<Vec<FolderVideo>, Failure> {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    if folders.is_empty() {
        folders.push(folder.to_path_buf());
    }
    folders
        .iter()
        .map(|folder| open_video(folder, gray))
        .collect()
}

fn open_video(folder: &Path, gray: bool) -> Result<FolderVideo, Failure> {
    let video = FolderVideo::open(folder)?;
    // Decoding only the luma takes less time.
    Ok(if gray {
        video.with_format(PixelFormat::Gray)
    } else {
        video
    })
}

/// A video of any length that repeats the frames of another one.
pub struct Endless<'a> {
    source: &'a dyn FrameSource,
    video: Video,
}

impl<'a> Endless<'a> {
    pub fn new(source: &'a dyn FrameSource, frames: usize) -> Result<Self, Error> {
        let numbers = (0..frames as u64).map(FrameNumber).collect();
        Ok(Self {
            source,
            video: Video::new(source.id().clone(), source.shape(), numbers)?,
        })
    }
}

impl FrameSource for Endless<'_> {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        self.source
            .read_into(index % self.source.numbers().len(), out)?;
        // The shape is the same, so the pixels are kept.
        out.reset(self.shape(), number);
        Ok(())
    }
}
