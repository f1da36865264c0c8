//! Scoring frame by frame, from a loop of the caller: a camera, a video that is decoded elsewhere.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use oddframe_core::{
    Error as CoreError, Frame, FrameInput, FrameNumber, FrameScore, FrameSink, FrameStream,
    PreparedFrame, Repairer, ScoreTable, Scorer, Settled, StreamInfo, VideoId, VideoScores,
};
use oddframe_frames::{BadFrames, FramePass, MaskedStream, PassEvent, ReadAhead, Regions};
use oddframe_post::{Calibration, Fusion};

use crate::{Error, Model, SystemRecipe};

/// The score of a frame of live video.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveScore {
    /// The frame.
    pub frame: FrameNumber,
    /// The score of the system before any post-processing, with boxes and the reason where the system gives them.
    pub score: FrameScore,
    /// The calibrated score: see [`ModelCalibration`](crate::ModelCalibration). None where the recipe has no section
    /// `[calibration]`, or post-processes the scores of the system first, which needs whole videos.
    pub calibrated: Option<f64>,
}

/// Scores one video of which frames arrive one by one.
///
/// Made by [`Model::score_live`]. Every pushed frame has exactly one score after [`Self::finish`]; how many frames later it is
/// settled depends on the system.
#[derive(Debug)]
pub struct LiveScorer {
    video: VideoId,
    /// Frames on their way to the pass; none when no more can come.
    frames: Option<SyncSender<Frame>>,
    answers: Receiver<Vec<LiveScore>>,
    pass: Option<JoinHandle<Result<(), Error>>>,
}

impl Model {
    /// Starts to score a video frame by frame with one system: that of this name, or the only one that the recipe fuses. Frames
    /// are repaired, and ignored regions painted, as in a recorded video. The health of the camera is not watched: see
    /// [`Self::health_monitor`].
    ///
    /// # Errors
    /// When there is no such system, several could be meant, its members are joined by rank, which needs whole videos, or it cannot
    /// be opened.
    pub fn score_live(
        &self,
        system: Option<&str>,
        video: &StreamInfo,
    ) -> Result<LiveScorer, Error> {
        let system = self.choose_system(system)?;
        if system.members > 1 && system.join == Fusion::RankMean {
            return Err(Error::NotLive {
                system: system.name.clone(),
            });
        }
        let mut members = Vec::new();
        for (place, member) in self.members.all.iter().enumerate() {
            if member.system == system.name {
                members.push(self.members.open(place, &self.folder)?);
            }
        }
        let (frames, incoming) = sync_channel(0);
        let (outgoing, answers) = channel();
        let pass = LivePass {
            scorers: members,
            repairer: self.members.open_repairer(&self.folder)?,
            regions: self.recipe().applied_regions(),
            join: system.join.clone(),
            calibrations: self.live_calibrations(system)?,
            outgoing,
        };
        let stream = ChannelStream {
            info: video.clone(),
            incoming,
        };
        let thread = thread::Builder::new()
            .name("oddframe-live".to_owned())
            .spawn(move || pass.run(stream))
            .map_err(Error::io("start a thread for", self.folder.path()))?;
        Ok(LiveScorer {
            video: video.id().clone(),
            frames: Some(frames),
            answers,
            pass: Some(thread),
        })
    }

    fn choose_system(&self, name: Option<&str>) -> Result<&SystemRecipe, Error> {
        let systems = &self.recipe().systems;
        let found = match name {
            Some(name) => systems.iter().find(|system| system.name == name),
            None => match &self.recipe().fused_systems().collect::<Vec<_>>()[..] {
                [only] => Some(*only),
                _ => None,
            },
        };
        found.ok_or_else(|| Error::WhichSystem {
            asked: name.map(str::to_owned),
            known: systems.iter().map(|system| system.name.clone()).collect(),
        })
    }

