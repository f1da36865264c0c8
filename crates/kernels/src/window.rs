/// The window of a convolution along depth, height and width. An image is a volume of depth 1.
///
/// A window is checked when a [`Conv`](crate::Conv) is built from it.
///
/// ```
/// use oddframe_kernels::Window;
///
/// // Halves an image of 128 x 128 pixels; transposed, the same window doubles it again.
/// let down = Window::square(4, 2, 1);
/// assert_eq!(down.output_size([1, 128, 128]), Some([1, 64, 64]));
/// assert_eq!(down.with_transposed(true).output_size([1, 64, 64]), Some([1, 128, 128]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Window {
    /// Taps along each axis.
    pub kernel: [usize; 3],
    /// Positions of the larger grid between neighbouring positions of the smaller grid. The larger grid is the input
    /// of a convolution and the output of a transposed convolution.
    pub stride: [usize; 3],
    /// Zeros added on each side of the input; for a transposed convolution, positions removed from each side of the
    /// output.
    pub padding: [usize; 3],
    /// Positions of the larger grid between neighbouring taps.
    pub dilation: [usize; 3],
    /// Positions that a transposed convolution adds at the far end of each axis; zero for a convolution.
    pub output_padding: [usize; 3],
    /// Groups of channels: an output channel depends only on the input channels of its own group.
    pub groups: usize,
    /// Whether the convolution is transposed. Its weights are then `[inputs, outputs / groups, ...]`; otherwise
    /// they are `[outputs, inputs / groups, ...]`.
    pub transposed: bool,
}

impl Window {
    /// A window over volumes, `[depth, height, width]`, with stride 1 and no padding.
    pub fn volume(kernel: [usize; 3]) -> Self {
        Self {
            kernel,
            stride: [1; 3],
            padding: [0; 3],
            dilation: [1; 3],
            output_padding: [0; 3],
            groups: 1,
            transposed: false,
        }
    }

    /// A window over images, `[height, width]`, with stride 1 and no padding.
    pub fn image([height, width]: [usize; 2]) -> Self {
        Self::volume([1, height, width])
    }

    /// The window of a linear layer: a single position.
    pub fn point() -> Self {
        Self::volume([1; 3])
    }

    /// A square window over images with the same stride and padding along both axes.
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        Self::image([kernel; 2])
            .with_stride([1, stride, stride])
            .with_padding([0, padding, padding])
    }

    /// The same window with this stride.
    #[must_use]
    pub fn with_stride(mut self, stride: [usize; 3]) -> Self {
        self.stride = stride;
        self
    }

    /// The same window with this padding on each side.
    #[must_use]
    pub fn with_padding(mut self, padding: [usize; 3]) -> Self {
        self.padding = padding;
        self
    }

    /// The same window with this dilation.
    #[must_use]
    pub fn with_dilation(mut self, dilation: [usize; 3]) -> Self {
        self.dilation = dilation;
        self
    }

    /// The same window with this output padding; only a transposed convolution may have one.
    #[must_use]
    pub fn with_output_padding(mut self, output_padding: [usize; 3]) -> Self {
        self.output_padding = output_padding;
        self
    }

    /// The same window with this number of groups.
    #[must_use]
    pub fn with_groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }

    /// The same window for a transposed convolution, or for a plain one.
    #[must_use]
    pub fn with_transposed(mut self, transposed: bool) -> Self {
        self.transposed = transposed;
        self
    }

    /// Input channels of a layer whose weights have this shape, `[first, second, ...]`.
    ///
    /// # Panics
    /// When the shape has fewer than two axes.
    pub fn input_channels(&self, weight_shape: &[usize]) -> usize {
        if self.transposed {
            weight_shape[0]
        } else {
            weight_shape[1] * self.groups
        }
    }

    /// Output channels of a layer whose weights have this shape, `[first, second, ...]`.
    ///
    /// # Panics
    /// When the shape has fewer than two axes.
    pub fn output_channels(&self, weight_shape: &[usize]) -> usize {
        if self.transposed {
            weight_shape[1] * self.groups
        } else {
            weight_shape[0]
        }
    }

    /// Depth, height and width of the output for those of the input; `None` where the window leaves no output.
    pub fn output_size(&self, input: [usize; 3]) -> Option<[usize; 3]> {
        let mut output = [0; 3];
        for axis in 0..3 {
            let covered = self.kernel[axis]
                .checked_sub(1)?
                .checked_mul(self.dilation[axis])?
                .checked_add(1)?;
            let (size, stride) = (input[axis], self.stride[axis]);
            let padding = self.padding[axis].checked_mul(2)?;
            output[axis] = if self.transposed {
                let spread = size
                    .checked_sub(1)?
                    .checked_mul(stride)?
                    .checked_add(covered)?;
                spread
                    .checked_add(self.output_padding[axis])?
                    .checked_sub(padding)?
            } else {
                size.checked_add(padding)?
                    .checked_sub(covered)?
                    .checked_div(stride)?
                    + 1
            };
        }
        (!output.contains(&0)).then_some(output)
    }

    /// Taps of the whole kernel.
    pub(crate) fn taps(&self) -> usize {
        self.kernel.iter().product()
    }
}
