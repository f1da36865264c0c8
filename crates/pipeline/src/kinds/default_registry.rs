//! The list of the kinds that recipes can name.

use oddframe_baseline::{
    FrameDifference, FrameDifferenceSettings, TypicalFrame, TypicalFrameSettings,
};
use oddframe_models::{
    Conv3dAeConfig, ConvAeConfig, ConvLstmPredictorConfig, CuboidAeConfig, DenoisingAeConfig,
    LstmAeConfig, ModelConfig, UnetConfig,
};
use oddframe_objects::{ObjectSettings, Objects};

use super::{
    FlowAeSettings, LstmFeaturesSettings, NetworkSettings, PatchMemorySystemSettings,
    RaftGruSettings, VideoPatchCoreSystemSettings,
};
use crate::Registry;
use crate::registry::KindSettings;

impl Default for Registry {
    /// All kinds of this workspace.
    fn default() -> Self {
        let mut registry = Self::empty();
        add_all(&mut registry);
        registry
    }
}

fn add_all(registry: &mut Registry) {
    registry.add_with_schema(
        "frame_difference",
        |settings: FrameDifferenceSettings, _| Ok(Box::new(FrameDifference::new(settings)?)),
    );
    registry.add_with_schema("typical_frame", |settings: TypicalFrameSettings, _| {
        Ok(Box::new(TypicalFrame::new(settings)?))
    });
    registry.add_with_schema("objects", |settings: ObjectSettings, context| {
        let seed = context.seed;
        Ok(Box::new(Objects::new(ObjectSettings { seed, ..settings })?))
    });
    add_network::<ConvAeConfig>(registry, "conv_ae");
    add_network::<UnetConfig>(registry, "unet");
    add_network::<Conv3dAeConfig>(registry, "conv3d_ae");
    add_network::<ConvLstmPredictorConfig>(registry, "conv_lstm");
    add_network::<CuboidAeConfig>(registry, "cuboid_ae");
    add_network::<DenoisingAeConfig>(registry, "denoising_ae");
    add_network::<LstmAeConfig>(registry, "lstm_ae");
    registry.add_with_schema("flow_ae", |settings: FlowAeSettings, context| {
        context
            .engine
            .build_flow_system(settings.into(), context.seed)
    });
    registry.add_with_schema(
        "lstm_features",
        |settings: LstmFeaturesSettings, context| {
            context.engine.build_lstm_features(settings, context.seed)
        },
    );
    registry.add_with_schema(
        "patch_memory",
        |settings: PatchMemorySystemSettings, context| {
            context.engine.build_patch_memory(settings, context.seed)
        },
    );
    registry.add_with_schema(
        "video_patch_core",
        |settings: VideoPatchCoreSystemSettings, context| {
            context
                .engine
                .build_video_patch_core(settings, context.seed)
        },
    );
    registry.add_with_schema("raft_gru", |settings: RaftGruSettings, context| {
        context
            .engine
            .build_flow_system(settings.into(), context.seed)
    });
}

/// Adds a kind of network: its settings are those of every network, with the parameters of this one in `model`.
fn add_network<C>(registry: &mut Registry, kind: &str)
where
    C: Into<ModelConfig> + Default + KindSettings,
{
    registry.add_with_schema(kind, |settings: NetworkSettings<C>, context| {
        let NetworkSettings {
            model,
            input,
            window,
            train,
            score,
        } = settings;
        let settings = NetworkSettings {
            model: model.into(),
            input,
            window,
            train,
            score,
        };
        context.engine.build_network_system(settings, context.seed)
    });
}
