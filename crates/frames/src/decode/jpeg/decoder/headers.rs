//! The frame header, which lays out the picture's samples in blocks, and the scan headers.
//!
//! Each component has `h` x `v` blocks in a minimum coded unit (MCU), the unit that a scan of
//! several components interleaves. With 4:2:0 subsampling an MCU covers 16x16 pixels:
//!
//! ```text
//! brightness (h=2, v=2)   blue (1, 1)   red (1, 1)
//!   block 0  block 1        block 4       block 5
//!   block 2  block 3
//! ```

use super::bit_reader::Fault;
use crate::decode::image_error::ImageError;
use crate::decode::jpeg_header::damaged;

/// One component of the picture: brightness, or one of the colours.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Horizontal samples for every [`FrameHeader::max_h`] pixels.
    pub(super) h: usize,
    /// Vertical samples for every [`FrameHeader::max_v`] pixels.
    pub(super) v: usize,
    /// Index of the quantization table.
    pub(super) quantization: usize,
    /// Samples across and down.
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Component {
    /// Blocks across and down; the last ones may extend beyond the samples.
    pub(super) fn block_counts(&self) -> (usize, usize) {
        (self.width.div_ceil(8), self.height.div_ceil(8))
    }
}

/// The frame header.
#[derive(Debug, Clone)]
pub(super) struct FrameHeader {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) max_h: usize,
    pub(super) max_v: usize,
    pub(super) components: Vec<Component>,
    pub(super) progressive: bool,
}

impl FrameHeader {
    /// Parses the body of a start-of-frame segment.
    pub(super) fn parse(marker: u8, at: usize, body: &[u8]) -> Result<Self, ImageError> {
        let unsupported = match marker {
            // Baseline, extended sequential and progressive.
            0xC0..=0xC2 => None,
            0xC3 => Some("lossless JPEG"),
            0xC9 | 0xCA => Some("JPEG with arithmetic coding"),
            _ => Some("JPEG with several frames or lossless coding"),
        };
        if let Some(what) = unsupported {
            return Err(ImageError::Unsupported { what });
        }
        // Bits of a sample, height and width with the upper byte first, and three bytes for each
        // component: its identifier, its sampling factors and its quantization table.
        let [8, h1, h0, w1, w0, count, listed @ ..] = body else {
            return Err(damaged(at, "the frame header is too short"));
        };
        if listed.len() != 3 * usize::from(*count) || !matches!(count, 1 | 3) {
            return Err(damaged(
                at,
                "the frame header does not list one or three components",
            ));
        }
        let (width, height) = (
            u16::from_be_bytes([*w1, *w0]),
            u16::from_be_bytes([*h1, *h0]),
        );
        let (width, height) = (usize::from(width), usize::from(height));
        let mut components: Vec<_> = listed
            .as_chunks::<3>()
            .0
            .iter()
            .map(|[id, sampling, table]| Component {
                id: *id,
                h: usize::from(sampling >> 4),
                v: usize::from(sampling & 15),
                quantization: usize::from(*table),
                width: 0,
                height: 0,
            })
            .collect();
        if components
            .iter()
            .any(|c| !(1..=4).contains(&c.h) || !(1..=4).contains(&c.v) || c.quantization > 3)
        {
            return Err(damaged(
                at,
                "a component has impossible sampling factors or a quantization table beyond the fourth",
            ));
        }
        if (1..components.len()).any(|i| components[..i].iter().any(|c| c.id == components[i].id)) {
            return Err(damaged(at, "two components have the same identifier"));
        }
        let max_h = components.iter().map(|c| c.h).max().unwrap_or(1);
        let max_v = components.iter().map(|c| c.v).max().unwrap_or(1);
        // The component with the largest factor has one sample for each pixel. The others have fewer,
        // rounded up, so that the last pixel of an odd width has a sample too.
        for component in &mut components {
            component.width = (width * component.h).div_ceil(max_h);
            component.height = (height * component.v).div_ceil(max_v);
        }
        Ok(Self {
            width,
            height,
            max_h,
            max_v,
            components,
            progressive: marker == 0xC2,
        })
    }

    /// MCUs across and down, in a scan of several components.
    pub(super) fn mcu_counts(&self) -> (usize, usize) {
        (
            self.width.div_ceil(8 * self.max_h),
            self.height.div_ceil(8 * self.max_v),
        )
    }
}

/// The largest number of low bits that a scan may leave to later scans.
const MAX_LOW_BITS: u8 = 13;

/// The header of a scan.
#[derive(Debug, Clone)]
pub(super) struct ScanHeader {
    /// For each component of the scan: its index in the frame, and the indices of its DC and AC
    /// tables.
    pub(super) parts: Vec<(usize, usize, usize)>,
    /// The zigzag indices of the first and the last coefficient in the scan.
    pub(super) band: (usize, usize),
    /// The number of low bits that are missing before the scan (0 if it is the first) and after it.
    pub(super) bits: (u8, u8),
}

impl ScanHeader {
    /// Parses the body of a start-of-scan segment.
    pub(super) fn parse(frame: &FrameHeader, body: &[u8]) -> Result<Self, Fault> {
        const SHORT: Fault = "a scan header has the wrong length";
        let (count, rest) = body.split_first().ok_or(SHORT)?;
        let (listed, rest) = rest
            .split_at_checked(2 * usize::from(*count))
            .ok_or(SHORT)?;
        let [from, to, bits] = *rest else {
            return Err(SHORT);
        };
        let mut parts: Vec<(usize, usize, usize)> = Vec::new();
        for [id, tables] in listed.as_chunks::<2>().0 {
            let component = frame.components.iter().position(|c| c.id == *id);
            let component =
                component.ok_or("a scan lists a component that is not in the frame header")?;
            if parts.iter().any(|part| part.0 == component) {
                return Err("a scan lists a component twice");
            }
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            if dc > 3 || ac > 3 {
                return Err("a scan uses a Huffman table beyond the fourth");
            }
            parts.push((component, dc, ac));
        }
        if parts.is_empty() {
            return Err("a scan has no components");
        }
        // The standard's limit for interleaved scans.
        let blocks: usize = parts
            .iter()
            .map(|p| frame.components[p.0].h * frame.components[p.0].v)
            .sum();
        if parts.len() > 1 && blocks > 10 {
            return Err("a scan has more than ten blocks in a unit");
        }
        // Which bands may follow which is checked by the progressive decoder.
        if from > 63 || to > 63 || bits >> 4 > MAX_LOW_BITS || bits & 15 > MAX_LOW_BITS {
            return Err("a scan has an impossible range of coefficients");
        }
        Ok(Self {
            parts,
            band: (from.into(), to.into()),
            bits: (bits >> 4, bits & 15),
        })
    }
}
