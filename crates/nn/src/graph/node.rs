use oddframe_kernels::{Activation, PlaneWindow};

use super::attention::AttentionPool;

/// The weights of a convolution, with batch normalisation already folded in.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvWeights {
    /// `[outputs, inputs, height, width]`; of a depthwise convolution `[channels, 1, height, width]`.
    pub weight: Vec<f32>,
    /// One value for each output channel; their number is that of the output channels.
    pub bias: Vec<f32>,
}

/// A network as a graph of operations with its weights as plain values: what a
/// [`GraphBuilder`](crate::GraphBuilder) builds.
#[derive(Debug, Clone)]
pub struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) outputs: Vec<usize>,
}

impl Graph {
    /// Keeps the nodes that the outputs depend on.
    pub(super) fn new(nodes: Vec<Node>, outputs: Vec<usize>) -> Self {
        let mut needed = vec![false; nodes.len()];
        // The input stays, so that it is always node 0.
        needed[0] = true;
        for &output in &outputs {
            needed[output] = true;
        }
        // A node reads only nodes before it: one pass backwards finds everything that an output depends on.
        for number in (0..nodes.len()).rev() {
            if needed[number] {
                nodes[number].inputs().for_each(|from| needed[from] = true);
            }
        }
        // The number of each node after those that are not needed are gone.
        let mut kept = 0;
        let numbers: Vec<usize> = needed
            .iter()
            .map(|&needed| {
                let number = kept;
                kept += usize::from(needed);
                number
            })
            .collect();
        let renumbered = nodes
            .into_iter()
            .zip(&needed)
            .filter(|(_, needed)| **needed);
        let nodes = renumbered.map(|(mut node, _)| {
            node.from = numbers[node.from];
            if let Operation::Conv {
                residual: Some(residual),
                ..
            } = &mut node.operation
            {
                *residual = numbers[*residual];
            }
            node
        });
        Self {
            nodes: nodes.collect(),
            outputs: outputs.into_iter().map(|output| numbers[output]).collect(),
        }
    }

    /// Height, width and channels of each output.
    pub fn output_shapes(&self) -> Vec<[usize; 3]> {
        let shape = |&output: &usize| self.nodes[output].shape;
        self.outputs.iter().map(shape).collect()
    }
}

/// One operation of a graph.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) operation: Operation,
    /// The node whose output it reads; the input reads itself.
    pub(super) from: usize,
    /// Height, width and channels of its output.
    pub(super) shape: [usize; 3],
}

#[derive(Debug, Clone)]
pub(super) enum Operation {
    Input,
    /// A convolution; `residual` is a node whose output is added before the activation.
    Conv {
        weights: ConvWeights,
        window: PlaneWindow,
        activation: Activation,
        residual: Option<usize>,
    },
    /// A convolution with a group for each channel.
    Depthwise {
        weights: ConvWeights,
        window: PlaneWindow,
        activation: Activation,
    },
    MaxPool(PlaneWindow),
    AveragePool(PlaneWindow),
    AttentionPool(Box<AttentionPool>),
}

/// The nodes that a node reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Links {
    /// `None` for the input.
    pub(super) from: Option<usize>,
    /// The node that is added to this node's sums.
    pub(super) residual: Option<usize>,
}

impl Links {
    /// All of them.
    pub(super) fn all(self) -> impl Iterator<Item = usize> {
        self.from.into_iter().chain(self.residual)
    }
}

impl Node {
    pub(super) fn links(&self) -> Links {
        let residual = match self.operation {
            Operation::Conv { residual, .. } => residual,
            _ => None,
        };
        let reads = !matches!(self.operation, Operation::Input);
        Links {
            from: reads.then_some(self.from),
            residual,
        }
    }

    /// The nodes that it reads.
    pub(super) fn inputs(&self) -> impl Iterator<Item = usize> + use<> {
        self.links().all()
    }

    /// Number of values of one image.
    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }
}
