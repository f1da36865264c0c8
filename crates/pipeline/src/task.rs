//! One part of a run, as the observer sees it.

use std::ops::ControlFlow;

use oddframe_core::{Event, Observer};

/// Reports all work under the name of one task, and collects warnings instead of passing them on: the run reports them when
/// it ends, together with those of earlier sessions.
pub(crate) struct Task<'a> {
    name: &'a str,
    observer: &'a mut dyn Observer,
    pub(crate) warnings: Vec<String>,
}

impl<'a> Task<'a> {
    pub(crate) fn new(name: &'a str, observer: &'a mut dyn Observer) -> Self {
        Self {
            name,
            observer,
            warnings: Vec::new(),
        }
    }
}

impl Observer for Task<'_> {
    fn observe(&mut self, event: Event<'_>) -> ControlFlow<()> {
        match event {
            Event::Started { total, .. } => self.observer.observe(Event::Started {
                task: self.name,
                total,
            }),
            Event::Warned { message } => {
                self.warnings.push(message.to_owned());
                ControlFlow::Continue(())
            }
            other => self.observer.observe(other),
        }
    }
}
