//! Progressive coding: each scan adds to the coefficients of the whole picture.
//!
//! A scan selects a band of coefficients (spectral selection) and one or more of their bits
//! (successive approximation). The first scan of a band brings the upper bits, each later scan one
//! more bit:
//!
//! ```text
//!                 DC       AC 1-5        AC 6-63
//! upper bits    scan 1     scan 2        scan 3
//! bit 1           |        scan 4          |
//! bit 0         scan 5     scan 7        scan 6      (an example; encoders choose bands and order)
//! ```
//!
//! Scans of AC coefficients hold a single component. Runs of blocks without new coefficients in the
//! band are coded as one "end of band" symbol with a count.

use pulp::{Arch, NullaryFnOnce};

use super::bit_reader::{BitReader, Fault};
use super::block::{Block, TOO_MANY_COEFFICIENTS, ZIGZAG, read_dc_difference};
use super::headers::{Component, FrameHeader, ScanHeader};
use super::huffman_table::HuffmanTable;
use super::idct::write_samples;
use super::plane::Plane;
use super::scan_order::{BlockReader, ScanOrder};
use crate::decode::image_error::ImageError;

/// The largest number of passes over the whole picture, which bounds the work that a hostile file
/// can cause. Encoders use about ten scans.
const MAX_PASSES: usize = 64;
/// The number of missing low bits of a coefficient that no scan has brought yet.
const UNKNOWN: u8 = u8::MAX;

/// The coefficients of one component.
#[derive(Debug)]
struct Coefficients {
    blocks: Vec<Block>,
    /// Blocks in a row, including those that pad the last MCU.
    across: usize,
    /// The number of low bits that are missing of each coefficient, by zigzag index.
    missing: [u8; 64],
}

/// The coefficients that the scans so far have brought.
#[derive(Debug)]
pub(super) struct ProgressiveScans {
    components: Vec<Coefficients>,
    /// The number of blocks that further scans may visit.
    budget: usize,
}

impl Coefficients {
    fn new(component: &Component, (mcus_across, mcus_down): (usize, usize)) -> Self {
        let across = mcus_across * component.h;
        let blocks = vec![[0; 64]; across * mcus_down * component.v];
        Self {
            blocks,
            across,
            missing: [UNKNOWN; 64],
        }
    }
}

impl ProgressiveScans {
    /// No coefficients yet.
    pub(super) fn new(frame: &FrameHeader) -> Self {
        let mcus = frame.mcu_counts();
        let components: Vec<_> = frame
            .components
            .iter()
            .map(|c| Coefficients::new(c, mcus))
            .collect();
        let blocks: usize = components.iter().map(|c| c.blocks.len()).sum();
        Self {
            components,
            budget: MAX_PASSES * blocks,
        }
    }

    /// Checks that a scan continues those before it, and records the bits that it brings.
    pub(super) fn check_scan(&mut self, scan: &ScanHeader, order: &ScanOrder) -> Result<(), Fault> {
        let ((from, to), (before, after)) = (scan.band, scan.bits);
        // A scan holds either DC coefficients or AC coefficients of one component.
        let ac_of_one_component = from > 0 && from <= to && scan.parts.len() == 1;
        if !(ac_of_one_component || (from, to) == (0, 0)) {
            return Err("a scan has an impossible range of coefficients");
        }
        self.budget = self
            .budget
            .checked_sub(order.block_count())
            .ok_or("the scans visit the picture more often than those of any encoder")?;
        for (component, ..) in &scan.parts {
            // The first scan of a coefficient brings all its bits but the lowest `after`; each later
            // one brings the next lower bit. The DC coefficients come before all others.
            let missing = &mut self.components[*component].missing;
            let expected = if before == 0 { UNKNOWN } else { before };
            let in_order = before == 0 || before == after + 1;
            let known = from == 0 || missing[0] != UNKNOWN;
            if !in_order || !known || missing[from..=to].iter().any(|bits| *bits != expected) {
                return Err("a scan does not continue where the scans before it stopped");
            }
            missing[from..=to].fill(after);
        }
        Ok(())
    }

