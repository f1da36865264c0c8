use crate::activation::Activation;
use crate::bf16::{round_to_bf16, widen_value};
use crate::engine::{ConvMethod, ConvPlan, Epilogue, Packing, Panels, WeightGradientPlan};
use crate::error::{Error, check_length};
use crate::geometry::{Direction, Geometry};
use crate::reference;
use crate::simd::Simd;
use crate::volumes::Volumes;
use crate::window::Window;
use crate::workspace::Workspace;

/// A convolution, plain or transposed, over rows, images or volumes whose channels lie last.
///
/// [`Window::transposed`] selects the kind. Weights are `[outputs, inputs / groups, depth, height, width]`, and
/// `[inputs, outputs / groups, depth, height, width]` for a transposed convolution, as in PyTorch and Burn. Shapes are
/// checked once, when the layer is built; the lengths of slices are checked by every call.
///
/// ```
/// use oddframe_kernels::{Activation, Conv, Volumes, Window, Workspace};
///
/// // A transposed convolution that doubles an image of 2 x 2 pixels with one channel.
/// let window = Window::square(2, 2, 0).with_transposed(true);
/// let conv = Conv::new(Volumes::images(1, 2, 2, 1)?, 1, window)?;
/// assert_eq!(conv.output(), Volumes::images(1, 4, 4, 1)?);
///
/// let (x, weights, mut y) = ([1.0, 2.0, 3.0, 4.0], [1.0; 4], [0.0; 16]);
/// let mut workspace = Workspace::new();
/// conv.forward_unpacked(&x, &weights, None, Activation::Identity, &mut y, &mut workspace)?;
/// assert_eq!(y[..8], [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
///
/// // The gradient of the weights of a loss that sums the output: each tap meets every input pixel once.
/// let mut dw = [0.0; 4];
/// conv.weight_gradient(&x, &[1.0; 16], &mut dw, &mut workspace)?;
/// assert_eq!(dw, [10.0; 4]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
///
/// # Non-finite values
/// A non-finite input reaches exactly the outputs whose window covers it, and a non-finite output gradient reaches exactly
/// the input gradients that it contributes to. Padding is different: where a tap lies in the padding, the kernels skip its
/// product if all positions of a tile lie there, and otherwise multiply with zero, which gives NaN for a non-finite factor.
/// Two results therefore depend on shape and instruction set: whether a non-finite *weight* reaches outputs and input
/// gradients at the border through padding, and whether a non-finite value on the *smaller grid* (the output gradient of a
/// convolution, the input of a transposed convolution) reaches the gradient of a weight through padding. Each such result is
/// either NaN or what the products outside the padding give. Implementations that store the padded zeros always give NaN.
///
/// All of this holds for [`ConvMethod::Direct`]. [`ConvMethod::Winograd`] adds and subtracts the pixels of a tile before it
/// multiplies them, so that a non-finite value reaches all outputs of the tiles that it is a pixel of.
#[derive(Debug, Clone)]
pub struct Conv {
    geometry: Geometry,
    /// From input to output.
    direction: Direction,
    simd: Simd,
    /// The method of the plans; `None` for the fastest one of each.
    method: Option<ConvMethod>,
    /// In memory of their own: they are large, and layers are moved and kept in arrays.
    plans: Option<Box<Plans>>,
}

/// Largest product of the kernel's taps and the strides for which plans are made. A plan lists every tap and stride, so
/// a window beyond this limit would cost memory when the layer is built; the reference path only costs time.
pub(crate) const MOST_TAPS_AND_STRIDES: usize = 1 << 14;

/// Weights in the order that a convolution's forward step reads them, made by [`Conv::pack`].
///
/// ```
/// use oddframe_kernels::{Activation, Conv, Volumes, Window, Workspace};
///
/// // Weights that do not change are packed once and serve batches of every size.
/// let window = Window::square(3, 1, 1);
/// let packed = Conv::new(Volumes::images(1, 8, 8, 3)?, 4, window)?.pack(&[0.5; 4 * 3 * 9])?;
/// for batch in [1, 2] {
///     let conv = Conv::new(Volumes::images(batch, 8, 8, 3)?, 4, window)?;
///     let (x, mut y) = (vec![1.0; conv.input().len()], vec![0.0; conv.output().len()]);
///     conv.forward(&x, &packed, None, Activation::Identity, &mut y, &mut Workspace::new())?;
///     assert_eq!(y[0], 0.5 * 3.0 * 4.0); // in the corner, four of the nine taps lie on the image
/// }
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Packed {
    geometry: Geometry,
    simd: Simd,
    method: ConvMethod,
    weights: PackedWeights,
}

