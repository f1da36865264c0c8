use burn::tensor::ops::FloatTensor;
use burn::tensor::{Shape, Tensor, TensorData, TensorPrimitive};

use super::stage::Stage;
use crate::{Activation, Error, Kernels, Window};

/// The chain on a backend's own operations.
#[derive(Debug)]
pub(super) struct Tensors<B: Kernels> {
    layers: Vec<Layer<B>>,
    device: B::Device,
}

#[derive(Debug)]
struct Layer<B: Kernels> {
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    window: Option<Window>,
    activation: Activation,
    to: Vec<usize>,
}

impl<B: Kernels> Tensors<B> {
    pub(super) fn new(stages: Vec<Stage>, device: &B::Device) -> Self {
        let tensor = |values: Vec<f32>, shape: Vec<usize>| primitive::<B>(values, shape, device);
        let layers = stages.into_iter().map(|stage| Layer {
            weight: tensor(stage.weight, stage.weight_shape),
            bias: stage.bias.map(|bias| {
                let len = bias.len();
                tensor(bias, vec![len])
            }),
            window: stage.window,
            activation: stage.activation,
            to: stage.to,
        });
        Self { layers: layers.collect(), device: device.clone() }
    }

    pub(super) fn run(&self, input: &[f32], batch: usize, item: &[usize]) -> Result<Vec<f32>, Error> {
        let shape =
            |item: &[usize]| -> Vec<usize> { std::iter::once(batch).chain(item.iter().copied()).collect() };
        let mut tensor = primitive::<B>(input.to_vec(), shape(item), &self.device);
        for layer in &self.layers {
            let (weight, bias) = (layer.weight.clone(), layer.bias.clone());
            tensor = if let Some(window) = &layer.window {
                B::conv(tensor, weight, bias, window, layer.activation)
            } else {
                let rows = B::float_reshape(tensor, Shape::from([batch, input_size::<B>(&weight)]));
                let rows = B::dense(rows, weight, bias, layer.activation);
                B::float_reshape(rows, Shape::from(shape(&layer.to)))
            };
        }
        let values = batch * self.layers.last().map_or(0, |layer| layer.to.iter().product());
        let flat = B::float_reshape(tensor, Shape::from([values]));
        super::stage::values("the output", Tensor::<B, 1>::from_primitive(TensorPrimitive::Float(flat)))
    }
}

fn input_size<B: Kernels>(weight: &FloatTensor<B>) -> usize {
    use burn::tensor::TensorMetadata;
    weight.shape()[0]
}

fn primitive<B: Kernels>(values: Vec<f32>, shape: Vec<usize>, device: &B::Device) -> FloatTensor<B> {
    B::float_from_data(TensorData::new(values, shape).convert::<B::FloatElem>(), device)
}
