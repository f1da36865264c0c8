//! Inference recurrent layers against the layers they were made of.

use crate::common::{A, assert_close, noise};
use burn::backend::Flex;
use burn::tensor::{Tensor, TensorData};
use oddframe_nn::{
    Arithmetic, Conv2dConfig, ConvLstm, ConvLstmConfig, ConvLstmInference, Error, Gru, GruConfig,
    GruInference, Lstm, LstmConfig, LstmInference, without_kernels,
};

/// Calls `run` with the native kernels and without them.
fn with_and_without_kernels(run: impl Fn()) {
    run();
    without_kernels(run);
}

#[track_caller]
fn assert_same<const D: usize>(name: &'static str, found: &[f32], expected: Tensor<A, D>) {
    let found = TensorData::new(found.to_vec(), expected.shape());
    assert_close(&[(name, found)], &[(name, expected.into_data())], 1e-5);
}

fn values<const D: usize>(tensor: &Tensor<A, D>) -> Vec<f32> {
    tensor.to_data().to_vec().unwrap()
}

fn lstm() -> Lstm<A> {
    LstmConfig::new(21, 13).init(&Default::default()).unwrap()
}

#[test]
fn an_lstm_scores_the_same() {
    let layer = lstm();
    with_and_without_kernels(|| {
        let mut inference = LstmInference::<Flex>::new(&layer, &Default::default()).unwrap();
        assert_eq!((inference.inputs(), inference.hidden()), (21, 13));
        assert!(inference.last_hidden().is_empty() && inference.last_cell().is_empty());
        // Larger, smaller and again: the state starts from zeros each time.
        for [batch, steps] in [[3, 4], [5, 2], [1, 1], [2, 7], [3, 4], [4, 3], [3, 4]] {
            let x = noise::<A, 3>([batch, steps, 21], (batch + steps) as u64);
            let mut y = vec![f32::NAN; batch * steps * 13];
            inference.run(&values(&x), batch, steps, &mut y).unwrap();
            let (rows, last) = layer.forward(x, None);
            assert_same("rows", &y, rows);
            assert_same("hidden", inference.last_hidden(), last.hidden);
            assert_same("cell", inference.last_cell(), last.cell);

            let x = noise::<A, 2>([batch, 21], batch as u64);
            inference
                .run_repeated(&values(&x), batch, steps, &mut y)
                .unwrap();
            let (rows, last) = layer.forward_repeated(x, steps, None);
            assert_same("rows of one", &y, rows);
            assert_same("hidden of one", inference.last_hidden(), last.hidden);
            assert_same("cell of one", inference.last_cell(), last.cell);
        }
    });
}

fn conv_lstm(channels: [usize; 2], kernel: [usize; 2]) -> ConvLstm<A> {
    ConvLstmConfig::new(channels, kernel)
        .init(&Default::default())
        .unwrap()
}

#[test]
fn a_convolutional_lstm_scores_the_same() {
    let mut plain = conv_lstm([3, 18], [5, 5]);
    plain.conv.bias = None;
    let mut dilated = conv_lstm([3, 2], [3, 3]);
    let config = Conv2dConfig::new([5, 8], [3, 3])
        .with_dilation([2, 2])
        .with_padding([2, 2]);
    dilated.conv = config.init(&Default::default()).unwrap();
    for layer in [
        conv_lstm([5, 20], [3, 3]),
        plain,
        conv_lstm([2, 3], [1, 3]),
        dilated,
    ] {
        with_and_without_kernels(|| {
            let mut inference =
                ConvLstmInference::<Flex>::new(&layer, [6, 7], &Default::default()).unwrap();
            let [inputs, hidden] = inference.channels();
            assert_eq!(
                (4 * hidden, [6, 7]),
                (layer.conv.weight.val().dims()[0], inference.size())
            );
            for [batch, steps] in [[2, 3], [3, 1], [1, 4], [2, 3]] {
                let x = noise::<A, 5>([batch, steps, inputs, 6, 7], (batch + steps) as u64);
                let mut y = vec![f32::NAN; batch * steps * hidden * 42];
                inference.run(&values(&x), batch, steps, &mut y).unwrap();
                assert_same("images", &y, layer.forward(x, None).0);
            }
        });
    }
}

#[test]
fn later_training_does_not_change_it() {
    let mut layer = lstm();
    let mut inference = LstmInference::<Flex>::new(&layer, &Default::default()).unwrap();
    let x = noise::<A, 3>([1, 2, 21], 1);
    let expected = layer.forward(x.clone(), None).0;
    layer.bias_hh_l0 = layer.bias_hh_l0.map(|bias| bias + 1.0);
    let mut y = vec![0.0; 26];
    inference.run(&values(&x), 1, 2, &mut y).unwrap();
    assert_same("rows", &y, expected);
}

