//! One pass over the test videos that feeds every scorer.

use std::cell::RefCell;

use oddframe_core::{
    Error as CoreError, Event, FrameInput, FrameSink, FrameSource, ModelFolder, Observer,
    PreparedFrame, Repairer, ScoreCollector, Scorer, Settled, StreamInfo,
};
use oddframe_frames::{FramePass, PassEvent};
use oddframe_health::HealthMonitor;

use crate::maps::{MapTarget, MapWriter};
use crate::members::Members;
use crate::scoring_results::{ScoringResults, SharedResults};
use crate::watching::HealthSink;
use crate::{Error, RunFolder};

impl Members {
    /// Scores videos with every member that has not scored them yet. Each frame is decoded once for all members.
    ///
    /// With `maps`, its folder gets the error map of every frame: `SYSTEM.N/VIDEO/FRAME.npy`.
    pub(crate) fn score(
        &self,
        videos: &[&dyn FrameSource],
        folder: &RunFolder,
        maps: Option<MapTarget<'_>>,
        results: &mut dyn ScoringResults,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        // Decoding a frame costs more than scoring it with a small network, so all members are fed by a
        // single pass over the videos instead of one pass each. A resumed run opens only the members that
        // still miss a video; the pass skips videos that no sink wants.
        let mut groups = self.open_groups(videos.len(), folder, results)?;
        let frames = self.count_missing_frames(videos, results);
        if frames == 0 {
            return Ok(());
        }
        let mut repairer = self.open_repairer(folder)?;
        // The repair events of the pass and every sink write to the same results. The pass calls them one
        // after the other on this thread, so a borrow that is checked at run time and ends within each call
        // is enough.
        let results = RefCell::new(results);
        let mut sinks: Vec<MemberSink<'_, '_>> = groups
            .drain(..)
            .map(|group| {
                let maps = maps.map(|maps| self.map_writers(&group, maps, folder));
                MemberSink::new(group, &results, maps)
            })
            .collect();
        let monitor = self.open_monitor(folder)?;
        let mut watching = monitor.map(|monitor| HealthSink::new(monitor, videos, &results));
        // The camera is watched first: its findings are written before the scores, which mark a video as done.
        let mut sinks: Vec<&mut dyn FrameSink> = watching
            .iter_mut()
            .map(|sink| sink as &mut dyn FrameSink)
            .chain(sinks.iter_mut().map(|sink| sink as &mut dyn FrameSink))
            .collect();
        let mut pass = FramePass::new().with_bad_frames(folder.recipe().repair.mend);
        if let Some(repairer) = &mut repairer {
            pass = pass.with_repairer(&mut **repairer);
        }
        observer.tell(Event::Started {
            task: "scoring",
            total: Some(frames as u64),
        })?;
        pass.run(videos, &mut sinks, &mut |event| match event {
            PassEvent::Repaired(repairs) => results
                .borrow_mut()
                .take_repairs(&repairs)
                .map_err(Error::into_core),
            PassEvent::Advanced { done } => observer.tell(Event::Advanced { done }),
            _ => Ok(()),
        })?;
        Ok(observer.tell(Event::Finished)?)
    }

    /// A writer of error maps for each output of a group; none for those whose maps are not wanted.
    fn map_writers(
        &self,
        group: &Group,
        maps: MapTarget<'_>,
        folder: &RunFolder,
    ) -> Vec<Option<MapWriter>> {
        let regions = folder.recipe().applied_regions();
        let members = group.members.iter().map(|member| &self.all[*member]);
        members
            .map(|member| {
                let is_wanted = !maps.fused_only || folder.recipe().is_fused(&member.system);
                let name = format!("{}.{}", member.system, member.number);
                is_wanted.then(|| MapWriter::new(maps.folder.join(name), &regions))
            })
            .collect()
    }

    /// The frames of the videos that some member has not scored yet, or through which the camera was not watched.
    fn count_missing_frames(
        &self,
        videos: &[&dyn FrameSource],
        results: &dyn ScoringResults,
    ) -> usize {
        let mut frames = 0;
        for (video, source) in videos.iter().enumerate() {
            let unscored = (0..self.all.len()).any(|member| results.is_missing(member, video));
            let unwatched = self.health.is_some() && results.is_unwatched(video);
            if unscored || unwatched {
                frames += source.numbers().len();
            }
        }
        frames
    }

