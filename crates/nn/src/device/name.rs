use std::fmt;

/// A device by the name that users give it.
///
/// Its text forms are `flex`, `ndarray`, `cuda:0` (`cuda` is the first card), `wgpu` (the best card) and `wgpu:0` (a
/// discrete graphics card by its number).
///
/// ```
/// use oddframe_nn::DeviceName;
///
/// assert_eq!("cuda".parse::<DeviceName>()?, DeviceName::Cuda(0));
/// assert_eq!(DeviceName::default().to_string(), "flex");
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeviceName {
    /// The CPU, with Burn's flex backend and the native kernels.
    #[default]
    Flex,
    /// The CPU, with Burn's ndarray backend.
    NdArray,
    /// An NVIDIA graphics card, with CUDA.
    Cuda(u16),
    /// A graphics card, with Vulkan, Metal or DirectX.
    Wgpu(Option<u16>),
}

impl DeviceName {
    /// The Cargo feature that this device needs.
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
