//! Scans that each add something to the coefficients: a band of them, or one more bit.

use pulp::{Arch, NullaryFnOnce};

use super::super::super::ImageError;
use super::Fault;
use super::bits::Bits;
use super::block::{Block, TOO_MANY, ZIGZAG, difference};
use super::huffman::Table;
use super::idct::write_samples;
use super::layout::{Component, Layout, ScanHeader};
use super::plane::Plane;
use super::walk::{Blocks, Walk};

/// How often the scans may go over the whole picture. Writers do so about ten times.
const MOST_PASSES: usize = 64;
/// A coefficient that no scan had yet.
const UNKNOWN: u8 = u8::MAX;

/// The coefficients of one component.
#[derive(Debug)]
struct Coefficients {
    blocks: Vec<Block>,
    /// Blocks in a row, with those that fill up the last unit.
    across: usize,
    /// How many low bits of each coefficient are lacking.
    lacking: [u8; 64],
}

/// What the scans so far have told.
#[derive(Debug)]
pub(super) struct Progress {
    components: Vec<Coefficients>,
    /// Blocks that the scans may still go over.
    budget: usize,
}

impl Progress {
    pub(super) fn new(layout: &Layout) -> Self {
        let (across, down) = layout.units();
        let room = |component: &Component| {
            let across = across * component.h;
            let blocks = vec![[0; 64]; across * down * component.v];
            Coefficients { blocks, across, lacking: [UNKNOWN; 64] }
        };
        let components: Vec<_> = layout.components.iter().map(room).collect();
        let blocks: usize = components.iter().map(|c| c.blocks.len()).sum();
        Self { components, budget: MOST_PASSES * blocks }
    }

    /// Notes what a scan is about to tell, and refuses what no scan can.
    pub(super) fn announce(&mut self, scan: &ScanHeader, walk: &Walk) -> Result<(), Fault> {
        let ((from, to), (before, after)) = (scan.band, scan.bits);
        let one = from > 0 && from <= to && scan.parts.len() == 1;
        if !(one || (from, to) == (0, 0)) {
            return Err("a scan has an impossible range of coefficients");
        }
        self.budget = self
            .budget
            .checked_sub(walk.len())
            .ok_or("the scans go over the picture more often than any writer's")?;
        for (component, ..) in &scan.parts {
            let lacking = &mut self.components[*component].lacking;
            let expected = if before == 0 { UNKNOWN } else { before };
            let in_order = before == 0 || before == after + 1;
            let known = from == 0 || lacking[0] != UNKNOWN;
            if !in_order || !known || lacking[from..=to].iter().any(|bits| *bits != expected) {
                return Err("a scan does not go on where the ones before it stopped");
            }
            lacking[from..=to].fill(after);
        }
        Ok(())
    }

    /// Reads a scan that was announced, and says where it ends. `tables` are those of its components.
    pub(super) fn read(
        &mut self,
        scan: &ScanHeader,
        walk: &Walk,
        bits: Bits<'_>,
        tables: &[&Table],
    ) -> Result<usize, ImageError> {
        let reader = Reader { progress: self, scan, tables, last_dc: [0; 4], empty: 0 };
        Arch::new().dispatch(Scan { walk, bits, reader })
    }

    /// Whether nothing is lacking any more.
    pub(super) fn is_complete(&self) -> bool {
        self.components.iter().all(|component| component.lacking == [0; 64])
    }

    /// Writes the samples of a component.
    pub(super) fn write(&self, component: usize, factors: &Block, plane: &mut Plane) {
        Arch::new().dispatch(Samples { coefficients: &self.components[component], factors, plane });
    }
}

struct Scan<'a, 'b> {
    walk: &'a Walk,
    bits: Bits<'a>,
    reader: Reader<'a, 'b>,
}

impl NullaryFnOnce for Scan<'_, '_> {
    type Output = Result<usize, ImageError>;

    #[inline(always)]
    fn call(mut self) -> Self::Output {
        self.walk.go(self.bits, &mut self.reader)
    }
}

struct Reader<'a, 'b> {
    progress: &'a mut Progress,
    scan: &'a ScanHeader,
    tables: &'a [&'b Table],
    last_dc: [i32; 4],
    /// How many of the next blocks have nothing new.
    empty: u32,
}

