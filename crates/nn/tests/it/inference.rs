//! Inference chains against the layers they were made of.

use crate::common::{A, assert_close, noise};
use burn::backend::Flex;
use burn::module::{AutodiffModule, Param, RunningState};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_nn::{
    Activation, Arithmetic, BatchNorm, BatchNormConfig, Conv2dConfig, Conv3dConfig,
    ConvTranspose2dConfig, ConvTranspose3dConfig, Error, Inference, InferenceBuilder, Kernels,
    LinearConfig, RangeRecord, without_kernels,
};

const LEAKY: Activation = Activation::LeakyRelu(0.2);

/// Batch normalisation that has seen data.
fn trained_norm<B: Backend>(channels: usize, activation: Activation, seed: u64) -> BatchNorm<B> {
    let config = BatchNormConfig::new(channels).with_activation(activation);
    let mut norm = config.init::<B>(&Default::default()).unwrap();
    norm.gamma = Param::from_tensor(noise([channels], seed) + 1.5);
    norm.beta = Param::from_tensor(noise([channels], seed + 1));
    norm.running_mean = RunningState::new(noise([channels], seed + 2));
    norm.running_var = RunningState::new(noise([channels], seed + 3) * 0.5 + 1.0);
    norm
}

/// An image autoencoder with a dense bottleneck on one input: its inference chain's output and its layers'.
fn image_autoencoder<B: Kernels>(batch: usize) -> (Tensor<B, 4>, Tensor<B, 4>) {
    let device = Default::default();
    let down = |channels| {
        Conv2dConfig::new(channels, [4, 4])
            .with_stride([2, 2])
            .with_padding([1, 1])
    };
    let up = |channels| {
        ConvTranspose2dConfig::new(channels, [4, 4])
            .with_stride([2, 2])
            .with_padding([1, 1])
    };
    let first = down([3, 20]).init::<B>(&device).unwrap();
    let first_norm = trained_norm::<B>(20, LEAKY, 10);
    let second = down([20, 35])
        .with_activation(LEAKY)
        .init::<B>(&device)
        .unwrap();
    let narrow = LinearConfig::new(35 * 4 * 3, 24)
        .init::<B>(&device)
        .unwrap();
    let wide = LinearConfig::new(24, 35 * 4 * 3)
        .init::<B>(&device)
        .unwrap();
    let third = up([35, 20]).with_bias(false).init::<B>(&device).unwrap();
    let third_norm = trained_norm::<B>(20, Activation::Relu, 20);
    let last = up([20, 3])
        .with_activation(Activation::Tanh)
        .init::<B>(&device)
        .unwrap();

    let x = noise::<B, 4>([batch, 3, 16, 12], 1);
    let y = second.forward(first_norm.forward(first.forward(x.clone())));
    let y: Tensor<B, 2> = wide.forward(narrow.forward(y.flatten::<2>(1, 3)));
    let y = third_norm.forward(third.forward(y.reshape([batch, 35, 4, 3])));
    let expected = last.forward(y);

    let mut inference: Inference<B> = InferenceBuilder::new(&[3, 16, 12])
        .conv2d(&first)
        .and_then(|chain| chain.batch_norm(&first_norm))
        .and_then(|chain| chain.conv2d(&second))
        .and_then(|chain| chain.flatten().linear(&narrow))
        .and_then(|chain| chain.linear(&wide))
        .and_then(|chain| chain.unflatten(&[35, 4, 3]))
        .and_then(|chain| chain.conv_transpose2d(&third))
        .and_then(|chain| chain.batch_norm(&third_norm))
        .and_then(|chain| chain.conv_transpose2d(&last))
        .and_then(|chain| chain.build(&device))
        .unwrap();
    assert_eq!(
        (inference.input(), inference.output()),
        ([3, 16, 12].as_slice(), [3, 16, 12].as_slice())
    );
    // A second batch size and then the first one again reuse the same buffers.
    let _ = inference
        .forward::<4, 4>(noise([batch + 1, 3, 16, 12], 5))
        .unwrap();
    (inference.forward(x).unwrap(), expected)
}

fn assert_same<B: Backend, const D: usize>((found, expected): (Tensor<B, D>, Tensor<B, D>)) {
    assert_close(
        &[("chain", found.into_data())],
        &[("chain", expected.into_data())],
        1e-5,
    );
}

