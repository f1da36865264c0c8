//! From frames to what they show: one video, front to back.
//!
//! ```text
//! frames ─▶ shrink, blur ─▶ masks ─┬─▶ dwell clock ───────────────────────────────┐
//!    └────▶ flow from the frame before ─▶ motion ─▶ mean over 9 frames ─▶ windows ─┼─▶ findings
//!                                  └─▶ cleaned mask ─▶ objects ─▶ looks, colours ──┘
//! ```
//!
//! The frames of a batch are analysed in parallel. Nothing but the dwell clock depends on all frames before, so that the
//! result depends neither on the batches nor on the threads.

mod finder;
mod geometry;
mod watcher;

use std::collections::VecDeque;
use std::sync::Arc;

use oddframe_core::{Frame, FrameNumber};
use oddframe_flow::{EstimateFlow, Flow};
use rayon::prelude::*;

use self::finder::{Finder, Waiting};
pub(crate) use self::geometry::Geometry;
use self::watcher::Watcher;
use crate::Error;
use crate::dwell::{Covered, DwellClock, PersonCells};
use crate::found::FrameFindings;
use crate::masks::View;
use crate::motion::{Motion, REACH};

/// Analyses the frames of one video.
#[derive(Debug)]
pub(crate) struct Analysis {
    geometry: Arc<Geometry>,
    /// Whether objects are described; pseudo-anomalies need none of that.
    describe_looks: bool,
    watchers: Vec<Watcher>,
    finders: Vec<Finder>,
    clock: DwellClock,
    /// The size of a person in each row of cells.
    people: Vec<PersonCells>,
    /// The picture before the next one, and its number.
    previous: Option<(Frame, FrameNumber)>,
    /// The first frame, whose motion is that of the second.
    first: Option<Waiting>,
    /// Frames whose neighbours are still to come or still needed.
    waiting: VecDeque<Waiting>,
    /// The place in `waiting` of the next frame to be finished.
    next: usize,
}

impl Analysis {
    pub(crate) fn new(geometry: Arc<Geometry>, describe_looks: bool) -> Self {
        Self {
            people: geometry.people_by_cell(),
            geometry,
            describe_looks,
            watchers: Vec::new(),
            finders: Vec::new(),
            clock: DwellClock::default(),
            previous: None,
            first: None,
            waiting: VecDeque::new(),
            next: 0,
        }
    }

    /// Begins another video, keeping the buffers.
    pub(crate) fn restart(&mut self) {
        self.clock = DwellClock::default();
        self.previous = None;
        self.first = None;
        self.waiting.clear();
        self.next = 0;
    }

    /// Analyses the next frames, and appends the findings of each frame whose neighbours are now known to `findings`, in order.
    pub(crate) fn push(
        &mut self,
        frames: &[Frame],
        view: &View,
        findings: &mut Vec<FrameFindings>,
    ) -> Result<(), Error> {
        while self.watchers.len() < frames.len() {
            self.watchers.push(Watcher::new()?);
        }
        let shape = self.geometry.shape;
        let watchers = &mut self.watchers[..frames.len()];
        watchers
            .par_iter_mut()
            .zip(frames)
            .for_each(|(watcher, frame)| watcher.watch(frame, shape, view));
        self.estimate_motion(frames)?;
        for (place, frame) in frames.iter().enumerate() {
            self.advance(place, frame.number());
        }
        self.finish_frames(REACH, findings);
        Ok(())
    }

    /// Ends the video: appends what is known of the remaining frames.
    pub(crate) fn finish(&mut self, findings: &mut Vec<FrameFindings>) {
        // A video of a single frame has no motion.
        if let Some(mut first) = self.first.take() {
            let shape = self.geometry.shape;
            let still = Flow::new(shape.width(), shape.height());
            first.motion = Motion::new(std::mem::take(&mut first.motion.moving), &still, 1.0);
            self.waiting.push_back(first);
        }
        self.finish_frames(0, findings);
        self.restart();
    }