    /// What turns a raw score into a calibrated one; empty where that is not possible frame by frame.
    fn live_calibrations(&self, system: &SystemRecipe) -> Result<Vec<Calibration>, Error> {
        let is_raw = system.post.steps().is_empty() && system.join_post.steps().is_empty();
        let Some(calibration) = self.calibration()?.filter(|_| is_raw) else {
            return Ok(Vec::new());
        };
        let mut steps: Vec<Calibration> = calibration
            .system(&system.name)
            .cloned()
            .into_iter()
            .collect();
        // Where only this system is fused, the fused score is what thresholds and events are about.
        let recipe = self.recipe();
        let is_alone = recipe.fused_systems().count() == 1 && recipe.is_fused(&system.name);
        let is_kept = recipe.fuse.post.steps().is_empty() && recipe.fuse.how != Fusion::RankMean;
        if is_alone && is_kept {
            steps.push(calibration.fused().clone());
        }
        Ok(steps)
    }
}

impl LiveScorer {
    /// Takes the next frame, and returns the scores that are now settled, in the order of the frames. Frame numbers rise
    /// strictly.
    ///
    /// # Errors
    /// When the frame cannot be scored. The video has then ended.
    ///
    /// # Panics
    /// When a system panicked, its panic is resumed here.
    pub fn push(&mut self, frame: Frame) -> Result<Vec<LiveScore>, Error> {
        let Some(frames) = &self.frames else {
            return Err(Error::LiveVideoEnded {
                video: self.video.clone(),
            });
        };
        // The pass answers each frame once it has reached the scorers, so that the same frames give the same answers.
        if frames.send(frame).is_ok()
            && let Ok(settled) = self.answers.recv()
        {
            return Ok(settled);
        }
        self.frames = None;
        self.join_pass()?;
        Err(Error::LiveVideoEnded {
            video: self.video.clone(),
        })
    }

    /// Ends the video, and returns the scores of all frames that had none.
    ///
    /// # Errors
    /// When a frame is left without a score.
    ///
    /// # Panics
    /// As [`Self::push`].
    pub fn finish(mut self) -> Result<Vec<LiveScore>, Error> {
        self.frames = None;
        let settled = self.answers.iter().flatten().collect();
        self.join_pass()?;
        Ok(settled)
    }

    fn join_pass(&mut self) -> Result<(), Error> {
        match self.pass.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(panic)) => resume_unwind(panic),
            None => Ok(()),
        }
    }
}

impl Drop for LiveScorer {
    fn drop(&mut self) {
        // Without a sender the pass ends.
        self.frames = None;
        if let Some(pass) = self.pass.take() {
            let _ = pass.join();
        }
    }
}

/// The pass over live frames, on a thread of its own: it asks for frames, while the caller brings them.
struct LivePass {
    scorers: Vec<Box<dyn Scorer>>,
    repairer: Option<Box<dyn Repairer>>,
    regions: Regions,
    join: Fusion,
    calibrations: Vec<Calibration>,
    outgoing: Sender<Vec<LiveScore>>,
}

impl LivePass {
    fn run(mut self, stream: ChannelStream) -> Result<(), Error> {
        let mut stream = MaskedStream::new(stream, &self.regions)?;
        let settled = Arc::new(Mutex::new(SettledScores::new(self.scorers.len())));
        let mut sinks: Vec<LiveSink> = Vec::new();
        for (member, scorer) in self.scorers.drain(..).enumerate() {
            sinks.push(LiveSink {
                scorer,
                member,
                settled: Settled::new(),
                scores: Arc::clone(&settled),
            });
        }
        let mut sinks: Vec<&mut dyn FrameSink> = sinks
            .iter_mut()
            .map(|sink| sink as &mut dyn FrameSink)
            .collect();
        // A thread that read ahead would wait for a frame while the scores of the one before are on their way.
        let mut pass = FramePass::new()
            .with_read_ahead(ReadAhead::new().on_calling_thread())
            .with_bad_frames(BadFrames::Error);
        if let Some(repairer) = &mut self.repairer {
            pass = pass.with_repairer(&mut **repairer);
        }
        let answer = || {
            let scores = lock(&settled).take_joined(&self.join, &self.calibrations)?;
            // A caller that is gone needs no answer: the stream ends next.
            let _ = self.outgoing.send(scores);
            Ok::<(), CoreError>(())
        };
        pass.run_stream(&mut stream, &mut sinks, &mut |event| match event {
            PassEvent::Advanced { .. } => answer(),
            _ => Ok(()),
        })?;
        answer()?;
        Ok(lock(&settled).check_complete(stream.info().id())?)
    }
}

