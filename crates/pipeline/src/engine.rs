//! The device that networks run on. No other module names a backend.

use std::fmt::Debug;
use std::marker::PhantomData;

use oddframe_core::{Repair, SharedError, System};
use oddframe_flip::{FlipRepair, FlipSettings};
use oddframe_models::ModelConfig;
use oddframe_nn::{DeviceName, Kernels, OnBackend};

use crate::Error;
use crate::kinds::{NetworkSettings, NetworkSystem};

/// A device, ready to train and to score on.
#[derive(Debug)]
pub struct Engine {
    name: String,
    device: Box<dyn AnyDevice>,
}

impl Engine {
    /// Opens the device of this name.
    ///
    /// # Errors
    /// When this program was built without it, or there is no such device.
    pub fn open(name: DeviceName) -> Result<Self, Error> {
        Ok(Self {
            name: name.to_string(),
            device: name.run(OpenDevice)?,
        })
    }

    /// Uses a device of any backend.
    pub fn on<B: Kernels>(name: &str, device: B::Device) -> Self {
        Self {
            name: name.to_owned(),
            // Recipes choose the backend at run time, but the type of a network contains it. The type ends here: above
            // this box nothing is generic over a backend.
            device: Box::new(OnDevice::<B> {
                device,
                backend: PhantomData,
            }),
        }
    }

    /// The name of the device.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Builds a network that is trained and scored on this device.
    ///
    /// # Errors
    /// When a value is out of range, the network cannot take such clips, the input does not fit the range of the network's
    /// output, or the windows ask for scores that the network cannot give.
    pub fn build_network_system(
        &self,
        settings: NetworkSettings<ModelConfig>,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError> {
        self.device.build_network_system(settings, seed)
    }

    /// Builds the flip repair on this device.
    pub(crate) fn build_flip_repair(
        &self,
        settings: &FlipSettings,
        seed: u64,
    ) -> Result<Box<dyn Repair>, SharedError> {
        self.device.build_flip_repair(settings, seed)
    }
}

/// A device without its backend's type.
trait AnyDevice: Debug + Send + Sync {
    fn build_network_system(
        &self,
        settings: NetworkSettings<ModelConfig>,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError>;

    fn build_flip_repair(
        &self,
        settings: &FlipSettings,
        seed: u64,
    ) -> Result<Box<dyn Repair>, SharedError>;
}

struct OpenDevice;

impl OnBackend for OpenDevice {
    type Output = Box<dyn AnyDevice>;

    fn on<B: Kernels>(self, device: B::Device) -> Box<dyn AnyDevice> {
        Box::new(OnDevice::<B> {
            device,
            backend: PhantomData,
        })
    }
}

#[derive(Debug)]
struct OnDevice<B: Kernels> {
    device: B::Device,
    backend: PhantomData<fn() -> B>,
}

impl<B: Kernels> AnyDevice for OnDevice<B> {
    fn build_network_system(
        &self,
        settings: NetworkSettings<ModelConfig>,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError> {
        Ok(Box::new(NetworkSystem::<B>::new(
            settings,
            seed,
            self.device.clone(),
        )?))
    }

    fn build_flip_repair(
        &self,
        settings: &FlipSettings,
        seed: u64,
    ) -> Result<Box<dyn Repair>, SharedError> {
        Ok(Box::new(FlipRepair::<B>::new(
            settings.clone(),
            seed,
            self.device.clone(),
        )?))
    }
}
