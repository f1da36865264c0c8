//! Writing an error map to memory.

use super::source::{Kernel, LANES, Source};

/// Writes the map to memory.
pub(crate) struct Fill<'o> {
    /// As many values as the source has.
    pub(crate) out: &'o mut [f32],
    /// Each value is divided by this: the number of channels where the source yields their sum.
    pub(crate) divisor: f32,
}

impl Kernel for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn reduce<S: Source>(self, source: S) {
        // Dividing here, and not in the source, keeps the sources free of the channels' number,
        // which the pools divide their results by.
        let mut at = 0;
        let mut blocks = self.out.chunks_exact_mut(LANES);
        for out in &mut blocks {
            let block = source.load_block(at);
            for lane in 0..LANES {
                out[lane] = block[lane] / self.divisor;
            }
            at += LANES;
        }
        // The last values, fewer than a block.
        for out in blocks.into_remainder() {
            *out = source.value_at(at) / self.divisor;
            at += 1;
        }
    }
}