fn lock(settled: &Mutex<SettledScores>) -> std::sync::MutexGuard<'_, SettledScores> {
    settled.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The frames that the caller pushes, as a stream.
struct ChannelStream {
    info: StreamInfo,
    incoming: Receiver<Frame>,
}

impl FrameStream for ChannelStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_into(&mut self, out: &mut Frame) -> Result<bool, CoreError> {
        match self.incoming.recv() {
            Ok(frame) => {
                *out = frame;
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }
}

/// Scores of the members of a system that wait for those of the others.
struct SettledScores {
    numbers: VecDeque<FrameNumber>,
    members: Vec<VecDeque<FrameScore>>,
}

impl SettledScores {
    fn new(members: usize) -> Self {
        Self {
            numbers: VecDeque::new(),
            members: vec![VecDeque::new(); members],
        }
    }

    /// Takes out the frames that every member has scored.
    fn take_joined(
        &mut self,
        join: &Fusion,
        calibrations: &[Calibration],
    ) -> Result<Vec<LiveScore>, CoreError> {
        let mut joined = Vec::new();
        while self.members.iter().all(|scores| !scores.is_empty()) {
            let Some(frame) = self.numbers.pop_front() else {
                break;
            };
            let own = self.members.iter_mut().filter_map(VecDeque::pop_front);
            let score = join_scores(join, frame, own.collect())?;
            let calibrated = (!calibrations.is_empty()).then(|| {
                let steps = calibrations.iter();
                steps.fold(score.value, |value, step| step.calibrate(value))
            });
            joined.push(LiveScore {
                frame,
                score,
                calibrated,
            });
        }
        Ok(joined)
    }

    fn check_complete(&self, video: &VideoId) -> Result<(), CoreError> {
        match self.numbers.front() {
            Some(frame) => Err(CoreError::Unscored {
                video: video.clone(),
                frame: *frame,
                missing: self.numbers.len(),
            }),
            None => Ok(()),
        }
    }
}

/// The score of a system for one frame. Boxes and the reason are those of the first member that has any.
fn join_scores(
    join: &Fusion,
    frame: FrameNumber,
    mut members: Vec<FrameScore>,
) -> Result<FrameScore, CoreError> {
    let video = VideoId::new("live");
    let mut tables = Vec::with_capacity(members.len());
    for score in &members {
        // One frame as a table: it refuses values that are not finite, and is fused as whole videos are.
        tables.push(ScoreTable::new(vec![VideoScores::from_parts(
            video.clone(),
            vec![frame],
            vec![score.value],
            vec![score.origin],
        )?])?);
    }
    let joined = match <[ScoreTable; 1]>::try_from(tables) {
        Ok([table]) => table,
        Err(tables) => join
            .fuse(&tables)
            .map_err(Error::from)
            .map_err(Error::into_core)?,
    };
    let joined = &joined.videos()[0];
    let explains = |score: &FrameScore| !score.boxes.is_empty() || score.reason.is_some();
    let told = members.iter().position(explains).unwrap_or(0);
    Ok(FrameScore {
        value: joined.values()[0],
        origin: joined.origins()[0],
        ..members.swap_remove(told)
    })
}

/// Passes frames to the scorer of a member.
struct LiveSink {
    scorer: Box<dyn Scorer>,
    member: usize,
    settled: Settled,
    scores: Arc<Mutex<SettledScores>>,
}

impl LiveSink {
    fn collect(&mut self) {
        let mut scores = lock(&self.scores);
        scores.members[self.member].extend(self.settled.take_scores(0));
    }
}

impl FrameSink for LiveSink {
    fn input(&self) -> FrameInput {
        self.scorer.input()
    }

    fn start(&mut self, _video: usize, info: &StreamInfo) -> Result<bool, CoreError> {
        self.scorer.start(info)?;
        Ok(true)
    }

    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), CoreError> {
        if self.member == 0 {
            lock(&self.scores).numbers.push_back(frame.number);
        }
        self.scorer.push(frame, &mut self.settled)?;
        self.collect();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), CoreError> {
        self.scorer.finish(&mut self.settled)?;
        self.collect();
        Ok(())
    }
}
