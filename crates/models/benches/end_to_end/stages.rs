use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use oddframe_clips::ClipScorer;
use oddframe_core::{Error, Frame, FrameSource, ScoreTable, ScoredVideo, Scorer, Silent, Video};
use oddframe_frames::{FolderVideo, FramePass, prepared, score_videos};
use oddframe_score::Pair;
use oddframe_submit::{FileFormat, write_scores};
use serde_json::{Value, json};

use crate::Failure;
use crate::system::System;

/// The most frames of a video that are measured: all of them are in memory between two stages.
const MAX_FRAMES: usize = 512;

/// The time of each stage when it runs by itself.
#[derive(Default)]
pub struct Stages {
    frames: usize,
    /// Reading the file and decoding it.
    decode: Duration,
    /// Resizing.
    prepare: Duration,
    /// Converting bytes to the values of a clip, for each window that contains the frame.
    clips: Duration,
    /// Running the network.
    forward: Duration,
    /// Pooling the errors of each frame into its score.
    pool: Duration,
    /// Writing the scores.
    write: Duration,
}

impl Stages {
    /// Runs one stage after the other over the first frames of each video.
    pub fn measure(
        system: &System,
        scorer: &mut dyn ClipScorer,
        videos: &[FolderVideo],
    ) -> Result<Self, Failure> {
        let mut stages = Self::default();
        for video in videos {
            let frames = stages.read_frames(system, video)?;
            stages.score_frames(system, scorer, video, &frames)?;
            stages.frames += frames.len();
        }
        Ok(stages)
    }

    fn read_frames(&mut self, system: &System, video: &FolderVideo) -> Result<Vec<Frame>, Failure> {
        let timed = Timed {
            source: video,
            nanos: AtomicU64::new(0),
        };
        let prepared = prepared(system.options.input(), &timed)?;
        let mut frames =
            vec![Frame::new(prepared.shape()); prepared.numbers().len().min(MAX_FRAMES)];
        let start = Instant::now();
        for (index, frame) in frames.iter_mut().enumerate() {
            prepared.read_into(index, frame)?;
        }
        let decode = Duration::from_nanos(timed.nanos.load(Ordering::Relaxed));
        self.prepare += start.elapsed().saturating_sub(decode);
        self.decode += decode;
        Ok(frames)
    }

    fn score_frames(
        &mut self,
        system: &System,
        scorer: &mut dyn ClipScorer,
        video: &FolderVideo,
        frames: &[Frame],
    ) -> Result<(), Failure> {
        let shape = scorer.clip();
        let image = shape.frame_values();
        let numbers = video.numbers()[..frames.len()].to_vec();
        let plan = system.options.windows().plan(&Video::new(
            video.id().clone(),
            video.shape(),
            numbers,
        )?)?;
        let (mut clips, mut versions) = (Vec::new(), Vec::new());
        for windows in plan.windows().chunks(system.batch) {
            clips.resize(windows.len() * shape.frames * image, 0.0);
            versions.resize(windows.len() * scorer.predicted_frames().len() * image, 0.0);
            let start = Instant::now();
            let places = windows.iter().flat_map(|window| window.places());
            for (place, out) in places.zip(clips.chunks_exact_mut(image)) {
                system.options.input().scale().fill(&frames[place], out)?;
            }
            let filled = Instant::now();
            scorer.reconstruct(&clips, windows.len(), &mut versions)?;
            let forward = Instant::now();
            // The networks of both systems reconstruct every frame of a clip.
            for (seen, version) in clips.chunks_exact(image).zip(versions.chunks_exact(image)) {
                let pair = Pair::new(seen, version, shape.channels, shape.width, shape.height)?;
                std::hint::black_box(system.options.measure().pool_pair(pair));
            }
            self.clips += filled - start;
            self.forward += forward - filled;
            self.pool += forward.elapsed();
        }
        Ok(())
    }

    /// Measures writing the scores.
    pub fn measure_writing(&mut self, table: &ScoreTable, path: &Path) -> Result<(), Failure> {
        let start = Instant::now();
        write_scores(path, table, &FileFormat::Scores)?;
        // Scaled to the number of frames that the other stages measured.
        self.write = start
            .elapsed()
            .mul_f64(self.frames as f64 / table.len() as f64);
        Ok(())
    }

    /// All stages, in milliseconds per frame.
    pub fn to_json(&self) -> Value {
        json!({
            "decode": self.ms_per_frame(self.decode), "prepare": self.ms_per_frame(self.prepare), "clips": self.ms_per_frame(self.clips),
            "forward": self.ms_per_frame(self.forward), "pool": self.ms_per_frame(self.pool), "write": self.ms_per_frame(self.write),
        })
    }

    fn ms_per_frame(&self, time: Duration) -> f64 {
        let ms = time.as_secs_f64() * 1e3 / self.frames as f64;
        (ms * 1e4).round() / 1e4
    }
}

/// Measures how long reading another source takes.
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
        self.nanos
            .fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        read
    }
}

/// The whole way from image files to scores in a CSV file, with one scorer.
pub fn score_files(
    scorers: &mut [Box<dyn Scorer>; 1],
    videos: &[FolderVideo],
    path: &Path,
) -> Result<(ScoreTable, Duration), Failure> {
    let start = Instant::now();
    let sources: Vec<&dyn FrameSource> = videos.iter().map(|video| video as _).collect();
    let scored = score_videos(&sources, scorers, FramePass::new(), &mut Silent)?;
    let table = ScoreTable::new(
        scored
            .into_iter()
            .flatten()
            .map(ScoredVideo::into_scores)
            .collect(),
    )?;
    write_scores(path, &table, &FileFormat::Scores)?;
    Ok((table, start.elapsed()))
}
