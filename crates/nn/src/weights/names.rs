/// Maps the parameter names of a PyTorch file to the fields of a model.
///
/// Each rule replaces a prefix of whole, dot-separated parts. The first rule that matches applies; a name that no rule
/// matches stays as it is.
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
    /// The identity: the file has the model's own names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule: names that begin with `from` begin with `to` in the model. An empty name is the model itself:
    /// `("net", "")` removes the prefix `net.`, and `("", "net")` adds it to every name.
    #[must_use]
    pub fn with(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.rules.push((from.into(), to.into()));
        self
    }

    /// The model's name of a parameter of the file.
    pub fn apply(&self, name: &str) -> String {
        let found = self
            .rules
            .iter()
            .find_map(|(from, to)| Some((to.as_str(), strip_name_prefix(name, from)?)));
        match found {
            Some((to, rest)) if to.is_empty() || rest.is_empty() => format!("{to}{rest}"),
            Some((to, rest)) => format!("{to}.{rest}"),
            None => name.to_owned(),
        }
    }
}

/// The rest of a name after a prefix of whole parts; `None` if it does not begin with them.
pub(super) fn strip_name_prefix<'a>(name: &'a str, parts: &str) -> Option<&'a str> {
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
        let names = WeightNames::new()
            .with("net.0", "net.1")
            .with("net.1", "net.2")
            .with("scale", "norm.scale");
        for (from, to) in [
            ("net.0.weight", "net.1.weight"),
            ("net.1.weight", "net.2.weight"),
            ("net.10.weight", "net.10.weight"),
            ("scale", "norm.scale"),
            ("scaled", "scaled"),
        ] {
            assert_eq!(names.apply(from), to);
        }
        assert_eq!(
            WeightNames::new().with("net", "").apply("net.0.bias"),
            "0.bias"
        );
        assert_eq!(
            WeightNames::new().with("", "net").apply("0.bias"),
            "net.0.bias"
        );
    }
}
