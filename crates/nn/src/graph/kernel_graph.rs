use oddframe_kernels::{
    Activation, Conv, Depthwise, MaxPool, Packed, PlaneWindow, Volumes, Window, Workspace,
};

use super::kernel_attention::KernelAttention;
use super::node::{ConvWeights, Graph, Node, Operation};
use super::schedule::{Place, Step, schedule_nodes};
use crate::error::Error;
use crate::inference::Plans;

/// A graph on the native kernels: channels last throughout, weights packed, buffers kept from call to call.
#[derive(Debug)]
pub(super) struct KernelGraph {
    layers: Vec<Layer>,
    steps: Vec<Step>,
    /// The node of each output.
    outputs: Vec<usize>,
    /// One list of layers with their shapes for each batch size.
    plans: Plans<usize, Vec<Planned>>,
    buffers: Vec<Vec<f32>>,
    /// Images with more padding on one side than on the other.
    padded: Vec<f32>,
    workspace: Workspace,
    /// Images that run through all layers together.
    group: usize,
}

/// Values of the largest layer that may be computed together: 16 MiB, so that what one layer writes is still in the cache
/// when the next layer reads it.
const GROUP_LEN: usize = 1 << 22;

/// A node with its weights in the order of the kernels.
#[derive(Debug)]
struct Layer {
    kind: LayerKind,
    /// Height, width and channels of its input and of its output.
    from: [usize; 3],
    to: [usize; 3],
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // a network has some dozens
enum LayerKind {
    Input,
    Conv {
        packed: Packed,
        bias: Vec<f32>,
        window: PlaneWindow,
        activation: Activation,
        adds: bool,
    },
    Depthwise {
        weights: Vec<f32>,
        bias: Option<Vec<f32>>,
        window: PlaneWindow,
        activation: Activation,
    },
    MaxPool(PlaneWindow),
    Attention(Box<KernelAttention>),
}

/// A layer for a batch of some size.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // a network has some dozens
enum Planned {
    Nothing,
    Conv(Conv),
    Depthwise(Depthwise),
    MaxPool(MaxPool),
}

impl KernelGraph {
    pub(super) fn new(graph: Graph) -> Result<Self, Error> {
        let (steps, buffers) = schedule_nodes(&graph);
        let shapes: Vec<_> = graph.nodes.iter().map(|node| node.shape).collect();
        let largest = graph.nodes.iter().map(Node::len).max().unwrap_or(1);
        let layers = graph.nodes.into_iter().map(|node| {
            let from = shapes[node.from];
            Layer::new(node, from)
        });
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
            steps,
            outputs: graph.outputs,
            plans: Plans::default(),
            buffers: vec![Vec::new(); buffers],
            padded: Vec::new(),
            workspace: Workspace::new(),
            group: (GROUP_LEN / largest).max(1),
        })
    }

    pub(super) fn run(
        &mut self,
        images: &[f32],
        batch: usize,
        outputs: &mut [Vec<f32>],
    ) -> Result<(), Error> {
        outputs.iter_mut().for_each(Vec::clear);
        let image = images.len() / batch;
        for group in images.chunks(image * self.group) {
            self.run_group(group, group.len() / image, outputs)?;
        }
        Ok(())
    }

    /// Runs some images of a batch and appends their outputs.
    fn run_group(
        &mut self,
        images: &[f32],
        batch: usize,
        outputs: &mut [Vec<f32>],
    ) -> Result<(), Error> {
        let Self {
            layers,
            plans,
            buffers,
            padded,
            workspace,
            ..
        } = self;
        let plan = plans.get_or_make(batch, || {
            layers.iter().map(|layer| layer.plan_batch(batch)).collect()
        })?;
        store_outputs(&self.outputs, 0, images, outputs);
        for step in &self.steps {
            let layer = &layers[step.node];
            // The written buffer is taken out of the list, so that the others can be read meanwhile.
            let mut to = std::mem::take(&mut buffers[step.to]);
            let len = batch * layer.to.iter().product::<usize>();
            if to.len() < len {
                to.resize(len, 0.0);
            }
            let y = &mut to[..len];
            // A residual that must not be overwritten is copied to the output first. The convolution adds its sums to it
            // there.
            if let Some(place) = step.copied {
                y.copy_from_slice(read_place(place, images, buffers, len));
            }
            let from_len = batch * layer.from.iter().product::<usize>();
            let x = read_place(step.from, images, buffers, from_len);
            layer.run(&plan[step.node], x, batch, y, padded, workspace)?;
            store_outputs(&self.outputs, step.node, y, outputs);
            buffers[step.to] = to;
        }
        Ok(())
    }
}

/// Appends the values of a node to the outputs that it is.
fn store_outputs(nodes: &[usize], node: usize, values: &[f32], outputs: &mut [Vec<f32>]) {
    for (output, _) in outputs.iter_mut().zip(nodes).filter(|(_, of)| **of == node) {
        output.extend_from_slice(values);
    }
}

fn read_place<'a>(
    place: Place,
    images: &'a [f32],
    buffers: &'a [Vec<f32>],
    len: usize,
) -> &'a [f32] {
    match place {
        Place::Input => images,
        Place::Buffer(number) => &buffers[number][..len],
    }
}