    /// Opens the members that have something to score. Members that need the same computation share a scorer.
    fn open_groups(
        &self,
        videos: usize,
        folder: &RunFolder,
        results: &dyn ScoringResults,
    ) -> Result<Vec<Group>, Error> {
        let mut groups: Vec<Group> = Vec::new();
        // Greedy grouping: a member joins the first group whose scorer accepts it. Only scorers of the same
        // computation merge (same weights, input and windows), so the order of the groups does not matter.
        // The network then runs once per clip, and its error map is pooled once for each member of the group.
        for member in 0..self.all.len() {
            if !(0..videos).any(|video| results.is_missing(member, video)) {
                continue;
            }
            let mut scorer = Some(self.open(member, folder)?);
            for group in &mut groups {
                let Some(candidate) = scorer.take() else {
                    break;
                };
                match group.scorer.merge(candidate) {
                    Ok(()) => group.members.push(member),
                    Err(refused) => scorer = Some(refused),
                }
            }
            groups.extend(scorer.map(|scorer| Group {
                scorer,
                members: vec![member],
            }));
        }
        Ok(groups)
    }

    pub(crate) fn open_monitor(&self, folder: &RunFolder) -> Result<Option<HealthMonitor>, Error> {
        if self.health.is_none() {
            return Ok(None);
        }
        Ok(Some(folder.read_health_model()?.monitor()?))
    }

    pub(crate) fn open_repairer(
        &self,
        folder: &RunFolder,
    ) -> Result<Option<Box<dyn Repairer>>, Error> {
        let Some(flip) = &self.flip else {
            return Ok(None);
        };
        let opened =
            ModelFolder::open(&folder.flip_model_path()).and_then(|model| flip.open(&model));
        opened.map(Some).map_err(Error::flip)
    }
}

/// A scorer and the members that its outputs belong to, in the order of the outputs.
struct Group {
    scorer: Box<dyn Scorer>,
    members: Vec<usize>,
}

/// Passes frames to the scorer of a group, and its settled scores to the results.
struct MemberSink<'a, 'r> {
    group: Group,
    results: &'a SharedResults<'r>,
    /// The writer of the maps of each output, where they are wanted.
    maps: Vec<Option<MapWriter>>,
    settled: Settled,
    /// The position of the current video, and its scores so far for every output.
    video: usize,
    collectors: Vec<ScoreCollector>,
}

impl<'a, 'r> MemberSink<'a, 'r> {
    fn new(
        group: Group,
        results: &'a SharedResults<'r>,
        maps: Option<Vec<Option<MapWriter>>>,
    ) -> Self {
        let maps = maps.unwrap_or_default();
        let settled = if maps.iter().any(Option::is_some) {
            Settled::new().with_maps()
        } else {
            Settled::new()
        };
        Self {
            group,
            results,
            maps,
            settled,
            video: 0,
            collectors: Vec::new(),
        }
    }

    /// Moves the settled scores into the collectors, and writes the maps.
    fn collect(&mut self) -> Result<(), CoreError> {
        for (output, collector) in self.collectors.iter_mut().enumerate() {
            collector.push_scores(self.settled.take_scores(output));
            let maps = self.settled.take_maps(output);
            if let Some(Some(writer)) = self.maps.get_mut(output) {
                for map in maps {
                    writer.write(map).map_err(Error::into_core)?;
                }
            }
        }
        Ok(())
    }
}

impl FrameSink for MemberSink<'_, '_> {
    fn input(&self) -> FrameInput {
        self.group.scorer.input()
    }

    fn wants(&self, video: usize, _info: &StreamInfo) -> bool {
        let results = self.results.borrow();
        self.group
            .members
            .iter()
            .any(|member| results.is_missing(*member, video))
    }

    fn start(&mut self, video: usize, info: &StreamInfo) -> Result<bool, CoreError> {
        self.video = video;
        let outputs = self.group.members.iter();
        self.collectors = outputs
            .map(|_| ScoreCollector::new(info.id().clone()))
            .collect();
        for writer in self.maps.iter_mut().flatten() {
            writer.start(info).map_err(Error::into_core)?;
        }
        self.group.scorer.start(info)?;
        Ok(true)
    }

    fn preview_positions(&self, info: &StreamInfo) -> Vec<usize> {
        self.group.scorer.preview_positions(info)
    }

    fn preview(&mut self, frame: &PreparedFrame<'_>) -> Result<(), CoreError> {
        self.group.scorer.preview(frame)
    }

    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), CoreError> {
        // The collectors count the frames themselves. A scorer that settles one score too many or too few is
        // then reported at the end of the video instead of shifting all later scores.
        for collector in &mut self.collectors {
            collector.push_frame(frame.number);
        }
        self.group.scorer.push(frame, &mut self.settled)?;
        self.collect()
    }

    fn finish(&mut self) -> Result<(), CoreError> {
        self.group.scorer.finish(&mut self.settled)?;
        self.collect()?;
        for (member, collector) in self.group.members.iter().zip(self.collectors.drain(..)) {
            let scored = collector.finish()?;
            let mut results = self.results.borrow_mut();
            // A member that already has this video rides along because another member of its group needs it.
            // Its earlier scores are kept, so that resuming never rewrites a finished file.
            if results.is_missing(*member, self.video) {
                results
                    .take_scores(*member, self.video, scored)
                    .map_err(Error::into_core)?;
            }
        }
        Ok(())
    }
}
