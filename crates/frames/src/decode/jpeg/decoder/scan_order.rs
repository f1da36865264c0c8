//! The order of the blocks in a scan.
//!
//! A scan of several components interleaves them: MCU by MCU, and within one the blocks of each
//! component row by row. A scan of a single component has its blocks row by row, without the
//! padding of MCUs.

use super::bit_reader::BitReader;
use super::bit_reader::Fault;
use super::headers::{FrameHeader, ScanHeader};
use crate::decode::image_error::ImageError;
use crate::decode::jpeg_header::damaged;

/// The blocks of a scan in their order.
#[derive(Debug)]
pub(super) struct ScanOrder {
    /// MCUs across and down.
    mcus: (usize, usize),
    /// Blocks across and down in an MCU, for each component of the scan.
    parts: Vec<(usize, usize)>,
    /// MCUs between two restart markers; 0 means none.
    restart_interval: usize,
}

/// Reads the blocks of a scan.
pub(super) trait BlockReader {
    /// Reads the block at a column and a row of blocks of a component of the scan.
    fn read_block(
        &mut self,
        bits: &mut BitReader<'_>,
        part: usize,
        column: usize,
        row: usize,
    ) -> Result<(), Fault>;

    /// Resets what is predicted from earlier blocks, at a restart marker.
    fn reset_prediction(&mut self);
}

impl ScanOrder {
    /// The order of a scan.
    pub(super) fn new(frame: &FrameHeader, scan: &ScanHeader, restart_interval: usize) -> Self {
        // In a scan of a single component each block is an MCU.
        if let [(only, ..)] = *scan.parts {
            let mcus = frame.components[only].block_counts();
            return Self {
                mcus,
                parts: vec![(1, 1)],
                restart_interval,
            };
        }
        let components = scan.parts.iter().map(|part| &frame.components[part.0]);
        let parts = components
            .map(|component| (component.h, component.v))
            .collect();
        Self {
            mcus: frame.mcu_counts(),
            parts,
            restart_interval,
        }
    }

    /// The number of blocks in the scan.
    pub(super) fn block_count(&self) -> usize {
        self.mcus.0 * self.mcus.1 * self.parts.iter().map(|(h, v)| h * v).sum::<usize>()
    }

    /// Reads all blocks. Returns the offset of the marker behind the scan.
    #[inline(always)]
    pub(super) fn read_scan<B: BlockReader>(
        &self,
        mut bits: BitReader<'_>,
        blocks: &mut B,
    ) -> Result<usize, ImageError> {
        match self.read_blocks(&mut bits, blocks) {
            Ok(end) => Ok(end),
            // Behind the last bits the reader supplies zeros, which can look like any damage.
            Err(_) if bits.ran_out() => Err(damaged(bits.position(), INCOMPLETE)),
            Err(what) => Err(damaged(bits.position(), what)),
        }
    }

    #[inline(always)]
    fn read_blocks<B: BlockReader>(
        &self,
        bits: &mut BitReader<'_>,
        blocks: &mut B,
    ) -> Result<usize, Fault> {
        let mut left = self.restart_interval;
        let mut number = 0;
        for row in 0..self.mcus.1 {
            for column in 0..self.mcus.0 {
                // Restart markers are numbered from 0 to 7 in turn. Behind each, prediction begins anew.
                if self.restart_interval > 0 {
                    if left == 0 {
                        bits.read_restart_marker(number)?;
                        blocks.reset_prediction();
                        number = (number + 1) % 8;
                        left = self.restart_interval;
                    }
                    left -= 1;
                }
                for (part, (h, v)) in self.parts.iter().enumerate() {
                    for y in 0..*v {
                        for x in 0..*h {
                            blocks.read_block(bits, part, column * h + x, row * v + y)?;
                        }
                    }
                }
                // Once for each MCU is enough: the zeros behind the end only make a few wrong blocks.
                if bits.ran_out() {
                    return Err(INCOMPLETE);
                }
            }
        }
        bits.finish_at_marker()
    }
}

const INCOMPLETE: Fault = "a scan ends before its last block";
