use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;

use super::kernel::expect_kernel;
use super::layout::{
    channels_first, channels_last, slice_values, slice_values_mut, with_layout_of,
};
use super::pool::take_buffer;

/// One pass with channels last, in place if no other tensor shares the input.
pub(super) fn scale_channels(input: FlexTensor, factors: FlexTensor) -> FlexTensor {
    let (mut input, factors) = (channels_last(input), channels_first(factors));
    let channels = input.shape()[1];
    if input.is_unique() {
        let values = slice_values_mut(&mut input);
        let scaled = oddframe_kernels::scale_channels(values, slice_values(&factors), channels);
        expect_kernel(scaled);
        return input;
    }
    let values = slice_values(&input);
    let mut scaled = take_buffer(values.len());
    let factors = slice_values(&factors);
    expect_kernel(oddframe_kernels::scale_channels_into(
        values,
        factors,
        channels,
        &mut scaled,
    ));
    with_layout_of(&input, scaled)
}