impl Blocks for Reader<'_, '_> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, part: usize, column: usize, row: usize) -> Result<(), Fault> {
        let component = &mut self.progress.components[self.scan.parts[part].0];
        let block = &mut component.blocks[row * component.across + column];
        let (first_time, low) = (self.scan.bits.0 == 0, self.scan.bits.1);
        match self.scan.band {
            (0, _) if first_time => {
                self.last_dc[part] = self.last_dc[part].wrapping_add(difference(self.tables[part], bits)?);
                block[0] = (self.last_dc[part] as i16) << low;
            }
            (0, _) => block[0] |= i16::from(bits.bit()) << low,
            band if first_time => read_band(bits, self.tables[part], block, band, low, &mut self.empty)?,
            band => refine_band(bits, self.tables[part], block, band, low, &mut self.empty)?,
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.last_dc = [0; 4];
        self.empty = 0;
    }
}

/// Reads the coefficients of a band for the first time.
#[inline(always)]
fn read_band(
    bits: &mut Bits<'_>,
    table: &Table,
    block: &mut Block,
    (from, to): (usize, usize),
    low: u8,
    empty: &mut u32,
) -> Result<(), Fault> {
    if *empty > 0 {
        *empty -= 1;
        return Ok(());
    }
    let mut place = from;
    while place <= to {
        bits.refill();
        let symbol = table.symbol(bits)?;
        let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 && zeros < 15 {
            *empty = (1 << zeros) - 1 + bits.take(zeros as u32);
            return Ok(());
        }
        place += zeros;
        if size > 0 {
            let at = ZIGZAG[..=to].get(place).ok_or(TOO_MANY)?;
            block[usize::from(*at)] = (bits.coefficient(size) as i16) << low;
        }
        place += 1;
    }
    if place == to + 1 { Ok(()) } else { Err(TOO_MANY) }
}

/// Reads one more bit for the coefficients of a band that are not zero, and those that are no longer so.
#[inline(always)]
fn refine_band(
    bits: &mut Bits<'_>,
    table: &Table,
    block: &mut Block,
    (from, to): (usize, usize),
    low: u8,
    empty: &mut u32,
) -> Result<(), Fault> {
    let mut places = ZIGZAG[from..=to].iter().map(|at| usize::from(*at));
    while *empty == 0 && places.len() > 0 {
        bits.refill();
        let symbol = table.symbol(bits)?;
        let (mut zeros, size) = (u32::from(symbol >> 4), symbol & 15);
        let new = match size {
            0 if zeros < 15 => {
                *empty = (1 << zeros) + bits.take(zeros);
                break;
            }
            0 => 0,
            1 => (if bits.take(1) == 1 { 1 } else { -1 }) << low,
            _ => return Err("a new coefficient has more than one bit"),
        };
        loop {
            let Some(at) = places.next() else {
                if new != 0 {
                    return Err(TOO_MANY);
                }
                break;
            };
            if block[at] != 0 {
                refine(bits, &mut block[at], low);
            } else if zeros == 0 {
                block[at] = new;
                break;
            } else {
                zeros -= 1;
            }
        }
    }
    if *empty > 0 {
        *empty -= 1;
        for at in places {
            if block[at] != 0 {
                refine(bits, &mut block[at], low);
            }
        }
    }
    Ok(())
}

/// Adds a bit to a coefficient's size.
#[inline(always)]
fn refine(bits: &mut Bits<'_>, coefficient: &mut i16, low: u8) {
    if bits.bit() && *coefficient & (1 << low) == 0 {
        *coefficient = coefficient.wrapping_add(coefficient.signum() << low);
    }
}

struct Samples<'a> {
    coefficients: &'a Coefficients,
    factors: &'a Block,
    plane: &'a mut Plane,
}

impl NullaryFnOnce for Samples<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (row, blocks) in self.coefficients.blocks.chunks_exact(self.coefficients.across).enumerate() {
            for (column, block) in blocks.iter().enumerate() {
                if let Some((samples, stride)) = self.plane.block_mut(column, row) {
                    write_samples(block, last(block), self.factors, samples, stride);
                }
            }
        }
    }
}

/// A coefficient in zigzag behind which all are zero: not the last such one, but quickly found.
#[inline(always)]
fn last(block: &Block) -> usize {
    let (rows, rest) = block.split_at(32);
    let corner = rest.iter().fold(0, |any, c| any | c)
        | rows.as_chunks::<8>().0.iter().fold(0, |any, row| any | row[4] | row[5] | row[6] | row[7]);
    let flat = block[1..].iter().fold(0, |any, c| any | c);
    match (flat, corner) {
        (0, _) => 0,
        // The first four rows and columns are as good as the coefficients up to 9.
        (_, 0) => 9,
        _ => 63,
    }
}
