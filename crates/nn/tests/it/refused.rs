//! Invalid parameters and shapes, and their messages.

use crate::common::{A, noise};
use burn::backend::Flex;
use burn::optim::{GradientsParams, Optimizer};
use oddframe_nn::{
    Activation, AdamConfig, BatchNormConfig, Conv2dConfig, Conv3dConfig, ConvLstm, ConvLstmConfig,
    ConvLstmInference, ConvTranspose2dConfig, Error, GruConfig, Linear, LinearConfig, LstmConfig,
    without_kernels,
};

fn message<T>(result: Result<T, Error>) -> String {
    result
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default()
}

#[test]
fn layers_with_more_weights_than_memory_can_hold_are_refused() {
    let device = Default::default();
    let huge = 100_000_000_000;
    assert_eq!(
        message(Conv2dConfig::new([3, huge], [4, 4]).init::<Flex>(&device)),
        "Conv2d: weights of 100000000000x3x4x4 are more than a layer can have, 1073741824; use fewer channels or features, \
         or a smaller input"
    );
    // Where the product of the sizes, or four times one of them, is beyond `usize` too.
    for size in [huge, 1 << 62, usize::MAX] {
        let refused = [
            message(Conv3dConfig::new([size, size], [3, 3, 3]).init::<Flex>(&device)),
            message(ConvTranspose2dConfig::new([size, 8], [4, 4]).init::<Flex>(&device)),
            message(LinearConfig::new(8, size).init::<Flex>(&device)),
            message(LstmConfig::new(size, 8).init::<Flex>(&device)),
            message(LstmConfig::new(8, size).init::<Flex>(&device)),
            message(GruConfig::new(8, size).init::<Flex>(&device)),
            message(ConvLstmConfig::new([8, size], [3, 3]).init::<Flex>(&device)),
            message(BatchNormConfig::new(size).init::<Flex>(&device)),
        ];
        for message in refused {
            assert!(message.contains("more than a layer can have"), "{message}");
        }
    }
    assert!(
        LinearConfig::new(1 << 15, 1 << 15)
            .init::<Flex>(&device)
            .is_ok()
    );
}

#[test]
fn invalid_parameters_are_refused() {
    let device = Default::default();
    let conv = Conv2dConfig::new([3, 8], [3, 3]);
    assert_eq!(
        message(Conv2dConfig::new([0, 8], [3, 3]).init::<Flex>(&device)),
        "Conv2d: the number of input channels is zero; it must be at least 1"
    );
    assert_eq!(
        message(conv.clone().with_groups(2).init::<Flex>(&device)),
        "Conv2d: 3 input channels cannot be split into 2 groups; use a divisor"
    );
    assert!(message(conv.clone().with_groups(0).init::<Flex>(&device)).contains("groups is zero"));
    assert!(
        message(conv.clone().with_stride([1, 0]).init::<Flex>(&device))
            .contains("the stride is zero")
    );
    assert!(
        message(conv.clone().with_dilation([0, 1]).init::<Flex>(&device))
            .contains("dilation is zero")
    );
    let steep = conv.with_activation(Activation::LeakyRelu(f32::NAN));
    assert!(message(steep.init::<Flex>(&device)).contains("the slope of LeakyRelu"));
    assert!(
        message(Conv3dConfig::new([1, 1], [3, 0, 3]).init::<Flex>(&device))
            .contains("kernel's size is zero")
    );
    let up = ConvTranspose2dConfig::new([3, 8], [3, 3]).with_output_padding([0, 1]);
    assert_eq!(
        message(up.init::<Flex>(&device)),
        "ConvTranspose2d: the output padding is 1; it must be smaller than the stride or the dilation"
    );
    assert!(message(BatchNormConfig::new(0).init::<Flex>(&device)).contains("channels is zero"));
    let norm = BatchNormConfig::new(3);
    assert!(message(norm.clone().with_epsilon(0.0).init::<Flex>(&device)).contains("epsilon is 0"));
    // The kernels compute in 32-bit floats, where these are denormal, infinite or NaN.
    for epsilon in [1e-40, 1e39, f64::NAN, -1e-5] {
        assert!(
            message(norm.clone().with_epsilon(epsilon).init::<Flex>(&device))
                .contains("normal 32-bit")
        );
    }
    assert!(
        norm.clone()
            .with_epsilon(2e-38)
            .init::<Flex>(&device)
            .is_ok()
    );
    assert!(message(norm.with_momentum(1.5).init::<Flex>(&device)).contains("momentum is 1.5"));
    assert!(
        message(LinearConfig::new(0, 3).init::<Flex>(&device)).contains("the input's size is zero")
    );
    assert!(
        message(LstmConfig::new(3, 0).init::<Flex>(&device)).contains("the hidden size is zero")
    );
    assert!(
        message(ConvLstmConfig::new([1, 2], [3, 4]).init::<Flex>(&device)).contains("must be odd")
    );
    assert!(message(ConvLstmConfig::new([0, 2], [3, 3]).init::<Flex>(&device)).contains("is zero"));
}

#[test]
#[should_panic(expected = "Conv2d: the input [1, 4, 5, 5] has 4 channels, the layer takes 3")]
fn another_number_of_channels_is_refused() {
    let conv = Conv2dConfig::new([3, 8], [3, 3])
        .init::<Flex>(&Default::default())
        .unwrap();
    let _ = conv.forward(noise([1, 4, 5, 5], 1));
}

