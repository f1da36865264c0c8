use oddframe_kernels::{Activation, PlaneWindow};

use super::attention::AttentionPool;
use super::node::{ConvWeights, Graph, Node, Operation};
use crate::activation::check_activation;
use crate::error::{Error, at_least_one};

/// The output of a node of a graph that is being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphValue {
    pub(super) node: usize,
    shape: [usize; 3],
}

impl GraphValue {
    /// Height, width and channels.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }
}

/// Builds a [`Graph`] node by node from plain weights.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_nn::{Activation, ConvWeights, GraphBuilder, GraphInference, PlaneWindow};
///
/// // A residual block: a convolution whose input is added to its sums.
/// let mut graph = GraphBuilder::new([4, 4, 2])?;
/// let image = graph.input();
/// let weights = ConvWeights { weight: vec![0.0; 2 * 2 * 9], bias: vec![-1.0; 2] };
/// let window = PlaneWindow::square(3, 1, 1);
/// let sum = graph.conv(image, weights, window, Activation::Relu, Some(image))?;
/// let mean = graph.global_average(sum)?;
///
/// let mut inference: GraphInference<Flex> = graph.build(&[mean])?.into_inference(&Default::default())?;
/// let mut outputs = [Vec::new()];
/// inference.run(&[3.0; 4 * 4 * 2], 1, &mut outputs)?;
/// assert!(outputs[0].iter().all(|value| (value - 2.0).abs() < 1e-6));
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GraphBuilder {
    nodes: Vec<Node>,
}

impl GraphBuilder {
    /// A graph that takes images of this height, width and number of channels.
    ///
    /// # Errors
    /// A size of zero.
    pub fn new(shape: [usize; 3]) -> Result<Self, Error> {
        let [height, width, channels] = shape;
        let sizes = [
            ("the height", height),
            ("the width", width),
            ("channels", channels),
        ];
        at_least_one("the input of a graph", &sizes)?;
        let nodes = vec![Node {
            operation: Operation::Input,
            from: 0,
            shape,
        }];
        Ok(Self { nodes })
    }

    /// The images.
    pub fn input(&self) -> GraphValue {
        self.value_of(0)
    }

    /// Appends `activation(convolution + bias + residual)`.
    ///
    /// # Errors
    /// When weights, window or residual do not fit the shapes.
    pub fn conv(
        &mut self,
        from: GraphValue,
        weights: ConvWeights,
        window: PlaneWindow,
        activation: Activation,
        residual: Option<GraphValue>,
    ) -> Result<GraphValue, Error> {
        check_activation("a convolution of a graph", activation)?;
        let outputs = weights.bias.len();
        let needed = outputs * from.shape[2] * window.kernel[0] * window.kernel[1];
        self.check(
            "Conv",
            from,
            "weights that fit",
            weights.weight.len() == needed,
        )?;
        let shape = self.windowed("Conv", from, window, outputs)?;
        if let Some(residual) = residual {
            let fits = residual.shape == shape && self.contains(residual);
            self.check(
                "the residual of Conv",
                residual,
                "the shape of the sums",
                fits,
            )?;
        }
        let residual = residual.map(|value| value.node);
        let operation = Operation::Conv {
            weights,
            window,
            activation,
            residual,
        };
        Ok(self.append(operation, from, shape))
    }

    /// Appends a convolution of each channel with a kernel of its own.
    ///
    /// # Errors
    /// When weights or window do not fit the shape.
    pub fn depthwise(
        &mut self,
        from: GraphValue,
        weights: ConvWeights,
        window: PlaneWindow,
        activation: Activation,
    ) -> Result<GraphValue, Error> {
        check_activation("a depthwise convolution", activation)?;
        let channels = from.shape[2];
        let needed = channels * window.kernel[0] * window.kernel[1];
        let fits = weights.bias.len() == channels && weights.weight.len() == needed;
        self.check("Depthwise", from, "weights that fit", fits)?;
        let shape = self.windowed("Depthwise", from, window, channels)?;
        let operation = Operation::Depthwise {
            weights,
            window,
            activation,
        };
        Ok(self.append(operation, from, shape))
    }

    /// Appends the largest value of each channel in a window.
    ///
    /// # Errors
    /// When the window does not fit the shape, or pads one side more than the other.
    pub fn max_pool(&mut self, from: GraphValue, window: PlaneWindow) -> Result<GraphValue, Error> {
        let shape = self.pooled("MaxPool", from, window)?;
        Ok(self.append(Operation::MaxPool(window), from, shape))
    }