#[test]
fn an_image_autoencoder_scores_the_same() {
    assert_same(image_autoencoder::<Flex>(3));
    assert_same(image_autoencoder::<Flex>(1));
}

#[test]
fn an_image_autoencoder_scores_the_same_without_kernels() {
    without_kernels(|| assert_same(image_autoencoder::<Flex>(2)));
}

#[test]
fn volumes_and_groups_score_the_same() {
    let device = Default::default();
    let down = Conv3dConfig::new([4, 18], [3, 4, 4])
        .with_stride([1, 2, 2])
        .with_padding([1, 1, 1])
        .with_groups(2)
        .init::<Flex>(&device)
        .unwrap();
    let norm = trained_norm::<Flex>(18, Activation::Sigmoid, 3);
    let up = ConvTranspose3dConfig::new([18, 6], [3, 4, 4])
        .with_stride([1, 2, 2])
        .with_padding([1, 1, 1])
        .with_groups(3)
        .init::<Flex>(&device)
        .unwrap();
    let up_norm = trained_norm::<Flex>(6, Activation::Identity, 4);
    let x = noise::<Flex, 5>([2, 4, 3, 8, 6], 1);
    let expected = up_norm.forward(up.forward(norm.forward(down.forward(x.clone()))));
    let mut inference: Inference<Flex> = InferenceBuilder::new(&[4, 3, 8, 6])
        .conv3d(&down)
        .and_then(|chain| chain.batch_norm(&norm))
        .and_then(|chain| chain.conv_transpose3d(&up))
        .and_then(|chain| chain.batch_norm(&up_norm))
        .and_then(|chain| chain.build(&device))
        .unwrap();
    assert_same((inference.forward(x).unwrap(), expected));
}

#[test]
fn a_flattened_output_has_channels_first() {
    let device = Default::default();
    let conv = Conv2dConfig::new([2, 20], [3, 3])
        .init::<Flex>(&device)
        .unwrap();
    let norm = trained_norm::<Flex>(20, LEAKY, 3);
    let x = noise::<Flex, 4>([2, 2, 6, 5], 1);
    let expected: Tensor<Flex, 2> = norm.forward(conv.forward(x.clone())).flatten(1, 3);
    let chain = InferenceBuilder::new(&[2, 6, 5])
        .conv2d(&conv)
        .and_then(|chain| chain.batch_norm(&norm))
        .unwrap();
    let mut inference: Inference<Flex> = chain.flatten().build(&device).unwrap();
    assert_same((inference.forward(x).unwrap(), expected));
}

/// Burn keeps the last update in a buffer until the next one, or until it is requested.
#[test]
fn the_last_update_is_part_of_the_chain() {
    let device = Default::default();
    let conv = Conv2dConfig::new([2, 20], [3, 3])
        .init::<A>(&device)
        .unwrap();
    let norm = trained_norm::<A>(20, LEAKY, 3);
    let _ = norm.forward(conv.forward(noise::<A, 4>([3, 2, 6, 5], 1) * 2.0 + 1.0));
    let chain = InferenceBuilder::new(&[2, 6, 5])
        .conv2d(&conv)
        .and_then(|chain| chain.batch_norm(&norm))
        .unwrap();
    let mut inference: Inference<Flex> = chain.build(&device).unwrap();
    let x = noise::<Flex, 4>([2, 2, 6, 5], 1);
    let expected = norm.valid().forward(conv.valid().forward(x.clone()));
    assert_same::<Flex, 4>((inference.forward(x).unwrap(), expected));
}

