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
                    // Windows may lie apart: the frames between are still to come, and go then.
                    let gone = (keep - start).min(clip.len());
                    clip.drain(..gone);
                    start += gone;
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

#[cfg(test)]
mod tests {
    use oddframe_core::{ClipShape, Silent};
    use oddframe_models::ModelConfig;
    use oddframe_synth::{Preset, Scene};

    use super::*;

    /// Gives black for every frame, so that a frame's map is its square.
    #[derive(Debug)]
    struct Black(ClipShape);

    impl ClipScorer for Black {
        fn clip(&self) -> ClipShape {
            self.0
        }
        fn reconstruct(&mut self, _: &[f32], _: usize, out: &mut [f32]) -> Result<(), oddframe_core::Error> {
            out.fill(0.0);
            Ok(())
        }
    }

    #[test]
    fn every_map_is_of_its_own_frame_also_where_windows_lie_apart_or_overlap() {
        let scene = Scene::new(Preset::Tiny, 0);
        let video = &scene.test()[0] as &dyn FrameSource;
        for (frames, stride) in [(1, 1), (1, 3), (2, 5), (4, 2)] {
            let mut system = SystemRecipe::new("black", ModelConfig::of_kind("conv_ae").unwrap());
            (system.look.width, system.look.height) = (8, 6);
            (system.window.frames, system.window.stride) = (frames, stride);
            let look = system.look.look().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let job = MapJob { system: &system, folder: folder.path(), videos: &[video] };
            write_maps(&job, &mut Black(look.clip(frames)), &mut Silent).unwrap();

            let seen = look.of(video).unwrap();
            let covered = system.window.scored().unwrap().plan(video.video()).unwrap().coverage();
            for (index, number) in video.numbers().iter().enumerate() {
                let path = folder.path().join(video.id().name()).join(format!("{number}.npy"));
                assert_eq!(path.exists(), covered[index] > 0, "{frames} by {stride}, frame {number}");
                if covered[index] == 0 {
                    continue;
                }
                let file = fs::read(path).unwrap();
                let mut values = vec![0.0; look.clip(1).frame_values()];
                look.scale().fill(&seen.read(index).unwrap(), &mut values).unwrap();
                let map = file[file.len() - 4 * values.len()..].as_chunks::<4>().0.iter();
                let map: Vec<f32> = map.map(|bytes| f32::from_le_bytes(*bytes)).collect();
                let squares: Vec<f32> = values.iter().map(|value| value * value).collect();
                let apart = map.iter().zip(&squares).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(apart < 1e-6, "{frames} by {stride}, frame {number}: {apart} apart");
            }
        }
    }
}
