//! Where in a frame a network errs, as files to look at.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

use oddframe_clips::{ClipScorer, Look};
use oddframe_core::{Event, FrameNumber, FrameSource, Observer, Window};
use oddframe_frames::{ReadAhead, read_ahead};
use oddframe_score::{Pair, error_map};

use crate::npy::write_image;
use crate::{Error, SystemRecipe};

/// The maps of one network to write.
pub(crate) struct MapJob<'a> {
    pub(crate) system: &'a SystemRecipe,
    /// Gets a folder for each video.
    pub(crate) folder: &'a Path,
    pub(crate) videos: &'a [&'a dyn FrameSource],
}

/// Writes `VIDEO/FRAME.npy` for every frame that the network explains in some clip: the mean of the error maps that it
/// has there, `[height, width]`.
pub(crate) fn write_maps(
    job: &MapJob<'_>,
    network: &mut dyn ClipScorer,
    watch: &mut dyn Observer,
) -> Result<(), Error> {
    let frames = job.videos.iter().map(|video| video.numbers().len() as u64).sum();
    watch.tell(Event::Started { task: "writing error maps", total: Some(frames) })?;
    let mut done = 0;
    for video in job.videos {
        let folder = job.folder.join(video.id().name());
        fs::create_dir_all(&folder).map_err(Error::io("make", &folder))?;
        let look = job.system.look.look()?;
        let seen = look.of(*video)?;
        let plan = job.system.window.scored()?.plan(seen.video())?;
        let mut maps = Maps { job, network: &mut *network, look, sums: VecDeque::new(), first: 0 };
        let mut clip: VecDeque<Vec<f32>> = VecDeque::new();
        let (mut start, mut windows) = (0, plan.windows().iter().copied().peekable());
        read_ahead(&*seen, ReadAhead::new(), |frames| {
            let mut index = 0;
            while let Some(lent) = frames.next_frame() {
                let mut values = vec![0.0; look.clip(1).frame_values()];
                look.scale().fill(lent?.frame, &mut values)?;
                clip.push_back(values);
                index += 1;
                while let Some(window) = windows.next_if(|window| window.frames().end <= index) {
                    maps.add(window, &clip, start)?;
                    let keep = windows.peek().map_or(index, |next| next.start());
                    clip.drain(..(keep - start).min(clip.len()));
                    start = keep;
                    maps.write_before(keep, &folder, seen.numbers())?;
                }
                done += 1;
                watch.tell(Event::Advanced { done })?;
            }
            Ok::<_, Error>(())
        })?;
    }
    Ok(watch.tell(Event::Finished)?)
}

/// Sums of the maps of frames that further clips may cover.
struct Maps<'a> {
    job: &'a MapJob<'a>,
    network: &'a mut dyn ClipScorer,
    look: Look,
    sums: VecDeque<Sum>,
    /// The index of the first of them.
    first: usize,
}

/// Maps of one frame, added up.
#[derive(Default)]
struct Sum {
    values: Vec<f32>,
    count: u16,
}

impl Maps<'_> {
    /// Adds the maps of one clip; `frames` are those from `start` on.
    fn add(&mut self, window: Window, frames: &VecDeque<Vec<f32>>, start: usize) -> Result<(), Error> {
        let system = self.job.system;
        let shape = self.look.clip(1);
        let clip: Vec<f32> =
            window.places().flat_map(|place| frames[place - start].iter().copied()).collect();
        let explained = self.network.explained();
        let image = shape.frame_values();
        let mut versions = vec![0.0; explained.len() * image];
        self.network.reconstruct(&clip, 1, &mut versions)?;
        let places = window.places().enumerate().filter(|(place, _)| explained.contains(place));
        for ((place, frame), version) in places.zip(versions.chunks_exact(image)) {
            // Places that repeat the last frame tell nothing new.
            if place >= window.frames().len() {
                break;
            }
            let pair = Pair::new(
                &clip[place * image..][..image],
                version,
                shape.channels,
                shape.width,
                shape.height,
            )
            .map_err(Error::system(&system.name))?;
            let map = error_map(pair, system.score.distance, system.score.channels);
            self.sums.resize_with(self.sums.len().max(frame + 1 - self.first), Sum::default);
            let sum = &mut self.sums[frame - self.first];
            sum.values.resize(map.len(), 0.0);
            sum.values.iter_mut().zip(map).for_each(|(sum, value)| *sum += value);
            sum.count += 1;
        }
        Ok(())
    }

    /// Writes the maps of the frames before this index, which no further clip covers.
    fn write_before(&mut self, index: usize, folder: &Path, numbers: &[FrameNumber]) -> Result<(), Error> {
        while self.first < index && !self.sums.is_empty() {
            let sum = self.sums.pop_front().unwrap_or_default();
            if let Some(number) = numbers.get(self.first).filter(|_| sum.count > 0) {
                let mean: Vec<f32> = sum.values.iter().map(|value| value / f32::from(sum.count)).collect();
                write_image(&folder.join(format!("{number}.npy")), &mean, self.look.clip(1).width)?;
            }
            self.first += 1;
        }
        self.first = self.first.max(index);
        Ok(())
    }
}
