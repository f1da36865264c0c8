use oddframe_core::{SharedError, System};
use oddframe_memory::{
    BoxSource, PatchMemory, PatchMemorySettings, VideoPatchCore, VideoPatchCoreSettings,
};
use oddframe_models::{BackboneKind, BackboneLayer};
use oddframe_nn::Kernels;
use serde::{Deserialize, Serialize};

use super::backbone::{BackboneSource, BackboneSystem};

/// The settings of the kind `patch_memory`: the patches of whole frames, compared with a memory of normal ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PatchMemorySystemSettings {
    /// The network that turns frames into features.
    pub backbone: BackboneKind,
    /// The path of the backbone's weights, or `random` for tests; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Where features are read: `stride8`, `stride16`, `pooled`.
    pub layers: Vec<BackboneLayer>,
    /// What is remembered, and how frames are scored. `memory.maps` counts the layers above.
    pub memory: PatchMemorySettings,
}

impl Default for PatchMemorySystemSettings {
    fn default() -> Self {
        Self {
            backbone: BackboneKind::ResNet18,
            weights: None,
            layers: vec![BackboneLayer::Stride8, BackboneLayer::Stride16],
            memory: PatchMemorySettings::default(),
        }
    }
}

/// The settings of the kind `video_patch_core`: people and whole scenes over clips, compared with memories of normal ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VideoPatchCoreSystemSettings {
    /// The network that turns people and frames into features.
    pub backbone: BackboneKind,
    /// The path of the backbone's weights, or `random` for tests; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Boxes, memories and scoring. Features come from the backbone's layers `stride8` and `stride16`.
    pub memory: VideoPatchCoreSettings,
}

impl Default for VideoPatchCoreSystemSettings {
    fn default() -> Self {
        Self {
            backbone: BackboneKind::ClipRn101,
            weights: None,
            memory: VideoPatchCoreSettings::default(),
        }
    }
}

/// Builds the system on whole frames. The seed chooses what the settings leave to chance.
pub(crate) fn build_patch_memory<B: Kernels>(
    mut settings: PatchMemorySystemSettings,
    seed: u64,
    device: &B::Device,
) -> Result<Box<dyn System>, SharedError> {
    if settings.layers.is_empty() {
        return Err(
            "layers is empty; name at least one of `stride8`, `stride16` and `pooled`".into(),
        );
    }
    settings.memory.bank.seed = seed;
    let backbone = BackboneSource::new(
        settings.backbone,
        settings.weights.as_deref(),
        &settings.layers,
        seed,
    );
    let system = PatchMemory::new(settings.memory, backbone.factory::<B>(device))?;
    Ok(Box::new(BackboneSystem::new(system, &backbone)))
}

/// Builds the system on people and scenes. The seed chooses what the settings leave to chance.
pub(crate) fn build_video_patch_core<B: Kernels>(
    mut settings: VideoPatchCoreSystemSettings,
    seed: u64,
    device: &B::Device,
) -> Result<Box<dyn System>, SharedError> {
    settings.memory.seed = seed;
    let backbone = BackboneSource::new(
        settings.backbone,
        settings.weights.as_deref(),
        &[BackboneLayer::Stride8, BackboneLayer::Stride16],
        seed,
    );
    let boxes = BoxSource::open(&settings.memory)?;
    let system = VideoPatchCore::new(settings.memory, boxes, backbone.factory::<B>(device))?;
    Ok(Box::new(BackboneSystem::new(system, &backbone)))
}
