//! The order of blocks in a scan.

use super::super::super::ImageError;
use super::bits::Bits;
use super::layout::{Layout, ScanHeader};
use super::{Fault, damaged};

/// How a scan goes over the picture.
#[derive(Debug)]
pub(super) struct Walk {
    /// Units across and down.
    units: (usize, usize),
    /// Blocks across and down in a unit, for each component of the scan.
    parts: Vec<(usize, usize)>,
    /// Units between two restart markers; 0 is never.
    interval: usize,
}

/// What a scan does with each of its blocks.
pub(super) trait Blocks {
    /// Reads a block, the one at a column and row of blocks of a component of the scan.
    fn block(&mut self, bits: &mut Bits<'_>, part: usize, column: usize, row: usize) -> Result<(), Fault>;

    /// Forgets what blocks know of the ones before.
    fn restart(&mut self);
}

impl Walk {
    pub(super) fn new(layout: &Layout, scan: &ScanHeader, interval: usize) -> Self {
        // A component alone has no unit but its blocks, and none of those that fill up the units.
        if let [(only, ..)] = *scan.parts {
            return Self { units: layout.components[only].blocks(), parts: vec![(1, 1)], interval };
        }
        let size = |part: &(usize, usize, usize)| (layout.components[part.0].h, layout.components[part.0].v);
        Self { units: layout.units(), parts: scan.parts.iter().map(size).collect(), interval }
    }

    /// How many blocks there are on the way.
    pub(super) fn len(&self) -> usize {
        self.units.0 * self.units.1 * self.parts.iter().map(|(h, v)| h * v).sum::<usize>()
    }

    /// Reads all blocks, and says where the scan ends.
    #[inline(always)]
    pub(super) fn go<B: Blocks>(&self, mut bits: Bits<'_>, blocks: &mut B) -> Result<usize, ImageError> {
        match self.read(&mut bits, blocks) {
            Ok(end) => Ok(end),
            // What comes after the last bits may look like any damage.
            Err(_) if bits.spent() => Err(damaged(bits.place(), SPENT)),
            Err(what) => Err(damaged(bits.place(), what)),
        }
    }

    #[inline(always)]
    fn read<B: Blocks>(&self, bits: &mut Bits<'_>, blocks: &mut B) -> Result<usize, Fault> {
        let mut left = self.interval;
        let mut number = 0;
        for row in 0..self.units.1 {
            for column in 0..self.units.0 {
                if self.interval > 0 {
                    if left == 0 {
                        bits.restart(number)?;
                        blocks.restart();
                        number = (number + 1) % 8;
                        left = self.interval;
                    }
                    left -= 1;
                }
                for (part, (h, v)) in self.parts.iter().enumerate() {
                    for y in 0..*v {
                        for x in 0..*h {
                            blocks.block(bits, part, column * h + x, row * v + y)?;
                        }
                    }
                }
                if bits.spent() {
                    return Err(SPENT);
                }
            }
        }
        bits.finish()
    }
}

const SPENT: Fault = "a scan stops before its last block";
