use oddframe_core::{ClipShape, Error};

/// What a network learns from: numbered pairs of what it sees and what it should give.
///
/// Object-safe and shared between threads, so that batches can be made while the network learns.
pub trait Examples: Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// The shape of what the network sees.
    fn seen(&self) -> ClipShape;

    /// The shape of what it should give: the frames it explains, or a label as one value.
    fn wanted(&self) -> ClipShape {
        self.seen()
    }

    /// Writes an example, both parts as `[T,C,H,W]`. Equal epochs and indices give equal values, in whatever order
    /// and from whatever thread they are asked for; epoch 0 is without chance: what a validation measures.
    ///
    /// # Errors
    /// When the index does not exist, a slice is not as long as its shape says, or a frame cannot be read.
    fn fill(&self, epoch: u64, index: usize, seen: &mut [f32], wanted: &mut [f32]) -> Result<(), Error>;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
