use oddframe_kernels::{Activation, Conv, Packed, Volumes, Window, Workspace};

use super::attention::{AttentionPool, DenseWeights};
use crate::error::Error;

/// Attention pooling on the native kernels.
///
/// There is a single query, the mean token, so the keys and values of the tokens need not be computed. `K_h` and `V_h` are
/// the key and value weights of a head, `q_h` is its query, and the `t_i` are the tokens:
///
/// ```text
/// q_h . (K_h t_i + b)  =  (K_h' q_h) . t_i + a constant, which the softmax cancels
/// sum of a_i (V_h t_i + b)  =  V_h (sum of a_i t_i) + b, because the a_i sum to 1
/// ```
///
/// Each weight is thus multiplied once for each image instead of once for each token.
#[derive(Debug)]
pub(super) struct KernelAttention {
    positions: Vec<f32>,
    channels: usize,
    heads: usize,
    /// Scaled by the square root of the size of a head.
    query: PackedDense,
    /// For each head, from the query to a vector that a token is multiplied with.
    keys: Vec<Packed>,
    /// For each head, from the sum of tokens to its part of the heads' sums.
    values: Vec<PackedDense>,
    output: PackedDense,
}

#[derive(Debug)]
struct PackedDense {
    packed: Packed,
    bias: Vec<f32>,
}

impl PackedDense {
    /// Packs weights `[outputs, inputs]`.
    fn new(weight: &[f32], bias: &[f32]) -> Result<Self, Error> {
        let outputs = bias.len();
        let layer = dense(1, weight.len() / outputs.max(1), outputs)?;
        Ok(Self {
            packed: layer.pack(weight)?,
            bias: bias.to_vec(),
        })
    }

    fn run(
        &self,
        rows: usize,
        x: &[f32],
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let layer = dense(rows, x.len() / rows, y.len() / rows)?;
        let bias = Some(&self.bias[..]);
        layer.forward(x, &self.packed, bias, Activation::Identity, y, workspace)?;
        Ok(())
    }
}

/// A linear layer with weights `[outputs, inputs]`.
fn dense(rows: usize, inputs: usize, outputs: usize) -> Result<Conv, Error> {
    Ok(Conv::new(
        Volumes::rows(rows, inputs)?,
        outputs,
        Window::point(),
    )?)
}

/// A linear layer with weights `[inputs, outputs]`.
fn transposed_dense(rows: usize, inputs: usize, outputs: usize) -> Result<Conv, Error> {
    let window = Window::point().with_transposed(true);
    Ok(Conv::new(Volumes::rows(rows, inputs)?, outputs, window)?)
}

impl KernelAttention {
    pub(super) fn new(weights: AttentionPool, [_, _, channels]: [usize; 3]) -> Result<Self, Error> {
        let AttentionPool {
            positions,
            query,
            key,
            value,
            output,
            heads,
        } = weights;
        let size = channels / heads;
        let scale = 1.0 / (size as f32).sqrt();
        let [query_weight, query_bias] = [query.weight, query.bias].map(|values| {
            values
                .iter()
                .map(|value| value * scale)
                .collect::<Vec<f32>>()
        });
        // The rows of K and V that belong to a head are contiguous.
        let head_rows = key.weight.chunks_exact(size * channels);
        let keys = head_rows.map(|rows| Ok(transposed_dense(1, size, channels)?.pack(rows)?));
        let DenseWeights { weight, bias } = value;
        let value_rows = weight
            .chunks_exact(size * channels)
            .zip(bias.chunks_exact(size));
        let values = value_rows.map(|(rows, bias)| PackedDense::new(rows, bias));
        Ok(Self {
            query: PackedDense::new(&query_weight, &query_bias)?,
            keys: keys.collect::<Result<_, Error>>()?,
            values: values.collect::<Result<_, _>>()?,
            output: PackedDense::new(&output.weight, &output.bias)?,
            positions,
            channels,
            heads,
        })
    }

