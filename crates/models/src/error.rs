use oddframe_core::ClipShape;

/// What can be wrong with a network's parameters and with the clips it is asked to take.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A size that must be at least one is zero.
    #[error("{kind}: {what} is zero; it must be at least 1")]
    Zero {
        /// Which network.
        kind: &'static str,
        /// Which size.
        what: &'static str,
    },
    /// A network without a single layer.
    #[error("{kind}: `channels` is empty; it needs a number for each layer, such as {example}")]
    NoLayers {
        /// Which network.
        kind: &'static str,
        /// Channels that work.
        example: &'static str,
    },
    /// A side that cannot be halved as often as the network does.
    #[error(
        "{kind}: {found} {what} cannot be halved {halvings} times; a multiple of {divisor} can, such as {}",
        nearest_multiple(*found, *divisor)
    )]
    Side {
        /// Which network.
        kind: &'static str,
        /// What there are so many of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How often they are halved.
        halvings: usize,
        /// Two to that power.
        divisor: usize,
    },
    /// Clips of too few frames.
    #[error("{kind}: clips of {found} frames are too short; it needs at least {least}: {why}")]
    Frames {
        /// Which network.
        kind: &'static str,
        /// Frames there are.
        found: usize,
        /// Frames there must be.
        least: usize,
        /// What they are needed for.
        why: &'static str,
    },
    /// A number outside its range.
    #[error("{kind}: `{name}` is {value}; it must be {must}")]
    Parameter {
        /// Which network.
        kind: &'static str,
        /// The parameter's name.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is accepted.
        must: &'static str,
    },
    /// A network too large to hold.
    #[error(
        "{kind}: the network for clips of {} frames of {}x{} with {} channels is too large to address",
        .clip.frames, .clip.width, .clip.height, .clip.channels
    )]
    TooLarge {
        /// Which network.
        kind: &'static str,
        /// Its clips.
        clip: ClipShape,
    },
    /// A network that still learns.
    #[error("{kind}: a network in training does not score; freeze what its `valid()` gives")]
    Training {
        /// Which network.
        kind: &'static str,
    },
    /// A name that no network has.
    #[error("`{found}` is no network; known are {}", .known.join(", "))]
    UnknownKind {
        /// The name.
        found: String,
        /// The names there are.
        known: &'static [&'static str],
    },
    /// A layer that cannot be built, or not be frozen.
    #[error("{kind}: {source}")]
    Layer {
        /// Which network.
        kind: &'static str,
        /// What the layer says.
        #[source]
        source: oddframe_nn::Error,
    },
}

impl Error {
    /// For `map_err`: what a layer of this network says.
    pub(crate) fn layer(kind: &'static str) -> impl Fn(oddframe_nn::Error) -> Self + Copy {
        move |source| Self::Layer { kind, source }
    }
}

/// The multiple above zero that is nearest, the smaller of two.
fn nearest_multiple(found: usize, divisor: usize) -> usize {
    let (below, above) = (found / divisor * divisor, found.next_multiple_of(divisor));
    if below == 0 || above - found < found - below { above } else { below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_fit_is_near() {
        assert_eq!(
            [1, 31, 33, 48, 49, 100].map(|found| nearest_multiple(found, 32)),
            [32, 32, 32, 32, 64, 96]
        );
    }
}
