//! Saving and loading weights under PyTorch's names, with burn-store alone.

use std::collections::BTreeMap;

use crate::common::{A, assert_close, noise};
use burn::backend::Flex;
use burn::module::{AutodiffModule, Module, RunningState};
use burn::tensor::backend::Backend;
use burn_store::{
    BurnToPyTorchAdapter, BurnpackStore, ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore,
};
use oddframe_nn::{
    BatchNorm, BatchNormConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvLstm,
    ConvLstmConfig, ConvTranspose2d, ConvTranspose2dConfig, Linear, LinearConfig, Lstm, LstmConfig,
};

#[derive(Module, Debug)]
struct Everything<B: Backend> {
    conv: Conv2d<B>,
    volume: Conv3d<B>,
    up: ConvTranspose2d<B>,
    bn: BatchNorm<B>,
    fc: Linear<B>,
    lstm: Lstm<B>,
    cell: ConvLstm<B>,
}

/// Models of two seeds have no value in common.
fn model(seed: u64) -> Everything<Flex> {
    let device = Default::default();
    let mut bn: BatchNorm<Flex> = BatchNormConfig::new(4).init(&device).unwrap();
    bn.running_mean = RunningState::new(noise([4], seed));
    bn.running_var = RunningState::new(noise([4], seed + 1) + 2.0);
    Everything {
        conv: Conv2dConfig::new([2, 4], [3, 3]).init(&device).unwrap(),
        volume: Conv3dConfig::new([2, 4], [1, 2, 3])
            .with_bias(false)
            .init(&device)
            .unwrap(),
        up: ConvTranspose2dConfig::new([4, 6], [2, 2])
            .with_groups(2)
            .init(&device)
            .unwrap(),
        bn,
        fc: LinearConfig::new(5, 7).init(&device).unwrap(),
        lstm: LstmConfig::new(3, 2).init(&device).unwrap(),
        cell: ConvLstmConfig::new([1, 2], [3, 3]).init(&device).unwrap(),
    }
}

/// Names and shapes in the header of a safetensors file.
fn header(bytes: &[u8]) -> BTreeMap<String, Vec<u64>> {
    let (len, rest) = bytes.split_at(8);
    let len = u64::from_le_bytes(len.try_into().unwrap()) as usize;
    let header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&rest[..len]).unwrap();
    let shape = |value: &serde_json::Value| {
        value["shape"]
            .as_array()
            .unwrap()
            .iter()
            .map(|size| size.as_u64().unwrap())
            .collect()
    };
    header
        .iter()
        .filter(|(name, _)| *name != "__metadata__")
        .map(|(name, value)| (name.clone(), shape(value)))
        .collect()
}

fn assert_loaded(found: &Everything<Flex>, expected: &Everything<Flex>) {
    let all = |model: &Everything<Flex>| {
        vec![
            ("conv", model.conv.weight.val().into_data()),
            ("up", model.up.weight.val().into_data()),
            ("gamma", model.bn.gamma.val().into_data()),
            ("mean", model.bn.running_mean.value().into_data()),
            ("variance", model.bn.running_var.value().into_data()),
            ("fc", model.fc.weight.val().into_data()),
            ("fc bias", model.fc.bias.as_ref().unwrap().val().into_data()),
            ("lstm", model.lstm.weight_hh_l0.val().into_data()),
            ("cell", model.cell.conv.weight.val().into_data()),
        ]
    };
    assert_close(&all(found), &all(expected), 0.0);
}

#[test]
fn safetensors_have_pytorchs_names_and_shapes() {
    let saved = model(1);
    let mut store = SafetensorsStore::from_bytes(None).with_to_adapter(BurnToPyTorchAdapter);
    saved.save_into(&mut store).unwrap();
    let bytes = store.get_bytes().unwrap();
    let expected: [(&str, &[u64]); 17] = [
        ("bn.bias", &[4]),
        ("bn.running_mean", &[4]),
        ("bn.running_var", &[4]),
        ("bn.weight", &[4]),
        ("cell.conv.bias", &[8]),
        ("cell.conv.weight", &[8, 3, 3, 3]),
        ("conv.bias", &[4]),
        ("conv.weight", &[4, 2, 3, 3]),
        ("fc.bias", &[7]),
        ("fc.weight", &[7, 5]),
        ("lstm.bias_hh_l0", &[8]),
        ("lstm.bias_ih_l0", &[8]),
        ("lstm.weight_hh_l0", &[8, 2]),
        ("lstm.weight_ih_l0", &[8, 3]),
        ("up.bias", &[6]),
        ("up.weight", &[4, 3, 2, 2]),
        ("volume.weight", &[4, 2, 1, 2, 3]),
    ];
    let expected: BTreeMap<String, Vec<u64>> = expected
        .iter()
        .map(|(name, shape)| ((*name).into(), shape.to_vec()))
        .collect();
    assert_eq!(header(&bytes), expected);

    let mut loaded = model(3);
    let mut store =
        SafetensorsStore::from_bytes(Some(bytes)).with_from_adapter(PyTorchToBurnAdapter);
    let result = loaded.load_from(&mut store).unwrap();
    // The adapter renames what normalisation calls `weight` and `bias`, and then lists those names as unused.
    assert!(
        result.missing.is_empty() && result.errors.is_empty(),
        "{result:?}"
    );
    assert_eq!(result.applied.len(), 17);
    assert_loaded(&loaded, &saved);
}

/// Burn keeps the last update in a buffer; `valid()` includes it.
#[test]
fn the_last_update_is_saved() {
    let saved = BatchNormConfig::new(4)
        .init::<A>(&Default::default())
        .unwrap();
    let _ = saved.forward(noise::<A, 4>([2, 4, 3, 3], 1) + 1.0);
    let mut store = SafetensorsStore::from_bytes(None);
    saved.valid().save_into(&mut store).unwrap();
    let mut store = SafetensorsStore::from_bytes(Some(store.get_bytes().unwrap()));
    let mut loaded = model(3).bn;
    let _ = loaded.load_from(&mut store).unwrap();
    let found = loaded.running_mean.value().into_data();
    assert_close(
        &[("mean", found)],
        &[("mean", saved.running_mean.value_sync().into_data())],
        0.0,
    );
    assert!(saved.running_mean.value().abs().sum().into_scalar() > 0.1);
}

#[test]
fn burnpack_round_trips() {
    let saved = model(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.bpk");
    saved
        .save_into(&mut BurnpackStore::from_file(&path))
        .unwrap();
    let mut loaded = model(3);
    let _ = loaded
        .load_from(&mut BurnpackStore::from_file(&path))
        .unwrap();
    assert_loaded(&loaded, &saved);
}