impl Layer {
    fn new(node: Node, from: [usize; 3]) -> Result<Self, Error> {
        let to = node.shape;
        let kind = match node.operation {
            Operation::Input => LayerKind::Input,
            Operation::Conv {
                weights: ConvWeights { weight, bias },
                window,
                activation,
                residual,
            } => {
                // Packing depends on channels and window only, so that one image serves for it.
                let packed = plan_conv(window, 1, from, to)?.pack(&weight)?;
                LayerKind::Conv {
                    packed,
                    bias,
                    window,
                    activation,
                    adds: residual.is_some(),
                }
            }
            Operation::Depthwise {
                weights: ConvWeights { weight, bias },
                window,
                activation,
            } => {
                let layer = Depthwise::new(images_of(1, from)?, window)?;
                LayerKind::Depthwise {
                    weights: layer.order_weights(&weight)?,
                    bias: Some(bias),
                    window,
                    activation,
                }
            }
            // The mean of a window is a sum with equal weights.
            Operation::AveragePool(window) => {
                let taps = window.kernel[0] * window.kernel[1];
                LayerKind::Depthwise {
                    weights: vec![1.0 / taps as f32; taps * from[2]],
                    bias: None,
                    window,
                    activation: Activation::Identity,
                }
            }
            Operation::MaxPool(window) => LayerKind::MaxPool(window),
            Operation::AttentionPool(weights) => {
                LayerKind::Attention(Box::new(KernelAttention::new(*weights, from)?))
            }
        };
        Ok(Self { kind, from, to })
    }

    fn plan_batch(&self, batch: usize) -> Result<Planned, Error> {
        Ok(match &self.kind {
            LayerKind::Input | LayerKind::Attention(_) => Planned::Nothing,
            LayerKind::Conv { window, .. } => {
                Planned::Conv(plan_conv(*window, batch, self.from, self.to)?)
            }
            LayerKind::Depthwise { window, .. } => {
                Planned::Depthwise(Depthwise::new(images_of(batch, self.from)?, *window)?)
            }
            LayerKind::MaxPool(window) => {
                Planned::MaxPool(MaxPool::new(images_of(batch, self.from)?, *window)?)
            }
        })
    }

    fn run(
        &self,
        planned: &Planned,
        x: &[f32],
        batch: usize,
        y: &mut [f32],
        padded: &mut Vec<f32>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        match (&self.kind, planned) {
            (
                LayerKind::Conv {
                    packed,
                    bias,
                    window,
                    activation,
                    adds,
                },
                Planned::Conv(conv),
            ) => {
                let x = if is_symmetric(window) {
                    x
                } else {
                    pad_images(x, self.from, window, padded);
                    padded.as_slice()
                };
                let bias = Some(&bias[..]);
                if *adds {
                    conv.forward_add(x, packed, bias, *activation, y, workspace)?;
                } else {
                    conv.forward(x, packed, bias, *activation, y, workspace)?;
                }
            }
            (
                LayerKind::Depthwise {
                    weights,
                    bias,
                    activation,
                    ..
                },
                Planned::Depthwise(layer),
            ) => layer.forward(x, weights, bias.as_deref(), *activation, y)?,
            (LayerKind::MaxPool(_), Planned::MaxPool(layer)) => layer.forward(x, y)?,
            (LayerKind::Attention(attention), _) => attention.run(x, batch, y, workspace)?,
            // The input is read where it is; a plan is always made from its own layer.
            _ => {}
        }
        Ok(())
    }
}

fn images_of(batch: usize, [height, width, channels]: [usize; 3]) -> Result<Volumes, Error> {
    Ok(Volumes::images(batch, height, width, channels)?)
}

fn is_symmetric(window: &PlaneWindow) -> bool {
    window.padding.iter().all(|[before, after]| before == after)
}

/// The convolution of a batch. Where padding is not symmetric, its input is padded beforehand.
fn plan_conv(
    window: PlaneWindow,
    batch: usize,
    from: [usize; 3],
    to: [usize; 3],
) -> Result<Conv, Error> {
    let [height, width, channels] = from;
    let PlaneWindow {
        kernel,
        stride,
        padding: [[top, bottom], [left, right]],
    } = window;
    if kernel == [1; 2] && stride == [1; 2] && window.padding == [[0; 2]; 2] {
        // All positions form one long row, which fills the tiles of the kernel better than the rows of an image.
        let rows = Volumes::images(1, 1, batch * height * width, channels)?;
        return Ok(Conv::new(rows, to[2], Window::point())?);
    }
    let stride = [1, stride[0], stride[1]];
    let planned = Window::image(kernel).with_stride(stride);
    if is_symmetric(&window) {
        let planned = planned.with_padding([0, top, left]);
        return Ok(Conv::new(images_of(batch, from)?, to[2], planned)?);
    }
    let padded = [height + top + bottom, width + left + right, channels];
    Ok(Conv::new(images_of(batch, padded)?, to[2], planned)?)
}

/// Copies images into larger ones with zeros around them.
fn pad_images(x: &[f32], from: [usize; 3], window: &PlaneWindow, padded: &mut Vec<f32>) {
    let [height, width, channels] = from;
    let [[top, bottom], [left, right]] = window.padding;
    let wide = (left + width + right) * channels;
    padded.clear();
    for image in x.chunks_exact(height * width * channels) {
        padded.resize(padded.len() + top * wide, 0.0);
        for row in image.chunks_exact(width * channels) {
            padded.resize(padded.len() + left * channels, 0.0);
            padded.extend_from_slice(row);
            padded.resize(padded.len() + right * channels, 0.0);
        }
        padded.resize(padded.len() + bottom * wide, 0.0);
    }
}
