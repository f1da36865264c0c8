//! A picture while its scans come in.

use oddframe_core::PixelFormat;

use super::super::super::ImageError;
use super::bits::Bits;
use super::block::{Block, Coding};
use super::huffman::Table;
use super::layout::{Layout, ScanHeader};
use super::plane::Plane;
use super::progressive::Progress;
use super::sequential::{self, Part};
use super::tables::Tables;
use super::walk::Walk;
use super::{Fault, damaged};

/// A frame header, and what of the picture is there.
#[derive(Debug)]
pub(super) struct Picture {
    layout: Layout,
    /// What each component's coefficients were divided by, as it was when its first scan started.
    factors: Vec<Option<Block>>,
    /// Samples of the first component, or of all.
    planes: Vec<Plane>,
    /// The coefficients, where scans only add to them.
    progress: Option<Progress>,
}

impl Picture {
    /// A picture for its brightness or for its colours.
    pub(super) fn new(layout: Layout, format: PixelFormat) -> Self {
        let planes = layout.components.iter().take(format.channels()).map(Plane::new).collect();
        let progress = layout.progressive.then(|| Progress::new(&layout));
        Self { factors: vec![None; layout.components.len()], planes, progress, layout }
    }

    /// Reads the scan whose header is at a place and whose bits start at another, and says where it ends.
    pub(super) fn read_scan(
        &mut self,
        tables: &Tables,
        bytes: &[u8],
        at: usize,
        body: &[u8],
        start: usize,
    ) -> Result<usize, ImageError> {
        let wrong = |what| damaged(at, what);
        let scan = ScanHeader::read(&self.layout, body).map_err(wrong)?;
        let walk = Walk::new(&self.layout, &scan, tables.interval);
        let bits = Bits::new(bytes, start);
        let first_time = self.take_factors(&scan, tables).map_err(wrong)?;
        if let Some(progress) = &mut self.progress {
            progress.announce(&scan, &walk).map_err(wrong)?;
            let codes = scan.parts.iter().map(|(_, dc, ac)| match scan.band.0 {
                0 => tables.dc(*dc),
                _ => tables.ac(*ac),
            });
            let codes = codes.collect::<Result<Vec<&Table>, _>>().map_err(wrong)?;
            return progress.read(&scan, &walk, bits, &codes);
        }
        if !first_time {
            return Err(wrong("a component has a second scan"));
        }
        let mut planes: Vec<_> = self.planes.iter_mut().map(Some).collect();
        let part = |(component, dc, ac): &(usize, usize, usize)| {
            Ok(Part {
                coding: Coding { dc: tables.dc(*dc)?, ac: tables.ac(*ac)?, last_dc: 0 },
                factors: self.factors[*component].as_ref().ok_or(NO_DIVISORS)?,
                plane: planes.get_mut(*component).and_then(Option::take),
            })
        };
        let parts = scan.parts.iter().map(part).collect::<Result<_, Fault>>().map_err(wrong)?;
        sequential::read(&walk, bits, parts)
    }

    /// Whether a scan came in.
    pub(super) fn has_scans(&self) -> bool {
        self.factors.iter().any(Option::is_some)
    }

    /// Notes the divisors of a scan's components, and says whether none of them had any before.
    fn take_factors(&mut self, scan: &ScanHeader, tables: &Tables) -> Result<bool, Fault> {
        let mut first_time = true;
        for (component, ..) in &scan.parts {
            let factors = &mut self.factors[*component];
            first_time &= factors.is_none();
            if factors.is_none() {
                *factors = Some(
                    *tables.divisors(self.layout.components[*component].quantization).ok_or(NO_DIVISORS)?,
                );
            }
        }
        Ok(first_time)
    }

    /// The planes, if all that belongs to them was there.
    pub(super) fn finish(mut self) -> Result<(Layout, Vec<Plane>), Fault> {
        const LACKING: Fault = "it ends before its last scan";
        let factors =
            self.factors.iter().map(Option::as_ref).collect::<Option<Vec<&Block>>>().ok_or(LACKING)?;
        if let Some(progress) = &self.progress {
            if !progress.is_complete() {
                return Err(LACKING);
            }
            for (component, (plane, factors)) in self.planes.iter_mut().zip(factors).enumerate() {
                progress.write(component, factors, plane);
            }
        }
        Ok((self.layout, self.planes))
    }
}

const NO_DIVISORS: Fault = "a scan starts before its divisors are known";