    /// Reads a scan that [`Self::check_scan`] accepted, with the Huffman table of each of its
    /// components. Returns the offset of the marker behind it.
    pub(super) fn read_scan(
        &mut self,
        scan: &ScanHeader,
        order: &ScanOrder,
        bits: BitReader<'_>,
        tables: &[&HuffmanTable],
    ) -> Result<usize, ImageError> {
        let reader = ScanReader {
            coefficients: self,
            scan,
            tables,
            last_dc: [0; 4],
            end_of_band_run: 0,
        };
        Arch::new().dispatch(ReadScan {
            order,
            bits,
            reader,
        })
    }

    /// Whether the scans brought all bits of all coefficients.
    pub(super) fn is_complete(&self) -> bool {
        self.components
            .iter()
            .all(|component| component.missing == [0; 64])
    }

    /// Transforms the coefficients of a component to samples.
    pub(super) fn write_plane(&self, component: usize, quantization: &Block, plane: &mut Plane) {
        Arch::new().dispatch(WritePlane {
            coefficients: &self.components[component],
            quantization,
            plane,
        });
    }
}

/// Reads a scan, compiled for the CPU's widest registers.
struct ReadScan<'a, 'b> {
    order: &'a ScanOrder,
    bits: BitReader<'a>,
    reader: ScanReader<'a, 'b>,
}

impl NullaryFnOnce for ReadScan<'_, '_> {
    type Output = Result<usize, ImageError>;

    #[inline(always)]
    fn call(mut self) -> Self::Output {
        self.order.read_scan(self.bits, &mut self.reader)
    }
}

/// Reads the blocks of one scan.
struct ScanReader<'a, 'b> {
    coefficients: &'a mut ProgressiveScans,
    scan: &'a ScanHeader,
    tables: &'a [&'b HuffmanTable],
    last_dc: [i32; 4],
    /// The number of following blocks without new coefficients in the band.
    end_of_band_run: u32,
}

impl BlockReader for ScanReader<'_, '_> {
    #[inline(always)]
    fn read_block(
        &mut self,
        bits: &mut BitReader<'_>,
        part: usize,
        column: usize,
        row: usize,
    ) -> Result<(), Fault> {
        let component = &mut self.coefficients.components[self.scan.parts[part].0];
        let block = &mut component.blocks[row * component.across + column];
        let (first_scan, low) = (self.scan.bits.0 == 0, self.scan.bits.1);
        let run = &mut self.end_of_band_run;
        // Four kinds of scan: of DC coefficients or of a band of AC coefficients, each the first one
        // with the upper bits or a later one with one more bit.
        match self.scan.band {
            (0, _) if first_scan => {
                let difference = read_dc_difference(self.tables[part], bits)?;
                self.last_dc[part] = self.last_dc[part].wrapping_add(difference);
                block[0] = (self.last_dc[part] as i16) << low;
            }
            (0, _) => block[0] |= i16::from(bits.read_bit()) << low,
            band if first_scan => read_band(bits, self.tables[part], block, band, low, run)?,
            band => refine_band(bits, self.tables[part], block, band, low, run)?,
        }
        Ok(())
    }

    fn reset_prediction(&mut self) {
        self.last_dc = [0; 4];
        self.end_of_band_run = 0;
    }
}

/// Reads the upper bits of a block's coefficients in a band, in the first scan of that band.
///
/// A symbol holds a run of zeros (upper four bits) and the size of the coefficient behind it (lower
/// four bits). With size 0 a run of 15 stands for 16 zeros, and a smaller run of r for 2^r, plus r
/// further bits, blocks that end here.
#[inline(always)]
fn read_band(
    bits: &mut BitReader<'_>,
    table: &HuffmanTable,
    block: &mut Block,
    (from, to): (usize, usize),
    low: u8,
    end_of_band_run: &mut u32,
) -> Result<(), Fault> {
    if *end_of_band_run > 0 {
        *end_of_band_run -= 1;
        return Ok(());
    }
    let mut place = from;
    while place <= to {
        bits.refill();
        let symbol = table.read_symbol(bits)?;
        let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 && zeros < 15 {
            // This block is the first of those that end here.
            *end_of_band_run = (1 << zeros) - 1 + bits.take_bits(zeros as u32);
            return Ok(());
        }
        // For 16 zeros (15 and size 0) the increment below counts the last one.
        place += zeros;
        if size > 0 {
            let at = ZIGZAG[..=to].get(place).ok_or(TOO_MANY_COEFFICIENTS)?;
            block[usize::from(*at)] = (bits.take_coefficient(size) as i16) << low;
        }
        place += 1;
    }
    if place == to + 1 {
        Ok(())
    } else {
        Err(TOO_MANY_COEFFICIENTS)
    }
}

