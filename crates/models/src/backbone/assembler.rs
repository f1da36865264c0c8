use oddframe_nn::{
    Activation, AttentionPool, ConvWeights, DenseWeights, GraphBuilder, GraphValue, PlaneWindow,
    fold_batch_norm,
};

use super::tensors::{Initial, Tensors};

/// The scale that batch normalisation has at the end of a residual branch of a random network.
///
/// With a scale of 1 every block would double the variance, 2^33 times in CLIP's network. With 0.25 it grows by 1/16 in
/// each block, seven times in 33 blocks.
const RESIDUAL_SCALE: f32 = 0.25;

/// Adds layers to a graph, with weights that are found by name, and folds batch normalisation into convolutions.
#[derive(Debug)]
pub(super) struct Assembler<'a> {
    graph: GraphBuilder,
    tensors: &'a mut Tensors,
    /// What batch normalisation adds to the variance.
    epsilon: f64,
    /// Values that are never negative, which half of a random layer's inputs then are zero.
    rectified: Vec<GraphValue>,
    /// The first running variance that is negative.
    negative: Option<String>,
}

/// A convolution without bias, and the batch normalisation and activation after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct NormedConv<'a> {
    /// The convolution's name: of the tensor `{conv}.weight`.
    pub(super) conv: &'a str,
    /// The name of batch normalisation.
    pub(super) norm: &'a str,
    pub(super) window: PlaneWindow,
    pub(super) activation: Activation,
}

type Built = Result<GraphValue, oddframe_nn::Error>;

impl<'a> Assembler<'a> {
    pub(super) fn new(
        side: usize,
        tensors: &'a mut Tensors,
        epsilon: f64,
    ) -> Result<Self, oddframe_nn::Error> {
        Ok(Self {
            graph: GraphBuilder::new([side, side, 3])?,
            tensors,
            epsilon,
            rectified: Vec::new(),
            negative: None,
        })
    }

    /// The images.
    pub(super) fn input(&self) -> GraphValue {
        self.graph.input()
    }

    /// The graph, and the name of a running variance that is negative.
    pub(super) fn finish(self) -> (GraphBuilder, Option<String>) {
        (self.graph, self.negative)
    }

    /// A convolution to so many channels.
    pub(super) fn conv(&mut self, x: GraphValue, outputs: usize, layer: &NormedConv<'_>) -> Built {
        let weights = self.conv_weights(x, outputs, layer, 1.0);
        let y = self
            .graph
            .conv(x, weights, layer.window, layer.activation, None)?;
        Ok(self.note_activation(y, layer.activation))
    }

    /// A convolution that ends a residual branch: `residual` is added before the activation.
    pub(super) fn conv_add(
        &mut self,
        x: GraphValue,
        residual: GraphValue,
        layer: &NormedConv<'_>,
    ) -> Built {
        let [_, _, outputs] = residual.shape();
        let weights = self.conv_weights(x, outputs, layer, RESIDUAL_SCALE);
        let (window, activation) = (layer.window, layer.activation);
        let y = self
            .graph
            .conv(x, weights, window, activation, Some(residual))?;
        Ok(self.note_activation(y, activation))
    }

    /// A convolution of each channel by itself.
    pub(super) fn depthwise(&mut self, x: GraphValue, layer: &NormedConv<'_>) -> Built {
        let ([_, _, channels], [rows, columns]) = (x.shape(), layer.window.kernel);
        let shape = [channels, 1, rows, columns];
        let weights = self.normed_weights(x, shape, layer, 1.0);
        let (window, activation) = (layer.window, layer.activation);
        let y = self.graph.depthwise(x, weights, window, activation)?;
        Ok(self.note_activation(y, activation))
    }

    pub(super) fn max_pool(&mut self, x: GraphValue, window: PlaneWindow) -> Built {
        let y = self.graph.max_pool(x, window)?;
        Ok(self.note_pool(x, y))
    }

    /// The mean of squares without overlap; nothing for squares of one position.
    pub(super) fn average_pool(&mut self, x: GraphValue, side: usize) -> Built {
        if side == 1 {
            return Ok(x);
        }
        let y = self
            .graph
            .average_pool(x, PlaneWindow::square(side, side, 0))?;
        Ok(self.note_pool(x, y))
    }