    /// Pools `[batch, positions, channels]` to `[batch, outputs]`.
    ///
    /// All images are multiplied with the weights together, so that these are read once.
    pub(super) fn run(
        &self,
        x: &[f32],
        batch: usize,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let (channels, size) = (self.channels, self.channels / self.heads);
        let images = x.chunks_exact(x.len() / batch);
        let tokens: Vec<Vec<f32>> = images.map(|image| self.tokens(image)).collect();
        let means: Vec<f32> = tokens
            .iter()
            .flat_map(|tokens| &tokens[..channels])
            .copied()
            .collect();
        let mut query = vec![0.0; batch * channels];
        self.query.run(batch, &means, &mut query, workspace)?;

        // The query of each head, taken back to the tokens: [heads, batch, channels].
        let layer = transposed_dense(batch, size, channels)?;
        let mut asked = vec![0.0; self.heads * batch * channels];
        let heads = asked.chunks_exact_mut(batch * channels).zip(&self.keys);
        for (head, (asked, key)) in heads.enumerate() {
            let queries = query.chunks_exact(channels);
            let part: Vec<f32> = queries
                .flat_map(|query| &query[head * size..][..size])
                .copied()
                .collect();
            layer.forward(&part, key, None, Activation::Identity, asked, workspace)?;
        }
        let mut sums = asked;
        for (number, tokens) in tokens.iter().enumerate() {
            self.attend(tokens, number, batch, &mut sums, workspace)?;
        }

        let mut gathered = query;
        let heads = sums.chunks_exact(batch * channels).zip(&self.values);
        let mut part = vec![0.0; batch * size];
        for (head, (sums, value)) in heads.enumerate() {
            value.run(batch, sums, &mut part, workspace)?;
            let images = gathered.chunks_exact_mut(channels);
            for (gathered, part) in images.zip(part.chunks_exact(size)) {
                gathered[head * size..][..size].copy_from_slice(part);
            }
        }
        self.output.run(batch, &gathered, y, workspace)
    }

    /// Replaces the vectors that the heads of an image ask with, in `[heads, batch, channels]`, by the sums of the tokens
    /// that they attend to.
    fn attend(
        &self,
        tokens: &[f32],
        image: usize,
        batch: usize,
        heads_asked: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let (channels, heads) = (self.channels, self.heads);
        let count = tokens.len() / channels;
        let mut asked: Vec<f32> = heads_asked
            .chunks_exact(channels)
            .skip(image)
            .step_by(batch)
            .flatten()
            .copied()
            .collect();

        // Scores [tokens, heads], and from them the share of each token, [heads, tokens].
        let mut scores = vec![0.0; count * heads];
        let identity = Activation::Identity;
        dense(count, channels, heads)?.forward_unpacked(
            tokens,
            &asked,
            None,
            identity,
            &mut scores,
            workspace,
        )?;
        let mut shares = vec![0.0; heads * count];
        for (head, shares) in shares.chunks_exact_mut(count).enumerate() {
            softmax(scores[head..].iter().step_by(heads), shares);
        }

        // The sum of tokens that each head attends to: [heads, channels].
        let sums = &mut asked;
        transposed_dense(heads, count, channels)?
            .forward_unpacked(&shares, tokens, None, identity, sums, workspace)?;
        let rows = heads_asked.chunks_exact_mut(channels).skip(image);
        for (row, sum) in rows.step_by(batch).zip(sums.chunks_exact(channels)) {
            row.copy_from_slice(sum);
        }
        Ok(())
    }

    /// The mean of all positions and the positions themselves, with their embeddings.
    fn tokens(&self, x: &[f32]) -> Vec<f32> {
        let positions = x.len() / self.channels;
        let mut tokens = vec![0.0; self.channels];
        for position in x.chunks_exact(self.channels) {
            tokens
                .iter_mut()
                .zip(position)
                .for_each(|(sum, x)| *sum += x);
        }
        for sum in &mut tokens {
            *sum /= positions as f32;
        }
        tokens.extend_from_slice(x);
        tokens
            .iter_mut()
            .zip(&self.positions)
            .for_each(|(token, position)| *token += position);
        tokens
    }
}

/// Shares that sum to 1, proportional to the exponentials of the scores.
fn softmax<'a>(scores: impl Iterator<Item = &'a f32> + Clone, shares: &mut [f32]) {
    // The largest score is subtracted first, so that no exponential overflows.
    let largest = scores
        .clone()
        .fold(f32::NEG_INFINITY, |largest, score| largest.max(*score));
    for (share, score) in shares.iter_mut().zip(scores) {
        *share = (score - largest).exp();
    }
    let sum: f32 = shares.iter().sum();
    for share in shares.iter_mut() {
        *share /= sum;
    }
}
