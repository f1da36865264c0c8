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
    /// The network is too large to address.
    #[error(
        "{kind}: the network for clips of {} frames of {}x{} with {} channels is too large to address",
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
