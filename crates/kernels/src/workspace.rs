use std::sync::Mutex;

use crate::aligned::Aligned;
use crate::engine::{EngineScratch, Panels};

/// Scratch memory that convolutions and LSTMs reuse from call to call.
///
/// Once a workspace has served a shape, serving it again allocates nothing. One workspace may serve all layers of a
/// model, one after the other.
///
/// ```
/// use oddframe_kernels::{Activation, Conv, Volumes, Window, Workspace};
///
/// let down = Conv::new(Volumes::images(1, 8, 8, 1)?, 4, Window::square(4, 2, 1))?;
/// let up = Conv::new(down.output(), 1, Window::square(4, 2, 1).with_transposed(true))?;
/// let (mut code, mut image) = (vec![0.0; down.output().len()], vec![1.0; down.input().len()]);
/// let (weights, mut workspace) = (vec![0.1; down.weights_len()], Workspace::new());
/// for _ in 0..2 {
///     down.forward_unpacked(&image, &weights, None, Activation::Relu, &mut code, &mut workspace)?;
///     up.forward_unpacked(&code, &weights, None, Activation::Sigmoid, &mut image, &mut workspace)?;
/// }
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Workspace {
    /// Weights that are packed anew by every call.
    pub(crate) panels: Panels,
    pub(crate) engine: EngineScratch,
    pub(crate) cell: CellScratch,
    /// One for each thread, once an [`InvertedResidual`](crate::InvertedResidual) has run.
    pub(crate) bands: Vec<Mutex<BandScratch>>,
}

impl Workspace {
    /// An empty workspace.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Scratch memory of a recurrent layer.
#[derive(Debug, Default)]
pub(crate) struct CellScratch {
    /// Gates of the whole sequence, or their gradient.
    pub(crate) gates: Aligned,
    /// Gates of one step.
    pub(crate) step: Aligned,
    /// Gates of an input that all steps share, or the gradient of a state.
    pub(crate) shared: Aligned,
    /// The gradient of the whole sequence's products with the state, where it differs from that of the gates.
    pub(crate) recurrent: Aligned,
}

/// Scratch memory of one thread of an [`InvertedResidual`](crate::InvertedResidual).
#[derive(Debug, Default)]
pub(crate) struct BandScratch {
    /// A band of the expanded image.
    pub(crate) expanded: Aligned,
    /// A band of the depthwise convolution's output.
    pub(crate) filtered: Aligned,
    pub(crate) workspace: Workspace,
}
