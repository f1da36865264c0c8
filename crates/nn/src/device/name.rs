use std::fmt;
use std::str::FromStr;

use oddframe_core::edit_distance;

use crate::Error;

/// A device, by the name that users give it.
///
/// Its text forms are `flex`, `ndarray`, `cuda:0` (`cuda` is the first), `wgpu` (the best there is) and `wgpu:0` (a
/// discrete graphics card by its number).
///
/// ```
/// use oddframe_nn::DeviceName;
/// assert_eq!("cuda".parse::<DeviceName>()?, DeviceName::Cuda(0));
/// assert_eq!(DeviceName::default().to_string(), "flex");
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeviceName {
    /// The CPU, by Burn's flex with our kernels.
    #[default]
    Flex,
    /// The CPU, by Burn's ndarray.
    NdArray,
    /// An NVIDIA graphics card, by CUDA.
    Cuda(u16),
    /// A graphics card, by Vulkan, Metal or DirectX.
    Wgpu(Option<u16>),
}

const NAMES: [&str; 4] = ["flex", "ndarray", "cuda", "wgpu"];
/// A slip of the finger or two are still the same word.
const FAR: usize = 2;

impl DeviceName {
    /// The feature of this program that brings the device.
    pub const fn feature(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::NdArray => "ndarray",
            Self::Cuda(_) => "cuda",
            Self::Wgpu(_) => "wgpu",
        }
    }

    /// The kinds of device that this program was built with.
    pub const fn built() -> &'static [&'static str] {
        &[
            #[cfg(feature = "flex")]
            "flex",
            #[cfg(feature = "ndarray")]
            "ndarray",
            #[cfg(feature = "cuda")]
            "cuda",
            #[cfg(feature = "wgpu")]
            "wgpu",
        ]
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flex | Self::NdArray | Self::Wgpu(None) => f.write_str(self.feature()),
            Self::Cuda(index) | Self::Wgpu(Some(index)) => write!(f, "{}:{index}", self.feature()),
        }
    }
}

impl FromStr for DeviceName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, index) = match text.split_once(':') {
            Some((name, index)) => (name, index.parse().ok().map(Some)),
            None => (text, Some(None)),
        };
        match (name, index) {
            ("flex", Some(None)) => Ok(Self::Flex),
            ("ndarray", Some(None)) => Ok(Self::NdArray),
            ("cuda", Some(index)) => Ok(Self::Cuda(index.unwrap_or(0))),
            ("wgpu", Some(index)) => Ok(Self::Wgpu(index)),
            _ => Err(Error::UnknownDevice { name: text.into(), nearest: nearest(name) }),
        }
    }
}

/// The name that was probably meant.
fn nearest(text: &str) -> Option<&'static str> {
    let text = text.trim().to_lowercase();
    let apart = NAMES.map(|name| (edit_distance(&text, name), name));
    apart.into_iter().filter(|(edits, _)| *edits <= FAR).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_there_and_back() {
        for text in ["flex", "ndarray", "cuda:0", "cuda:7", "wgpu", "wgpu:0", "wgpu:3"] {
            assert_eq!(text.parse::<DeviceName>().unwrap().to_string(), text);
        }
        assert_eq!("cuda".parse::<DeviceName>().unwrap(), DeviceName::Cuda(0));
    }

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        let message = |text: &str| text.parse::<DeviceName>().unwrap_err().to_string();
        assert_eq!(
            message("cudda"),
            "there is no device `cudda`; there are flex, ndarray, cuda, cuda:N, wgpu and wgpu:N, N from 0 on; did \
             you mean `cuda`?"
        );
        for (text, meant) in [("CUDA:1", "cuda"), ("cuda:x", "cuda"), ("flex:0", "flex"), ("flux", "flex")] {
            assert!(message(text).ends_with(&format!("did you mean `{meant}`?")), "{}", message(text));
        }
        for text in ["tpu", "", "cuda:99999999", "cuda:-1", ":0"] {
            assert!(text.parse::<DeviceName>().is_err(), "{text}");
        }
        assert!(message("quantum").ends_with("N from 0 on"));
    }
}