    pub(super) fn global_average(&mut self, x: GraphValue) -> Built {
        self.graph.global_average(x)
    }

    /// CLIP's attention pooling, to so many channels.
    pub(super) fn attention_pool(
        &mut self,
        x: GraphValue,
        name: &str,
        heads: usize,
        outputs: usize,
    ) -> Built {
        let [height, width, channels] = x.shape();
        let positions = self.tensors.take(
            &format!("{name}.positional_embedding"),
            &[1 + height * width, channels],
            variance_of_inputs(1.0, channels),
        );
        let query = self.dense(&format!("{name}.q_proj"), channels, channels);
        let key = self.dense(&format!("{name}.k_proj"), channels, channels);
        let value = self.dense(&format!("{name}.v_proj"), channels, channels);
        let output = self.dense(&format!("{name}.c_proj"), channels, outputs);
        let weights = AttentionPool {
            positions,
            query,
            key,
            value,
            output,
            heads,
        };
        self.graph.attention_pool(x, weights)
    }

    fn dense(&mut self, name: &str, inputs: usize, outputs: usize) -> DenseWeights {
        let initial = variance_of_inputs(1.0, inputs);
        let weight = format!("{name}.weight");
        let bias = format!("{name}.bias");
        DenseWeights {
            weight: self.tensors.take(&weight, &[outputs, inputs], initial),
            bias: self.tensors.take(&bias, &[outputs], Initial::Constant(0.0)),
        }
    }

    fn conv_weights(
        &mut self,
        x: GraphValue,
        outputs: usize,
        layer: &NormedConv<'_>,
        scale: f32,
    ) -> ConvWeights {
        let ([_, _, inputs], [rows, columns]) = (x.shape(), layer.window.kernel);
        self.normed_weights(x, [outputs, inputs, rows, columns], layer, scale)
    }

    /// The weights of a convolution with batch normalisation folded in. `initial_scale` is that of a random network.
    fn normed_weights(
        &mut self,
        x: GraphValue,
        shape: [usize; 4],
        layer: &NormedConv<'_>,
        initial_scale: f32,
    ) -> ConvWeights {
        let inputs: usize = shape[1..].iter().product();
        // He's initialisation: rectified inputs have half the mean square of their values before that.
        let gain = if self.rectified.contains(&x) {
            2.0
        } else {
            1.0
        };
        let initial = variance_of_inputs(gain, inputs);
        let name = format!("{}.weight", layer.conv);
        let mut weight = self.tensors.take(&name, &shape, initial);
        let [gamma, beta, mean, variance] = [
            ("weight", initial_scale),
            ("bias", 0.0),
            ("running_mean", 0.0),
            ("running_var", 1.0),
        ]
        .map(|(part, initial)| {
            let name = format!("{}.{part}", layer.norm);
            self.tensors
                .take(&name, &shape[..1], Initial::Constant(initial))
        });
        if variance.iter().any(|variance| *variance < 0.0) && self.negative.is_none() {
            self.negative = Some(format!("{}.running_var", layer.norm));
        }
        let [scale, shift] = fold_batch_norm([&gamma, &beta, &mean, &variance], self.epsilon);
        for (weights, scale) in weight.chunks_exact_mut(inputs).zip(scale) {
            for weight in weights {
                *weight = (f64::from(*weight) * scale) as f32;
            }
        }
        // The convolution has no bias of its own.
        let bias = shift.into_iter().map(|shift| shift as f32).collect();
        ConvWeights { weight, bias }
    }

    fn note_activation(&mut self, value: GraphValue, activation: Activation) -> GraphValue {
        if matches!(activation, Activation::Relu | Activation::Relu6) {
            self.rectified.push(value);
        }
        value
    }

    /// Records that a pooled value is not negative if its input is not.
    fn note_pool(&mut self, from: GraphValue, value: GraphValue) -> GraphValue {
        if self.rectified.contains(&from) {
            self.rectified.push(value);
        }
        value
    }
}

/// Random weights with which a sum over so many inputs keeps their variance.
fn variance_of_inputs(gain: f64, inputs: usize) -> Initial {
    Initial::Uniform {
        variance: gain / inputs as f64,
    }
}
