//! What PyTorch calls the weights.

use oddframe_nn::WeightNames;

/// The layers of a PyTorch `Sequential`, numbered as it numbers them: those without weights count too.
pub(crate) struct Sequential {
    prefix: String,
    place: usize,
    names: WeightNames,
}

impl Sequential {
    /// One with this in front of its numbers, such as `encoder.`; what is known of the other names goes on in it.
    pub(crate) fn new(prefix: impl Into<String>, names: WeightNames) -> Self {
        Self { prefix: prefix.into(), place: 0, names }
    }

    /// The next layer is this one of ours.
    pub(crate) fn layer(self, ours: &str) -> Self {
        let names = self.names.with(format!("{}{}", self.prefix, self.place), ours);
        Self { place: self.place + 1, names, ..self }
    }

    /// The next layer has no weights.
    pub(crate) fn skip(self) -> Self {
        Self { place: self.place + 1, ..self }
    }

    /// A convolution, its normalisation where there is one, and its activation.
    pub(crate) fn block(self, ours: &str, norm: bool) -> Self {
        let conv = self.layer(&format!("{ours}.conv"));
        let both = if norm { conv.layer(&format!("{ours}.norm")) } else { conv };
        both.skip()
    }

    /// Blocks behind each other, numbered by us as well; all are normalised but perhaps the last.
    pub(crate) fn blocks(self, ours: &str, count: usize, last_has_norm: bool) -> Self {
        (0..count).fold(self, |all, place| {
            all.block(&format!("{ours}.{place}"), place + 1 < count || last_has_norm)
        })
    }

    /// All names so far.
    pub(crate) fn names(self) -> WeightNames {
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_counts() {
        let names = Sequential::new("net.", WeightNames::new()).blocks("down", 2, false).names();
        for (theirs, ours) in [("0", "down.0.conv"), ("1", "down.0.norm"), ("3", "down.1.conv")] {
            assert_eq!(names.apply(&format!("net.{theirs}.weight")), format!("{ours}.weight"));
        }
        assert_eq!(names.apply("net.4.weight"), "net.4.weight");
    }
}
