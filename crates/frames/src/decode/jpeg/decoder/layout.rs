//! How the samples of a picture lie in blocks.

use super::super::super::ImageError;
use super::{Fault, damaged};

/// One component: brightness, or one of the colours.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Samples across, for every [`Layout::most_h`] pixels.
    pub(super) h: usize,
    /// Samples down, for every [`Layout::most_v`] pixels.
    pub(super) v: usize,
    /// Which of the four tables its coefficients were divided by.
    pub(super) quantization: usize,
    /// Size in samples.
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Component {
    /// Blocks across and down, the last ones maybe in part.
    pub(super) fn blocks(&self) -> (usize, usize) {
        (self.width.div_ceil(8), self.height.div_ceil(8))
    }
}

/// The frame header.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) most_h: usize,
    pub(super) most_v: usize,
    pub(super) components: Vec<Component>,
    pub(super) progressive: bool,
}

impl Layout {
    /// Reads the body of a start-of-frame segment.
    pub(super) fn read(marker: u8, at: usize, body: &[u8]) -> Result<Self, ImageError> {
        let unsupported = |what| Err(ImageError::Unsupported { what });
        match marker {
            0xC0..=0xC2 => {}
            0xC3 => return unsupported("lossless JPEG"),
            0xC9 | 0xCA => return unsupported("JPEG with arithmetic coding"),
            _ => return unsupported("JPEG with several frames or lossless coding"),
        }
        let [8, h1, h0, w1, w0, count, listed @ ..] = body else {
            return Err(damaged(at, "the picture's header is too short"));
        };
        if listed.len() != 3 * usize::from(*count) || !matches!(count, 1 | 3) {
            return Err(damaged(at, "the picture's header does not list one or three components"));
        }
        let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
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
        if components.iter().any(|c| !(1..=4).contains(&c.h) || !(1..=4).contains(&c.v) || c.quantization > 3)
        {
            return Err(damaged(
                at,
                "a component has impossible sampling factors or a table beyond the fourth",
            ));
        }
        if (1..components.len()).any(|i| components[..i].iter().any(|c| c.id == components[i].id)) {
            return Err(damaged(at, "two components have one name"));
        }
        let most_h = components.iter().map(|c| c.h).max().unwrap_or(1);
        let most_v = components.iter().map(|c| c.v).max().unwrap_or(1);
        for component in &mut components {
            component.width = (width * component.h).div_ceil(most_h);
            component.height = (height * component.v).div_ceil(most_v);
        }
        Ok(Self { width, height, most_h, most_v, components, progressive: marker == 0xC2 })
    }

    /// Units of all components across and down, where a scan has several of them.
    pub(super) fn units(&self) -> (usize, usize) {
        (self.width.div_ceil(8 * self.most_h), self.height.div_ceil(8 * self.most_v))
    }
}

/// The most low bits of a coefficient that a scan may leave for later.
const MOST_BITS: u8 = 13;

/// The header of a scan.
#[derive(Debug, Clone)]
pub(super) struct ScanHeader {
    /// For each component of the scan: which it is, and its tables for the first and the other coefficients.
    pub(super) parts: Vec<(usize, usize, usize)>,
    /// The coefficients it has, first and last.
    pub(super) band: (usize, usize),
    /// How many low bits were lacking before it, and are lacking after it.
    pub(super) bits: (u8, u8),
}

impl ScanHeader {
    /// Reads the body of a start-of-scan segment.
    pub(super) fn read(layout: &Layout, body: &[u8]) -> Result<Self, Fault> {
        const SHORT: Fault = "a scan's header has the wrong length";
        let (count, rest) = body.split_first().ok_or(SHORT)?;
        let (listed, rest) = rest.split_at_checked(2 * usize::from(*count)).ok_or(SHORT)?;
        let [from, to, bits] = *rest else { return Err(SHORT) };
        let mut parts: Vec<(usize, usize, usize)> = Vec::new();
        for [id, tables] in listed.as_chunks::<2>().0 {
            let component = layout.components.iter().position(|c| c.id == *id);
            let component = component.ok_or("a scan has a component that the picture has not")?;
            if parts.iter().any(|part| part.0 == component) {
                return Err("a scan has one component twice");
            }
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            if dc > 3 || ac > 3 {
                return Err("a scan uses a table beyond the fourth");
            }
            parts.push((component, dc, ac));
        }
        if parts.is_empty() {
            return Err("a scan has no components");
        }
        let blocks: usize = parts.iter().map(|p| layout.components[p.0].h * layout.components[p.0].v).sum();
        if parts.len() > 1 && blocks > 10 {
            return Err("a scan has more than ten blocks a unit");
        }
        if from > 63 || to > 63 || bits >> 4 > MOST_BITS || bits & 15 > MOST_BITS {
            return Err("a scan has an impossible range of coefficients");
        }
        Ok(Self { parts, band: (from.into(), to.into()), bits: (bits >> 4, bits & 15) })
    }
}
