use burn::backend::Flex;
use burn_flex::FlexTensor;
use oddframe_kernels::{scale_differences, sum_squared_differences};

use super::kernel::expect_kernel;
use super::layout::{channels_first, contiguous, same_order, slice_values, with_layout_of};
use super::pool::take_buffer;
use crate::saved::SavedSquaredError;

/// The mean of the squared differences, in one pass.
pub(super) fn squared_error(output: FlexTensor, target: FlexTensor) -> FlexTensor {
    let (output, target) = in_one_order(output, target);
    let (output, target) = (slice_values(&output), slice_values(&target));
    let sum = expect_kernel(sum_squared_differences(output, target));
    contiguous(vec![(sum / output.len() as f64) as f32], &[1])
}

/// The gradients that are wanted, each written in one pass: 2 (output - target) / n with respect to the output, and minus
/// that with respect to the target.
pub(super) fn squared_error_backward(
    saved: SavedSquaredError<Flex>,
    gradient: FlexTensor,
    wanted: [bool; 2],
) -> [Option<FlexTensor>; 2] {
    let (output, target) = in_one_order(saved.output, saved.target);
    let gradient = f64::from(slice_values(&channels_first(gradient))[0]);
    let factor = (2.0 * gradient / slice_values(&output).len() as f64) as f32;
    let gradient_of = |one: &FlexTensor, other: &FlexTensor| {
        let (values, others) = (slice_values(one), slice_values(other));
        let mut differences = take_buffer(values.len());
        expect_kernel(scale_differences(values, others, factor, &mut differences));
        with_layout_of(one, differences)
    };
    [
        wanted[0].then(|| gradient_of(&output, &target)),
        wanted[1].then(|| gradient_of(&target, &output)),
    ]
}

/// Two tensors of one shape as dense memory in the same order.
fn in_one_order(output: FlexTensor, target: FlexTensor) -> (FlexTensor, FlexTensor) {
    if same_order(&output, &target) {
        (output, target)
    } else {
        (channels_first(output), channels_first(target))
    }
}