#[test]
fn normalised_rows_score_the_same() {
    let device = Default::default();
    let first = LinearConfig::new(6, 4 * 3 * 2)
        .init::<Flex>(&device)
        .unwrap();
    let (norm, of_rows) = (
        trained_norm::<Flex>(4, LEAKY, 1),
        trained_norm::<Flex>(24, LEAKY, 2),
    );
    let x = noise::<Flex, 2>([5, 6], 1);
    for kernels in [true, false] {
        let check = || {
            // A channel's scale applies to all of its positions when the row becomes an image.
            let chain = InferenceBuilder::new(&[6])
                .linear(&first)
                .and_then(|chain| chain.unflatten(&[4, 3, 2]));
            let chain = chain.and_then(|chain| chain.batch_norm(&norm)).unwrap();
            let mut inference: Inference<Flex> = chain.build(&device).unwrap();
            let expected = norm.forward(first.forward(x.clone()).reshape([5, 4, 3, 2]));
            assert_same::<Flex, 4>((inference.forward(x.clone()).unwrap(), expected));

            let chain = InferenceBuilder::new(&[6])
                .linear(&first)
                .and_then(|chain| chain.batch_norm(&of_rows));
            let mut inference: Inference<Flex> = chain.unwrap().build(&device).unwrap();
            assert_same((
                inference.forward(x.clone()).unwrap(),
                of_rows.forward(first.forward(x.clone())),
            ));
        };
        if kernels {
            check();
        } else {
            without_kernels(check);
        }
    }
}

#[test]
fn a_normalisation_of_another_size_is_refused() {
    let device = Default::default();
    let conv = Conv2dConfig::new([3, 8], [3, 3])
        .init::<A>(&device)
        .unwrap();
    let message = |result: Result<InferenceBuilder, Error>| result.unwrap_err().to_string();
    let norm = |channels| trained_norm::<A>(channels, LEAKY, 1);
    let chain = InferenceBuilder::new(&[3, 4, 4]).conv2d(&conv).unwrap();
    assert_eq!(
        message(chain.clone().batch_norm(&norm(7))),
        "layer 2 of the inference chain, BatchNorm: it takes 7 channels and is given [8, 2, 2]"
    );
    assert_eq!(
        message(chain.clone().flatten().batch_norm(&norm(8))),
        "layer 2 of the inference chain, BatchNorm: it takes 8 features and is given [8, 2, 2] as a row"
    );
    assert!(message(chain.flatten().batch_norm(&norm(32))).contains("8 channels as a row of 32"));
    // One position a channel: the row's features are the channels.
    let chain = InferenceBuilder::new(&[3, 3, 3]).conv2d(&conv).unwrap();
    assert!(chain.flatten().batch_norm(&norm(8)).is_ok());
    assert!(message(InferenceBuilder::new(&[]).batch_norm(&norm(8))).contains("is given []"));
}

#[test]
fn an_item_without_axes_is_refused() {
    let device = Default::default();
    let conv = Conv2dConfig::new([3, 8], [3, 3])
        .init::<A>(&device)
        .unwrap();
    let linear = LinearConfig::new(1, 5).init::<A>(&device).unwrap();
    assert!(InferenceBuilder::new(&[]).conv2d(&conv).is_err());
    assert!(
        InferenceBuilder::new(&[])
            .flatten()
            .linear(&linear)
            .is_err()
    );
    assert!(InferenceBuilder::new(&[]).build::<Flex>(&device).is_err());
}

#[test]
fn rows_score_the_same() {
    let layer = LinearConfig::new(40, 24)
        .with_activation(LEAKY)
        .init::<Flex>(&Default::default())
        .unwrap();
    let mut inference: Inference<Flex> = InferenceBuilder::new(&[40])
        .linear(&layer)
        .and_then(|chain| chain.build(&Default::default()))
        .unwrap();
    let x = noise::<Flex, 2>([5, 40], 1);
    assert_same((inference.forward(x.clone()).unwrap(), layer.forward(x)));
}

