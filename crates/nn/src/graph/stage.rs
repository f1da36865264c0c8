use oddframe_kernels::Workspace;

use super::fusion::KernelNode;
use super::kernel_layer::{Layer, Planned};
use super::node::Links;
use super::schedule::{Place, Step, schedule_nodes};
use crate::error::Error;
use crate::inference::Plans;

/// Values of a stage's largest layer that are computed together: 8 MiB, so that what one layer writes is still in the cache
/// when the next layer reads it.
const GROUP_LEN: usize = 1 << 21;
/// A stage ends where all later layers are so many times smaller: they can run so many times as many images together.
const SHRINKAGE: usize = 4;

/// Consecutive nodes, of which later nodes read the last one only. All run as many images together as the largest allows.
#[derive(Debug)]
pub(super) struct Stage {
    layers: Vec<Layer>,
    steps: Vec<Step>,
    /// The number of each output of the graph that this stage computes, and its node.
    outputs: Vec<(usize, usize)>,
    /// One list of layers with their shapes for each batch size.
    plans: Plans<usize, Vec<Planned>>,
    /// Images that run through all layers together.
    pub(super) group: usize,
    /// Buffers that it needs.
    pub(super) buffers: usize,
}

/// Memory that all stages share.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) buffers: Vec<Vec<f32>>,
    /// Images with more padding on one side than on the other.
    padded: Vec<f32>,
    workspace: Workspace,
}

/// Where the values of a stage go.
pub(super) struct Destination<'a> {
    /// The outputs of the graph.
    pub(super) outputs: &'a mut [Vec<f32>],
    /// The values that the next stage reads.
    pub(super) next: &'a mut Vec<f32>,
}

/// Cuts a graph into stages.
///
/// Early layers have the largest images, and run few of them at a time so that they stay in the cache. Late layers have the
/// most weights, and run many small images at a time so that the weights are read once for all of them.
pub(super) fn cut_stages(nodes: Vec<KernelNode>, outputs: &[usize]) -> Result<Vec<Stage>, Error> {
    let ends = stage_ends(&nodes);
    let mut stages = Vec::with_capacity(ends.len());
    let mut nodes = nodes.into_iter();
    let mut start = 0;
    // The first node of the first stage is the input; that of a later one stands for the last node of the stage before.
    let mut first = nodes.next();
    for end in ends {
        let shape = first.as_ref().map_or([0; 3], |node| node.to);
        let mut stage_nodes: Vec<KernelNode> = first.into_iter().collect();
        for mut node in nodes.by_ref().take(end - start) {
            node.links.from = node.links.from.map(|from| from - start);
            node.links.residual = node.links.residual.map(|residual| residual - start);
            stage_nodes.push(node);
        }
        let to = stage_nodes.last().map_or(shape, |node| node.to);
        // An output belongs to the stage that computes it.
        let own = outputs.iter().enumerate().filter_map(|(output, &node)| {
            let here = node <= end && (node > start || start == 0);
            here.then(|| (output, node - start))
        });
        stages.push(Stage::new(stage_nodes, own.collect())?);
        first = Some(KernelNode::input(to));
        start = end;
    }
    Ok(stages)
}

/// The last node of each stage.
fn stage_ends(nodes: &[KernelNode]) -> Vec<usize> {
    let lens: Vec<usize> = nodes.iter().map(|node| node.to.iter().product()).collect();
    // The largest layer from each node on.
    let mut largest = lens.clone();
    for number in (1..nodes.len()).rev() {
        largest[number - 1] = largest[number - 1].max(largest[number]);
    }
    let mut last_read = vec![0; nodes.len()];
    for (number, node) in nodes.iter().enumerate() {
        node.links.all().for_each(|from| last_read[from] = number);
    }
    let (mut ends, mut most, mut reach) = (Vec::new(), 0, 0);
    for number in 0..nodes.len() {
        // `reach` is the last reader of all nodes before this one.
        most = most.max(lens[number]);
        if number > 0 && reach <= number && SHRINKAGE * largest[number] <= most {
            ends.push(number);
            most = lens[number];
        }
        reach = reach.max(last_read[number]);
    }
    if ends.last() != Some(&(nodes.len() - 1)) {
        ends.push(nodes.len() - 1);
    }
    ends
}

