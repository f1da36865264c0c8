//! What is refused, and how it is said.
#![allow(clippy::default_trait_access, clippy::type_complexity, clippy::items_after_statements)]

mod common;

use burn::backend::Flex;
use burn::optim::{GradientsParams, Optimizer};
use common::{A, noise};
use oddframe_nn::{
    Activation, AdamConfig, BatchNormConfig, Conv2dConfig, Conv3dConfig, ConvLstm, ConvLstmConfig,
    ConvTranspose2dConfig, Error, FrozenConvLstm, Linear, LinearConfig, LstmConfig, without_kernels,
};

fn message<T>(result: Result<T, Error>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn configurations() {
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
    assert!(message(conv.clone().with_stride([1, 0]).init::<Flex>(&device)).contains("the stride is zero"));
    assert!(message(conv.clone().with_dilation([0, 1]).init::<Flex>(&device)).contains("dilation is zero"));
    let steep = conv.with_activation(Activation::LeakyRelu(f32::NAN));
    assert!(message(steep.init::<Flex>(&device)).contains("the slope of LeakyRelu"));
    assert!(
        message(Conv3dConfig::new([1, 1], [3, 0, 3]).init::<Flex>(&device)).contains("kernel's size is zero")
    );
    let up = ConvTranspose2dConfig::new([3, 8], [3, 3]).with_output_padding([0, 1]);
    assert_eq!(
        message(up.init::<Flex>(&device)),
        "ConvTranspose2d: the output padding is 1; it must be smaller than the stride or the dilation"
    );
    assert!(message(BatchNormConfig::new(0).init::<Flex>(&device)).contains("channels is zero"));
    let norm = BatchNormConfig::new(3);
    assert!(message(norm.clone().with_epsilon(0.0).init::<Flex>(&device)).contains("epsilon is 0"));
    // What a 32-bit float holds inexactly or not at all, the kernels refuse.
    for epsilon in [1e-40, 1e39, f64::NAN, -1e-5] {
        assert!(message(norm.clone().with_epsilon(epsilon).init::<Flex>(&device)).contains("normal 32-bit"));
    }
    assert!(norm.clone().with_epsilon(2e-38).init::<Flex>(&device).is_ok());
    assert!(message(norm.with_momentum(1.5).init::<Flex>(&device)).contains("momentum is 1.5"));
    assert!(message(LinearConfig::new(0, 3).init::<Flex>(&device)).contains("the input's size is zero"));
    assert!(message(LstmConfig::new(3, 0).init::<Flex>(&device)).contains("the hidden size is zero"));
    assert!(message(ConvLstmConfig::new([1, 2], [3, 4]).init::<Flex>(&device)).contains("must be odd"));
    assert!(message(ConvLstmConfig::new([0, 2], [3, 3]).init::<Flex>(&device)).contains("is zero"));
}

#[test]
#[should_panic(expected = "Conv2d: the input [1, 4, 5, 5] has 4 channels, the layer takes 3")]
fn other_channels() {
    let conv = Conv2dConfig::new([3, 8], [3, 3]).init::<Flex>(&Default::default()).unwrap();
    let _ = conv.forward(noise([1, 4, 5, 5], 1));
}

#[test]
#[should_panic(expected = "Conv2d: the input [1, 3, 2, 5] leaves no output")]
fn an_input_below_the_kernel() {
    let conv = Conv2dConfig::new([3, 8], [3, 3]).init::<Flex>(&Default::default()).unwrap();
    let _ = conv.forward(noise([1, 3, 2, 5], 1));
}

#[test]
#[should_panic(expected = "Linear: the input is [2, 4], the layer takes [..., 5]")]
fn other_features() {
    let linear = LinearConfig::new(5, 2).init::<Flex>(&Default::default()).unwrap();
    let _ = linear.forward(noise::<Flex, 2>([2, 4], 1));
}

#[test]
#[should_panic(expected = "BatchNorm: one value a channel has no variance")]
fn one_value_a_channel() {
    let norm = BatchNormConfig::new(5).init::<common::A>(&Default::default()).unwrap();
    let _ = norm.forward(noise::<common::A, 4>([1, 5, 1, 1], 1));
}

#[test]
#[should_panic(expected = "Lstm: a state is [2, 3], the input asks for [1, 3]")]
fn the_state_of_another_batch() {
    let lstm = LstmConfig::new(4, 3).init::<Flex>(&Default::default()).unwrap();
    let (_, state) = lstm.forward(noise([2, 2, 4], 1), None);
    let _ = lstm.forward(noise([1, 2, 4], 1), Some(state));
}

#[test]
#[should_panic(
    expected = "ConvLstm: the input is [1, 2, 4, 5, 5], the layer takes [batch, time, 3, height, width]"
)]
fn other_channels_of_a_sequence() {
    let layer = ConvLstmConfig::new([3, 2], [3, 3]).init::<Flex>(&Default::default()).unwrap();
    let _ = layer.forward(noise([1, 2, 4, 5, 5], 1), None);
}