    /// Estimates the flow to each frame of the batch from the frame before.
    fn estimate_motion(&mut self, frames: &[Frame]) -> Result<(), Error> {
        let previous = self
            .previous
            .as_ref()
            .map(|(frame, number)| (frame, *number));
        let watchers = &mut self.watchers[..frames.len()];
        // Each watcher needs the picture of the one before it, so the pictures leave the watchers for this.
        let pictures: Vec<Frame> = watchers
            .iter_mut()
            .map(|watcher| std::mem::take(&mut watcher.picture))
            .collect();
        let done = watchers
            .par_iter_mut()
            .enumerate()
            .map(|(place, watcher)| {
                let before = match place.checked_sub(1) {
                    Some(before) => Some((&pictures[before], frames[before].number())),
                    None => previous,
                };
                let Some((before, number)) = before else {
                    watcher.gap = 1.0;
                    return Ok(());
                };
                watcher
                    .dis
                    .estimate(before, &pictures[place], &mut watcher.flow)?;
                let gap = frames[place].number().0.saturating_sub(number.0);
                watcher.gap = gap.max(1) as f32;
                let moving = watcher.moving.clone();
                watcher.motion = Motion::new(moving, &watcher.flow, watcher.gap);
                Ok(())
            })
            .collect::<Result<(), oddframe_flow::Error>>();
        for (watcher, picture) in watchers.iter_mut().zip(pictures) {
            watcher.picture = picture;
        }
        Ok(done?)
    }

    /// Lets the frame at a place of the batch wait for the frames after it.
    fn advance(&mut self, place: usize, number: FrameNumber) {
        let watcher = &mut self.watchers[place];
        // The clock is the one stage that depends on all frames before, so it runs in order and not in parallel.
        let mut dwell = Vec::new();
        self.clock.advance(
            Covered {
                mask: &watcher.any,
                width: self.geometry.shape.width(),
                frames: watcher.gap,
            },
            &self.people,
            &mut dwell,
        );
        let is_first = self.previous.is_none();
        let (previous, before) = self.previous.get_or_insert_with(Default::default);
        previous.copy_from(&watcher.picture);
        *before = number;
        let mut waiting = Waiting {
            picture: std::mem::take(&mut watcher.picture),
            motion: Motion::default(),
            dwell,
            covered: std::mem::take(&mut watcher.any),
            differences: std::mem::take(&mut watcher.differences),
            blurred: std::mem::take(&mut watcher.blurred),
            colors: std::mem::take(&mut watcher.colors),
        };
        // There is no flow to the first frame. It waits for the second and takes that one's flow.
        if is_first {
            waiting.motion.moving = std::mem::take(&mut watcher.moving);
            self.first = Some(waiting);
            return;
        }
        if let Some(mut first) = self.first.take() {
            let moving = std::mem::take(&mut first.motion.moving);
            first.motion = Motion::new(moving, &watcher.flow, watcher.gap);
            self.waiting.push_back(first);
        }
        waiting.motion = std::mem::take(&mut watcher.motion);
        self.waiting.push_back(waiting);
    }

    /// Finishes the frames with at least `after` frames behind them.
    fn finish_frames(&mut self, after: usize, findings: &mut Vec<FrameFindings>) {
        // The mean motion of a frame needs up to REACH frames on either side.
        let ready = self.next..self.waiting.len().saturating_sub(after).max(self.next);
        while self.finders.len() < ready.len() {
            self.finders.push(Finder::default());
        }
        let (geometry, looks) = (&self.geometry, self.describe_looks);
        let frames: &[Waiting] = self.waiting.make_contiguous();
        let found: Vec<FrameFindings> = self.finders[..ready.len()]
            .par_iter_mut()
            .zip(ready.clone())
            .map(|(finder, place)| {
                let window = neighbours(frames, place);
                finder.find(&frames[place], window, geometry, looks)
            })
            .collect();
        findings.extend(found);
        // Frames stay until no later frame has them in its window.
        self.next = ready.end;
        let unneeded = self.next.saturating_sub(REACH);
        self.waiting.drain(..unneeded);
        self.next -= unneeded;
    }
}

