use burn::tensor::activation::softmax;
use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::{Tensor, TensorPrimitive};
use oddframe_kernels::{Activation, PlaneWindow, Window};

use super::attention::{AttentionPool, DenseWeights};
use super::node::{Graph, Operation};
use crate::error::Error;
use crate::fallback::activate;
use crate::kernels::Kernels;
use crate::tensors::{from_primitive, read_values, tensor_from_values, to_primitive};

/// A graph on a backend's own operations, with channels first as Burn has them.
#[derive(Debug)]
pub(super) struct BackendGraph<B: Kernels> {
    layers: Vec<Layer<B>>,
    outputs: Vec<usize>,
    /// Height, width and channels of the images.
    input: [usize; 3],
    device: B::Device,
}

#[derive(Debug)]
struct Layer<B: Kernels> {
    from: usize,
    kind: LayerKind<B>,
    /// The last node that reads its output.
    last_read: usize,
}

#[derive(Debug)]
enum LayerKind<B: Kernels> {
    Input,
    Conv {
        weight: Tensor<B, 4>,
        bias: Tensor<B, 1>,
        window: PlaneWindow,
        groups: usize,
        activation: Activation,
        residual: Option<usize>,
    },
    MaxPool(PlaneWindow),
    AveragePool(PlaneWindow),
    Attention(Box<Attention<B>>),
}

impl<B: Kernels> BackendGraph<B> {
    pub(super) fn new(graph: Graph, device: &B::Device) -> Self {
        let mut last_read: Vec<usize> = (0..graph.nodes.len()).collect();
        for (number, node) in graph.nodes.iter().enumerate() {
            node.inputs().for_each(|from| last_read[from] = number);
        }
        let shapes: Vec<_> = graph.nodes.iter().map(|node| node.shape).collect();
        let layers = graph.nodes.into_iter().zip(last_read);
        let layers = layers.map(|(node, last_read)| Layer {
            from: node.from,
            kind: LayerKind::new(node.operation, shapes[node.from], device),
            last_read,
        });
        Self {
            layers: layers.collect(),
            outputs: graph.outputs,
            input: shapes[0],
            device: device.clone(),
        }
    }

    pub(super) fn run(
        &self,
        images: &[f32],
        batch: usize,
        outputs: &mut [Vec<f32>],
    ) -> Result<(), Error> {
        let [height, width, channels] = self.input;
        let shape = [batch, height, width, channels];
        let images = tensor_from_values::<B, 4>(images.to_vec(), shape, &self.device);
        // The values that a later node still reads.
        let mut values: Vec<Option<Tensor<B, 4>>> = vec![None; self.layers.len()];
        let mut input = Some(images.permute([0, 3, 1, 2]));
        for (number, layer) in self.layers.iter().enumerate() {
            let value = match input.take().or_else(|| values[layer.from].clone()) {
                Some(x) => layer.kind.run(x, &values),
                // A node's input is there until the last node that reads it has run.
                None => continue,
            };
            for (output, _) in outputs
                .iter_mut()
                .zip(&self.outputs)
                .filter(|(_, of)| **of == number)
            {
                *output = read_values("the output", value.clone().permute([0, 2, 3, 1]))?;
            }
            values[number] = Some(value);
            // Values that no later node reads are dropped, so that their memory can be used again.
            for (value, layer) in values.iter_mut().zip(&self.layers) {
                if layer.last_read <= number {
                    *value = None;
                }
            }
        }
        Ok(())
    }
}

impl<B: Kernels> LayerKind<B> {
    fn new(operation: Operation, from: [usize; 3], device: &B::Device) -> Self {
        let (weights, window, groups, activation, residual) = match operation {
            Operation::Input => return Self::Input,
            Operation::MaxPool(window) => return Self::MaxPool(window),
            Operation::AveragePool(window) => return Self::AveragePool(window),
            Operation::AttentionPool(weights) => {
                return Self::Attention(Box::new(Attention::new(*weights, from, device)));
            }
            Operation::Conv {
                weights,
                window,
                activation,
                residual,
            } => (weights, window, 1, activation, residual),
            Operation::Depthwise {
                weights,
                window,
                activation,
            } => (weights, window, from[2], activation, None),
        };
        let [rows, columns] = window.kernel;
        let outputs = weights.bias.len();
        let shape = [outputs, from[2] / groups, rows, columns];
        Self::Conv {
            weight: tensor_from_values(weights.weight, shape, device),
            bias: tensor_from_values(weights.bias, [outputs], device),
            window,
            groups,
            activation,
            residual,
        }
    }

