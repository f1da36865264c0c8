//! Serialisation of chains, steps and fusions as their text.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::chain::Chain;
use crate::fusion::Fusion;
use crate::step::Step;

/// Implements both traits through `Display` and `FromStr`.
macro_rules! serialise_as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

serialise_as_text!(Chain, Step, Fusion);

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Chain {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Chain".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = crate::registry::KNOWN
            .iter()
            .map(|step| step.name)
            .collect();
        let step = format!(r"\s*({})\b[^|]*", names.join("|"));
        schemars::json_schema!({
            "description": format!(
                "Post-processing steps, in order: `gaussian(sigma=3) per video | minmax`. The steps are `{}`; each may end with \
                 `per video` or `over all`.",
                names.join("`, `")
            ),
            "type": "string",
            "pattern": format!(r"^({step}(\|{step})*|\s*none\s*)$"),
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Fusion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fusion".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "How several scores of a frame become one: `max`, `mean`, `product`, `rank-mean` or \
                            `weighted(0.3,0.7)`.",
            "type": "string",
            "pattern": r"^\s*(max|mean|product|rank-mean|weighted\s*\(.*\))\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_serialised_form() {
        let text = "\"gaussian(sigma=3) per video | minmax\"";
        let chain: Chain = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&chain).unwrap(), text);
        let step: Step = serde_json::from_str("\"rank over all\"").unwrap();
        assert_eq!(serde_json::to_string(&step).unwrap(), "\"rank over all\"");
        let fusion: Fusion = serde_json::from_str("\"weighted(0.3,0.7)\"").unwrap();
        assert_eq!(
            serde_json::to_string(&fusion).unwrap(),
            "\"weighted(0.3,0.7)\""
        );
    }

    #[test]
    fn invalid_texts_are_errors_with_their_reason() {
        let error = serde_json::from_str::<Chain>("\"gausian(3)\"")
            .unwrap_err()
            .to_string();
        assert!(error.contains("did you mean `gaussian`?"), "{error}");
        assert!(serde_json::from_str::<Fusion>("3").is_err());
    }
}
