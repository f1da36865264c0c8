//! PyTorch's names for the weights.

use oddframe_nn::WeightNames;

/// Numbers the layers of a PyTorch `Sequential` as PyTorch does: layers without weights count too.
pub(crate) struct Sequential {
    prefix: String,
    place: usize,
    names: WeightNames,
}

impl Sequential {
    /// Starts a `Sequential` whose names begin with `prefix`, such as `encoder.`. The new names are added to `names`.
    pub(crate) fn new(prefix: impl Into<String>, names: WeightNames) -> Self {
        Self {
            prefix: prefix.into(),
            place: 0,
            names,
        }
    }

    /// The next layer is this field of ours.
    pub(crate) fn add_layer(self, ours: &str) -> Self {
        let names = self
            .names
            .with(format!("{}{}", self.prefix, self.place), ours);
        Self {
            place: self.place + 1,
            names,
            ..self
        }
    }

    /// The next layer has no weights.
    pub(crate) fn skip_layer(self) -> Self {
        Self {
            place: self.place + 1,
            ..self
        }
    }

    /// A convolution, its batch normalisation if there is one, and its activation.
    pub(crate) fn add_block(self, ours: &str, norm: bool) -> Self {
        let conv = self.add_layer(&format!("{ours}.conv"));
        // Three layers of PyTorch, of which two have weights:
        //
        //   N conv    N+1 batch norm    N+2 activation
        let both = if norm {
            conv.add_layer(&format!("{ours}.norm"))
        } else {
            conv
        };
        both.skip_layer()
    }

    /// `count` blocks, numbered in our field as well. All have a normalisation, the last one if `last_has_norm`.
    pub(crate) fn add_blocks(self, ours: &str, count: usize, last_has_norm: bool) -> Self {
        (0..count).fold(self, |all, place| {
            all.add_block(
                &format!("{ours}.{place}"),
                place + 1 < count || last_has_norm,
            )
        })
    }

    /// All names so far.
    pub(crate) fn into_names(self) -> WeightNames {
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_counts() {
        let names = Sequential::new("net.", WeightNames::new())
            .add_blocks("down", 2, false)
            .into_names();
        for (theirs, ours) in [
            ("0", "down.0.conv"),
            ("1", "down.0.norm"),
            ("3", "down.1.conv"),
        ] {
            assert_eq!(
                names.apply(&format!("net.{theirs}.weight")),
                format!("{ours}.weight")
            );
        }
        assert_eq!(names.apply("net.4.weight"), "net.4.weight");
    }
}