#[test]
#[should_panic(expected = "ConvLstm: the input is [1, 0, 3, 5, 5]")]
fn a_sequence_without_steps() {
    let layer = ConvLstmConfig::new([3, 2], [3, 3]).init::<Flex>(&Default::default()).unwrap();
    let _ = layer.forward(noise([1, 0, 3, 5, 5], 1), None);
}

#[test]
#[should_panic(expected = "ConvLstm: a state is [1, 2, 5, 4], the input asks for [1, 2, 5, 5]")]
fn the_state_of_another_size() {
    let layer = ConvLstmConfig::new([3, 2], [3, 3]).init::<Flex>(&Default::default()).unwrap();
    let (_, state) = layer.forward(noise([1, 2, 3, 5, 4], 1), None);
    let _ = layer.forward(noise([1, 2, 3, 5, 5], 1), Some(state));
}

/// A cell whose convolution, which anyone can set, is one of these channels.
fn cell_of(channels: [usize; 2]) -> ConvLstm<Flex> {
    let device = Default::default();
    let mut layer = ConvLstmConfig::new([3, 2], [3, 3]).init::<Flex>(&device).unwrap();
    layer.conv = Conv2dConfig::new(channels, [3, 3]).with_padding([1, 1]).init(&device).unwrap();
    layer
}

#[test]
#[should_panic(expected = "ConvLstm: the convolution's weights are [20, 2, 3, 3]")]
fn fewer_channels_than_the_hidden_state() {
    let _ = cell_of([2, 20]).forward(noise([1, 2, 3, 5, 5], 1), None);
}

#[test]
#[should_panic(expected = "ConvLstm: the convolution's weights are [6, 4, 3, 3]")]
fn gates_that_are_not_four_a_channel() {
    let _ = cell_of([4, 6]).step(noise([1, 3, 5, 5], 1), None);
}

#[test]
fn a_cell_that_is_none_is_not_frozen() {
    for channels in [[2, 20], [5, 20], [4, 6]] {
        let error = FrozenConvLstm::<Flex>::new(&cell_of(channels), [5, 5], &Default::default()).unwrap_err();
        let expected =
            format!("FrozenConvLstm: the number of the convolution's output channels is {}", channels[1]);
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    assert!(FrozenConvLstm::<Flex>::new(&cell_of([6, 20]), [5, 5], &Default::default()).is_ok());
}

#[test]
#[should_panic(expected = "Adam: the learning rate is NaN; it must be finite and at least 0")]
fn a_learning_rate_that_is_no_number() {
    let layer = LinearConfig::new(2, 2).init::<A>(&Default::default()).unwrap();
    let gradients = layer.forward(noise::<A, 2>([1, 2], 1)).sum().backward();
    let gradients = GradientsParams::from_grads(gradients, &layer);
    let mut optimizer = AdamConfig::new().init::<A, Linear<A>>().unwrap();
    // Also where Burn's operations would write NaN into the weights.
    without_kernels(|| optimizer.step(f64::NAN, layer, gradients));
}
