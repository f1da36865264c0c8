//! The losses of networks that have more than the mean squared error.

use burn::backend::Flex;
use burn::tensor::Tensor;
use oddframe_models::{Unet, UnetConfig};
use oddframe_nn::{Activation, ClipLoss, Reconstruct, mean_squared_error, ssim};

use crate::common::{clip, clips, noise, values_of};

/// A small network with SSIM as the only further loss, its batch of clips in [0, 1], and the value that its loss had if
/// SSIM's data range were `range`.
fn loss_and_expected(config: &UnetConfig, range: f32) -> (f32, f32) {
    let clip = clip(1, 1, 8, 8);
    let config = UnetConfig {
        channels: vec![4],
        latent: 0,
        gradient_weight: 0.0,
        ..config.clone()
    };
    let net: Unet<Flex> = config.init(clip, &Default::default()).unwrap();
    let target: Tensor<Flex, 5> = clips(noise(2 * values_of(clip), 8), clip);
    let output = net.reconstruct(target.clone());
    let images = [&output, &target].map(|clips| clips.clone().reshape([2, 1, 8, 8]));
    let [a, b] = images;
    let similarity = ssim(a, b, range).into_scalar();
    let squared = mean_squared_error(output, target.clone()).into_scalar();
    (
        net.loss(target.clone(), target).into_scalar(),
        squared + 0.5 * (1.0 - similarity),
    )
}

/// PyTorch's convention: the data range L is the distance from black to white, 1 for [0, 1] and 2 for [-1, 1].
#[test]
fn ssims_range_follows_the_range_of_the_frames() {
    let unit = UnetConfig {
        last: Activation::Sigmoid,
        ..UnetConfig::default()
    };
    let given = UnetConfig {
        range: Some(3.0),
        ..UnetConfig::default()
    };
    for (config, range) in [(unit, 1.0), (UnetConfig::default(), 2.0), (given, 3.0)] {
        let (found, expected) = loss_and_expected(&config, range);
        assert!(
            (found - expected).abs() < 1e-6,
            "range {range}: {found} instead of {expected}"
        );
        let (_, other) = loss_and_expected(&config, range * 2.0);
        assert!(
            (found - other).abs() > 1e-4,
            "range {range}: {other} cannot be told from it"
        );
    }
}

/// One pixel of value 1 against one of value 0, by hand: under the window of a single pixel the means are w and 0, with
/// the weight w = 0.2665 squared of the Gaussian's centre, so that the zeros around count as well.
#[test]
fn ssim_of_single_pixels_is_what_the_formula_gives() {
    let pixel = |value: f32| Tensor::<Flex, 4>::full([1, 1, 1, 1], value, &Default::default());
    let weights: Vec<f64> = (-5..=5)
        .map(|at| (-f64::from(at * at) / 4.5).exp())
        .collect();
    let centre = (weights[5] / weights.iter().sum::<f64>()).powi(2);
    for range in [1.0_f32, 2.0] {
        let [c1, c2] = [0.01, 0.03].map(|k| (k * f64::from(range)).powi(2));
        // Means w and 0, variances w - w² and 0, covariance 0.
        let expected = c1 * c2 / ((centre * centre + c1) * (centre - centre * centre + c2));
        let found = f64::from(ssim(pixel(1.0), pixel(0.0), range).into_scalar());
        assert!(
            (found - expected).abs() < 1e-6,
            "range {range}: {found} instead of {expected}"
        );
    }
}