#[derive(Debug, Clone)]
enum PackedWeights {
    Panels(Panels),
    /// The weights as they were given, for the reference implementation.
    Unpacked(Vec<f32>),
}

impl Packed {
    /// The same weights, each rounded to 16 bits (bfloat16): half the memory. They are widened again where they are multiplied, so
    /// that inputs, sums and outputs stay in 32 bits. Rounding changes a weight by at most 1/256.
    ///
    /// ```
    /// use oddframe_kernels::{Activation, Conv, Volumes, Window, Workspace};
    ///
    /// let layer = Conv::new(Volumes::rows(1, 2)?, 1, Window::point())?;
    /// let packed = layer.pack(&[0.5, 1.001])?.into_bf16(); // 1.001 becomes 1
    /// let mut y = [0.0];
    /// layer.forward(&[4.0, 3.0], &packed, None, Activation::Identity, &mut y, &mut Workspace::new())?;
    /// assert_eq!(y, [5.0]);
    /// # Ok::<(), oddframe_kernels::Error>(())
    /// ```
    #[must_use]
    pub fn into_bf16(self) -> Self {
        let weights = match self.weights {
            PackedWeights::Panels(panels) => PackedWeights::Panels(panels.into_bf16()),
            PackedWeights::Unpacked(mut weights) => {
                for weight in &mut weights {
                    *weight = widen_value(round_to_bf16(*weight));
                }
                PackedWeights::Unpacked(weights)
            }
        };
        Self { weights, ..self }
    }

    /// Output channels of the layer that a convolution, not a transposed one, was packed for.
    pub(crate) fn output_channels(&self) -> usize {
        Direction::of_forward(&self.geometry.window)
            .ends(&self.geometry)
            .1
            .channels()
    }

    /// Whether these weights fit a layer, whatever its batch and size.
    fn fits_layer(&self, layer: &Conv) -> bool {
        let geometry = &layer.geometry;
        self.geometry.window == geometry.window
            && self.geometry.big.channels() == geometry.big.channels()
            && self.geometry.small.channels() == geometry.small.channels()
            && self.simd == layer.simd
            && self.method == layer.method()
    }
}

/// How the operations run. Layers with groups and windows beyond [`MOST_TAPS_AND_STRIDES`] have no plans and use
/// the reference implementation.
#[derive(Debug, Clone)]
struct Plans {
    forward: ConvPlan,
    forward_unpacked: ConvPlan,
    input_gradient: ConvPlan,
    weight_gradient: WeightGradientPlan,
}

impl Conv {
    /// A convolution from `input` to `outputs` channels.
    ///
    /// # Errors
    /// A window that does not fit the input, a zero size, channels that the groups do not divide, or sizes that cannot
    /// be addressed.
    pub fn new(input: Volumes, outputs: usize, window: Window) -> Result<Self, Error> {
        let geometry = Geometry::new(input, outputs, window)?;
        Ok(Self::with_geometry(geometry, Simd::detect(), None))
    }

    fn with_geometry(geometry: Geometry, simd: Simd, method: Option<ConvMethod>) -> Self {
        // A convolution gathers from the larger grid and a transposed one spreads into it. The gradient of the input of each is the
        // forward step of the other, so that one kind of plan serves both; only its direction is reversed.
        let direction = Direction::of_forward(&geometry.window);
        let plans = has_plans(&geometry.window).then(|| {
            let plan =
                |direction, packing| ConvPlan::new(&geometry, direction, simd, packing, method);
            Box::new(Plans {
                forward: plan(direction, Packing::Once),
                forward_unpacked: plan(direction, Packing::EachCall),
                input_gradient: plan(direction.reversed(), Packing::EachCall),
                weight_gradient: WeightGradientPlan::new(&geometry, simd, method),
            })
        });
        Self {
            geometry,
            direction,
            simd,
            method,
            plans,
        }
    }