    /// Appends the mean of each channel in a window; zeros of the padding count.
    ///
    /// # Errors
    /// When the window does not fit the shape, or pads one side more than the other.
    pub fn average_pool(
        &mut self,
        from: GraphValue,
        window: PlaneWindow,
    ) -> Result<GraphValue, Error> {
        let shape = self.pooled("AveragePool", from, window)?;
        Ok(self.append(Operation::AveragePool(window), from, shape))
    }

    /// Appends the mean of each channel over all positions.
    ///
    /// # Errors
    /// When the value is not of this graph.
    pub fn global_average(&mut self, from: GraphValue) -> Result<GraphValue, Error> {
        let [height, width, _] = from.shape;
        let window = PlaneWindow {
            kernel: [height, width],
            stride: [1; 2],
            padding: [[0; 2]; 2],
        };
        self.average_pool(from, window)
    }

    /// Appends attention pooling.
    ///
    /// # Errors
    /// When the weights do not fit the shape.
    pub fn attention_pool(
        &mut self,
        from: GraphValue,
        weights: AttentionPool,
    ) -> Result<GraphValue, Error> {
        let fits = self.contains(from) && weights.fits(from.shape);
        self.check("AttentionPool", from, "weights that fit", fits)?;
        let shape = [1, 1, weights.outputs()];
        let operation = Operation::AttentionPool(Box::new(weights));
        Ok(self.append(operation, from, shape))
    }

    /// The graph that computes these outputs, in this order.
    ///
    /// # Errors
    /// When there is no output, or one is not of this graph.
    pub fn build(self, outputs: &[GraphValue]) -> Result<Graph, Error> {
        for &output in outputs {
            let fits = self.contains(output);
            self.check("the outputs", output, "a value of this graph", fits)?;
        }
        let fits = !outputs.is_empty();
        self.check("the graph", self.input(), "at least one output", fits)?;
        Ok(Graph::new(
            self.nodes,
            outputs.iter().map(|output| output.node).collect(),
        ))
    }

    fn append(&mut self, operation: Operation, from: GraphValue, shape: [usize; 3]) -> GraphValue {
        self.nodes.push(Node {
            operation,
            from: from.node,
            shape,
        });
        self.value_of(self.nodes.len() - 1)
    }

    fn value_of(&self, node: usize) -> GraphValue {
        GraphValue {
            node,
            shape: self.nodes[node].shape,
        }
    }

    /// Whether a value has been made by this graph, as far as its number and shape tell.
    fn contains(&self, value: GraphValue) -> bool {
        let node = self.nodes.get(value.node);
        node.is_some_and(|node| node.shape == value.shape)
    }

    /// The shape of a window's output; padding as large as the kernel is refused.
    fn windowed(
        &self,
        layer: &'static str,
        from: GraphValue,
        window: PlaneWindow,
        channels: usize,
    ) -> Result<[usize; 3], Error> {
        let [height, width, _] = from.shape;
        let covered = window.padding.iter().zip(window.kernel);
        let narrow = covered
            .into_iter()
            .all(|(sides, kernel)| sides.iter().all(|side| *side < kernel));
        let output = window.output_size([height, width]).filter(|_| narrow);
        let fits = self.contains(from) && channels > 0;
        self.check(layer, from, "a value of this graph", fits)?;
        let Some([rows, columns]) = output else {
            return Err(self.mismatch(layer, from, &format!("images that fit {window:?}")));
        };
        Ok([rows, columns, channels])
    }

    /// [`Self::windowed`] for a pool, whose padding must be symmetric: so are the pools of Burn.
    fn pooled(
        &self,
        layer: &'static str,
        from: GraphValue,
        window: PlaneWindow,
    ) -> Result<[usize; 3], Error> {
        let symmetric = window.padding.iter().all(|[before, after]| before == after);
        self.check(layer, from, "equal padding on both sides", symmetric)?;
        self.windowed(layer, from, window, from.shape[2])
    }

    fn check(
        &self,
        layer: &'static str,
        found: GraphValue,
        expected: &str,
        fits: bool,
    ) -> Result<(), Error> {
        if fits {
            Ok(())
        } else {
            Err(self.mismatch(layer, found, expected))
        }
    }

    fn mismatch(&self, layer: &'static str, found: GraphValue, expected: &str) -> Error {
        Error::Graph {
            node: self.nodes.len(),
            layer,
            expected: expected.into(),
            found: found.shape,
        }
    }
}
