//! The first steps of a backward pass: the gradient before a fused activation, and that of the bias.

use burn_flex::FlexTensor;
use oddframe_kernels::Activation;

use super::kernel::expect_kernel;
use super::layout::{
    channels_first, channels_last, contiguous, same_order, slice_values, slice_values_mut,
    with_layout_of,
};
use super::pool::take_buffer;

/// The gradient before the activation, from the one after it, with channels last.
pub(super) fn gradient_before_activation(
    output: Option<FlexTensor>,
    gradient: FlexTensor,
    activation: Activation,
) -> FlexTensor {
    match output {
        None => channels_last(gradient),
        // The product is taken value by value: any common order of the two will do, and saves a copy.
        Some(output) if same_order(&output, &gradient) => {
            channels_last(scale_by_slope(output, gradient, activation))
        }
        Some(output) => scale_by_slope(channels_last(output), channels_last(gradient), activation),
    }
}

/// Like [`gradient_before_activation`], for rows, whose last axis is the channels.
pub(super) fn row_gradient_before_activation(
    output: Option<FlexTensor>,
    gradient: FlexTensor,
    activation: Activation,
) -> FlexTensor {
    let gradient = channels_first(gradient);
    match output {
        None => gradient,
        Some(output) => scale_by_slope(channels_first(output), gradient, activation),
    }
}

/// `dy * activation'`, computed from the activation's output; in place if no other tensor shares `dy`.
fn scale_by_slope(
    output: FlexTensor,
    mut gradient: FlexTensor,
    activation: Activation,
) -> FlexTensor {
    if gradient.is_unique() {
        expect_kernel(activation.gradient(slice_values(&output), slice_values_mut(&mut gradient)));
    } else {
        let mut product = take_buffer(slice_values(&gradient).len());
        expect_kernel(activation.gradient_into(
            slice_values(&output),
            slice_values(&gradient),
            &mut product,
        ));
        gradient = with_layout_of(&gradient, product);
    }
    drop(output);
    gradient
}

/// The gradient of a bias: the sum over all rows of `channels` values.
pub(super) fn bias_gradient(gradient: &[f32], channels: usize) -> FlexTensor {
    let mut sums = take_buffer(channels);
    expect_kernel(oddframe_kernels::bias_gradient(
        gradient, channels, &mut sums,
    ));
    contiguous(sums, &[channels])
}
