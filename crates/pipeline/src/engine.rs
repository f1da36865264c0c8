//! The device that networks run on. No other module names a backend.

use std::fmt::Debug;
use std::marker::PhantomData;

use oddframe_core::{Repair, SharedError, System};
use oddframe_flip::{FlipRepair, FlipSettings};
use oddframe_models::ModelConfig;
use oddframe_nn::{DeviceName, Kernels, OnBackend};

use crate::Error;
use crate::kinds::{
    FlowSystem, FlowSystemSettings, LstmFeaturesSettings, NetworkSettings, NetworkSystem,
    PatchMemorySystemSettings, VideoPatchCoreSystemSettings, build_lstm_features,
    build_patch_memory, build_video_patch_core,
};

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

    /// Builds a network on optical flow that is trained and scored on this device.
    ///
    /// # Errors
    /// When a value is out of range, the weights of RAFT are missing, frames are too small for the method of estimating
    /// flow, the network cannot take such clips, or the windows ask for scores that the network cannot give.
    pub fn build_flow_system(
        &self,
        settings: FlowSystemSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError> {
        self.device.build_flow_system(settings, seed)
    }

    /// Builds a network on the features of a backbone, both on this device.
    ///
    /// # Errors
    /// When no weights of the backbone are named or they do not fit it, or a value is out of range.
    pub fn build_lstm_features(
        &self,
        settings: LstmFeaturesSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError> {
        self.device.build_lstm_features(settings, seed)
    }

    /// Builds a memory of the patches of whole frames, whose backbone runs on this device.
    ///
    /// # Errors
    /// When no weights are named or they do not fit the backbone, or a value is out of range.
    pub fn build_patch_memory(
        &self,
        settings: PatchMemorySystemSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError> {
        self.device.build_patch_memory(settings, seed)
    }

    /// Builds memories of people and scenes, whose backbone runs on this device.
    ///
    /// # Errors
    /// As [`Self::build_patch_memory`], and when a file of boxes cannot be read.
    pub fn build_video_patch_core(
        &self,
        settings: VideoPatchCoreSystemSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError> {
        self.device.build_video_patch_core(settings, seed)
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

    fn build_flow_system(
        &self,
        settings: FlowSystemSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError>;

    fn build_lstm_features(
        &self,
        settings: LstmFeaturesSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError>;

    fn build_patch_memory(
        &self,
        settings: PatchMemorySystemSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError>;

    fn build_video_patch_core(
        &self,
        settings: VideoPatchCoreSystemSettings,
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

    fn build_flow_system(
        &self,
        settings: FlowSystemSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError> {
        Ok(Box::new(FlowSystem::<B>::new(
            settings,
            seed,
            self.device.clone(),
        )?))
    }

    fn build_lstm_features(
        &self,
        settings: LstmFeaturesSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError> {
        build_lstm_features::<B>(settings, seed, &self.device)
    }

    fn build_patch_memory(
        &self,
        settings: PatchMemorySystemSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError> {
        build_patch_memory::<B>(settings, seed, &self.device)
    }

    fn build_video_patch_core(
        &self,
        settings: VideoPatchCoreSystemSettings,
        seed: u64,
    ) -> Result<Box<dyn System>, SharedError> {
        build_video_patch_core::<B>(settings, seed, &self.device)
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
