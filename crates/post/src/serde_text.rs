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
