//! The kinds of systems that this workspace has.

mod network;
mod network_settings;

use oddframe_baseline::{
    FrameDifference, FrameDifferenceSettings, TypicalFrame, TypicalFrameSettings,
};
use oddframe_models::{
    Conv3dAeConfig, ConvAeConfig, ConvLstmPredictorConfig, CuboidAeConfig, DenoisingAeConfig,
    LstmAeConfig, ModelConfig, UnetConfig,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Registry;

pub(crate) use self::network::{NetworkSystem, TRAINING};
pub use self::network_settings::{
    FlipAugmentation, InputSettings, NetworkSettings, NoiseAugmentation, ScoreSettings,
    TrainSettings, WindowSettings,
};

/// Adds every kind of this workspace to a registry.
pub(crate) fn add_all(registry: &mut Registry) {
    registry.add(
        "frame_difference",
        |settings: FrameDifferenceSettings, _| Ok(Box::new(FrameDifference::new(settings)?)),
    );
    registry.add("typical_frame", |settings: TypicalFrameSettings, _| {
        Ok(Box::new(TypicalFrame::new(settings)?))
    });
    add_network::<ConvAeConfig>(registry, "conv_ae");
    add_network::<UnetConfig>(registry, "unet");
    add_network::<Conv3dAeConfig>(registry, "conv3d_ae");
    add_network::<ConvLstmPredictorConfig>(registry, "conv_lstm");
    add_network::<CuboidAeConfig>(registry, "cuboid_ae");
    add_network::<DenoisingAeConfig>(registry, "denoising_ae");
    add_network::<LstmAeConfig>(registry, "lstm_ae");
}

/// Adds a kind of network: its settings are those of every network, with the parameters of this one in `model`.
fn add_network<C>(registry: &mut Registry, kind: &str)
where
    C: Into<ModelConfig> + Default + Clone + Serialize + DeserializeOwned + 'static,
{
    registry.add(kind, |settings: NetworkSettings<C>, context| {
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
