use burn::tensor::ops::FloatTensor;
use burn::tensor::{Shape, TensorData, TensorMetadata};
use oddframe_kernels::{Activation, Window};

use super::stage::Stage;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::tensors::{from_primitive, read_values};

/// An inference chain on a backend's own operations.
#[derive(Debug)]
pub(super) struct BackendPath<B: Kernels> {
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

impl<B: Kernels> BackendPath<B> {
    pub(super) fn new(stages: Vec<Stage>, device: &B::Device) -> Self {
        let layers = stages.into_iter().map(|stage| Layer {
            weight: upload::<B>(stage.weight, stage.weight_shape, device),
            bias: stage.bias.map(|bias| {
                let len = bias.len();
                upload::<B>(bias, vec![len], device)
            }),
            window: stage.window,
            activation: stage.activation,
            to: stage.to,
        });
        Self {
            layers: layers.collect(),
            device: device.clone(),
        }
    }

    pub(super) fn run(
        &self,
        input: &[f32],
        batch: usize,
        item: &[usize],
    ) -> Result<Vec<f32>, Error> {
        let mut tensor = upload::<B>(input.to_vec(), batch_shape(batch, item), &self.device);
        for layer in &self.layers {
            let (weight, bias) = (layer.weight.clone(), layer.bias.clone());
            tensor = if let Some(window) = &layer.window {
                B::conv(tensor, weight, bias, window, layer.activation)
            } else {
                // A linear layer takes rows, and its output may be an item with channels and positions again.
                let rows = B::float_reshape(tensor, Shape::from([batch, weight.shape()[0]]));
                let rows = B::dense(rows, weight, bias, layer.activation);
                B::float_reshape(rows, Shape::from(batch_shape(batch, &layer.to)))
            };
        }
        let values = batch
            * self
                .layers
                .last()
                .map_or(0, |layer| layer.to.iter().product());
        let flat = B::float_reshape(tensor, Shape::from([values]));
        read_values("the output", from_primitive::<B, 1>(flat))
    }
}

/// `[batch, ...item]`
fn batch_shape(batch: usize, item: &[usize]) -> Vec<usize> {
    std::iter::once(batch).chain(item.iter().copied()).collect()
}

/// Values as a tensor of a rank known at run time only.
fn upload<B: Kernels>(values: Vec<f32>, shape: Vec<usize>, device: &B::Device) -> FloatTensor<B> {
    B::float_from_data(
        TensorData::new(values, shape).convert::<B::FloatElem>(),
        device,
    )
}
