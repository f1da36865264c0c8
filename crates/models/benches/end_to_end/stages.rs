use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use oddframe_clips::{ClipScorer, VideoScorer};
use oddframe_core::{Error, Frame, FrameScorer, FrameSource, ScoreTable, Silent, Video};
use oddframe_frames::FolderVideo;
use oddframe_score::Pair;
use oddframe_submit::{FileFormat, write_scores};
use serde_json::{Value, json};

use crate::Failure;
use crate::system::System;

/// Frames of a video that are looked at: all lie in memory between two stages.
const MOST: usize = 512;

/// What each stage takes when it has the machine for itself.
#[derive(Default)]
pub struct Stages {
    frames: usize,
    /// Reading the file and decoding it.
    decode: Duration,
    /// Resizing.
    prepare: Duration,
    /// Bytes to the numbers of a clip, for each window that holds the frame.
    clips: Duration,
    forward: Duration,
    pool: Duration,
    write: Duration,
}

impl Stages {
    /// Runs one stage after the other over the first frames of each video.
    pub fn measure(
        system: &System,
        scorer: &mut dyn ClipScorer,
        videos: &[FolderVideo],
    ) -> Result<Self, Failure> {
        let mut spent = Self::default();
        for video in videos {
            let frames = spent.read(system, video)?;
            spent.score(system, scorer, video, &frames)?;
            spent.frames += frames.len();
        }
        Ok(spent)
    }

    fn read(&mut self, system: &System, video: &FolderVideo) -> Result<Vec<Frame>, Failure> {
        let timed = Timed { source: video, nanos: AtomicU64::new(0) };
        let seen = system.options.look().of(&timed)?;
        let mut frames = vec![Frame::new(seen.shape()); seen.numbers().len().min(MOST)];
        let start = Instant::now();
        for (index, frame) in frames.iter_mut().enumerate() {
            seen.read_into(index, frame)?;
        }
        let decode = Duration::from_nanos(timed.nanos.load(Ordering::Relaxed));
        self.prepare += start.elapsed().saturating_sub(decode);
        self.decode += decode;
        Ok(frames)
    }

    fn score(
        &mut self,
        system: &System,
        scorer: &mut dyn ClipScorer,
        video: &FolderVideo,
        frames: &[Frame],
    ) -> Result<(), Failure> {
        let shape = scorer.clip();
        let image = shape.frame_values();
        let numbers = video.numbers()[..frames.len()].to_vec();
        let plan = system.options.windows().plan(&Video::new(video.id().clone(), video.shape(), numbers)?)?;
        let (mut clips, mut versions) = (Vec::new(), Vec::new());
        for windows in plan.windows().chunks(system.batch) {
            clips.resize(windows.len() * shape.frames * image, 0.0);
            versions.resize(windows.len() * scorer.explained().len() * image, 0.0);
            let start = Instant::now();
            let places = windows.iter().flat_map(|window| window.places());
            for (place, out) in places.zip(clips.chunks_exact_mut(image)) {
                system.options.look().scale().fill(&frames[place], out)?;
            }
            let filled = Instant::now();
            scorer.reconstruct(&clips, windows.len(), &mut versions)?;
            let forward = Instant::now();
            // Both systems explain every frame of a clip.
            for (seen, version) in clips.chunks_exact(image).zip(versions.chunks_exact(image)) {
                let pair = Pair::new(seen, version, shape.channels, shape.width, shape.height)?;
                std::hint::black_box(system.options.measure().of(pair));
            }
            self.clips += filled - start;
            self.forward += forward - filled;
            self.pool += forward.elapsed();
        }
        Ok(())
    }

    /// Writes the scores once more.
    pub fn write(&mut self, table: &ScoreTable, path: &Path) -> Result<(), Failure> {
        let start = Instant::now();
        write_scores(path, table, &FileFormat::Scores)?;
        // As if there were as few frames as the other stages saw.
        self.write = start.elapsed().mul_f64(self.frames as f64 / table.len() as f64);
        Ok(())
    }

    /// Milliseconds a frame.
    pub fn to_json(&self) -> Value {
        let each = |spent: Duration| {
            let ms = spent.as_secs_f64() * 1e3 / self.frames as f64;
            (ms * 1e4).round() / 1e4
        };
        json!({
            "decode": each(self.decode), "prepare": each(self.prepare), "clips": each(self.clips),
            "forward": each(self.forward), "pool": each(self.pool), "write": each(self.write),
        })
    }
}

/// Another source, and how long reading it took.
struct Timed<'a> {
    source: &'a dyn FrameSource,
    nanos: AtomicU64,
}

impl FrameSource for Timed<'_> {
    fn video(&self) -> &Video {
        self.source.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let start = Instant::now();
        let read = self.source.read_into(index, out);
        self.nanos.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        read
    }
}

/// All of it at once: files to scores in a CSV.
pub fn whole(
    scorer: &VideoScorer,
    videos: &[FolderVideo],
    path: &Path,
) -> Result<(ScoreTable, Duration), Failure> {
    let start = Instant::now();
    let sources: Vec<&dyn FrameSource> = videos.iter().map(|video| video as _).collect();
    let table = scorer.score_all(&sources, &mut Silent)?;
    write_scores(path, &table, &FileFormat::Scores)?;
    Ok((table, start.elapsed()))
}
