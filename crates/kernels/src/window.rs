/// The window of a convolution along depth, height and width: kernel, stride, padding, dilation, and the output
/// padding of a transposed convolution. It is checked when a layer is built from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    pub(crate) kernel: [usize; 3],
    pub(crate) stride: [usize; 3],
    pub(crate) padding: [usize; 3],
    pub(crate) dilation: [usize; 3],
    pub(crate) output_padding: [usize; 3],
    pub(crate) groups: usize,
}

impl Window {
    /// A window over volumes, `[depth, height, width]`, with stride 1 and no padding.
    pub fn volume(kernel: [usize; 3]) -> Self {
        Self { kernel, stride: [1; 3], padding: [0; 3], dilation: [1; 3], output_padding: [0; 3], groups: 1 }
    }

    /// A window over images, `[height, width]`, with stride 1 and no padding.
    pub fn image([height, width]: [usize; 2]) -> Self {
        Self::volume([1, height, width])
    }

    /// The window of a linear layer: one position.
    pub fn point() -> Self {
        Self::volume([1; 3])
    }

    /// A square window over images with the same stride and padding along both axes: what the zoo is made of.
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        Self::image([kernel; 2]).with_stride([1, stride, stride]).with_padding([0, padding, padding])
    }

    /// Input positions from one output position to the next.
    #[must_use]
    pub fn with_stride(mut self, stride: [usize; 3]) -> Self {
        self.stride = stride;
        self
    }

    /// Zeros around the input (of a transposed convolution: positions cut from the output) on each side.
    #[must_use]
    pub fn with_padding(mut self, padding: [usize; 3]) -> Self {
        self.padding = padding;
        self
    }

    /// Input positions from one tap of the kernel to the next.
    #[must_use]
    pub fn with_dilation(mut self, dilation: [usize; 3]) -> Self {
        self.dilation = dilation;
        self
    }

    /// Positions a transposed convolution adds at the far side of each axis.
    #[must_use]
    pub fn with_output_padding(mut self, output_padding: [usize; 3]) -> Self {
        self.output_padding = output_padding;
        self
    }

    /// Groups of channels that do not see each other.
    #[must_use]
    pub fn with_groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }

    /// Taps of the kernel.
    pub(crate) fn taps(&self) -> usize {
        self.kernel.iter().product()
    }
}
