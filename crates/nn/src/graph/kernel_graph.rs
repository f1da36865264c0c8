use oddframe_kernels::Workspace;

use super::kernel_layer::{Layer, Planned};
use super::node::{Graph, Node};
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

/// Values of the largest layer that may be computed together: 8 MiB, so that what one layer writes is still in the cache
/// when the next layer reads it.
const GROUP_LEN: usize = 1 << 21;

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
