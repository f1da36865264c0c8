//! The first step of a backward pass: from the gradient after the activation to the one before it.

use burn_flex::FlexTensor;

use super::conv::{fitting, kernel_activation};
use super::dense::{channels_first, channels_last, contiguous, like, same_order, values, values_mut};
use super::pool::buffer;
use crate::Activation;

/// The gradient before the activation, with channels last.
pub(super) fn before_activation(
    output: Option<FlexTensor>,
    gradient: FlexTensor,
    activation: Activation,
) -> FlexTensor {
    match output {
        None => channels_last(gradient),
        Some(output) if same_order(&output, &gradient) => channels_last(scaled(output, gradient, activation)),
        Some(output) => scaled(channels_last(output), channels_last(gradient), activation),
    }
}

/// As [`before_activation`], for rows whose last axis is the channels.
pub(super) fn before_activation_of_rows(
    output: Option<FlexTensor>,
    gradient: FlexTensor,
    activation: Activation,
) -> FlexTensor {
    let gradient = channels_first(gradient);
    match output {
        None => gradient,
        Some(output) => scaled(channels_first(output), gradient, activation),
    }
}

/// `dy * activation'`, which every activation here tells from its output; in place where nothing else holds `dy`.
fn scaled(output: FlexTensor, mut gradient: FlexTensor, activation: Activation) -> FlexTensor {
    let activation = kernel_activation(activation);
    if gradient.is_unique() {
        fitting(activation.gradient(values(&output), values_mut(&mut gradient)));
    } else {
        let mut scaled = buffer(values(&gradient).len());
        fitting(activation.gradient_into(values(&output), values(&gradient), &mut scaled));
        gradient = like(&gradient, scaled);
    }
    drop(output);
    gradient
}

/// The gradient of a bias: the sum over all rows of `channels` values.
pub(super) fn of_bias(gradient: &[f32], channels: usize) -> FlexTensor {
    let mut sums = buffer(channels);
    fitting(oddframe_kernels::bias_gradient(gradient, channels, &mut sums));
    contiguous(sums, &[channels])
}
