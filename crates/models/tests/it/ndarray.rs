//! Every network on ndarray, with Burn's own operations, against the native kernels on flex.

use crate::common::{assert_close, clips, noise, small, values_of};
use burn::backend::{Autodiff, Flex, NdArray};
use burn::module::AutodiffModule;
use burn::tensor::backend::AutodiffBackend;
use oddframe_core::ClipShape;
use oddframe_models::{Model, ModelConfig, Network};
use oddframe_nn::{
    ClipLoss, Kernels, Reconstruct, load_weights, save_weights, select_predicted_frames,
};

/// The loss in training, and the outputs of the inference form.
fn run<B>(config: &ModelConfig, clip: ClipShape, weights: &std::path::Path) -> (Vec<f32>, Vec<f32>)
where
    B: AutodiffBackend + Kernels,
    B::InnerBackend: Kernels,
{
    let net: Model<B> = config.init(clip, &Default::default()).unwrap();
    let net = load_weights(net, weights, &config.weight_names()).unwrap();
    let seen = noise(2 * values_of(clip), 3);
    let mut scorer = net.valid().to_inference().unwrap();
    let mut versions = vec![0.0; 2 * scorer.predicted_frames().len() * clip.frame_values()];
    scorer.reconstruct(&seen, 2, &mut versions).unwrap();
    let seen = clips::<B>(seen, clip);
    let wanted = select_predicted_frames(seen.clone(), net.predicted_frames(clip.frames));
    (
        net.loss(seen, wanted).into_data().to_vec().unwrap(),
        versions,
    )
}

#[test]
fn ndarray_and_flex_agree() {
    let folder = tempfile::tempdir().unwrap();
    let weights = folder.path().join("weights.bpk");
    for (config, clip) in small() {
        // Dropout would draw other masks on each backend.
        let text = toml::to_string(&config)
            .unwrap()
            .replace("dropout = 0.2", "dropout = 0.0");
        let config: ModelConfig = toml::from_str(&text).unwrap();
        let net: Model<Flex> = config.init(clip, &Default::default()).unwrap();
        save_weights(&net, &weights).unwrap();
        let (loss, versions) = run::<Autodiff<Flex>>(&config, clip, &weights);
        let (expected_loss, expected) = run::<Autodiff<NdArray>>(&config, clip, &weights);
        assert_close(config.kind(), &loss, &expected_loss, 1e-4);
        assert_close(config.kind(), &versions, &expected, 1e-4);
    }
}
