/// The window of a convolution along depth, height and width; an image is a volume of depth 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Taps.
    pub kernel: [usize; 3],
    /// Positions of the larger grid from one position of the smaller grid to the next.
    pub stride: [usize; 3],
    /// Zeros around the input; of a transposed convolution: positions cut from the output.
    pub padding: [usize; 3],
    /// Positions from one tap to the next.
    pub dilation: [usize; 3],
    /// Positions that a transposed convolution adds at the far side.
    pub output_padding: [usize; 3],
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Whether the convolution is a transposed one. Weights are `[in, out / groups, ...]` then, and
    /// `[out, in / groups, ...]` otherwise.
    pub transposed: bool,
}

impl Window {
    /// A window over volumes with stride 1 and no padding.
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

    /// Output channels of a layer with these weights.
    pub(crate) fn out_channels(&self, weight: &[usize]) -> usize {
        if self.transposed { weight[1] * self.groups } else { weight[0] }
    }

    /// Input channels of a layer with these weights.
    pub(crate) fn in_channels(&self, weight: &[usize]) -> usize {
        if self.transposed { weight[0] } else { weight[1] * self.groups }
    }

    /// The output's size for an input's, where the window leaves any.
    pub(crate) fn output(&self, input: [usize; 3]) -> Option<[usize; 3]> {
        let mut output = [0; 3];
        for axis in 0..3 {
            let covers = (self.kernel[axis] - 1) * self.dilation[axis] + 1;
            let (size, stride, cut) = (input[axis], self.stride[axis], 2 * self.padding[axis]);
            output[axis] = if self.transposed {
                ((size.checked_sub(1)?) * stride + covers + self.output_padding[axis]).checked_sub(cut)?
            } else {
                (size + cut).checked_sub(covers)? / stride + 1
            };
        }
        (!output.contains(&0)).then_some(output)
    }

    /// The last two of `[depth, height, width]`.
    pub(crate) fn image(axes: [usize; 3]) -> [usize; 2] {
        [axes[1], axes[2]]
    }
}
