use std::ops::Range;

use oddframe_nn::{Activation, Window};

/// A convolution as plain values, with everything folded in that is linear.
#[derive(Debug, Clone)]
pub(super) struct FusedConv {
    /// `[outputs, inputs, height, width]`
    pub(super) weight: Vec<f32>,
    pub(super) shape: [usize; 4],
    pub(super) bias: Option<Vec<f32>>,
    pub(super) window: Window,
    pub(super) activation: Activation,
}

impl FusedConv {
    /// Multiplies each output channel by its scale and adds its shift, each value rounded once.
    pub(super) fn scale_outputs(&mut self, scale: &[f64], shift: &[f64]) {
        let each = self.shape[1..].iter().product::<usize>();
        for (weights, scale) in self.weight.chunks_exact_mut(each).zip(scale) {
            for weight in weights {
                *weight = (f64::from(*weight) * scale) as f32;
            }
        }
        let bias = self.bias.get_or_insert_with(|| vec![0.0; scale.len()]);
        for (bias, (scale, shift)) in bias.iter_mut().zip(scale.iter().zip(shift)) {
            *bias = (f64::from(*bias) * scale + shift) as f32;
        }
    }

    /// The part of the sums that some input channels give, without bias and activation.
    pub(super) fn select_inputs(&self, ranges: &[Range<usize>]) -> Self {
        let [outputs, inputs, height, width] = self.shape;
        let taps = height * width;
        // A convolution is linear in its input channels: the sum over parts of them is the whole. Parts that stay the same from one
        // iteration to the next are then computed once.
        let mut weight = Vec::new();
        for of_output in self.weight.chunks_exact(inputs * taps) {
            for range in ranges {
                weight.extend_from_slice(&of_output[range.start * taps..range.end * taps]);
            }
        }
        let selected = ranges.iter().map(ExactSizeIterator::len).sum();
        Self {
            weight,
            shape: [outputs, selected, height, width],
            bias: None,
            window: self.window,
            activation: Activation::Identity,
        }
    }

    /// One convolution with the outputs of several that have the same window and inputs, without activation. All or none of
    /// them have a bias.
    pub(super) fn stack<const N: usize>(convs: &[&Self; N]) -> Self {
        const { assert!(N > 0, "at least one convolution") };
        let [_, inputs, height, width] = convs[0].shape;
        let biases: Option<Vec<&Vec<f32>>> = convs.iter().map(|conv| conv.bias.as_ref()).collect();
        Self {
            weight: convs
                .iter()
                .flat_map(|conv| &conv.weight)
                .copied()
                .collect(),
            shape: [
                convs.iter().map(|conv| conv.shape[0]).sum(),
                inputs,
                height,
                width,
            ],
            bias: biases.map(|all| all.into_iter().flatten().copied().collect()),
            window: convs[0].window,
            activation: Activation::Identity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conv(outputs: usize, inputs: usize, bias: bool) -> FusedConv {
        FusedConv {
            weight: (0..outputs * inputs * 2).map(|at| at as f32).collect(),
            shape: [outputs, inputs, 1, 2],
            bias: bias.then(|| vec![1.0; outputs]),
            window: Window::image([1, 2]),
            activation: Activation::Relu,
        }
    }

    #[test]
    fn outputs_are_scaled_and_shifted() {
        let mut conv = conv(2, 1, true);
        conv.scale_outputs(&[2.0, -1.0], &[0.5, 0.25]);
        assert_eq!(conv.weight, [0.0, 2.0, -2.0, -3.0]);
        assert_eq!(conv.bias, Some(vec![2.5, -0.75]));
    }

    #[test]
    fn inputs_are_selected_and_outputs_stacked() {
        let part = conv(2, 3, true).select_inputs(&[2..3, 0..1]);
        assert_eq!(part.weight, [4.0, 5.0, 0.0, 1.0, 10.0, 11.0, 6.0, 7.0]);
        assert_eq!((part.shape, part.bias), ([2, 2, 1, 2], None));
        let both = FusedConv::stack(&[&conv(1, 2, true), &conv(2, 2, true)]);
        assert_eq!(both.shape, [3, 2, 1, 2]);
        assert_eq!((both.weight[4], both.bias), (0.0, Some(vec![1.0; 3])));
    }
}
