use std::ops::Range;

use crate::aligned::Aligned;
use crate::bf16::{round_to_bf16, widen_slice};
use crate::simd::Simd;

/// Packed weights: panels of output channels, each `[tap, input channel, width]`. The last panel is padded with zeros to
/// whole vectors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Panels {
    values: Aligned,
    /// The same weights in 16 bits, in place of `values`.
    bf16: Option<Vec<u16>>,
    /// Output channels of every panel but the last.
    width: usize,
    lanes: usize,
    rows: usize,
    channels: usize,
}

/// One panel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel<'a> {
    weights: PanelWeights<'a>,
    /// First output channel.
    pub(crate) start: usize,
    /// Number of output channels without the padding.
    pub(crate) valid: usize,
    /// Vectors in a row of the panel.
    pub(crate) vectors: usize,
    /// Values in a row of the panel.
    pub(crate) wide: usize,
}

#[derive(Debug, Clone, Copy)]
enum PanelWeights<'a> {
    F32(&'a [f32]),
    Bf16(&'a [u16]),
}

impl Panels {
    /// Sets the number of output channels and rows; the values are unspecified afterwards.
    pub(super) fn reset_size(&mut self, channels: usize, rows: usize, simd: Simd) -> &mut [f32] {
        let lanes = simd.lanes();
        self.width = simd.panel_width(channels);
        (self.lanes, self.rows, self.channels) = (lanes, rows, channels);
        self.bf16 = None;
        self.values.resize(channels.div_ceil(lanes) * lanes * rows)
    }

    /// Sets the weights of one output channel, from row `first` on.
    pub(super) fn set_column<'a>(
        &mut self,
        channel: usize,
        first: usize,
        values: impl Iterator<Item = &'a f32>,
    ) {
        // Where the value of (row, channel) lies, with panels of 8 channels:
        //
        //   panel 0   row 0: c0 … c7 | row 1: c0 … c7 | … | panel 1   row 0: c8 … c15 | …
        let Panel { start, wide, .. } = self.panel_at(channel / self.width);
        let at = start * self.rows + first * wide + channel - start;
        for (to, from) in self.values[at..].iter_mut().step_by(wide).zip(values) {
            *to = *from;
        }
    }

    /// The values of all panels.
    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The same panels with every weight rounded to 16 bits.
    pub(crate) fn into_bf16(self) -> Self {
        let values = &self.values;
        let round_all = || values.iter().copied().map(round_to_bf16).collect();
        let bf16 = self.bf16.unwrap_or_else(round_all);
        Self {
            values: Aligned::default(),
            bf16: Some(bf16),
            ..self
        }
    }

    /// Number of panels.
    pub(crate) fn panel_count(&self) -> usize {
        self.channels.div_ceil(self.width)
    }

    /// Rows of every panel.
    pub(crate) fn row_count(&self) -> usize {
        self.rows
    }

    /// The values that [`Panel::read_rows`] needs for at most so many rows.
    pub(crate) fn buffer_len(&self, rows: usize) -> usize {
        let wide = self.width.min(self.channels).next_multiple_of(self.lanes);
        self.bf16.as_ref().map_or(0, |_| rows * wide)
    }

    /// The panel with this number.
    pub(crate) fn panel_at(&self, number: usize) -> Panel<'_> {
        let start = number * self.width;
        let valid = (self.channels - start).min(self.width);
        let vectors = valid.div_ceil(self.lanes);
        let wide = vectors * self.lanes;
        let range = start * self.rows..(start + wide) * self.rows;
        Panel {
            weights: match &self.bf16 {
                Some(weights) => PanelWeights::Bf16(&weights[range]),
                None => PanelWeights::F32(&self.values[range]),
            },
            start,
            valid,
            vectors,
            wide,
        }
    }
}

impl<'a> Panel<'a> {
    /// The weights of some rows. Those in 16 bits are widened into `buffer`; others are read where they are.
    pub(crate) fn read_rows<'b>(
        &self,
        rows: Range<usize>,
        buffer: &'b mut Aligned,
        simd: Simd,
    ) -> &'b [f32]
    where
        'a: 'b,
    {
        let range = rows.start * self.wide..rows.end * self.wide;
        match self.weights {
            PanelWeights::F32(weights) => &weights[range],
            PanelWeights::Bf16(weights) => {
                let wide = buffer.resize(range.len());
                widen_slice(&weights[range], wide, simd);
                wide
            }
        }
    }
}
