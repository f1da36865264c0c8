use std::path::PathBuf;

use oddframe_core::ClipShape;

/// The errors of building a network and of making its inference form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A size is zero.
    #[error("{kind}: {what} is zero; it must be at least 1")]
    Zero {
        /// The network.
        kind: &'static str,
        /// The size.
        what: &'static str,
    },
    /// The network has no layers.
    #[error("{kind}: `channels` is empty; it needs a number for each layer, such as {example}")]
    NoLayers {
        /// The network.
        kind: &'static str,
        /// An example of valid channels.
        example: &'static str,
    },
    /// A size cannot be halved as often as the network halves it.
    #[error(
        "{kind}: {found} {what} cannot be halved {halvings} times; a multiple of {divisor} can, such as {}",
        nearest_multiple(*found, *divisor)
    )]
    Side {
        /// The network.
        kind: &'static str,
        /// `rows`, `columns` or `frames`.
        what: &'static str,
        /// The size.
        found: usize,
        /// The number of halvings.
        halvings: usize,
        /// 2 to the power of `halvings`.
        divisor: usize,
    },
    /// The clips have too few frames.
    #[error("{kind}: clips of {found} frames are too short; it needs at least {least}: {why}")]
    Frames {
        /// The network.
        kind: &'static str,
        /// The number of frames.
        found: usize,
        /// The least number of frames.
        least: usize,
        /// What they are needed for.
        why: &'static str,
    },
    /// A parameter is outside its range.
    #[error("{kind}: `{name}` is {value}; it must be {must}")]
    Parameter {
        /// The network.
        kind: &'static str,
        /// The parameter's name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The accepted values.
        must: &'static str,
    },
    /// The frames are too small.
    #[error(
        "{kind}: frames of {width}x{height} are too small; it needs at least {least} rows and {least} columns, so that the last level of its pyramid has two of each"
    )]
    TooSmall {
        /// The network.
        kind: &'static str,
        /// Rows of the frames.
        height: usize,
        /// Columns of the frames.
        width: usize,
        /// The least number of rows and columns.
        least: usize,
    },
    /// The number of values is not that of their shape.
    #[error("{kind}: {what}: {expected} values expected, {found} found")]
    Length {
        /// The network.
        kind: &'static str,
        /// The values.
        what: &'static str,
        /// The number that the shape requires.
        expected: usize,
        /// The number of values.
        found: usize,
    },
    /// A native kernel refuses its input.
    #[error("{kind}: {source}")]
    Kernel {
        /// The network.
        kind: &'static str,
        /// The kernel's error.
        #[source]
        source: oddframe_kernels::Error,
    },
    /// The clips are too large.
    #[error(
        "{kind}: clips of {} frames of {}x{} with {} channels are too large; use shorter clips, smaller frames, or fewer channels",
        .clip.frames, .clip.width, .clip.height, .clip.channels
    )]
    TooLarge {
        /// The network.
        kind: &'static str,
        /// The clips.
        clip: ClipShape,
    },
    /// The network is in training form.
    #[error(
        "{kind}: the network is in training form; call `to_inference` on what its `valid()` returns"
    )]
    Training {
        /// The network.
        kind: &'static str,
    },
    /// A network is asked for with weights in 16 bits that has no such form.
    #[error(
        "{kind}: the network has no form with weights in 16 bits here: it has one on the device `flex`"
    )]
    NoBf16 {
        /// The network.
        kind: &'static str,
    },
    /// A network is asked for in 8-bit integers that has no such form.
    #[error(
        "{kind}: the network has no form in 8-bit integers here: networks with convolutions have one, on the device `flex`"
    )]
    NoInt8 {
        /// The network.
        kind: &'static str,
    },
    /// Ranges that were recorded for another network.
    #[error(
        "{kind}: {found} ranges are given for the {layers} layers that run in 8-bit integers; record the ranges of this network"
    )]
    OtherRanges {
        /// The network.
        kind: &'static str,
        /// Its layers.
        layers: usize,
        /// The ranges.
        found: usize,
    },
    /// A pretrained network is asked for without its weights.
    #[error(
        "{kind}: no weights are given; get {origin}, or ask for random weights by the name `random`"
    )]
    NoWeights {
        /// The network.
        kind: &'static str,
        /// Where its weights are published.
        origin: &'static str,
    },
    /// A file of weights cannot be read to its end.
    #[error("{kind}: {source}")]
    WeightsFile {
        /// The network.
        kind: &'static str,
        /// The error, which names the file.
        #[source]
        source: oddframe_core::Error,
    },
    /// A file of weights is a program.
    #[error(
        "{kind}: {} is a TorchScript program, not a state dict; save its weights with \
         torch.save(torch.jit.load(FILE, map_location='cpu').state_dict(), 'weights.pt')",
        path.display()
    )]
    TorchScript {
        /// The network.
        kind: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Batch normalisation has a variance below zero.
    #[error(
        "{kind}: {name} has a negative value; a variance cannot be negative, so the file is damaged"
    )]
    NegativeVariance {
        /// The network.
        kind: &'static str,
        /// The tensor.
        name: String,
    },
    /// The number of bytes is not that of whole images.
    #[error(
        "{kind}: {found} bytes are not whole images of 224x224 RGB pixels; give a multiple of {image}"
    )]
    Images {
        /// The network.
        kind: &'static str,
        /// The number of bytes.
        found: usize,
        /// The bytes of an image.
        image: usize,
    },
    /// The number of vectors is not that of the feature maps.
    #[error("{kind}: {found} vectors are given for {expected} feature maps; give one for each")]
    Maps {
        /// The network.
        kind: &'static str,
        /// The number of vectors.
        found: usize,
        /// The number of maps.
        expected: usize,
    },
    /// There is no network of this name.
    #[error("there is no network `{found}`; use one of {}", .known.join(", "))]
    UnknownKind {
        /// The name.
        found: String,
        /// The names of all networks.
        known: &'static [&'static str],
    },
    /// A layer cannot be built or converted to its inference form.
    #[error("{kind}: {source}")]
    Layer {
        /// The network.
        kind: &'static str,
        /// The layer's error.
        #[source]
        source: oddframe_nn::Error,
    },
}

impl Error {
    /// For `map_err`: an error of a layer of this network.
    pub(crate) fn layer(kind: &'static str) -> impl Fn(oddframe_nn::Error) -> Self + Copy {
        move |source| Self::Layer { kind, source }
    }
}

/// The nearest multiple above zero; the smaller of two equally near ones.
fn nearest_multiple(found: usize, divisor: usize) -> usize {
    // Zero is a multiple of everything, but no size.
    let (below, above) = (found / divisor * divisor, found.next_multiple_of(divisor));
    if below == 0 || above - found < found - below {
        above
    } else {
        below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suggested_size_is_the_nearest() {
        assert_eq!(
            [1, 31, 33, 48, 49, 100].map(|found| nearest_multiple(found, 32)),
            [32, 32, 32, 32, 64, 96]
        );
    }
}
