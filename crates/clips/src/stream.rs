//! One video passing through one network, for all the ways in which it scores.

use std::collections::VecDeque;

use oddframe_core::{Align, Error, Frame, FrameNumber, FrameSource, Video, VideoScores, Window, WindowPlan};
use oddframe_score::WindowMerger;

use crate::{Measure, ScoreOptions, VideoScorer};

/// What is known of a video before its frames come.
pub(crate) struct Plan {
    /// The whole video.
    video: Video,
    /// Frames at its start that the look loses.
    lost: usize,
    windows: WindowPlan,
}

impl Plan {
    pub(crate) fn new(video: &dyn FrameSource, options: &ScoreOptions) -> Result<Self, Error> {
        let seen = options.look.of(video)?;
        let lost = video.numbers().len() - seen.numbers().len();
        Ok(Self { video: video.video().clone(), lost, windows: options.windows.plan(seen.video())? })
    }

    /// Whether the look shows this frame of the video first.
    pub(crate) fn is_first(&self, index: usize) -> bool {
        index == self.lost
    }

    pub(crate) fn is_last(&self, index: usize) -> bool {
        index + 1 == self.video.numbers().len()
    }
}

/// The frames of one video on their way through a network. Buffers stay from video to video.
pub(crate) struct Stream<'a> {
    /// At least one: the same network, the same clips.
    scorers: Vec<&'a VideoScorer>,
    measures: Vec<Measure>,
    run: Option<Run<'a>>,
    /// Memory of frames that no window needs any more.
    spare: Vec<Frame>,
    /// Clips that wait for the batch to be full, `[batch,T,C,H,W]`.
    clips: Vec<f32>,
    versions: Vec<f32>,
    scores: Vec<f64>,
}

struct Run<'a> {
    plan: &'a Plan,
    ways: Vec<Way<'a>>,
    /// Frames from `first` on, by index of the look.
    frames: VecDeque<Frame>,
    first: usize,
    /// The next window to put into a clip.
    next: usize,
    /// Windows in `clips`.
    waiting: Vec<Window>,
    /// Frames that show another one's pixels.
    borrowed: Vec<(usize, FrameNumber)>,
}

/// What one scorer has by now.
struct Way<'a> {
    options: &'a ScoreOptions,
    merger: WindowMerger<'a>,
    scored: Vec<(usize, f64)>,
}

impl<'a> Way<'a> {
    fn new(scorer: &'a VideoScorer, windows: &'a WindowPlan) -> Self {
        let options = scorer.options();
        Self { options, merger: WindowMerger::new(windows, options.overlap), scored: Vec::new() }
    }

    /// Takes the scores of a window's frames; `lost` frames are before the first that the look shows.
    fn take(&mut self, window: &Window, scores: &[f64], lost: usize) -> Result<(), Error> {
        let joined = [self.options.within.join(scores)];
        let each = self.options.windows.align() == Align::Every;
        let scores = if each { &scores[..window.frames().len()] } else { &joined[..] };
        let merged = self.merger.push(scores).map_err(in_windows)?;
        self.scored.extend(merged.map(|(index, score)| (index + lost, score)));
        Ok(())
    }

    fn finish(self, video: &Video, borrowed: &[(usize, FrameNumber)]) -> Result<VideoScores, Error> {
        self.merger.finish().map_err(in_windows)?;
        let mut scores = VideoScores::complete(video, self.scored, self.options.edge)?;
        for (index, donor) in borrowed {
            scores.mark_borrowed(*index, *donor);
        }
        Ok(scores)
    }
}

fn in_windows(source: oddframe_score::Error) -> Error {
    Error::System { system: "windows", source: source.into() }
}

impl Run<'_> {
    /// The next window, once all its frames are there.
    fn whole_window(&mut self) -> Option<Window> {
        let window = self.plan.windows.windows().get(self.next).copied();
        let whole = window.filter(|w| w.frames().end <= self.first + self.frames.len());
        self.next += usize::from(whole.is_some());
        whole
    }
}

