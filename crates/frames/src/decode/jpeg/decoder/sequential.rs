//! Sequential coding: a scan holds all coefficients of its blocks, which become samples as soon as
//! they are read.

use pulp::{Arch, NullaryFnOnce};

use super::bit_reader::{BitReader, Fault};
use super::block::{Block, BlockDecoder};
use super::idct::write_samples;
use super::plane::Plane;
use super::scan_order::{BlockReader, ScanOrder};
use crate::decode::image_error::ImageError;

/// One component of a scan.
#[derive(Debug)]
pub(super) struct ScanComponent<'a> {
    pub(super) decoder: BlockDecoder<'a>,
    /// The quantization table.
    pub(super) quantization: &'a Block,
    /// The plane for the samples; `None` for the colours of a picture that is decoded as gray.
    pub(super) plane: Option<&'a mut Plane>,
}

/// Reads a scan. Returns the offset of the marker behind it.
pub(super) fn read_scan(
    order: &ScanOrder,
    bits: BitReader<'_>,
    components: Vec<ScanComponent<'_>>,
) -> Result<usize, ImageError> {
    Arch::new().dispatch(ReadScan {
        order,
        bits,
        reader: ScanReader {
            components,
            block: [0; 64],
        },
    })
}

/// Reads a scan, compiled for the CPU's widest registers.
struct ReadScan<'a> {
    order: &'a ScanOrder,
    bits: BitReader<'a>,
    reader: ScanReader<'a>,
}

impl NullaryFnOnce for ReadScan<'_> {
    type Output = Result<usize, ImageError>;

    #[inline(always)]
    fn call(mut self) -> Self::Output {
        self.order.read_scan(self.bits, &mut self.reader)
    }
}

struct ScanReader<'a> {
    components: Vec<ScanComponent<'a>>,
    block: Block,
}

impl BlockReader for ScanReader<'_> {
    #[inline(always)]
    fn read_block(
        &mut self,
        bits: &mut BitReader<'_>,
        part: usize,
        column: usize,
        row: usize,
    ) -> Result<(), Fault> {
        let ScanComponent {
            decoder,
            quantization,
            plane,
        } = &mut self.components[part];
        // Without a plane, and in the padding of the last MCUs, the block only has to be passed.
        let Some((samples, stride)) = plane
            .as_mut()
            .and_then(|plane| plane.block_mut(column, row))
        else {
            return decoder.skip_block(bits);
        };
        let last = decoder.read_block(bits, &mut self.block)?;
        write_samples(&self.block, last, quantization, samples, stride);
        Ok(())
    }

    fn reset_prediction(&mut self) {
        for component in &mut self.components {
            component.decoder.last_dc = 0;
        }
    }
}