    fn run(&self, x: Tensor<B, 4>, values: &[Option<Tensor<B, 4>>]) -> Tensor<B, 4> {
        match self {
            Self::Input => x,
            Self::Conv {
                weight,
                bias,
                window,
                groups,
                activation,
                residual,
            } => {
                let residual = residual.and_then(|residual| values[residual].clone());
                // The residual is added before the activation.
                let own = match residual {
                    Some(_) => Activation::Identity,
                    None => *activation,
                };
                let (x, window) = pad_unevenly(x, window);
                let window = window.with_groups(*groups);
                let (weight, bias) = (weight.clone(), bias.clone());
                let [x, weight] = [x, weight].map(to_primitive);
                let bias = Some(to_primitive(bias));
                let sums: Tensor<B, 4> = from_primitive(B::conv(x, weight, bias, &window, own));
                match residual {
                    Some(residual) => {
                        let sums = to_primitive(sums + residual);
                        let activated = activate::<B>(sums, *activation);
                        Tensor::from_primitive(TensorPrimitive::Float(activated))
                    }
                    None => sums,
                }
            }
            Self::MaxPool(window) => {
                let PlaneWindow {
                    kernel,
                    stride,
                    padding: [[top, _], [left, _]],
                } = *window;
                max_pool2d(x, kernel, stride, [top, left], [1, 1], false)
            }
            Self::AveragePool(window) => {
                let PlaneWindow {
                    kernel,
                    stride,
                    padding: [[top, _], [left, _]],
                } = *window;
                avg_pool2d(x, kernel, stride, [top, left], true, false)
            }
            Self::Attention(attention) => attention.run(x),
        }
    }
}

/// Pads images where one side needs more than the other, which convolutions cannot do by themselves.
fn pad_unevenly<B: Kernels>(x: Tensor<B, 4>, window: &PlaneWindow) -> (Tensor<B, 4>, Window) {
    let [[top, bottom], [left, right]] = window.padding;
    let [rows, columns] = window.stride;
    let plain = Window::image(window.kernel).with_stride([1, rows, columns]);
    if top == bottom && left == right {
        return (x, plain.with_padding([0, top, left]));
    }
    (x.pad((left, right, top, bottom), 0.0), plain)
}

/// Attention pooling as it is defined: keys and values of all tokens.
#[derive(Debug)]
struct Attention<B: Kernels> {
    positions: Tensor<B, 3>,
    query: Dense<B>,
    key: Dense<B>,
    value: Dense<B>,
    output: Dense<B>,
    heads: usize,
}

#[derive(Debug)]
struct Dense<B: Kernels> {
    /// `[inputs, outputs]`.
    weight: Tensor<B, 2>,
    bias: Tensor<B, 2>,
}

impl<B: Kernels> Dense<B> {
    fn new(weights: DenseWeights, device: &B::Device) -> Self {
        let outputs = weights.bias.len();
        let shape = [outputs, weights.weight.len() / outputs];
        Self {
            weight: tensor_from_values::<B, 2>(weights.weight, shape, device).transpose(),
            bias: tensor_from_values(weights.bias, [1, outputs], device),
        }
    }

    fn run(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
        rows.matmul(self.weight.clone()) + self.bias.clone()
    }
}

impl<B: Kernels> Attention<B> {
    fn new(
        weights: AttentionPool,
        [height, width, channels]: [usize; 3],
        device: &B::Device,
    ) -> Self {
        let shape = [1, 1 + height * width, channels];
        Self {
            positions: tensor_from_values(weights.positions, shape, device),
            query: Dense::new(weights.query, device),
            key: Dense::new(weights.key, device),
            value: Dense::new(weights.value, device),
            output: Dense::new(weights.output, device),
            heads: weights.heads,
        }
    }

    fn run(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let [batch, channels, height, width] = x.dims();
        let (count, size) = (1 + height * width, channels / self.heads);
        let x = x.reshape([batch, channels, height * width]).swap_dims(1, 2);
        let tokens = Tensor::cat(vec![x.clone().mean_dim(1), x], 1) + self.positions.clone();
        let mean = tokens.clone().slice([0..batch, 0..1, 0..channels]);
        let rows = tokens.reshape([batch * count, channels]);
        let query = self.query.run(mean.reshape([batch, channels]));
        let query = query.reshape([batch, self.heads, 1, size]) / (size as f64).sqrt();
        let [key, value] = [&self.key, &self.value].map(|layer| {
            let all = layer.run(rows.clone());
            let all = all.reshape([batch, count, self.heads, size]);
            all.swap_dims(1, 2)
        });
        let shares = softmax(query.matmul(key.swap_dims(2, 3)), 3);
        let gathered = shares.matmul(value).reshape([batch, channels]);
        let output = self.output.run(gathered);
        let outputs = output.dims()[1];
        output.reshape([batch, outputs, 1, 1])
    }
}
