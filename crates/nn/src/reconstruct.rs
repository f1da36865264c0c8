//! What a network of this project is: it reconstructs or predicts frames of a clip, and it has a training loss.

use std::ops::Range;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_score::Channels;

/// A network that reconstructs the frames of a clip or predicts some of them from the others.
///
/// Clips are `[batch, T, C, H, W]`: batch, time, channels, rows, columns. An autoencoder reconstructs all `T` frames; a
/// predictor sees the first `T - 1` and returns the last one, and overrides
/// [`predicted_frames`](Self::predicted_frames) to say so. The provided methods compare the result with the clip.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use burn::tensor::backend::Backend;
/// use oddframe_nn::Reconstruct;
/// use oddframe_score::Channels;
///
/// /// Reconstructs every frame as black.
/// struct Black;
/// impl<B: Backend> Reconstruct<B> for Black {
///     fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
///         clips.zeros_like()
///     }
/// }
///
/// let clips = Tensor::<Flex, 5>::full([1, 2, 3, 4, 4], 0.5, &Default::default());
/// let maps = Black.error_maps(clips, Channels::Mean);
/// assert_eq!(maps.dims(), [1, 2, 4, 4]);
/// assert_eq!(maps.max().into_scalar(), 0.25);
/// ```
pub trait Reconstruct<B: Backend> {
    /// The network's reconstruction or prediction of the frames that [`predicted_frames`](Self::predicted_frames)
    /// names.
    ///
    /// # Shapes
    /// `[batch, T, C, H, W]` to `[batch, P, C, H, W]`, with `P` the length of the range.
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5>;

    /// Which frames of a clip of `frames` frames the network outputs: all of them by default.
    fn predicted_frames(&self, frames: usize) -> Range<usize> {
        0..frames
    }

    /// The squared error of each pixel, with the errors of its channels joined into one value.
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
        let targets =
            select_predicted_frames(clips.clone(), self.predicted_frames(clips.dims()[1]));
        (targets - self.reconstruct(clips)).square()
    }
}

/// A network with a training loss.
///
/// ```
/// use burn::tensor::Tensor;
/// use oddframe_nn::{ClipLoss, Kernels, Reconstruct, mean_squared_error};
///
/// struct Network;
/// # impl<B: Kernels> Reconstruct<B> for Network {
/// #     fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> { clips }
/// # }
/// impl<B: Kernels> ClipLoss<B> for Network {
///     fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
///         mean_squared_error(self.reconstruct(input), target)
///     }
/// }
/// ```
pub trait ClipLoss<B: Backend> {
    /// The loss of a batch, one value: the network's output for `input` compared with `target`.
    ///
    /// # Shapes
    /// `input`: `[batch, T, C, H, W]`; `target` is the second half of the examples: the clean frames that the network
    /// should output, or a label as `[batch, 1, 1, 1, 1]`.
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1>;
}

/// Joins the errors of a pixel's channels into one value.
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

/// The frames of each clip that a network outputs: what its reconstruction is compared with.
///
/// # Shapes
/// `[batch, T, C, H, W]` to `[batch, P, C, H, W]`, with `P` the length of `range`.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::select_predicted_frames;
///
/// let clips = Tensor::<Flex, 5>::zeros([2, 9, 1, 4, 4], &Default::default());
/// assert_eq!(select_predicted_frames(clips, 8..9).dims(), [2, 1, 1, 4, 4]);
/// ```
pub fn select_predicted_frames<B: Backend>(
    clips: Tensor<B, 5>,
    range: Range<usize>,
) -> Tensor<B, 5> {
    let [batch, frames, channels, height, width] = clips.dims();
    if range == (0..frames) {
        return clips;
    }
    clips.slice([0..batch, range, 0..channels, 0..height, 0..width])
}
