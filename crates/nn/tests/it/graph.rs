//! Inference graphs: the native kernels against Burn's operations, and what a builder refuses.

use burn::backend::Flex;
use oddframe_nn::{
    Activation, AttentionPool, ConvWeights, DenseWeights, Error, Graph, GraphBuilder,
    GraphInference, GraphValue, PlaneWindow, without_kernels,
};

/// Pseudo-random numbers in [-1, 1].
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let values = crate::common::noise::<Flex, 1>([count], seed);
    values.into_data().to_vec().unwrap()
}

fn conv_weights(outputs: usize, inputs: usize, taps: usize, seed: u64) -> ConvWeights {
    let scale = (3.0 / (inputs * taps) as f32).sqrt();
    let weight = noise(outputs * inputs * taps, seed);
    ConvWeights {
        weight: weight.iter().map(|value| value * scale).collect(),
        bias: noise(outputs, seed + 100),
    }
}

fn dense_weights(outputs: usize, inputs: usize, seed: u64) -> DenseWeights {
    let ConvWeights { weight, bias } = conv_weights(outputs, inputs, 1, seed);
    DenseWeights { weight, bias }
}

/// A graph of every operation, with residuals in place and copied, and with padding of all kinds.
fn graph_of_everything() -> Graph {
    let mut graph = GraphBuilder::new([17, 14, 3]).unwrap();
    let image = graph.input();
    let same = PlaneWindow::same(3, 2, [17, 14]);
    assert_eq!(same.padding, [[1, 1], [0, 1]]);
    let stem = conv_weights(20, 3, 9, 1);
    let x = graph
        .conv(image, stem, same, Activation::Relu6, None)
        .unwrap();
    let x = graph.max_pool(x, PlaneWindow::square(3, 1, 1)).unwrap();
    let even = PlaneWindow {
        kernel: [5, 5],
        stride: [1, 1],
        padding: [[1, 3], [2, 2]],
    };
    let depthwise = conv_weights(20, 1, 25, 2);
    let y = graph
        .depthwise(x, depthwise, even, Activation::Relu6)
        .unwrap();
    let point = PlaneWindow::square(1, 1, 0);
    let weights = conv_weights(20, 20, 1, 3);
    let sum = graph
        .conv(y, weights, point, Activation::Identity, Some(x))
        .unwrap();
    let weights = conv_weights(20, 20, 9, 4);
    let square = PlaneWindow::square(3, 1, 1);
    let again = graph
        .conv(sum, weights, square, Activation::Relu, Some(sum))
        .unwrap();
    let unused = graph
        .average_pool(image, PlaneWindow::square(2, 2, 0))
        .unwrap();
    assert_eq!(unused.shape(), [8, 7, 3]);
    let halves = graph
        .average_pool(again, PlaneWindow::square(3, 2, 1))
        .unwrap();
    let weights = conv_weights(24, 20, 9, 5);
    let down = PlaneWindow::square(3, 2, 1);
    let last = graph
        .conv(sum, weights, down, Activation::LeakyRelu(0.1), None)
        .unwrap();
    let [height, width, channels] = last.shape();
    let attention = AttentionPool {
        positions: noise((1 + height * width) * channels, 6),
        query: dense_weights(24, 24, 7),
        key: dense_weights(24, 24, 8),
        value: dense_weights(24, 24, 9),
        output: dense_weights(10, 24, 10),
        heads: 3,
    };
    let embedding = graph.attention_pool(last, attention).unwrap();
    let mean = graph.global_average(again).unwrap();
    graph.build(&[embedding, sum, mean, halves, image]).unwrap()
}

fn run(batches: &[usize]) -> Vec<Vec<Vec<f32>>> {
    let graph = graph_of_everything();
    let shapes = graph.output_shapes();
    assert_eq!(shapes[0], [1, 1, 10]);
    assert_eq!(shapes[4], [17, 14, 3]);
    let mut inference: GraphInference<Flex> = graph.into_inference(&Default::default()).unwrap();
    let runs = batches.iter().map(|&batch| {
        let images = noise(batch * 17 * 14 * 3, 20);
        let mut outputs = vec![vec![9.0]; 5];
        inference.run(&images, batch, &mut outputs).unwrap();
        assert_eq!(outputs[4], images);
        for (output, shape) in outputs.iter().zip(&shapes) {
            assert_eq!(output.len(), batch * shape.iter().product::<usize>());
        }
        outputs
    });
    runs.collect()
}

#[test]
fn the_paths_agree_for_every_batch() {
    let batches = [1, 3, 1];
    let found = run(&batches);
    let expected = without_kernels(|| run(&batches));
    for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
        let scale = expected
            .iter()
            .fold(0_f32, |most, value| most.max(value.abs()));
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() <= 1e-5 * scale,
                "{found} {expected}"
            );
        }
    }
    assert!(found[0] == found[2]);
}

