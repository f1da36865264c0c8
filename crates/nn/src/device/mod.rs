//! Where tensors live and who computes with them, chosen while the program runs.

mod name;
#[cfg(any(test, feature = "cuda", feature = "wgpu"))]
mod quiet;
#[cfg(any(feature = "cuda", feature = "wgpu"))]
mod usable;

pub use name::DeviceName;

use crate::{Error, Kernels};

/// Work that any backend can do.
///
/// Training needs no more than this: with `B` there is `Autodiff<B>`, on the same device.
///
/// ```
/// # #[cfg(feature = "flex")] {
/// use burn::backend::Autodiff;
/// use burn::tensor::Tensor;
/// use oddframe_nn::{DeviceName, Kernels, OnBackend};
///
/// /// The derivative of x² at a place.
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
    /// What comes of it.
    type Output;

    /// Does the work.
    fn on<B: Kernels>(self, device: B::Device) -> Self::Output;
}

impl DeviceName {
    /// Does work on this device.
    ///
    /// A graphics card is tried with one small sum first, so that what is missing is told here.
    ///
    /// # Errors
    /// When this program was built without the device's feature, or when the device does not answer: no driver, no
    /// graphics card, none of this number.
    #[cfg_attr(
        not(any(feature = "flex", feature = "ndarray", feature = "cuda", feature = "wgpu")),
        allow(unused_variables)
    )]
    pub fn run<V: OnBackend>(self, work: V) -> Result<V::Output, Error> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(on_only::<burn::backend::Flex, V>(work)),
            #[cfg(feature = "ndarray")]
            Self::NdArray => Ok(on_only::<burn::backend::NdArray, V>(work)),
            #[cfg(feature = "cuda")]
            Self::Cuda(index) => {
                let device = burn::backend::cuda::CudaDevice::new(usize::from(index));
                usable::check::<burn::backend::Cuda>(self, &device)?;
                Ok(work.on::<burn::backend::Cuda>(device))
            }
            #[cfg(feature = "wgpu")]
            Self::Wgpu(index) => {
                use burn::backend::wgpu::WgpuDevice;
                let device = index
                    .map_or(WgpuDevice::DefaultDevice, |index| WgpuDevice::DiscreteGpu(usize::from(index)));
                usable::check::<burn::backend::Wgpu>(self, &device)?;
                Ok(work.on::<burn::backend::Wgpu>(device))
            }
            #[cfg(not(all(feature = "flex", feature = "ndarray", feature = "cuda", feature = "wgpu")))]
            missing => Err(Error::NotBuilt { feature: missing.feature(), built: Self::built().to_vec() }),
        }
    }
}

/// Does work on the one device that a backend of the CPU has.
#[cfg(any(feature = "flex", feature = "ndarray"))]
fn on_only<B: Kernels, V: OnBackend>(work: V) -> V::Output {
    work.on::<B>(B::Device::default())
}
