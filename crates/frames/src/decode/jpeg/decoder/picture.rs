//! A picture whose scans are being read.

use oddframe_core::PixelFormat;

use super::bit_reader::BitReader;
use super::bit_reader::Fault;
use super::block::{Block, BlockDecoder};
use super::headers::{FrameHeader, ScanHeader};
use super::huffman_table::HuffmanTable;
use super::plane::Plane;
use super::progressive::ProgressiveScans;
use super::scan_order::ScanOrder;
use super::sequential::{self, ScanComponent};
use super::tables::Tables;
use crate::decode::image_error::ImageError;
use crate::decode::jpeg_header::damaged;

/// The frame header and the parts of the picture that were read.
#[derive(Debug)]
pub(super) struct Picture {
    frame: FrameHeader,
    /// The quantization table of each component at the start of its first scan; later tables do not
    /// affect it.
    quantization: Vec<Option<Block>>,
    /// The samples of the first component (for gray) or of all components.
    planes: Vec<Plane>,
    /// The coefficients of a progressive picture.
    progressive: Option<ProgressiveScans>,
}

impl Picture {
    /// A picture without scans. For gray only the first component, the brightness, is kept.
    pub(super) fn new(frame: FrameHeader, format: PixelFormat) -> Self {
        let planes = frame
            .components
            .iter()
            .take(format.channels())
            .map(Plane::new)
            .collect();
        let progressive = frame.progressive.then(|| ProgressiveScans::new(&frame));
        Self {
            quantization: vec![None; frame.components.len()],
            planes,
            progressive,
            frame,
        }
    }

    /// Reads the scan whose header is at offset `at` with the body `body` and whose bits start at
    /// offset `start`. Returns the offset of the marker behind it.
    pub(super) fn read_scan(
        &mut self,
        tables: &Tables,
        bytes: &[u8],
        at: usize,
        body: &[u8],
        start: usize,
    ) -> Result<usize, ImageError> {
        let scan = ScanHeader::parse(&self.frame, body).map_err(|what| damaged(at, what))?;
        let order = ScanOrder::new(&self.frame, &scan, tables.restart_interval);
        let bits = BitReader::new(bytes, start);
        let first_scans = self
            .keep_quantization(&scan, tables)
            .map_err(|what| damaged(at, what))?;
        // The scans of a progressive picture only collect coefficients, which become samples in
        // `into_planes`. A sequential scan gives its samples at once and cannot be repeated.
        if let Some(progressive) = &mut self.progressive {
            progressive
                .check_scan(&scan, &order)
                .map_err(|what| damaged(at, what))?;
            let huffman = scan_tables(&scan, tables).map_err(|what| damaged(at, what))?;
            return progressive.read_scan(&scan, &order, bits, &huffman);
        }
        if !first_scans {
            return Err(damaged(at, "a component has a second scan"));
        }
        let components = self
            .scan_components(&scan, tables)
            .map_err(|what| damaged(at, what))?;
        sequential::read_scan(&order, bits, components)
    }

    /// Collects the tables and the plane of each component of a sequential scan.
    fn scan_components<'a>(
        &'a mut self,
        scan: &ScanHeader,
        tables: &'a Tables,
    ) -> Result<Vec<ScanComponent<'a>>, Fault> {
        // A scan may list the components in any order. Each plane is taken out of this list by the
        // index of its component; without a plane the component is decoded and dropped.
        let mut planes: Vec<_> = self.planes.iter_mut().map(Some).collect();
        let mut components = Vec::new();
        for (component, dc, ac) in &scan.parts {
            components.push(ScanComponent {
                decoder: BlockDecoder {
                    dc: tables.dc_table(*dc)?,
                    ac: tables.ac_table(*ac)?,
                    last_dc: 0,
                },
                quantization: self.quantization[*component]
                    .as_ref()
                    .ok_or(NO_QUANTIZATION)?,
                plane: planes.get_mut(*component).and_then(Option::take),
            });
        }
        Ok(components)
    }

    /// Whether a scan was read.
    pub(super) fn has_scans(&self) -> bool {
        self.quantization.iter().any(Option::is_some)
    }

    /// Keeps the quantization tables of a scan's components. Returns whether this is the first scan
    /// of all of them.
    fn keep_quantization(&mut self, scan: &ScanHeader, tables: &Tables) -> Result<bool, Fault> {
        let mut first_scans = true;
        for (component, ..) in &scan.parts {
            let kept = &mut self.quantization[*component];
            first_scans &= kept.is_none();
            if kept.is_none() {
                let index = self.frame.components[*component].quantization;
                *kept = Some(*tables.quantization(index).ok_or(NO_QUANTIZATION)?);
            }
        }
        Ok(first_scans)
    }

    /// The frame header and the finished planes, if all scans were read.
    pub(super) fn into_planes(mut self) -> Result<(FrameHeader, Vec<Plane>), Fault> {
        const MISSING: Fault = "the file ends before its last scan";
        // A component without a table has not had a scan.
        let quantization: Option<Vec<&Block>> =
            self.quantization.iter().map(Option::as_ref).collect();
        let quantization = quantization.ok_or(MISSING)?;
        if let Some(progressive) = &self.progressive {
            if !progressive.is_complete() {
                return Err(MISSING);
            }
            for (component, (plane, quantization)) in
                self.planes.iter_mut().zip(quantization).enumerate()
            {
                progressive.write_plane(component, quantization, plane);
            }
        }
        Ok((self.frame, self.planes))
    }
}

/// The Huffman table of each component of a progressive scan, which codes either DC or AC
/// coefficients.
fn scan_tables<'a>(scan: &ScanHeader, tables: &'a Tables) -> Result<Vec<&'a HuffmanTable>, Fault> {
    let is_dc = scan.band.0 == 0;
    scan.parts
        .iter()
        .map(|(_, dc, ac)| {
            if is_dc {
                tables.dc_table(*dc)
            } else {
                tables.ac_table(*ac)
            }
        })
        .collect()
}

const NO_QUANTIZATION: Fault = "a scan starts before its quantization table";
