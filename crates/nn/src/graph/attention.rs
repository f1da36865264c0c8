/// The weights of a linear layer, as PyTorch keeps them.
#[derive(Debug, Clone, PartialEq)]
pub struct DenseWeights {
    /// `[outputs, inputs]`.
    pub weight: Vec<f32>,
    /// `[outputs]`.
    pub bias: Vec<f32>,
}

impl DenseWeights {
    /// Whether the lengths are those of a layer with so many inputs and outputs.
    pub(super) fn fits(&self, inputs: usize, outputs: usize) -> bool {
        self.weight.len() == inputs * outputs && self.bias.len() == outputs
    }
}

/// Attention pooling, which ends the convolutional networks of CLIP.
///
/// The positions of a feature map become tokens, after a token that is their mean; each has an embedding of its position
/// added. The mean token then attends to all tokens, and what it gathers is projected to the output:
///
/// ```text
/// t_0 = mean of all positions + p_0,   t_i = position i + p_i
/// head h:   a_i = softmax_i( q_h(t_0) . k_h(t_i) / sqrt(size of a head) ),   o_h = sum over i of a_i v_h(t_i)
/// output = projection of all o_h
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionPool {
    /// The embedding of each token's position, `[1 + positions, channels]`.
    pub positions: Vec<f32>,
    /// From a token to the query.
    pub query: DenseWeights,
    /// From a token to its key.
    pub key: DenseWeights,
    /// From a token to its value.
    pub value: DenseWeights,
    /// From the heads' sums to the output.
    pub output: DenseWeights,
    /// Number of heads, which divides the channels.
    pub heads: usize,
}

impl AttentionPool {
    /// Number of output channels.
    pub(super) fn outputs(&self) -> usize {
        self.output.bias.len()
    }

    /// Whether all lengths fit images of this shape.
    pub(super) fn fits(&self, [height, width, channels]: [usize; 3]) -> bool {
        self.heads > 0
            && channels.is_multiple_of(self.heads)
            && self.outputs() > 0
            && self.positions.len() == (1 + height * width) * channels
            && [&self.query, &self.key, &self.value]
                .iter()
                .all(|layer| layer.fits(channels, channels))
            && self.output.fits(channels, self.outputs())
    }
}
