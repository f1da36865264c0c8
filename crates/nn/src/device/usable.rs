use burn::tensor::Tensor;

use super::DeviceName;
use super::quiet::quietly;
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

/// The reason without the dozens of file names that the loader of a driver tried.
fn brief(reason: &str) -> String {
    reason.split(" - searched for").next().unwrap_or(reason).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loaders_list_of_names_is_left_out() {
        let said =
            "Unable to load the \"cuda\" library - searched for library names: [\"libcuda.so\"]. Ensure that";
        assert_eq!(brief(said), "Unable to load the \"cuda\" library");
        assert_eq!(brief("out of memory"), "out of memory");
    }
}
