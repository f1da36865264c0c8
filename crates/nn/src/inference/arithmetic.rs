use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;

/// The least and the largest value that a layer received.
pub type LayerRange = [f32; 2];

/// What the inference forms of layers calculate in.
///
/// Eight-bit layers need the range of their inputs. It is recorded once, while the network runs in floats:
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_nn::{Arithmetic, Inference, InferenceBuilder, LinearConfig, RangeRecord};
///
/// let device = Default::default();
/// let layer = LinearConfig::new(4, 1).init::<Flex>(&device)?;
/// let builder = InferenceBuilder::new(&[4]).linear(&layer)?;
/// let (rows, mut exact, mut bytes) = ([0.0, 0.5, 1.0, -1.0], [0.0], [0.0]);
///
/// let record = RangeRecord::default();
/// let recorded = Arithmetic::RecordRanges(record.clone());
/// let mut chain: Inference<Flex> = builder.clone().build_with(&device, &recorded)?;
/// chain.run(&rows, 1, &mut exact)?;
/// assert_eq!(record.ranges(), [[-1.0, 1.0]]);
///
/// let mut chain: Inference<Flex> =
///     builder.build_with(&device, &Arithmetic::int8(record.ranges()))?;
/// chain.run(&rows, 1, &mut bytes)?;
/// assert!((bytes[0] - exact[0]).abs() < 0.02);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Debug, Default)]
pub enum Arithmetic {
    /// 32-bit floats.
    #[default]
    Floats,
    /// 32-bit floats with weights that are rounded to 16 bits (bfloat16) and kept in them, which takes half the memory.
    Bf16,
    /// 32-bit floats, and the range of what each layer receives is recorded.
    RecordRanges(RangeRecord),
    /// 8-bit integers between the first and the last layer of a chain. Each chain takes the ranges of its layers, in the
    /// order in which chains are built. Recurrent layers calculate in 32-bit floats.
    Int8(RemainingRanges),
}

impl Arithmetic {
    /// 8-bit integers with these ranges, as [`RangeRecord::ranges`] gives them.
    pub fn int8(ranges: Vec<LayerRange>) -> Self {
        Self::Int8(RemainingRanges(Mutex::new(ranges)))
    }

    /// The same without integers and without a record of ranges, for a chain of a network that has neither.
    #[must_use]
    pub fn in_floats(&self) -> Self {
        match self {
            Self::Bf16 => Self::Bf16,
            Self::Floats | Self::RecordRanges(_) | Self::Int8(_) => Self::Floats,
        }
    }

    /// Packed weights as this arithmetic keeps them: rounded by `into_bf16`, or unchanged.
    #[cfg(feature = "flex")]
    pub(super) fn store_weights<W>(&self, packed: W, into_bf16: impl FnOnce(W) -> W) -> W {
        if self.has_bf16_weights() {
            into_bf16(packed)
        } else {
            packed
        }
    }

    /// Whether weights are kept in 16 bits.
    pub(super) fn has_bf16_weights(&self) -> bool {
        matches!(self, Self::Bf16)
    }
}

/// The ranges that no chain has taken yet.
#[derive(Debug)]
pub struct RemainingRanges(Mutex<Vec<LayerRange>>);

impl RemainingRanges {
    /// How many are left: none, once all chains of a network are built.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether none are left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ranges of the next chain.
    pub(super) fn take(&self, layers: usize) -> Result<Vec<LayerRange>, Error> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if left.len() < layers {
            return Err(Error::Ranges {
                layers,
                found: left.len(),
            });
        }
        Ok(left.drain(..layers).collect())
    }
}

/// The ranges of the layers of a network's chains. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct RangeRecord(Arc<Mutex<Vec<LayerRange>>>);

impl RangeRecord {
    /// The ranges recorded so far, in the order in which the chains were built. A layer that has received nothing has
    /// the range from 0 to 0.
    pub fn ranges(&self) -> Vec<LayerRange> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Adds layers and returns the place of the first.
    pub(super) fn add_layers(&self, count: usize) -> usize {
        let mut ranges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = ranges.len();
        ranges.resize(first + count, [0.0; 2]);
        first
    }

    /// Widens the range of a layer to these values. It includes zero always, which padding is.
    pub(super) fn widen(&self, layer: usize, values: &[f32]) {
        let [least, largest] = values
            .iter()
            .fold([0.0_f32; 2], |[least, largest], &value| {
                [least.min(value), largest.max(value)]
            });
        let mut ranges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let range = &mut ranges[layer];
        *range = [range[0].min(least), range[1].max(largest)];
    }
}
