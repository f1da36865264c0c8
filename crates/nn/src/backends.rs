//! The backends that Burn's own operations serve.

#[cfg(feature = "ndarray")]
impl crate::Kernels for burn::backend::NdArray {}

#[cfg(feature = "cuda")]
impl crate::Kernels for burn::backend::Cuda {}

#[cfg(feature = "wgpu")]
impl crate::Kernels for burn::backend::Wgpu {}
