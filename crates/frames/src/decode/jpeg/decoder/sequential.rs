//! Scans whose blocks are whole: samples as soon as they are read.

use pulp::{Arch, NullaryFnOnce};

use super::super::super::ImageError;
use super::Fault;
use super::bits::Bits;
use super::block::{Block, Coding};
use super::idct::write_samples;
use super::plane::Plane;
use super::walk::{Blocks, Walk};

/// One component of a scan.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) coding: Coding<'a>,
    /// What the coefficients were divided by.
    pub(super) factors: &'a Block,
    /// Where the samples go; nowhere, if nobody wants them.
    pub(super) plane: Option<&'a mut Plane>,
}

/// Reads a scan, and says where it ends.
pub(super) fn read(walk: &Walk, bits: Bits<'_>, parts: Vec<Part<'_>>) -> Result<usize, ImageError> {
    Arch::new().dispatch(Scan { walk, bits, reader: Reader { parts, block: [0; 64] } })
}

struct Scan<'a> {
    walk: &'a Walk,
    bits: Bits<'a>,
    reader: Reader<'a>,
}

impl NullaryFnOnce for Scan<'_> {
    type Output = Result<usize, ImageError>;

    #[inline(always)]
    fn call(mut self) -> Self::Output {
        self.walk.go(self.bits, &mut self.reader)
    }
}

struct Reader<'a> {
    parts: Vec<Part<'a>>,
    block: Block,
}

impl Blocks for Reader<'_> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, part: usize, column: usize, row: usize) -> Result<(), Fault> {
        let Part { coding, factors, plane } = &mut self.parts[part];
        // Blocks that only fill up a unit have no place in the plane.
        let Some((samples, stride)) = plane.as_mut().and_then(|plane| plane.block_mut(column, row)) else {
            return coding.skip(bits);
        };
        let last = coding.read(bits, &mut self.block)?;
        write_samples(&self.block, last, factors, samples, stride);
        Ok(())
    }

    fn restart(&mut self) {
        for part in &mut self.parts {
            part.coding.last_dc = 0;
        }
    }
}