/// Reads one more bit of a block's coefficients in a band.
///
/// A symbol holds the number of coefficients that stay zero (upper four bits) and whether a
/// coefficient becomes nonzero behind them (lower four bits: 0 or 1). The coefficients that were
/// nonzero before are not counted; each takes one correction bit as it is passed.
#[inline(always)]
fn refine_band(
    bits: &mut BitReader<'_>,
    table: &HuffmanTable,
    block: &mut Block,
    (from, to): (usize, usize),
    low: u8,
    end_of_band_run: &mut u32,
) -> Result<(), Fault> {
    let mut places = ZIGZAG[from..=to].iter().map(|at| usize::from(*at));
    while *end_of_band_run == 0 && places.len() > 0 {
        bits.refill();
        let symbol = table.read_symbol(bits)?;
        let (mut zeros, size) = (u32::from(symbol >> 4), symbol & 15);
        // A new coefficient is 1 or -1 at the bit of this scan: its sign is the only bit to read.
        let new = match size {
            0 if zeros < 15 => {
                *end_of_band_run = (1 << zeros) + bits.take_bits(zeros);
                break;
            }
            0 => 0,
            1 => (if bits.take_bits(1) == 1 { 1 } else { -1 }) << low,
            _ => return Err("a new coefficient has more than one bit"),
        };
        // Pass over `zeros` coefficients that stay zero, to the place of the new one.
        loop {
            let Some(at) = places.next() else {
                if new != 0 {
                    return Err(TOO_MANY_COEFFICIENTS);
                }
                break;
            };
            if block[at] != 0 {
                refine_coefficient(bits, &mut block[at], low);
            } else if zeros == 0 {
                block[at] = new;
                break;
            } else {
                zeros -= 1;
            }
        }
    }
    // Nothing new in the rest of the band; the nonzero coefficients still take their bits.
    if *end_of_band_run > 0 {
        *end_of_band_run -= 1;
        for at in places {
            if block[at] != 0 {
                refine_coefficient(bits, &mut block[at], low);
            }
        }
    }
    Ok(())
}

/// Reads the correction bit of a nonzero coefficient: it adds one bit to the magnitude.
#[inline(always)]
fn refine_coefficient(bits: &mut BitReader<'_>, coefficient: &mut i16, low: u8) {
    // Like libjpeg, this leaves a bit that is already set, which only a damaged file can have.
    if bits.read_bit() && *coefficient & (1 << low) == 0 {
        *coefficient = coefficient.wrapping_add(coefficient.signum() << low);
    }
}

/// Transforms all blocks of a component, compiled for the CPU's widest registers.
struct WritePlane<'a> {
    coefficients: &'a Coefficients,
    quantization: &'a Block,
    plane: &'a mut Plane,
}

impl NullaryFnOnce for WritePlane<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (row, blocks) in self
            .coefficients
            .blocks
            .chunks_exact(self.coefficients.across)
            .enumerate()
        {
            for (column, block) in blocks.iter().enumerate() {
                if let Some((samples, stride)) = self.plane.block_mut(column, row) {
                    write_samples(
                        block,
                        last_nonzero_bound(block),
                        self.quantization,
                        samples,
                        stride,
                    );
                }
            }
        }
    }
}

/// A zigzag index behind which all coefficients are zero: not the smallest one, but cheap to find.
#[inline(always)]
fn last_nonzero_bound(block: &Block) -> usize {
    // `corner` combines what lies outside the 4x4 corner: the lower four rows, and the right half of
    // the upper four. Bits are combined instead of compared, which takes a few vector instructions.
    let (rows, rest) = block.split_at(32);
    let corner = rest.iter().fold(0, |any, c| any | c)
        | rows
            .as_chunks::<8>()
            .0
            .iter()
            .fold(0, |any, row| any | row[4] | row[5] | row[6] | row[7]);
    let flat = block[1..].iter().fold(0, |any, c| any | c);
    match (flat, corner) {
        (0, _) => 0,
        // `write_samples` computes the whole 4x4 corner for any index from 1 to 9.
        (_, 0) => 9,
        _ => 63,
    }
}
