use burn::tensor::Tensor;

use super::DeviceName;
use super::quiet::{brief, quietly};
use crate::{Error, Kernels};

/// Computes something small, so that a missing driver or card is an error here and not a panic later.
pub(super) fn check<B: Kernels>(name: DeviceName, device: &B::Device) -> Result<(), Error> {
    let sum = quietly(|| (Tensor::<B, 1>::ones([1], device) + 1.0).try_into_data());
    let reason = match sum {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic,
    };
    let needs = match name {
        DeviceName::Cuda(_) => "NVIDIA's driver, CUDA's libraries and a card of this number",
        DeviceName::Wgpu(_) => "a driver for Vulkan, Metal or DirectX and a card of this number",
        DeviceName::Flex | DeviceName::NdArray => "nothing but the CPU",
    };
    Err(Error::DeviceFailed { device: name, needs, reason: brief(&reason) })
}
