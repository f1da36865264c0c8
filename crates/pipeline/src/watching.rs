//! Monitors the health of the camera while videos are scored.

use oddframe_core::{
    Error as CoreError, FrameInput, FrameSink, FrameSource, PreparedFrame, StreamInfo, VideoId,
};
use oddframe_health::{Finding, HealthModel, HealthMonitor};

use crate::Error;
use crate::run_folder::{FoundFrame, HealthRecord};
use crate::scoring_results::SharedResults;

/// Judges every frame of a pass, and hands out what it found when a video ends.
pub(crate) struct HealthSink<'a, 'r> {
    monitor: HealthMonitor,
    results: &'a SharedResults<'r>,
    /// The frame rate of each video of the pass, where known.
    rates: Vec<Option<f64>>,
    video: Option<VideoId>,
    found: Vec<FoundFrame>,
}

impl<'a, 'r> HealthSink<'a, 'r> {
    pub(crate) fn new(
        monitor: HealthMonitor,
        videos: &[&dyn FrameSource],
        results: &'a SharedResults<'r>,
    ) -> Self {
        Self {
            monitor,
            results,
            rates: videos.iter().map(FrameSource::frames_per_second).collect(),
            video: None,
            found: Vec::new(),
        }
    }
}

impl FrameSink for HealthSink<'_, '_> {
    fn input(&self) -> FrameInput {
        HealthModel::input()
    }

    fn wants(&self, video: usize, _info: &StreamInfo) -> bool {
        self.results.borrow().is_unwatched(video)
    }

    fn start(&mut self, video: usize, info: &StreamInfo) -> Result<bool, CoreError> {
        match self.rates.get(video).copied().flatten() {
            Some(rate) => self
                .monitor
                .start(&info.clone().with_frames_per_second(rate)),
            None => self.monitor.start(info),
        }
        self.video = Some(info.id().clone());
        self.found.clear();
        Ok(true)
    }

    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), CoreError> {
        let finding = self.monitor.push(frame).map_err(Error::health)?;
        self.found.extend(finding.map(
            |Finding {
                 problem, strength, ..
             }| FoundFrame {
                frame: frame.number.0,
                problem,
                strength,
            },
        ));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), CoreError> {
        if let Some(video) = self.video.take() {
            let record = HealthRecord {
                video: video.name().to_owned(),
                frames: std::mem::take(&mut self.found),
            };
            let mut results = self.results.borrow_mut();
            results.take_health(record).map_err(Error::into_core)?;
        }
        Ok(())
    }
}