    /// The same layer with this instruction set, for comparisons.
    ///
    /// # Errors
    /// An instruction set that this machine does not have.
    pub fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        if !Simd::available().contains(&simd) {
            return Err(Error::Parameter {
                what: "the instruction set",
                value: format!("{simd:?}"),
                must: "one that this machine has: see Simd::available",
            });
        }
        Ok(Self::with_geometry(self.geometry, simd, self.method))
    }

    /// The same layer with this method for its forward step and both gradients: for comparisons, and for weights that serve
    /// images of several sizes.
    ///
    /// ```
    /// use oddframe_kernels::{Conv, ConvMethod, Volumes, Window, WinogradTile};
    ///
    /// let conv = Conv::new(Volumes::images(1, 56, 56, 64)?, 64, Window::square(3, 1, 1))?;
    /// assert_eq!(conv.method(), ConvMethod::Winograd(WinogradTile::Four));
    /// assert_eq!(conv.with_method(ConvMethod::Direct)?.method(), ConvMethod::Direct);
    /// # Ok::<(), oddframe_kernels::Error>(())
    /// ```
    ///
    /// # Errors
    /// A method that does not serve this window.
    pub fn with_method(&self, method: ConvMethod) -> Result<Self, Error> {
        let layer = Self::with_geometry(self.geometry, self.simd, Some(method));
        if layer.method() != method {
            return Err(Error::Parameter {
                what: "the method",
                value: format!("{method:?}"),
                must: "one that serves this window: see ConvMethod",
            });
        }
        Ok(layer)
    }

    /// How the forward step multiplies.
    pub fn method(&self) -> ConvMethod {
        self.plans
            .as_ref()
            .map_or(ConvMethod::Direct, |plans| plans.forward.method())
    }

    /// Shape of the input.
    pub fn input(&self) -> Volumes {
        self.direction.ends(&self.geometry).0
    }

    /// Shape of the output.
    pub fn output(&self) -> Volumes {
        self.direction.ends(&self.geometry).1
    }

    /// Number of weights.
    pub fn weights_len(&self) -> usize {
        self.geometry.weights_len()
    }

    /// Packs weights into the order that [`forward`](Self::forward) reads. Packed weights serve every layer with the
    /// same window, channels, instruction set and method, whatever its batch and size. The fastest method depends on the
    /// size, but not on the batch: layers of several sizes need one [method](Self::with_method).
    ///
    /// # Errors
    /// Weights that are not [`weights_len`](Self::weights_len) long.
    pub fn pack(&self, weights: &[f32]) -> Result<Packed, Error> {
        check_length("the weights", weights.len(), self.weights_len())?;
        let weights = match &self.plans {
            Some(plans) => PackedWeights::Panels(plans.forward.pack(weights, Panels::default())),
            None => PackedWeights::Unpacked(weights.to_vec()),
        };
        Ok(Packed {
            geometry: self.geometry,
            simd: self.simd,
            method: self.method(),
            weights,
        })
    }

    /// Writes `activation(convolution(x) + bias)` to `y`.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says, or weights packed for another layer.
    pub fn forward(
        &self,
        x: &[f32],
        packed: &Packed,
        bias: Option<&[f32]>,
        activation: Activation,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let epilogue = Epilogue {
            bias,
            activation,
            adds: false,
        };
        self.run_packed(x, packed, epilogue, y, workspace)
    }

    /// Writes `activation(y + convolution(x) + bias)` to `y`: the end of a residual block, without a pass of its own for
    /// the addition.
    ///
    /// ```
    /// use oddframe_kernels::{Activation, Conv, Volumes, Window, Workspace};
    ///
    /// let conv = Conv::new(Volumes::rows(1, 2)?, 2, Window::point())?;
    /// let packed = conv.pack(&[1.0, 0.0, 0.0, 1.0])?; // the identity
    /// let mut y = [10.0, -10.0];
    /// conv.forward_add(&[1.0, 2.0], &packed, None, Activation::Relu, &mut y, &mut Workspace::new())?;
    /// assert_eq!(y, [11.0, 0.0]);
    /// # Ok::<(), oddframe_kernels::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_add(
        &self,
        x: &[f32],
        packed: &Packed,
        bias: Option<&[f32]>,
        activation: Activation,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let epilogue = Epilogue {
            bias,
            activation,
            adds: true,
        };
        self.run_packed(x, packed, epilogue, y, workspace)
    }

    fn run_packed(
        &self,
        x: &[f32],
        packed: &Packed,
        epilogue: Epilogue<'_>,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.check_forward(x, epilogue.bias, y)?;
        if !packed.fits_layer(self) {
            return Err(self.other_layer());
        }
        match (&self.plans, &packed.weights) {
            (Some(plans), PackedWeights::Panels(panels)) => {
                plans
                    .forward
                    .run(x, panels, epilogue, y, &mut workspace.engine);
            }
            (None, PackedWeights::Unpacked(weights)) => {
                // The reference overwrites its output. What has to be added to is therefore kept, and added before the bias and the
                // activation, as the plans do.
                let before = epilogue.adds.then(|| y.to_vec());
                reference::convolve(&self.geometry, self.direction, x, weights, y);
                for (y, before) in y.iter_mut().zip(before.iter().flatten()) {
                    *y += before;
                }
                reference::add_bias_and_activate(y, epilogue.bias, epilogue.activation);
            }
            _ => return Err(self.other_layer()),
        }
        Ok(())
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
        self.check_forward(x, bias, y)?;
        check_length("the weights", weights.len(), self.weights_len())?;
        if let Some(plans) = &self.plans {
            let epilogue = Epilogue {
                bias,
                activation,
                adds: false,
            };
            run_unpacked(&plans.forward_unpacked, x, weights, epilogue, y, workspace);
        } else {
            reference::convolve(&self.geometry, self.direction, x, weights, y);
            reference::add_bias_and_activate(y, bias, activation);
        }
        Ok(())
    }

    /// The error for weights that were packed for another layer.
    pub(crate) fn other_layer(&self) -> Error {
        Error::OtherLayer {
            input: self.input().to_string(),
            output: self.output().to_string(),
        }
    }

    fn check_forward(&self, x: &[f32], bias: Option<&[f32]>, y: &[f32]) -> Result<(), Error> {
        check_length("the input", x.len(), self.input().len())?;
        check_length("the output", y.len(), self.output().len())?;
        bias.map_or(Ok(()), |bias| {
            check_length("the bias", bias.len(), self.output().channels())
        })
    }

    /// Writes the gradient of the input to `dx`, from the gradient of the output (before the activation) and the
    /// weights.
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
        check_length("the output's gradient", dy.len(), self.output().len())?;
        check_length("the weights", weights.len(), self.weights_len())?;
        check_length("the input's gradient", dx.len(), self.input().len())?;
        match &self.plans {
            Some(plans) => {
                let epilogue = Epilogue::default();
                run_unpacked(&plans.input_gradient, dy, weights, epilogue, dx, workspace);
            }
            None => reference::convolve(&self.geometry, self.direction.reversed(), dy, weights, dx),
        }
        Ok(())
    }

    /// Writes the gradient of the weights to `dw`, from the input and the gradient of the output (before the
    /// activation).
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
        check_length("the input", x.len(), self.input().len())?;
        check_length("the output's gradient", dy.len(), self.output().len())?;
        check_length("the weights' gradient", dw.len(), self.weights_len())?;
        let (big, small) = match self.direction {
            Direction::Gather => (x, dy),
            Direction::Spread => (dy, x),
        };
        match &self.plans {
            Some(plans) => plans
                .weight_gradient
                .run(big, small, dw, &mut workspace.engine),
            None => reference::weight_gradient(&self.geometry, big, small, dw),
        }
        Ok(())
    }
}

/// Packs the weights and runs a plan with them.
fn run_unpacked(
    plan: &ConvPlan,
    x: &[f32],
    weights: &[f32],
    epilogue: Epilogue<'_>,
    y: &mut [f32],
    workspace: &mut Workspace,
) {
    // Packing reuses the memory of the call before: the panels are taken out of the workspace, because the plan borrows the
    // rest of it, and are put back.
    let panels = plan.pack(weights, std::mem::take(&mut workspace.panels));
    plan.run(x, &panels, epilogue, y, &mut workspace.engine);
    workspace.panels = panels;
}

fn has_plans(window: &Window) -> bool {
    let sizes = window.kernel.iter().chain(&window.stride);
    let product = sizes.fold(1_usize, |product, &size| product.saturating_mul(size));
    window.groups == 1 && product <= MOST_TAPS_AND_STRIDES
}
