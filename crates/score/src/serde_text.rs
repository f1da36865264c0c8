//! With the feature `serde`, types with a text form serialise as that text.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use crate::{AnyPool, Channels, Distance, Overlap};

/// Implements both traits by [`Display`](std::fmt::Display) and [`FromStr`](std::str::FromStr).
macro_rules! serialize_as_text {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

serialize_as_text!(AnyPool, Channels, Distance, Overlap);

/// The words of a schema are those that the parser knows; the arguments are left to the parser.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for AnyPool {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pool".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "How an error map becomes one number: `mean`, `max`, `topk(patch=16, stride=16, k=1)`, \
                            `quantile(0.99)`, `l2`, `l1` or `root_sum`.",
            "type": "string",
            "pattern": r"^\s*(mean|max|l1|l2|root_sum|(topk|quantile)\s*\(.*\))\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::de::DeserializeOwned;

    use super::*;

    fn assert_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: &str) {
        assert_eq!(serde_json::to_string(value).unwrap(), json);
        assert_eq!(serde_json::from_str::<T>(json).unwrap(), *value);
    }

    #[test]
    fn types_serialise_as_their_text_form() {
        let pool: AnyPool = "topk(patch=16x8, stride=8, k=5%)".parse().unwrap();
        assert_json(&pool, r#""topk(patch=16x8, stride=8, k=5%)""#);
        assert_json(&Channels::Max, r#""max""#);
        assert_json(&Distance::Absolute, r#""absolute""#);
        assert_json(&Overlap::Centre, r#""centre""#);
    }

    #[test]
    fn errors_are_those_of_the_parser() {
        let error = serde_json::from_str::<AnyPool>(r#""quantile(2)""#)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("the quantile is 2, but must be 0 to 1"),
            "{error}"
        );
    }
}
