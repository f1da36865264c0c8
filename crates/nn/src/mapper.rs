use std::ops::Range;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_score::Channels;

/// A network that gives its own version of frames: all those of a clip again, or the ones that come next.
///
/// Clips lie as everywhere here, frame after frame: `[batch, T, C, H, W]`.
pub trait ErrorMapper<B: Backend> {
    /// Its version of the frames it explains.
    ///
    /// # Shapes
    /// `[batch, T, C, H, W]` to `[batch, P, C, H, W]`, P as many as [`Self::explained`].
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5>;

    /// Which places of a clip of so many frames it gives its version of.
    fn explained(&self, frames: usize) -> Range<usize> {
        0..frames
    }

    /// The squared error of each pixel, its channels joined.
    ///
    /// # Shapes
    /// `[batch, T, C, H, W]` to `[batch, P, H, W]`.
    fn error_maps(&self, clips: Tensor<B, 5>, channels: Channels) -> Tensor<B, 4> {
        join_channels(self.squared_errors(clips), channels)
    }

    /// The squared error of each value.
    ///
    /// # Shapes
    /// `[batch, T, C, H, W]` to `[batch, P, C, H, W]`.
    fn squared_errors(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let explained = explained_frames(clips.clone(), self.explained(clips.dims()[1]));
        (explained - self.reconstruct(clips)).square()
    }
}

/// The errors of a pixel's channels made one.
///
/// # Shapes
/// `[batch, P, C, H, W]` to `[batch, P, H, W]`.
pub fn join_channels<B: Backend>(errors: Tensor<B, 5>, channels: Channels) -> Tensor<B, 4> {
    let joined = match channels {
        Channels::Mean => errors.mean_dim(2),
        Channels::Max => errors.max_dim(2),
        Channels::Sum => errors.sum_dim(2),
    };
    joined.squeeze_dim(2)
}

/// What a network is trained to make small.
pub trait ClipLoss<B: Backend> {
    /// The loss of a batch, one value: what the network makes of `seen` against what it should.
    ///
    /// # Shapes
    /// `seen`: `[batch, T, C, H, W]`; `wanted` is what the examples give: the clean frames it should explain, or a
    /// label as `[batch, 1, 1, 1, 1]`.
    fn loss(&self, seen: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1>;
}

/// The mean squared error over everything: the loss of most networks here.
pub fn mean_squared_error<B: Backend>(version: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1> {
    (version - wanted).square().mean()
}

/// The places of clips that a network explains.
pub fn explained_frames<B: Backend>(clips: Tensor<B, 5>, places: Range<usize>) -> Tensor<B, 5> {
    let [batch, frames, channels, height, width] = clips.dims();
    if places == (0..frames) {
        return clips;
    }
    clips.slice([0..batch, places, 0..channels, 0..height, 0..width])
}
