//! The documented sizes of the networks, invalid parameters, and recipes.

use crate::common::{clip, small};
use burn::backend::Flex;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_models::{
    ConvAeConfig, CuboidAeConfig, DenoisingAeConfig, Error, LstmAeConfig, ModelConfig, Network,
};

fn init(config: &ModelConfig, clip: ClipShape) -> Result<oddframe_models::Model<Flex>, Error> {
    config.init(clip, &Default::default())
}

fn count_parameters(config: impl Into<ModelConfig>, clip: Option<ClipShape>) -> usize {
    let config = config.into();
    init(&config, clip.unwrap_or(config.default_clip()))
        .unwrap()
        .parameter_count()
}

#[test]
fn parameter_counts_are_the_documented_ones() {
    let of_kind = |kind| count_parameters(ModelConfig::of_kind(kind).unwrap(), None);
    assert_eq!(of_kind("conv_ae"), 7_683_523);
    assert_eq!(of_kind("conv3d_ae"), 11_275_939);
    assert_eq!(of_kind("conv_lstm"), 2_267_203);
    assert_eq!(of_kind("gru_predictor"), 17_574_912);
    assert_eq!(of_kind("cuboid_ae"), 5_542_032);
    assert_eq!(of_kind("denoising_ae"), 3_116_432);
    assert_eq!(count_parameters(CuboidAeConfig::plain(), None), 5_539_216);
    assert_eq!(
        count_parameters(DenoisingAeConfig::described(), None),
        5_542_032
    );
    assert_eq!(
        count_parameters(ConvAeConfig::of_differences(), Some(clip(1, 1, 128, 128))),
        329_025
    );
    assert_eq!(
        count_parameters(LstmAeConfig::default(), Some(clip(10, 1, 64, 64))),
        13_643_776
    );
}

#[test]
fn parameter_counts_of_the_large_networks_are_the_documented_ones() {
    assert_eq!(
        count_parameters(ModelConfig::of_kind("unet").unwrap(), None),
        33_852_355
    );
    assert_eq!(
        count_parameters(ModelConfig::of_kind("lstm_ae").unwrap(), None),
        34_623_488
    );
}

#[test]
fn invalid_parameters_and_clips_are_refused() {
    let message = |kind, clip| {
        init(&ModelConfig::of_kind(kind).unwrap(), clip)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        message("conv_ae", clip(1, 3, 100, 128)),
        "conv_ae: 100 rows cannot be halved 5 times; a multiple of 32 can, such as 96"
    );
    assert!(message("unet", clip(1, 3, 128, 31)).contains("31 columns cannot be halved 5 times"));
    assert!(
        message("conv3d_ae", clip(12, 3, 128, 128)).contains("12 frames cannot be halved 3 times")
    );
    assert!(message("cuboid_ae", clip(16, 1, 8, 16)).contains("such as 16"));
    assert_eq!(
        message("lstm_ae", clip(0, 1, 64, 64)),
        "lstm_ae: the number of frames of a clip is zero; it must be at least 1"
    );
    assert!(
        message("denoising_ae", clip(16, 0, 128, 128))
            .contains("the number of channels of a frame is zero")
    );
    assert!(message("conv_lstm", clip(1, 3, 128, 128)).contains("too short; it needs at least 2"));
    assert!(
        message("gru_predictor", clip(1, 2, 64, 64)).contains("too short; it needs at least 2")
    );
    assert!(message("conv_ae", clip(usize::MAX, 3, 128, 128)).contains("too large"));

    let message = |text: &str| {
        let config: ModelConfig = toml::from_str(text).unwrap();
        init(&config, config.default_clip())
            .unwrap_err()
            .to_string()
    };
    assert!(message("kind = 'conv_ae'\nchannels = []").contains("`channels` is empty"));
    assert!(message("kind = 'conv_ae'\nchannels = [3, 0]").contains("one of `channels` is zero"));
    assert_eq!(
        message("kind = 'cuboid_ae'\ndropout = 1.0"),
        "cuboid_ae: `dropout` is 1; it must be at least 0 and below 1"
    );
    assert_eq!(
        message("kind = 'denoising_ae'\nkernel = 5"),
        "denoising_ae: `kernel` is 5; it must be 3 or 4"
    );
    assert!(message("kind = 'unet'\nrange = 0.0").contains("`range` is 0"));
    assert!(message("kind = 'unet'\nssim_weight = nan").contains("`ssim_weight` is NaN"));
    assert!(message("kind = 'lstm_ae'\nhidden = 0").contains("`hidden` is zero"));
    assert!(message("kind = 'gru_predictor'\nhidden = 0").contains("`hidden` is zero"));
    assert!(message("kind = 'conv_lstm'\nhidden = 0").contains("`hidden` is zero"));
}

#[test]
fn recipes_round_trip() {
    for (config, _) in small() {
        let text = toml::to_string(&config).unwrap();
        assert!(
            text.contains(&format!("kind = \"{}\"", config.kind())),
            "{text}"
        );
        assert_eq!(
            toml::from_str::<ModelConfig>(&text).unwrap(),
            config,
            "{text}"
        );
    }
    for kind in ModelConfig::KINDS {
        let config: ModelConfig = toml::from_str(&format!("kind = '{kind}'")).unwrap();
        assert_eq!(
            (config.kind(), &config),
            (*kind, &ModelConfig::of_kind(kind).unwrap())
        );
    }
}

#[test]
fn misspelt_recipes_are_refused() {
    let message = |text: &str| toml::from_str::<ModelConfig>(text).unwrap_err().to_string();
    let found = message("kind = 'conv_ae'\nlatents = 3");
    assert!(
        found.contains("unknown field `latents`") && found.contains("`latent`"),
        "{found}"
    );
    let found = message("kind = 'convae'");
    assert!(
        found.contains("`convae`") && found.contains("`conv_ae`"),
        "{found}"
    );
    let found = message("kind = 'conv_ae'\nlast = 'tanhh'");
    assert!(
        found.contains("unknown activation `tanhh`; did you mean `tanh`?; known: identity, relu"),
        "{found}"
    );
    let found = ModelConfig::of_kind("resnet").unwrap_err().to_string();
    assert!(
        found.starts_with("there is no network `resnet`; use one of conv_ae, unet"),
        "{found}"
    );
}

/// The table in the documentation of `ModelConfig`.
#[test]
fn the_output_activation_decides_the_range_of_the_frames() {
    for kind in ModelConfig::KINDS {
        let config = ModelConfig::of_kind(kind).unwrap();
        let ends_in_tanh = ["conv_ae", "unet", "conv3d_ae", "conv_lstm"].contains(kind);
        assert_eq!(
            config.input_scale() == Scale::Signed,
            ends_in_tanh,
            "{kind}"
        );
        assert!(config.supports_scale(config.input_scale()), "{kind}");
        assert_eq!(
            config.supports_scale(Scale::Signed),
            ends_in_tanh || ["lstm_ae", "gru_predictor"].contains(kind),
            "{kind}"
        );
        assert_eq!(config.supports_scale(Scale::Unit), !ends_in_tanh, "{kind}");
    }
    for (last, [unit, signed]) in [
        ("identity", [true, true]),
        ("leaky_relu(0.2)", [true, true]),
        ("relu", [true, false]),
        ("sigmoid", [true, false]),
        ("tanh", [false, true]),
    ] {
        let config: ModelConfig =
            toml::from_str(&format!("kind = 'unet'\nlast = '{last}'")).unwrap();
        let found = [Scale::Unit, Scale::Signed].map(|scale| config.supports_scale(scale));
        assert_eq!(found, [unit, signed], "{last}");
    }
}