impl<'a> Stream<'a> {
    pub(crate) fn new(scorers: Vec<&'a VideoScorer>) -> Self {
        let measures = scorers.iter().map(|scorer| scorer.options().measure).collect();
        let (spare, clips, versions, scores) = Default::default();
        Self { scorers, measures, run: None, spare, clips, versions, scores }
    }

    /// How the first scores: look, windows and batch are those of all.
    pub(crate) fn options(&self) -> &'a ScoreOptions {
        self.scorers[0].options()
    }

    pub(crate) fn start(&mut self, plan: &'a Plan) {
        self.run = Some(Run {
            plan,
            ways: self.scorers.iter().map(|scorer| Way::new(scorer, &plan.windows)).collect(),
            frames: VecDeque::new(),
            first: 0,
            next: 0,
            waiting: Vec::new(),
            borrowed: Vec::new(),
        });
    }

    /// Takes the frame at this index of the video.
    pub(crate) fn push(&mut self, index: usize, frame: &Frame) -> Result<(), Error> {
        let Some(run) = &mut self.run else { return Ok(()) };
        run.borrowed.extend(frame.borrowed_from().map(|donor| (index, donor)));
        let mut kept = self.spare.pop().unwrap_or_else(|| Frame::new(frame.shape()));
        kept.reset(frame.shape(), frame.number());
        kept.pixels_mut().copy_from_slice(frame.pixels());
        run.frames.push_back(kept);
        while let Some(window) = self.run.as_mut().and_then(Run::whole_window) {
            self.enter(window)?;
        }
        self.let_go();
        Ok(())
    }

    /// Puts a window's frames into the batch, and scores the batch when it is full.
    fn enter(&mut self, window: Window) -> Result<(), Error> {
        let options = self.options();
        let image = options.look.clip(1).frame_values();
        let Some(run) = &mut self.run else { return Ok(()) };
        for place in window.places() {
            let from = self.clips.len();
            self.clips.resize(from + image, 0.0);
            options.look.scale().fill(&run.frames[place - run.first], &mut self.clips[from..])?;
        }
        run.waiting.push(window);
        if run.waiting.len() == options.batch { self.score() } else { Ok(()) }
    }

    /// Scores the windows that wait.
    fn score(&mut self) -> Result<(), Error> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let batch = run.waiting.len();
        if batch == 0 {
            return Ok(());
        }
        let mut network = self.scorers[0].network();
        let explained = network.explained().len();
        self.scores.resize(self.measures.len() * batch * explained, 0.0);
        network.score(&self.clips, batch, &self.measures, &mut self.versions, &mut self.scores)?;
        drop(network);
        for (way, scores) in run.ways.iter_mut().zip(self.scores.chunks_exact(batch * explained)) {
            for (window, scores) in run.waiting.iter().zip(scores.chunks_exact(explained)) {
                way.take(window, scores, run.plan.lost)?;
            }
        }
        run.waiting.clear();
        self.clips.clear();
        Ok(())
    }

    /// Frees the frames before the next window.
    fn let_go(&mut self) {
        let Some(run) = &mut self.run else { return };
        let keep_from = match run.plan.windows.windows().get(run.next) {
            Some(next) => next.start(),
            None => run.first + run.frames.len(),
        };
        while run.first < keep_from {
            let Some(frame) = run.frames.pop_front() else { break };
            run.first += 1;
            self.spare.push(frame);
        }
    }

    /// The scores of the video by each scorer, once its last frame came.
    pub(crate) fn finish(&mut self) -> Result<Vec<VideoScores>, Error> {
        self.score()?;
        let Some(run) = self.run.take() else { return Ok(Vec::new()) };
        self.spare.extend(run.frames);
        run.ways.into_iter().map(|way| way.finish(&run.plan.video, &run.borrowed)).collect()
    }
}
