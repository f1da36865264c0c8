use std::str::FromStr;

use oddframe_core::edit_distance;

use super::name::DeviceName;
use crate::error::Error;

const NAMES: [&str; 4] = ["flex", "ndarray", "cuda", "wgpu"];
/// Up to this many wrong letters a name is taken for a misspelt one.
const MOST_EDITS: usize = 2;

impl FromStr for DeviceName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // `None` as the index: there is one, and it is not a number.
        let (name, index) = match text.split_once(':') {
            Some((name, index)) => (name, index.parse().ok().map(Some)),
            None => (text, Some(None)),
        };
        match (name, index) {
            ("flex", Some(None)) => Ok(Self::Flex),
            ("ndarray", Some(None)) => Ok(Self::NdArray),
            ("cuda", Some(index)) => Ok(Self::Cuda(index.unwrap_or(0))),
            ("wgpu", Some(index)) => Ok(Self::Wgpu(index)),
            _ => Err(Error::UnknownDevice {
                name: text.into(),
                nearest: nearest_name(name),
            }),
        }
    }
}

/// The name that was probably meant.
fn nearest_name(text: &str) -> Option<&'static str> {
    let text = text.trim().to_lowercase();
    let distances = NAMES.map(|name| (edit_distance(&text, name), name));
    distances
        .into_iter()
        .filter(|(edits, _)| *edits <= MOST_EDITS)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_error(text: &str) -> String {
        text.parse::<DeviceName>().unwrap_err().to_string()
    }

    #[test]
    fn text_forms_round_trip() {
        for text in [
            "flex", "ndarray", "cuda:0", "cuda:7", "wgpu", "wgpu:0", "wgpu:3",
        ] {
            assert_eq!(text.parse::<DeviceName>().unwrap().to_string(), text);
        }
        assert_eq!("cuda".parse::<DeviceName>().unwrap(), DeviceName::Cuda(0));
    }

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        assert_eq!(
            parse_error("cudda"),
            "there is no device `cudda`; use flex, ndarray, cuda, cuda:N, wgpu or wgpu:N, where N counts from 0; did \
             you mean `cuda`?"
        );
        for (text, meant) in [
            ("CUDA:1", "cuda"),
            ("cuda:x", "cuda"),
            ("flex:0", "flex"),
            ("flux", "flex"),
        ] {
            let message = parse_error(text);
            assert!(
                message.ends_with(&format!("did you mean `{meant}`?")),
                "{message}"
            );
        }
        for text in ["tpu", "", "cuda:99999999", "cuda:-1", ":0"] {
            assert!(text.parse::<DeviceName>().is_err(), "{text}");
        }
        assert!(parse_error("quantum").ends_with("N counts from 0"));
    }
}
