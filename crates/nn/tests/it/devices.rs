//! Devices by name, values in and out of tensors, and pooling on the device compared with pooling on the CPU.

use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};
use oddframe_core::{ClipShape, ErrorMap, Pool};
use oddframe_nn::{
    Conv2dConfig, DeviceName, Error, Kernels, OnBackend, clips_to_tensor, pool_on_device,
    tensor_to_values,
};
use oddframe_score::{AnyPool, Max, Mean, TopK, TopKPatches};
use proptest::prelude::*;

/// A training step of a layer, generic over the backend.
struct Step;

impl OnBackend for Step {
    type Output = Result<Vec<f32>, Error>;

    fn on<B: Kernels>(self, device: B::Device) -> Self::Output {
        let layer = Conv2dConfig::new([1, 2], [3, 3]).init::<Autodiff<B>>(&device)?;
        let gradients = layer
            .forward(Tensor::ones([1, 1, 4, 4], &device))
            .sum()
            .backward();
        layer
            .weight
            .val()
            .grad(&gradients)
            .map_or_else(|| Ok(Vec::new()), tensor_to_values)
    }
}

#[test]
fn work_runs_on_the_named_device() {
    assert_eq!(DeviceName::Flex.run(Step).unwrap().unwrap(), [4.0; 18]);
    assert!(DeviceName::built().contains(&"flex"));
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_device_whose_feature_is_off_is_an_error() {
    let error = DeviceName::Cuda(0).run(Step).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("this program was built without `cuda` (it has flex"),
        "{message}"
    );
    assert!(
        message.ends_with("build it with --features cuda"),
        "{message}"
    );
}

#[test]
fn values_move_into_tensors_and_back() {
    let shape = ClipShape {
        frames: 2,
        channels: 3,
        height: 2,
        width: 2,
    };
    let values: Vec<f32> = (0..48_u8).map(f32::from).collect();
    let there = values.as_ptr();
    let clips: Tensor<Flex, 5> =
        clips_to_tensor(values.clone(), 2, shape, &Default::default()).unwrap();
    assert_eq!(clips.dims(), [2, 2, 3, 2, 2]);
    assert_eq!(
        clips
            .clone()
            .slice([1..2, 0..1, 2..3, 1..2, 0..1])
            .into_scalar(),
        34.0
    );
    // Values of a permuted tensor are returned in row-major order.
    let turned = clips.swap_dims(1, 2).swap_dims(1, 2);
    assert_eq!(tensor_to_values(turned).unwrap(), values);
    let clips: Tensor<Flex, 5> = clips_to_tensor(values, 2, shape, &Default::default()).unwrap();
    let back = tensor_to_values(clips).unwrap();
    assert_eq!(back.as_ptr(), there, "the values were copied");

    let wrong = clips_to_tensor::<Flex>(back, 3, shape, &Default::default()).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the clips of a batch: 72 values expected, 48 found"
    );
    let shape = ClipShape {
        frames: usize::MAX,
        ..shape
    };
    assert!(clips_to_tensor::<Flex>(Vec::new(), 2, shape, &Default::default()).is_err());
}

fn on_device(values: &[f32], [maps, height, width]: [usize; 3], pool: &AnyPool) -> Vec<f32> {
    let data = TensorData::new(values.to_vec(), [maps, 1, height, width]);
    let scores = pool_on_device(
        Tensor::<Flex, 4>::from_data(data, &Default::default()),
        pool,
    )
    .unwrap();
    assert_eq!(scores.dims(), [maps, 1]);
    tensor_to_values(scores).unwrap()
}

fn assert_agree(values: &[f32], shape: [usize; 3], pool: &AnyPool) {
    let found = on_device(values, shape, pool);
    for (map, found) in values.chunks_exact(shape[1] * shape[2]).zip(found) {
        let expected = pool.pool(ErrorMap::new(map, shape[2], shape[1]).unwrap());
        let apart = (f64::from(found) - expected).abs();
        assert!(
            apart <= 1e-6 * expected.abs(),
            "{pool} of {shape:?}: {found} for {expected}"
        );
    }
}

/// Squared errors: most of them small, a few large.
fn errors(seed: u64, count: usize) -> Vec<f32> {
    let noise = crate::common::noise::<Flex, 1>([count], seed)
        .into_data()
        .to_vec::<f32>()
        .unwrap();
    noise.into_iter().map(|value| value.powi(6)).collect()
}

#[test]
fn large_maps_are_summed_without_losing_digits() {
    let (noise, constant) = (errors(1, 3 * 256 * 256), vec![0.1; 3 * 256 * 256]);
    let patches = |patch, stride, k| AnyPool::from(TopKPatches::new(patch, stride, k).unwrap());
    let pools = [
        Mean.into(),
        Max.into(),
        patches(16, 16, TopK::Count(1)),
        patches(16, 5, TopK::Fraction(0.05)),
        patches(200, 1, TopK::Count(7)),
        patches(1, 1, TopK::Fraction(0.5)),
        patches(300, 300, TopK::Count(1)),
    ];
    for pool in pools {
        assert_agree(&noise, [3, 256, 256], &pool);
        assert_agree(&constant, [3, 256, 256], &pool);
    }
}

#[test]
fn a_nan_makes_the_score_nan() {
    let mut values = vec![0.5; 2 * 9 * 7];
    values[63 + 40] = f32::NAN;
    let overlapping = TopKPatches::new(3, 2, TopK::Count(2)).unwrap();
    let all = TopKPatches::new(3, 3, TopK::Fraction(1.0)).unwrap();
    let worst = TopKPatches::new(4, 4, TopK::Count(1)).unwrap();
    for pool in [
        Mean.into(),
        Max.into(),
        overlapping.into(),
        all.into(),
        worst.into(),
    ] {
        let scores = on_device(&values, [2, 9, 7], &pool);
        assert_eq!(scores[0], 0.5, "{pool}");
        assert!(scores[1].is_nan(), "{pool}");
    }
    assert_eq!(
        on_device(&[1.0, f32::INFINITY], [1, 1, 2], &Max.into()),
        [f32::INFINITY]
    );
    assert_eq!(on_device(&[-1.0, -2.0], [1, 1, 2], &Max.into()), [-1.0]);
}

#[test]
fn other_pools_and_empty_maps_are_refused() {
    let maps = || Tensor::<Flex, 4>::zeros([1, 1, 2, 2], &Default::default());
    let error = pool_on_device(maps(), &"quantile(0.99)".parse().unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "quantile(0.99) runs on the CPU only; a device can pool by mean, max and topk"
    );
    for pool in ["l1", "l2"] {
        assert!(pool_on_device(maps(), &pool.parse().unwrap()).is_err());
    }
    let nothing = Tensor::<Flex, 4>::zeros([1, 1, 0, 2], &Default::default());
    let error = pool_on_device(nothing, &Mean.into()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "pooling: the height is zero; it must be at least 1"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn patches_agree_with_the_cpu(
        seed: u64, (height, width) in (1_usize..40, 1_usize..40),
        patch in (1_usize..24, 1_usize..24), stride in (1_usize..24, 1_usize..24), tight: bool,
        k in prop_oneof![(1_usize..20).prop_map(TopK::Count), (0.01_f64..=1.0).prop_map(TopK::Fraction)],
    ) {
        let stride = if tight { patch } else { (stride.0.min(patch.0), stride.1.min(patch.1)) };
        let values = errors(seed, 2 * height * width);
        for pool in [TopKPatches::new(patch, stride, k).unwrap().into(), Mean.into(), Max.into()] {
            assert_agree(&values, [2, height, width], &pool);
        }
    }
}