impl Stage {
    fn new(nodes: Vec<KernelNode>, outputs: Vec<(usize, usize)>) -> Result<Self, Error> {
        let links: Vec<Links> = nodes.iter().map(|node| node.links).collect();
        let (steps, buffers) = schedule_nodes(&links);
        let lens = nodes.iter().map(|node| node.to.iter().product::<usize>());
        let largest = lens.max().unwrap_or(1).max(1);
        Ok(Self {
            layers: nodes
                .into_iter()
                .map(Layer::new)
                .collect::<Result<_, _>>()?,
            steps,
            outputs,
            plans: Plans::default(),
            group: (GROUP_LEN / largest).max(1),
            buffers,
        })
    }

    /// Runs the stage on a group of images and appends the results to the destination.
    pub(super) fn run_group(
        &mut self,
        images: &[f32],
        batch: usize,
        scratch: &mut Scratch,
        to: &mut Destination<'_>,
    ) -> Result<(), Error> {
        let Self {
            layers,
            plans,
            outputs,
            ..
        } = self;
        let Scratch {
            buffers,
            padded,
            workspace,
        } = scratch;
        let plan = plans.get_or_make(batch, || {
            layers.iter().map(|layer| layer.plan_batch(batch)).collect()
        })?;
        to.store(outputs, 0, images);
        for step in &self.steps {
            let layer = &layers[step.node];
            // The written buffer is taken out of the list, so that the others can be read meanwhile.
            let mut written = std::mem::take(&mut buffers[step.to]);
            let len = batch * layer.to.iter().product::<usize>();
            if written.len() < len {
                written.resize(len, 0.0);
            }
            let y = &mut written[..len];
            // A residual that must not be overwritten is copied to the output first. The convolution adds its sums to it
            // there.
            if let Some(place) = step.copied {
                y.copy_from_slice(read_place(place, images, buffers, len));
            }
            let from_len = batch * layer.from.iter().product::<usize>();
            let x = read_place(step.from, images, buffers, from_len);
            layer.run(&plan[step.node], x, batch, y, padded, workspace)?;
            to.store(outputs, step.node, y);
            if step.node + 1 == layers.len() {
                to.next.extend_from_slice(y);
            }
            buffers[step.to] = written;
        }
        Ok(())
    }
}

impl Destination<'_> {
    /// Appends the values of a node to the outputs that it is.
    fn store(&mut self, outputs: &[(usize, usize)], node: usize, values: &[f32]) {
        for (output, _) in outputs.iter().filter(|(_, of)| *of == node) {
            self.outputs[*output].extend_from_slice(values);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A node that reads the one before it and, where given, adds another one.
    fn node(number: usize, len: usize, residual: Option<usize>) -> KernelNode {
        let mut node = KernelNode::input([len, 1, 1]);
        node.links = Links {
            from: number.checked_sub(1),
            residual,
        };
        node
    }

    #[test]
    fn a_stage_ends_where_the_rest_is_a_quarter_as_large_and_reads_one_value() {
        let lens = [3, 16, 16, 4, 4, 4, 1, 1];
        let nodes = |residual: Option<usize>| -> Vec<KernelNode> {
            let all = lens.iter().enumerate();
            all.map(|(number, len)| node(number, *len, residual.filter(|_| number == 5)))
                .collect()
        };
        assert_eq!(stage_ends(&nodes(None)), [3, 6, 7]);
        // Node 5 reads node 3, so that a stage may end at node 3, but not at node 4.
        assert_eq!(stage_ends(&nodes(Some(3))), [3, 6, 7]);
        // Node 5 reads node 2: node 3 is not the only value that is read later.
        assert_eq!(stage_ends(&nodes(Some(2))), [5, 6, 7]);
        assert_eq!(stage_ends(&[node(0, 1, None)]), [0]);
    }
}
