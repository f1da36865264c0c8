use oddframe_kernels::{Activation, PlaneWindow};

use super::node::{ConvWeights, Graph, Links, Operation};

/// Least number of values of an expanded image for which a block runs in bands: 1 MiB. Smaller ones stay in the
/// second-level cache by themselves, and a product over whole images reads the weights less often.
const LEAST_EXPANDED: usize = 1 << 18;

/// A node of a graph on the native kernels.
#[derive(Debug)]
pub(super) struct KernelNode {
    pub(super) work: Work,
    pub(super) links: Links,
    /// Height, width and channels of its input and of its output.
    pub(super) from: [usize; 3],
    pub(super) to: [usize; 3],
}

impl KernelNode {
    /// The input of a graph or of a part of one.
    pub(super) fn input(shape: [usize; 3]) -> Self {
        Self {
            work: Work::Operation(Operation::Input),
            links: Links {
                from: None,
                residual: None,
            },
            from: shape,
            to: shape,
        }
    }
}

#[derive(Debug)]
pub(super) enum Work {
    Operation(Operation),
    InvertedResidual(Box<Block>),
}

/// Three layers that run together: to more channels, each channel by itself, to few channels.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) expand: Option<ConvWeights>,
    pub(super) depthwise: ConvWeights,
    pub(super) project: ConvWeights,
    pub(super) window: PlaneWindow,
    /// Of the first two layers; the last one has none.
    pub(super) activation: Activation,
}

/// Replaces layers that form an inverted residual with a large image in the middle by a single node.
///
/// ```text
/// node     4          5 conv 1x1   6 depthwise   7 conv 1x1 + 4
/// becomes  4                                     5 inverted residual + 4
/// ```
pub(super) fn fuse_blocks(graph: Graph) -> (Vec<KernelNode>, Vec<usize>) {
    let parts = find_blocks(&graph);
    let Graph { nodes, outputs } = graph;
    let shapes: Vec<_> = nodes.iter().map(|node| node.shape).collect();
    // Inner layers of blocks are taken out here and put together where the block ends.
    let mut taken: Vec<Option<Operation>> = Vec::new();
    let mut numbers = vec![0; nodes.len()];
    let mut kept = Vec::new();
    let is_inner = |number: usize| {
        let mut parts = parts.iter().flatten();
        parts.any(|part| part.depthwise == number || part.expand == Some(number))
    };
    for (number, node) in nodes.into_iter().enumerate() {
        let mut links = node.links();
        let to = node.shape;
        numbers[number] = kept.len();
        if is_inner(number) {
            taken.resize_with(number, || None);
            taken.push(Some(node.operation));
            continue;
        }
        let work = match parts[number] {
            Some(part) => {
                links.from = Some(part.from);
                let expand = part.expand.and_then(|at| take_operation(&mut taken, at));
                let depthwise = take_operation(&mut taken, part.depthwise);
                Work::of_block(expand, depthwise, node.operation)
            }
            None => Work::Operation(node.operation),
        };
        kept.push(KernelNode {
            work,
            from: shapes[links.from.unwrap_or(number)],
            to,
            links: Links {
                from: links.from.map(|from| numbers[from]),
                residual: links.residual.map(|residual| numbers[residual]),
            },
        });
    }
    let outputs = outputs.into_iter().map(|output| numbers[output]);
    (kept, outputs.collect())
}

fn take_operation(taken: &mut [Option<Operation>], node: usize) -> Option<Operation> {
    taken.get_mut(node).and_then(Option::take)
}

impl Work {
    /// The operations of a block as one node.
    fn of_block(expand: Option<Operation>, depthwise: Option<Operation>, last: Operation) -> Self {
        let expand = match expand {
            Some(Operation::Conv { weights, .. }) => Some(weights),
            _ => None,
        };
        match (depthwise, last) {
            (
                Some(Operation::Depthwise {
                    weights: depthwise,
                    window,
                    activation,
                }),
                Operation::Conv {
                    weights: project, ..
                },
            ) => Self::InvertedResidual(Box::new(Block {
                expand,
                depthwise,
                project,
                window,
                activation,
            })),
            (_, last) => Self::Operation(last),
        }
    }
}

/// The nodes of a block that ends at some node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts {
    from: usize,
    expand: Option<usize>,
    depthwise: usize,
}

/// For each node, the block that ends there.
fn find_blocks(graph: &Graph) -> Vec<Option<Parts>> {
    let nodes = &graph.nodes;
    // How often each node is read. The images inside a block are computed band by band and are never whole in memory, so that
    // nothing else may read them.
    let mut reads = vec![0; nodes.len()];
    let links = nodes.iter().flat_map(super::node::Node::inputs);
    links
        .chain(graph.outputs.iter().copied())
        .for_each(|read| reads[read] += 1);
    let point = PlaneWindow::square(1, 1, 0);
    // A block is recognised from its end: a 1x1 convolution without activation, before it a depthwise layer, and before that
    // mostly a 1x1 convolution. A block that does not expand starts with the depthwise layer.
    let parts = nodes.iter().map(|node| {
        let Operation::Conv {
            window,
            activation: Activation::Identity,
            ..
        } = &node.operation
        else {
            return None;
        };
        let depthwise = node.from;
        let Operation::Depthwise { activation, .. } = &nodes[depthwise].operation else {
            return None;
        };
        let before = nodes[depthwise].from;
        let large = nodes[before].len() >= LEAST_EXPANDED;
        if *window != point || reads[depthwise] != 1 || !large {
            return None;
        }
        let expands = match &nodes[before].operation {
            Operation::Conv {
                window,
                activation: own,
                residual: None,
                ..
            } => *window == point && own == activation && reads[before] == 1,
            _ => false,
        };
        Some(Parts {
            from: if expands { nodes[before].from } else { before },
            expand: expands.then_some(before),
            depthwise,
        })
    });
    parts.collect()
}
