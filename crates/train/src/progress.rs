use std::time::Instant;

use oddframe_clips::Examples;
use oddframe_core::{Event, Observer};

use crate::Error;

/// Reports a training's progress to its observer, and learns from it whether to cancel.
pub(crate) struct Progress<'a> {
    observer: &'a mut dyn Observer,
    examples_done: u64,
    frames_per_example: usize,
    started: Instant,
}

impl<'a> Progress<'a> {
    /// Announces `epochs` passes over the examples.
    pub(crate) fn start(
        observer: &'a mut dyn Observer,
        examples: &dyn Examples,
        epochs: u64,
    ) -> Result<Self, Error> {
        let total = Some(epochs.saturating_mul(examples.len() as u64));
        observer.tell(Event::Started {
            task: "training",
            total,
        })?;
        let frames_per_example = examples.input_shape().frames;
        Ok(Self {
            observer,
            examples_done: 0,
            frames_per_example,
            started: Instant::now(),
        })
    }

    /// Reports a step on `count` examples and the mean loss of the epoch so far.
    pub(crate) fn report_step(&mut self, count: usize, mean_loss: f64) -> Result<(), Error> {
        self.examples_done += count as u64;
        self.report(Event::Measured {
            name: "loss",
            value: mean_loss,
        })?;
        // Throughput since the start of this run: epochs taken from a checkpoint cost no time and count as none.
        let frames = self.examples_done * self.frames_per_example as u64;
        let seconds = self.started.elapsed().as_secs_f64();
        if seconds > 0.0 {
            self.report(Event::Measured {
                name: "frames/s",
                value: frames as f64 / seconds,
            })?;
        }
        self.poll_cancellation()
    }

    /// Polls the observer for cancellation: repeats the last progress without advancing it.
    pub(crate) fn poll_cancellation(&mut self) -> Result<(), Error> {
        self.report(Event::Advanced {
            done: self.examples_done,
        })
    }

    pub(crate) fn report(&mut self, event: Event<'_>) -> Result<(), Error> {
        Ok(self.observer.tell(event)?)
    }
}