#[test]
#[should_panic(expected = "Conv2d: the input [1, 3, 2, 5] leaves no output")]
fn an_input_smaller_than_the_kernel_is_refused() {
    let conv = Conv2dConfig::new([3, 8], [3, 3])
        .init::<Flex>(&Default::default())
        .unwrap();
    let _ = conv.forward(noise([1, 3, 2, 5], 1));
}

#[test]
#[should_panic(expected = "Linear: the input is [2, 4], the layer takes [..., 5]")]
fn another_number_of_features_is_refused() {
    let linear = LinearConfig::new(5, 2)
        .init::<Flex>(&Default::default())
        .unwrap();
    let _ = linear.forward(noise::<Flex, 2>([2, 4], 1));
}

#[test]
#[should_panic(
    expected = "BatchNorm: the input [1, 6, 1, 1] has one value per channel, which has no variance to train with; choose a batch size that leaves no batch of one, or larger images"
)]
fn one_value_per_channel_cannot_be_trained_on() {
    let norm = BatchNormConfig::new(6)
        .init::<A>(&Default::default())
        .unwrap();
    let _ = norm.forward(noise::<A, 4>([1, 6, 1, 1], 1));
}

#[test]
#[should_panic(expected = "Lstm: a state is [2, 3], the input asks for [1, 3]")]
fn the_state_of_another_batch_is_refused() {
    let lstm = LstmConfig::new(4, 3)
        .init::<Flex>(&Default::default())
        .unwrap();
    let (_, state) = lstm.forward(noise([2, 2, 4], 1), None);
    let _ = lstm.forward(noise([1, 2, 4], 1), Some(state));
}

#[test]
#[should_panic(
    expected = "ConvLstm: the input is [1, 2, 4, 5, 5], the layer takes [batch, time, 3, height, width]"
)]
fn a_sequence_with_other_channels_is_refused() {
    let layer = ConvLstmConfig::new([3, 2], [3, 3])
        .init::<Flex>(&Default::default())
        .unwrap();
    let _ = layer.forward(noise([1, 2, 4, 5, 5], 1), None);
}

#[test]
#[should_panic(expected = "ConvLstm: the input is [1, 0, 3, 5, 5]")]
fn a_sequence_without_steps_is_refused() {
    let layer = ConvLstmConfig::new([3, 2], [3, 3])
        .init::<Flex>(&Default::default())
        .unwrap();
    let _ = layer.forward(noise([1, 0, 3, 5, 5], 1), None);
}

#[test]
#[should_panic(expected = "ConvLstm: a state is [1, 2, 5, 4], the input asks for [1, 2, 5, 5]")]
fn the_state_of_another_size_is_refused() {
    let layer = ConvLstmConfig::new([3, 2], [3, 3])
        .init::<Flex>(&Default::default())
        .unwrap();
    let (_, state) = layer.forward(noise([1, 2, 3, 5, 4], 1), None);
    let _ = layer.forward(noise([1, 2, 3, 5, 5], 1), Some(state));
}

/// A cell whose convolution, a public field, has these channels.
fn cell_with_channels(channels: [usize; 2]) -> ConvLstm<Flex> {
    let device = Default::default();
    let mut layer = ConvLstmConfig::new([3, 2], [3, 3])
        .init::<Flex>(&device)
        .unwrap();
    layer.conv = Conv2dConfig::new(channels, [3, 3])
        .with_padding([1, 1])
        .init(&device)
        .unwrap();
    layer
}

#[test]
#[should_panic(expected = "ConvLstm: the convolution's weights are [20, 2, 3, 3]")]
fn fewer_channels_than_the_hidden_state_are_refused() {
    let _ = cell_with_channels([2, 20]).forward(noise([1, 2, 3, 5, 5], 1), None);
}

#[test]
#[should_panic(expected = "ConvLstm: the convolution's weights are [6, 4, 3, 3]")]
fn gates_that_are_not_four_per_channel_are_refused() {
    let _ = cell_with_channels([4, 6]).step(noise([1, 3, 5, 5], 1), None);
}

#[test]
fn an_invalid_cell_has_no_inference_form() {
    for channels in [[2, 20], [5, 20], [4, 6]] {
        let error = ConvLstmInference::<Flex>::new(
            &cell_with_channels(channels),
            [5, 5],
            &Default::default(),
        )
        .unwrap_err();
        let expected = format!(
            "ConvLstmInference: the number of the convolution's output channels is {}",
            channels[1]
        );
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    assert!(
        ConvLstmInference::<Flex>::new(&cell_with_channels([6, 20]), [5, 5], &Default::default())
            .is_ok()
    );
}

#[test]
#[should_panic(expected = "Adam: the learning rate is NaN; it must be finite and at least 0")]
fn a_learning_rate_of_nan_is_refused() {
    let layer = LinearConfig::new(2, 2)
        .init::<A>(&Default::default())
        .unwrap();
    let gradients = layer.forward(noise::<A, 2>([1, 2], 1)).sum().backward();
    let gradients = GradientsParams::from_grads(gradients, &layer);
    let mut optimizer = AdamConfig::new().init::<A, Linear<A>>().unwrap();
    // Also on Burn's operations, which would write NaN into the weights.
    without_kernels(|| optimizer.step(f64::NAN, layer, gradients));
}