/// The frames at most [`REACH`] frames of time away. There are fewer at the ends of a video and around missing frames: frames
/// that are further away do not take their place, because by then other people walk there.
fn neighbours(frames: &[Waiting], place: usize) -> &[Waiting] {
    let (now, reach) = (frames[place].picture.number().0, REACH as u64);
    let start =
        frames.partition_point(|frame| frame.picture.number().0 < now.saturating_sub(reach));
    let end = frames.partition_point(|frame| frame.picture.number().0 <= now.saturating_add(reach));
    &frames[start..end]
}

#[cfg(test)]
mod tests {
    use oddframe_boxes::HeightProfile;
    use oddframe_core::{FrameShape, PixelFormat};

    use super::*;
    use crate::hog;

    fn geometry() -> Arc<Geometry> {
        Arc::new(Geometry {
            shape: FrameShape::new(64, 48, PixelFormat::Gray).unwrap(),
            heights: HeightProfile::constant(16.0),
            by_centre: vec![16.0; 48],
        })
    }

    /// A bright textured block of 8x16 pixels that moves right by two pixels each frame.
    fn frames(count: usize) -> Vec<Frame> {
        let shape = geometry().shape;
        (0..count)
            .map(|number| {
                let mut frame = Frame::new(shape);
                frame.relabel(FrameNumber(number as u64), None);
                for (place, pixel) in frame.pixels_mut().iter_mut().enumerate() {
                    let (x, y) = (place % 64, place / 64);
                    let left = 4 + 2 * number;
                    let inside = (left..left + 8).contains(&x) && (16..32).contains(&y);
                    *pixel = if inside {
                        150 + (((x - left) * 37 + y * 53) % 80) as u8
                    } else {
                        60 + ((x * 7 + y * 13) % 9) as u8
                    };
                }
                frame
            })
            .collect()
    }

    fn view() -> View {
        let empty: Vec<f32> = (0..64 * 48)
            .map(|i| 60.0 + ((i % 64 * 7 + i / 64 * 13) % 9) as f32)
            .collect();
        View {
            background: empty.clone(),
            own: empty,
            threshold: 20.0,
            ..View::default()
        }
    }

    fn analyse(frames: &[Frame], batch: usize) -> Vec<FrameFindings> {
        let (mut analysis, mut found) = (Analysis::new(geometry(), true), Vec::new());
        for frames in frames.chunks(batch) {
            analysis.push(frames, &view(), &mut found).unwrap();
        }
        analysis.finish(&mut found);
        found
    }

    #[test]
    fn a_moving_block_is_an_object_with_its_velocity() {
        let found = analyse(&frames(12), 4);
        assert_eq!(found.len(), 12);
        let middle = &found[6];
        assert_eq!(middle.objects.len(), 1);
        assert!(
            (middle.objects[0].foot() - 32.0).abs() <= 3.0,
            "{:?}",
            middle.objects
        );
        assert_eq!(middle.looks.len(), hog::LENGTH);
        let mean = middle.windows.iter().map(|w| f64::from(w.dx)).sum::<f64>()
            / middle.windows.len() as f64;
        assert!((mean - 2.0).abs() < 0.7, "{mean}");
        assert_eq!(middle.dwell.len(), 8 * 6);
    }

    #[test]
    fn batches_do_not_change_the_findings() {
        let frames = frames(11);
        let whole = analyse(&frames, 11);
        for batch in [1, 3] {
            let found = analyse(&frames, batch);
            assert_eq!(found.len(), whole.len());
            for (a, b) in found.iter().zip(&whole) {
                assert_eq!(
                    (&a.windows, &a.objects, &a.looks, &a.shapes, &a.dwell),
                    (&b.windows, &b.objects, &b.looks, &b.shapes, &b.dwell)
                );
            }
        }
    }

    #[test]
    fn short_videos_have_one_finding_for_each_frame() {
        for count in [1, 2, 5] {
            assert_eq!(analyse(&frames(count), 2).len(), count);
        }
        assert!(analyse(&[], 2).is_empty());
    }
}
