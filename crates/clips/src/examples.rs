use oddframe_core::{ClipShape, Error};

/// What a network learns from: numbered pairs of an input and the target that the network should give for it.
///
/// The trait is object-safe, and examples are shared between threads, so that batches are made while the network learns.
///
/// ```
/// use oddframe_clips::Examples;
/// use oddframe_core::{ClipShape, Error};
///
/// /// Learns to tell whether an image is white.
/// struct BlackAndWhite;
///
/// impl Examples for BlackAndWhite {
///     fn len(&self) -> usize {
///         2
///     }
///     fn input_shape(&self) -> ClipShape {
///         ClipShape { frames: 1, channels: 1, height: 4, width: 4 }
///     }
///     fn target_shape(&self) -> ClipShape {
///         ClipShape { frames: 1, channels: 1, height: 1, width: 1 }
///     }
///     fn write_example(&self, _: u64, index: usize, input: &mut [f32], target: &mut [f32]) -> Result<(), Error> {
///         input.fill(index as f32);
///         target.fill(index as f32);
///         Ok(())
///     }
/// }
///
/// let mut target = [f32::NAN];
/// BlackAndWhite.write_example(0, 1, &mut [0.0; 16], &mut target)?;
/// assert_eq!(target, [1.0]);
/// # Ok::<(), Error>(())
/// ```
pub trait Examples: Send + Sync {
    /// The number of examples.
    fn len(&self) -> usize;

    /// The shape of the input.
    fn input_shape(&self) -> ClipShape;

    /// The shape of the target: the frames that the network predicts, or a label as a single value.
    fn target_shape(&self) -> ClipShape {
        self.input_shape()
    }

    /// Writes an example, both parts as `[T,C,H,W]`.
    ///
    /// Equal epochs and indices give equal values, in any order and from any thread. Epoch 0 has no random changes:
    /// validation measures on it.
    ///
    /// # Errors
    /// When the index does not exist, a slice does not have the length of its shape, or a frame cannot be read.
    fn write_example(
        &self,
        epoch: u64,
        index: usize,
        input: &mut [f32],
        target: &mut [f32],
    ) -> Result<(), Error>;

    /// Whether there is no example.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
