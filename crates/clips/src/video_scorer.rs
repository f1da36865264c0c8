use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oddframe_core::{
    Align, Error, Event, FrameScorer, FrameSource, Observer, ScoreTable, Silent, VideoScores,
};
use oddframe_frames::ReadAhead;

use crate::stream::{Plan, Stream};
use crate::together::{Seen, see_all};
use crate::{ClipScorer, Look, ScoreOptions};

/// Scores videos with a trained network: frames are decoded ahead while it computes, an overlapping clip decodes and
/// prepares no frame twice, and memory does not grow with the length of a video.
#[derive(Debug)]
pub struct VideoScorer {
    options: ScoreOptions,
    network: Arc<Mutex<Box<dyn ClipScorer>>>,
}

impl VideoScorer {
    /// A scorer for this network.
    ///
    /// # Errors
    /// When the network takes other clips than the look and the windows give, explains only some frames of a clip
    /// while the windows score each, or a batch is of no clip.
    pub fn new(network: Box<dyn ClipScorer>, options: ScoreOptions) -> Result<Self, crate::Error> {
        Self::of(Arc::new(Mutex::new(network)), options)
    }

    /// The same network, scoring in another way. Where both see the same clips and [score together](score_together),
    /// the network runs once for the two.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn again(&self, options: ScoreOptions) -> Result<Self, crate::Error> {
        Self::of(Arc::clone(&self.network), options)
    }

    fn of(shared: Arc<Mutex<Box<dyn ClipScorer>>>, options: ScoreOptions) -> Result<Self, crate::Error> {
        let network = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let (takes, clips) = (network.clip(), options.look.clip(options.windows.length()));
        if takes != clips {
            return Err(crate::Error::OtherClip { network: takes, clips });
        }
        let explained = network.explained();
        if options.windows.align() == Align::Every && explained != (0..takes.frames) {
            let (first, last) = (explained.start, explained.end.saturating_sub(1));
            return Err(crate::Error::UnexplainedFrames { first, last, frames: takes.frames });
        }
        if options.batch == 0 {
            return Err(crate::Error::EmptyBatch);
        }
        drop(network);
        Ok(Self { options, network: shared })
    }

    /// How it scores.
    pub fn options(&self) -> &ScoreOptions {
        &self.options
    }

    /// Whether one run of the network serves both.
    fn runs_with(&self, other: &Self) -> bool {
        let (one, two) = (&self.options, &other.options);
        Arc::ptr_eq(&self.network, &other.network)
            && (one.look, one.windows, one.batch) == (two.look, two.windows, two.batch)
    }

    pub(crate) fn network(&self) -> MutexGuard<'_, Box<dyn ClipScorer>> {
        // Its buffers are written anew by every call.
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FrameScorer for VideoScorer {
    fn score(&self, video: &dyn FrameSource) -> Result<VideoScores, Error> {
        let scored = score_videos(&[video], &[self], ReadAhead::new(), &mut Silent)?;
        let scores = scored.into_iter().flatten().next();
        scores.ok_or_else(|| Error::MissingVideo { video: video.id().clone() })
    }

    fn score_all(&self, videos: &[&dyn FrameSource], watch: &mut dyn Observer) -> Result<ScoreTable, Error> {
        let tables = score_together(videos, &[self], ReadAhead::new(), watch)?;
        tables.into_iter().next().ok_or(Error::Nothing { what: "scored video" })
    }
}

/// Scores the same videos with several scorers, a table for each: every frame is decoded once for all, and a network runs
/// once for all the ways that it [scores in](VideoScorer::again).
///
/// # Errors
/// When there is no video, a frame cannot be read, a score comes out that is not finite, or the observer asks to stop.
pub fn score_together(
    videos: &[&dyn FrameSource],
    scorers: &[&VideoScorer],
    read: ReadAhead,
    watch: &mut dyn Observer,
) -> Result<Vec<ScoreTable>, Error> {
    let frames = videos.iter().map(|video| video.numbers().len() as u64).sum();
    watch.tell(Event::Started { task: "scoring", total: Some(frames) })?;
    let scored = score_videos(videos, scorers, read, watch)?;
    watch.tell(Event::Finished)?;
    scored.into_iter().map(ScoreTable::new).collect()
}

fn score_videos(
    videos: &[&dyn FrameSource],
    scorers: &[&VideoScorer],
    read: ReadAhead,
    watch: &mut dyn Observer,
) -> Result<Vec<Vec<VideoScores>>, Error> {
    let mut looks: Vec<Look> = Vec::new();
    for scorer in scorers {
        if !looks.contains(&scorer.options.look) {
            looks.push(scorer.options.look);
        }
    }
    let runs = runs(scorers);
    let plans = runs
        .iter()
        .map(|run| videos.iter().map(|video| Plan::new(*video, scorers[run[0]].options())).collect())
        .collect::<Result<Vec<Vec<_>>, _>>()?;
    let stream = |run: &Vec<usize>| Stream::new(run.iter().map(|place| scorers[*place]).collect());
    let mut streams: Vec<Stream<'_>> = runs.iter().map(stream).collect();
    let mut scored: Vec<Vec<VideoScores>> = scorers.iter().map(|_| Vec::new()).collect();
    let mut done = 0;
    see_all(videos, &looks, read, &mut |seen: Seen<'_>| {
        for (number, stream) in streams.iter_mut().enumerate() {
            if looks.get(seen.look) != Some(&stream.options().look) {
                continue;
            }
            let plan = &plans[number][seen.video];
            if plan.is_first(seen.index) {
                stream.start(plan);
            }
            stream.push(seen.index, seen.frame)?;
            if plan.is_last(seen.index) {
                for (place, scores) in runs[number].iter().zip(stream.finish()?) {
                    scored[*place].push(scores);
                }
            }
        }
        // Looks run side by side: the last one has seen as much as all.
        if seen.look + 1 == looks.len() {
            done += 1;
            watch.tell(Event::Advanced { done })?;
        }
        Ok(())
    })?;
    Ok(scored)
}

/// The places of the scorers, those together that one run of a network serves.
fn runs(scorers: &[&VideoScorer]) -> Vec<Vec<usize>> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for (place, scorer) in scorers.iter().enumerate() {
        match runs.iter_mut().find(|run| scorers[run[0]].runs_with(scorer)) {
            Some(run) => run.push(place),
            None => runs.push(vec![place]),
        }
    }
    runs
}

#[cfg(test)]
mod tests;
