//! Devices by name: the backend is chosen while the program runs.

mod name;
mod parse;
#[cfg(any(test, feature = "cuda", feature = "wgpu"))]
mod probe;

pub use name::DeviceName;

use crate::error::Error;
use crate::kernels::Kernels;

/// Work that is generic over the backend.
///
/// [`DeviceName::run`] picks the backend and calls [`OnBackend::on`] with it. Training needs no further bound:
/// `Autodiff<B>` runs on the same device.
///
/// ```
/// # #[cfg(feature = "flex")] {
/// use burn::backend::Autodiff;
/// use burn::tensor::Tensor;
/// use oddframe_nn::{DeviceName, Kernels, OnBackend};
///
/// /// The derivative of x² at a number.
/// struct Slope(f32);
/// impl OnBackend for Slope {
///     type Output = Option<f32>;
///     fn on<B: Kernels>(self, device: B::Device) -> Option<f32> {
///         let x = Tensor::<Autodiff<B>, 1>::from_data([self.0], &device).require_grad();
///         let gradients = x.clone().square().backward();
///         x.grad(&gradients)?.into_data().iter::<f32>().next()
///     }
/// }
///
/// let device: DeviceName = "flex".parse()?;
/// assert_eq!(device.run(Slope(1.5))?, Some(3.0));
/// # }
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
pub trait OnBackend {
    /// The result.
    type Output;

    /// Does the work on this backend and device.
    fn on<B: Kernels>(self, device: B::Device) -> Self::Output;
}

impl DeviceName {
    /// Runs work on this device.
    ///
    /// A graphics card computes one small sum first, so that a missing driver is an error here and not a panic later.
    ///
    /// # Errors
    /// When this program was built without the device's feature, or the device does not respond: no driver, no graphics
    /// card, or none of this number.
    #[cfg_attr(
        not(any(
            feature = "flex",
            feature = "ndarray",
            feature = "cuda",
            feature = "wgpu"
        )),
        allow(unused_variables, clippy::needless_pass_by_value)
    )]
    pub fn run<V: OnBackend>(self, work: V) -> Result<V::Output, Error> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(run_on_default::<burn::backend::Flex, V>(work)),
            #[cfg(feature = "ndarray")]
            Self::NdArray => Ok(run_on_default::<burn::backend::NdArray, V>(work)),
            #[cfg(feature = "cuda")]
            Self::Cuda(index) => {
                let device = burn::backend::cuda::CudaDevice::new(usize::from(index));
                probe::probe_device::<burn::backend::Cuda>(self, &device)?;
                Ok(work.on::<burn::backend::Cuda>(device))
            }
            #[cfg(feature = "wgpu")]
            Self::Wgpu(index) => {
                use burn::backend::wgpu::WgpuDevice;
                // Without a number wgpu chooses the best adapter; a number counts the discrete cards.
                let device = index.map_or(WgpuDevice::DefaultDevice, |index| {
                    WgpuDevice::DiscreteGpu(usize::from(index))
                });
                probe::probe_device::<burn::backend::Wgpu>(self, &device)?;
                Ok(work.on::<burn::backend::Wgpu>(device))
            }
            #[cfg(not(all(
                feature = "flex",
                feature = "ndarray",
                feature = "cuda",
                feature = "wgpu"
            )))]
            missing => Err(Error::NotBuilt {
                feature: missing.feature(),
                built: Self::built().to_vec(),
            }),
        }
    }
}

/// Runs work on the only device of a CPU backend.
#[cfg(any(feature = "flex", feature = "ndarray"))]
fn run_on_default<B: Kernels, V: OnBackend>(work: V) -> V::Output {
    work.on::<B>(B::Device::default())
}