#[test]
fn layers_that_do_not_fit_are_refused() {
    let device = Default::default();
    let conv = Conv2dConfig::new([3, 8], [3, 3])
        .init::<A>(&device)
        .unwrap();
    let active = Conv2dConfig::new([3, 8], [3, 3])
        .with_activation(LEAKY)
        .init::<A>(&device)
        .unwrap();
    let norm = trained_norm::<A>(8, LEAKY, 1);
    let linear = LinearConfig::new(8 * 4, 5).init::<A>(&device).unwrap();
    let message = |result: Result<InferenceBuilder, Error>| result.unwrap_err().to_string();

    let found = message(InferenceBuilder::new(&[4, 6, 6]).conv2d(&conv));
    assert_eq!(
        found,
        "layer 1 of the inference chain, Conv2d: it takes [3, ...] of 3 axes and is given [4, 6, 6]"
    );
    assert!(message(InferenceBuilder::new(&[3, 2, 6]).conv2d(&conv)).contains("leaves an output"));
    assert!(
        message(InferenceBuilder::new(&[8, 2, 6]).batch_norm(&norm)).contains("a layer before it")
    );
    let chain = InferenceBuilder::new(&[3, 4, 4]).conv2d(&active).unwrap();
    assert!(message(chain.clone().batch_norm(&norm)).contains("a layer without activation"));
    assert!(message(chain.clone().activation(LEAKY)).contains("without activation"));
    assert!(message(chain.clone().linear(&linear)).contains("rows of 32 features"));
    assert!(
        message(chain.clone().flatten().unflatten(&[2, 4, 4])).contains("a linear layer before it")
    );
    assert!(chain.flatten().linear(&linear).is_ok());
    assert!(InferenceBuilder::new(&[3]).build::<Flex>(&device).is_err());

    let mut inference: Inference<Flex> = InferenceBuilder::new(&[3, 4, 4])
        .conv2d(&conv)
        .and_then(|chain| chain.build(&device))
        .unwrap();
    let error = inference.run(&[0.0; 48], 1, &mut [0.0; 31]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the output: 32 values expected, 31 found"
    );
    assert!(matches!(
        inference.run(&[], 0, &mut []),
        Err(Error::Zero { .. })
    ));
    assert!(inference.forward::<4, 4>(noise([1, 3, 5, 4], 1)).is_err());
}

/// Convolutions, a row of features between them and an image again, in floats, with weights in 16 bits and in 8-bit integers.
#[test]
fn a_chain_in_fewer_bits_is_close_to_floats() {
    let device = Default::default();
    let halve = Conv2dConfig::new([3, 12], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1]);
    let first = halve
        .with_activation(Activation::LeakyRelu(0.2))
        .init::<Flex>(&device)
        .unwrap();
    let narrow = LinearConfig::new(12 * 8 * 6, 20)
        .init::<Flex>(&device)
        .unwrap();
    let wide = LinearConfig::new(20, 12 * 8 * 6).with_activation(Activation::Relu);
    let wide = wide.init::<Flex>(&device).unwrap();
    let double = ConvTranspose2dConfig::new([12, 3], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1]);
    let last = double.init::<Flex>(&device).unwrap();
    let builder = InferenceBuilder::new(&[3, 16, 12])
        .conv2d(&first)
        .and_then(|chain| chain.flatten().linear(&narrow))
        .and_then(|chain| chain.linear(&wide))
        .and_then(|chain| chain.unflatten(&[12, 8, 6]))
        .and_then(|chain| chain.conv_transpose2d(&last))
        .unwrap();
    let (input, record) = (noise::<Flex, 4>([2, 3, 16, 12], 1), RangeRecord::default());
    let arithmetic = Arithmetic::RecordRanges(record.clone());
    let mut floats: Inference<Flex> = builder.clone().build_with(&device, &arithmetic).unwrap();
    let expected: Tensor<Flex, 4> = floats.forward(input.clone()).unwrap();
    let ranges = record.ranges();
    // The input lies within ±1, and what a rectifier gives is never negative.
    assert!(ranges.len() == 4 && ranges[0][0] < -0.9 && ranges[0][1] > 0.9 && ranges[3][0] == 0.0);

    for (arithmetic, most) in [
        (Arithmetic::Bf16, 0.01),
        (Arithmetic::int8(ranges.clone()), 0.03),
    ] {
        let mut narrow: Inference<Flex> = builder.clone().build_with(&device, &arithmetic).unwrap();
        let found: Tensor<Flex, 4> = narrow.forward(input.clone()).unwrap();
        let difference = (found - expected.clone()).square().mean().sqrt();
        let error = (difference / expected.clone().square().mean().sqrt()).into_scalar();
        // Not the floats under another name, and not another chain.
        assert!(error > 1e-4 && error < most, "{arithmetic:?}: {error}");
    }

    let few = builder
        .clone()
        .build_with::<Flex>(&device, &Arithmetic::int8(ranges[1..].to_vec()));
    assert!(
        few.unwrap_err()
            .to_string()
            .contains("4 layers and 3 ranges")
    );
    for arithmetic in [Arithmetic::Bf16, Arithmetic::int8(ranges)] {
        let without = without_kernels(|| builder.clone().build_with::<Flex>(&device, &arithmetic));
        assert!(without.unwrap_err().to_string().contains("`flex`"));
    }
}
