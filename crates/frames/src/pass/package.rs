//! The buffers that circulate between the reading threads and the consumer.

use std::time::Duration;

use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};

use super::plan::Plan;
use crate::ReadAhead;
use crate::converter::Converter;
use crate::ring::{Outcome, Ring};

/// One decoded frame with its conversions: the item of the ring.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) number: FrameNumber,
    pub(super) time: Option<Duration>,
    /// The frame that the pixels belong to, if the source itself replaced this one.
    pub(super) borrowed: Option<FrameNumber>,
    /// The frame as it was decoded; only where a repairer may change it.
    pub(super) whole: Option<Frame>,
    /// One frame for each conversion of the plan. Those that the video does not need hold leftovers.
    pub(super) converted: Vec<Frame>,
}

impl Package {
    /// Converts `whole`, which is frame `number`, as often as needed.
    pub(super) fn convert(
        &mut self,
        whole: &Frame,
        number: FrameNumber,
        converters: &mut [Converter],
        needed: &[bool],
    ) {
        (self.number, self.time, self.borrowed) = (number, whole.time(), whole.borrowed_from());
        for ((converter, out), _) in converters
            .iter_mut()
            .zip(&mut self.converted)
            .zip(needed)
            .filter(|(_, needed)| **needed)
        {
            converter.convert_into(whole, out);
        }
    }
}

/// A package that returns to the ring when it is dropped.
#[derive(Debug)]
pub(super) struct Lent<'r> {
    ring: &'r Ring<Package>,
    package: Option<Package>,
}

impl<'r> Lent<'r> {
    pub(super) fn new(ring: &'r Ring<Package>, package: Package) -> Self {
        Self {
            ring,
            package: Some(package),
        }
    }

    pub(super) fn package(&self) -> &Package {
        self.package
            .as_ref()
            .unwrap_or_else(|| unreachable!("a package is there until it is dropped"))
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(package) = self.package.take() {
            self.ring.give_back(package);
        }
    }
}

/// Makes packages, and knows how many there may be.
pub(super) struct PackagePool<'a> {
    plan: &'a Plan,
    /// The largest shape that frames are expected to have.
    largest: FrameShape,
    /// Whether packages carry the frame as it was decoded.
    keeps_whole: bool,
    pub(super) ring: Ring<Package>,
}

impl<'a> PackagePool<'a> {
    /// `largest` is the largest shape of a frame and `total` the number of all frames, where they are known.
    pub(super) fn new(
        plan: &'a Plan,
        largest: Option<FrameShape>,
        total: Option<usize>,
        read: ReadAhead,
        threads: usize,
    ) -> Self {
        let keeps_whole = plan.repairer.is_some();
        let slots = match largest {
            // How large a package becomes is not known, so as few as possible are used.
            None if keeps_whole || plan.keeps_size() => threads + 1,
            largest => {
                let largest = largest.unwrap_or(FrameShape::SMALLEST);
                // Whole frames are in the packages, or one is in the scratch of each thread.
                let (kept, reserved) = if keeps_whole {
                    (largest.bytes(), 0)
                } else {
                    (0, threads * largest.bytes())
                };
                let overhead = size_of::<Option<(Package, Outcome)>>()
                    + plan.conversions.len() * size_of::<Frame>();
                read.slot_count(
                    kept + plan.converted_bytes(largest) + overhead,
                    reserved,
                    threads,
                )
            }
        };
        // A short video needs no more packages than it has frames.
        let ring = Ring::new(slots.min(total.unwrap_or(usize::MAX)), threads, total);
        Self {
            plan,
            largest: largest.unwrap_or(FrameShape::SMALLEST),
            keeps_whole,
            ring,
        }
    }

    /// The shape for the buffer into which a thread decodes, when packages do not keep the decoded frame.
    pub(super) fn scratch_shape(&self) -> FrameShape {
        if self.keeps_whole {
            FrameShape::SMALLEST
        } else {
            self.largest
        }
    }

    /// A package of which every buffer has its final size, where that is known.
    pub(super) fn new_package(&self) -> Package {
        Package {
            number: FrameNumber(0),
            time: None,
            borrowed: None,
            whole: self.keeps_whole.then(|| Frame::new(self.largest)),
            converted: self
                .plan
                .conversions
                .iter()
                .map(|c| self.new_frame(c.size, c.format))
                .collect(),
        }
    }

    fn new_frame(&self, size: Option<(usize, usize)>, format: PixelFormat) -> Frame {
        let (width, height) = size.unwrap_or((self.largest.width(), self.largest.height()));
        FrameShape::new(width, height, format).map_or_else(|_| Frame::default(), Frame::new)
    }
}
