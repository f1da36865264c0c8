use super::{Kernel, LANES, Source};

/// Writes the map to memory, each value divided by `divisor`.
pub(crate) struct Fill<'o> {
    pub(crate) out: &'o mut [f32],
    pub(crate) divisor: f32,
}

impl Kernel for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Source>(self, source: S) {
        let mut at = 0;
        let mut blocks = self.out.chunks_exact_mut(LANES);
        for out in &mut blocks {
            let block = source.block(at);
            for lane in 0..LANES {
                out[lane] = block[lane] / self.divisor;
            }
            at += LANES;
        }
        for out in blocks.into_remainder() {
            *out = source.value(at) / self.divisor;
            at += 1;
        }
    }
}
