/// How the names in a PyTorch file lead to the fields of a model.
///
/// Whole parts of a name are exchanged at its beginning; the first rule that fits counts, and a name that none fits
/// stays as it is.
///
/// ```
/// use oddframe_nn::WeightNames;
/// let names = WeightNames::new().with("net.0", "encoder.first").with("net.2", "encoder.second");
/// assert_eq!(names.apply("net.2.weight"), "encoder.second.weight");
/// assert_eq!(names.apply("net.20.weight"), "net.20.weight");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WeightNames {
    rules: Vec<(String, String)>,
}

impl WeightNames {
    /// Names that are the model's own.
    pub fn new() -> Self {
        Self::default()
    }

    /// What begins with `from` begins with `to` here. An empty one stands for the model itself: `("net", "")` takes
    /// `net.` away, and `("", "net")` puts it before every name.
    #[must_use]
    pub fn with(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.rules.push((from.into(), to.into()));
        self
    }

    /// The model's name for a name in the file.
    pub fn apply(&self, name: &str) -> String {
        let found = self.rules.iter().find_map(|(from, to)| Some((to.as_str(), after(name, from)?)));
        match found {
            Some((to, rest)) if to.is_empty() || rest.is_empty() => format!("{to}{rest}"),
            Some((to, rest)) => format!("{to}.{rest}"),
            None => name.to_owned(),
        }
    }
}

/// What comes after some whole parts of a name.
pub(super) fn after<'a>(name: &'a str, parts: &str) -> Option<&'a str> {
    match name.strip_prefix(parts)? {
        "" => Some(""),
        rest if parts.is_empty() => Some(rest),
        rest => rest.strip_prefix('.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_parts_are_exchanged_once() {
        let names =
            WeightNames::new().with("net.0", "net.1").with("net.1", "net.2").with("scale", "norm.scale");
        for (from, to) in [
            ("net.0.weight", "net.1.weight"),
            ("net.1.weight", "net.2.weight"),
            ("net.10.weight", "net.10.weight"),
            ("scale", "norm.scale"),
            ("scaled", "scaled"),
        ] {
            assert_eq!(names.apply(from), to);
        }
        assert_eq!(WeightNames::new().with("net", "").apply("net.0.bias"), "0.bias");
        assert_eq!(WeightNames::new().with("", "net").apply("0.bias"), "net.0.bias");
    }
}