/// Images whose inverted residual runs in bands, several stages, and convolutions by minimal filtering.
fn graph_in_stages() -> Graph {
    let mut graph = GraphBuilder::new([58, 50, 3]).unwrap();
    let image = graph.input();
    let (point, square) = (PlaneWindow::square(1, 1, 0), PlaneWindow::square(3, 1, 1));
    let relu = Activation::Relu6;
    let mut x = graph
        .conv(image, conv_weights(16, 3, 9, 1), square, relu, None)
        .unwrap();
    for (block, stride) in [(0, 1), (1, 1), (2, 2)] {
        let seed = 10 * block + 2;
        let expanded = graph
            .conv(x, conv_weights(96, 16, 1, seed), point, relu, None)
            .unwrap();
        let window = PlaneWindow::square(5, stride, 2);
        let filtered = graph
            .depthwise(expanded, conv_weights(96, 1, 25, seed + 1), window, relu)
            .unwrap();
        let weights = conv_weights(16, 96, 1, seed + 2);
        // The second block adds its input, and something else reads what is in the middle of it.
        let residual = (block == 1).then_some(x);
        let next = graph
            .conv(filtered, weights, point, Activation::Identity, residual)
            .unwrap();
        if block == 1 {
            let weights = conv_weights(16, 96, 1, 50);
            x = graph
                .conv(filtered, weights, point, Activation::Identity, Some(next))
                .unwrap();
        } else {
            x = next;
        }
    }
    let fine = x;
    let x = graph.max_pool(x, PlaneWindow::square(2, 2, 0)).unwrap();
    let x = graph
        .conv(
            x,
            conv_weights(40, 16, 9, 60),
            square,
            Activation::Relu,
            None,
        )
        .unwrap();
    let y = graph
        .conv(
            x,
            conv_weights(40, 40, 9, 61),
            square,
            Activation::Relu,
            None,
        )
        .unwrap();
    let y = graph
        .conv(
            y,
            conv_weights(40, 40, 9, 62),
            square,
            Activation::Relu,
            Some(x),
        )
        .unwrap();
    let mean = graph.global_average(y).unwrap();
    graph.build(&[mean, y, fine, image]).unwrap()
}

fn run_in_stages(batch: usize) -> Vec<Vec<f32>> {
    let mut inference: GraphInference<Flex> = graph_in_stages()
        .into_inference(&Default::default())
        .unwrap();
    let images = noise(35 * 58 * 50 * 3, 20);
    let mut outputs = vec![Vec::new(); 4];
    let images = &images[..batch * 58 * 50 * 3];
    inference.run(images, batch, &mut outputs).unwrap();
    assert_eq!(outputs[3], images);
    outputs
}

#[test]
fn stages_and_fused_blocks_agree_with_the_backend_and_with_single_images() {
    let one = run_in_stages(1);
    let expected = without_kernels(|| run_in_stages(1));
    for (one, expected) in one.iter().zip(&expected) {
        let scale = expected
            .iter()
            .fold(0_f32, |most, value| most.max(value.abs()));
        assert_eq!(one.len(), expected.len());
        for (one, expected) in one.iter().zip(expected) {
            assert!((one - expected).abs() <= 1e-5 * scale, "{one} {expected}");
        }
    }
    // More images than run together.
    let many = run_in_stages(35);
    for (many, one) in many.iter().zip(&one) {
        assert_eq!(many.len(), 35 * one.len());
        assert!(many[..one.len()] == one[..]);
    }
}

/// A convolution of the images to three channels, with weights for so many input channels.
fn conv_to_three(
    graph: &mut GraphBuilder,
    inputs: usize,
    window: PlaneWindow,
    residual: Option<GraphValue>,
) -> Result<GraphValue, Error> {
    let weights = conv_weights(3, inputs, 1, 1);
    let image = graph.input();
    graph.conv(image, weights, window, Activation::Identity, residual)
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut graph = GraphBuilder::new([4, 4, 2]).unwrap();
    let image = graph.input();
    let point = PlaneWindow::square(1, 1, 0);
    let error = conv_to_three(&mut graph, 5, point, None)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "node 1 of the inference graph, Conv: it takes weights that fit and is given 4x4 with 2 channels"
    );
    let error = conv_to_three(&mut graph, 2, point, Some(image))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the residual of Conv: it takes the shape of the sums"),
        "{error}"
    );
    let padded = PlaneWindow::square(1, 1, 1);
    assert!(conv_to_three(&mut graph, 2, padded, None).is_err());
    let weights = conv_weights(3, 1, 9, 1);
    let window = PlaneWindow::square(3, 1, 1);
    let error = graph.depthwise(image, weights, window, Activation::Relu);
    assert!(error.unwrap_err().to_string().contains("Depthwise"));
    let uneven = PlaneWindow {
        padding: [[0, 1], [1, 1]],
        ..window
    };
    let error = graph.max_pool(image, uneven).unwrap_err().to_string();
    assert!(error.contains("equal padding on both sides"), "{error}");
    assert!(
        graph
            .average_pool(image, PlaneWindow::square(5, 1, 0))
            .is_err()
    );
    assert!(graph.clone().build(&[]).is_err());
    let other = GraphBuilder::new([5, 5, 2]).unwrap().input();
    assert!(graph.global_average(other).is_err());
    assert!(graph.clone().build(&[other]).is_err());
    assert!(GraphBuilder::new([0, 4, 1]).is_err());

    let mut inference: GraphInference<Flex> = graph
        .build(&[image])
        .unwrap()
        .into_inference(&Default::default())
        .unwrap();
    let mut outputs = [Vec::new()];
    for (len, batch, count) in [(31, 1, 1), (32, 2, 1), (0, 0, 1), (32, 1, 0)] {
        let images = vec![0.0; len];
        assert!(
            inference
                .run(&images, batch, &mut outputs[..count])
                .is_err()
        );
    }
}
