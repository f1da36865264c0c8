use crate::engine::Direction;
use crate::geometry::Geometry;
use crate::layer::Layer;
use crate::{Activation, Error, Packed, Simd, Volumes, Window, Workspace};

/// A convolution over images or volumes whose channels lie last.
///
/// Weights are `[outputs, inputs / groups, depth, height, width]`, as PyTorch and Burn keep them. Shapes are checked here, once; slices when they are used.
#[derive(Debug, Clone)]
pub struct Conv(Layer);

impl Conv {
    /// A convolution from `input` to `outputs` channels.
    ///
    /// # Errors
    /// A window that does not fit the input, a zero size, channels that the groups do not divide, or sizes beyond what
    /// can be addressed.
    pub fn new(input: Volumes, outputs: usize, window: Window) -> Result<Self, Error> {
        let geometry = Geometry::conv(input, outputs, window)?;
        Ok(Self(Layer::new(geometry, Direction::Gather, Simd::detect())))
    }

    /// The same with a chosen instruction set, for comparisons.
    ///
    /// # Errors
    /// An instruction set that this machine does not have.
    pub fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        self.0.with_simd(simd).map(Self)
    }

    /// Shape of the input.
    pub fn input(&self) -> Volumes {
        self.0.input()
    }

    /// Shape of the output.
    pub fn output(&self) -> Volumes {
        self.0.output()
    }

    /// How many weights there are, `[outputs, inputs / groups, depth, height, width]`.
    pub fn weights_len(&self) -> usize {
        self.0.weights_len()
    }

    /// Puts weights into the order that [`forward`](Self::forward) reads. They serve every layer of the same window
    /// and channels on the same instruction set, whatever its batch and size.
    ///
    /// # Errors
    /// Weights that are not [`weights_len`](Self::weights_len) long.
    pub fn pack(&self, weights: &[f32]) -> Result<Packed, Error> {
        self.0.pack(weights)
    }

    /// Writes `activation(convolution(x) + bias)` to `y`.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says, or weights packed for another layer.
    pub fn forward(
        &self,
        x: &[f32],
        weights: &Packed,
        bias: Option<&[f32]>,
        activation: Activation,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.0.forward(x, weights, bias, activation, y, workspace)
    }

    /// [`forward`](Self::forward) with weights that change from call to call, as in training: they are packed in the
    /// workspace, so that nothing is allocated.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn forward_unpacked(
        &self,
        x: &[f32],
        weights: &[f32],
        bias: Option<&[f32]>,
        activation: Activation,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.0.forward_unpacked(x, weights, bias, activation, y, workspace)
    }

    /// Writes the gradient of the input to `dx`, from the output's (before the activation) and the weights.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn input_gradient(
        &self,
        dy: &[f32],
        weights: &[f32],
        dx: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.0.input_gradient(dy, weights, dx, workspace)
    }

    /// Writes the gradient of the weights to `dw`, from the input and the output's gradient (before the activation).
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn weight_gradient(
        &self,
        x: &[f32],
        dy: &[f32],
        dw: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.0.weight_gradient(x, dy, dw, workspace)
    }
}