#[test]
fn slices_of_other_lengths_are_refused() {
    let device = Default::default();
    let (layer, images) = (lstm(), conv_lstm([2, 3], [3, 3]));
    with_and_without_kernels(|| {
        let mut inference = LstmInference::<Flex>::new(&layer, &device).unwrap();
        let message = |result: Result<(), Error>| result.unwrap_err().to_string();
        let (x, mut y) = ([0.0; 6 * 21], [0.0; 6 * 13]);
        assert!(inference.run(&x, 2, 3, &mut y).is_ok());
        let state = inference.last_hidden().to_vec();
        assert_eq!(
            message(inference.run(&x, 2, 2, &mut y)),
            "the output: 52 values expected, 78 found"
        );
        assert_eq!(
            message(inference.run(&x[1..], 2, 3, &mut y)),
            "the input: 126 values expected, 125 found"
        );
        assert_eq!(
            message(inference.run_repeated(&x, 2, 3, &mut y)),
            "the input: 42 values expected, 126 found"
        );
        let zero = "LstmInference: the number of steps is zero; it must be at least 1";
        assert_eq!(message(inference.run(&[], 2, 0, &mut [])), zero);
        assert_eq!(message(inference.run_repeated(&[], 2, 0, &mut [])), zero);
        assert!(message(inference.run(&[], 0, 2, &mut [])).contains("the batch is zero"));
        assert!(inference.run(&x, usize::MAX, 3, &mut y).is_err());
        assert_eq!(
            inference.last_hidden(),
            state,
            "a refused run changes nothing"
        );

        let mut inference = ConvLstmInference::<Flex>::new(&images, [4, 5], &device).unwrap();
        let (x, mut y) = ([0.0; 6 * 40], [0.0; 6 * 60]);
        assert!(inference.run(&x, 2, 3, &mut y).is_ok());
        assert_eq!(
            message(inference.run(&x, 2, 3, &mut y[1..])),
            "the output: 360 values expected, 359 found"
        );
        assert_eq!(
            message(inference.run(&x, 3, 3, &mut y)),
            "the input: 360 values expected, 240 found"
        );
        assert!(message(inference.run(&[], 2, 0, &mut [])).contains("the number of steps is zero"));
        assert!(message(inference.run(&[], 0, 2, &mut [])).contains("the batch is zero"));
        let error = ConvLstmInference::<Flex>::new(&images, [4, 0], &device).unwrap_err();
        assert_eq!(
            error.to_string(),
            "ConvLstmInference: the width is zero; it must be at least 1"
        );
    });
}

/// Fails when two results are equal, or when they differ by more than rounding the weights can change them.
#[track_caller]
fn assert_rounded(name: &str, found: &[f32], exact: &[f32]) {
    let differences = found.iter().zip(exact).map(|(f, e)| (f - e).abs());
    let largest = differences.fold(0.0, f32::max);
    assert!(largest > 1e-5 && largest < 0.02, "{name}: {largest}");
}

#[test]
fn recurrent_layers_keep_weights_in_16_bits() {
    let (device, bf16) = (Default::default(), Arithmetic::Bf16);
    let (x, [batch, steps]) = (values(&noise::<A, 3>([2, 3, 21], 1)), [2, 3]);
    let lstm_layer = lstm();
    let [exact, found] = [Arithmetic::Floats, Arithmetic::Bf16].map(|arithmetic| {
        let layer = LstmInference::<Flex>::with_arithmetic(&lstm_layer, &device, &arithmetic);
        let mut y = vec![f32::NAN; batch * steps * 13];
        layer.unwrap().run(&x, batch, steps, &mut y).unwrap();
        y
    });
    assert_rounded("LSTM", &found, &exact);
    let gru_layer: Gru<A> = GruConfig::new(21, 13).init(&device).unwrap();
    let [exact, found] = [Arithmetic::Floats, Arithmetic::Bf16].map(|arithmetic| {
        let layer = GruInference::<Flex>::with_arithmetic(&gru_layer, &device, &arithmetic);
        let mut y = vec![f32::NAN; batch * steps * 13];
        layer.unwrap().run(&x, batch, steps, &mut y).unwrap();
        y
    });
    assert_rounded("GRU", &found, &exact);
    let (images, size) = (conv_lstm([3, 4], [3, 3]), [5, 6]);
    let x = values(&noise::<A, 5>([batch, steps, 3, 5, 6], 2));
    let [exact, found] = [Arithmetic::Floats, Arithmetic::Bf16].map(|arithmetic| {
        let layer = ConvLstmInference::<Flex>::with_arithmetic(&images, size, &device, &arithmetic);
        let mut y = vec![f32::NAN; batch * steps * 4 * 30];
        layer.unwrap().run(&x, batch, steps, &mut y).unwrap();
        y
    });
    assert_rounded("ConvLSTM", &found, &exact);

    without_kernels(|| {
        let errors = [
            LstmInference::<Flex>::with_arithmetic(&lstm_layer, &device, &bf16).map(|_| ()),
            GruInference::<Flex>::with_arithmetic(&gru_layer, &device, &bf16).map(|_| ()),
            ConvLstmInference::<Flex>::with_arithmetic(&images, size, &device, &bf16).map(|_| ()),
        ];
        for error in errors {
            assert!(error.unwrap_err().to_string().contains("`flex`"));
        }
    });
}
