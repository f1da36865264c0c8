use std::time::Instant;

use oddframe_clips::Examples;
use oddframe_core::{Event, Observer};

use crate::Error;

/// Tells an observer how far a training is.
pub(crate) struct Report<'a> {
    watch: &'a mut dyn Observer,
    done: u64,
    frames: usize,
    started: Instant,
}

impl<'a> Report<'a> {
    /// Announces so many epochs.
    pub(crate) fn start(
        watch: &'a mut dyn Observer,
        examples: &dyn Examples,
        epochs: u64,
    ) -> Result<Self, Error> {
        let total = Some(epochs.saturating_mul(examples.len() as u64));
        watch.tell(Event::Started { task: "training", total })?;
        Ok(Self { watch, done: 0, frames: examples.seen().frames, started: Instant::now() })
    }

    /// So many more examples are behind, and the epoch's mean loss so far is this.
    pub(crate) fn step(&mut self, count: usize, loss: f64) -> Result<(), Error> {
        self.done += count as u64;
        self.tell(Event::Measured { name: "loss", value: loss })?;
        let (frames, seconds) = (self.done * self.frames as u64, self.started.elapsed().as_secs_f64());
        if seconds > 0.0 {
            self.tell(Event::Measured { name: "frames/s", value: frames as f64 / seconds })?;
        }
        self.ask()
    }

    /// Gives the observer a chance to stop.
    pub(crate) fn ask(&mut self) -> Result<(), Error> {
        self.tell(Event::Advanced { done: self.done })
    }

    pub(crate) fn tell(&mut self, event: Event<'_>) -> Result<(), Error> {
        Ok(self.watch.tell(event)?)
    }
}
