//! The backbones against PyTorch, whose outputs `scripts/export_backbones.py` wrote, and against Burn's own operations.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::common::assert_close;
use burn::backend::Flex;
use oddframe_core::Random;
use oddframe_memory::ExtractFeatures;
use oddframe_models::{Backbone, BackboneFeatures, BackboneKind, BackboneLayer, WeightsSource};
use oddframe_nn::{Kernels, without_kernels};
use serde::Deserialize;

const SIDE: usize = 224;
/// The largest difference from PyTorch, relative to the largest value of a map.
const TOLERANCE: f32 = 1e-5;

/// The tensors of a network in PyTorch, by name.
#[derive(Deserialize)]
struct Manifest {
    /// How the names of norms at the end of residual branches end.
    residual: String,
    tensors: BTreeMap<String, Vec<usize>>,
}

type Weights = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

fn golden(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/backbones")
        .join(file)
}

/// The weights that the script gave the network, which follow from the names of the tensors.
fn weights_of(kind: BackboneKind) -> Weights {
    let text = std::fs::read_to_string(golden(&format!("{kind}.json"))).unwrap();
    let manifest: Manifest = serde_json::from_str(&text).unwrap();
    let tensors = manifest.tensors.into_iter().map(|(name, shape)| {
        let keys: Vec<u64> = name.bytes().map(u64::from).collect();
        let mut random = Random::stream(1, &keys);
        let inputs: usize = shape[1..].iter().product();
        let draw = |_| {
            let unit = random.unit();
            let signed = 2.0 * unit - 1.0;
            let value = match shape.len() {
                4 => signed * (6.0 / inputs as f64).sqrt(),
                2 => signed * (3.0 / inputs as f64).sqrt(),
                _ if name.ends_with("running_var") => 0.5 + unit,
                _ if name.ends_with(&manifest.residual) => (0.75 + 0.5 * unit) * 0.25,
                _ if name.ends_with(".weight") => 0.75 + 0.5 * unit,
                _ => 0.2 * signed,
            };
            value as f32
        };
        let values = (0..shape.iter().product::<usize>()).map(draw).collect();
        (name, (shape, values))
    });
    tensors.collect()
}

/// Writes weights as a `.safetensors` file: the length of a header in JSON, the header, and the values.
fn write_weights(path: &Path, weights: &Weights) {
    let (mut header, mut values) = (serde_json::Map::new(), Vec::new());
    for (name, (shape, tensor)) in weights {
        let start = values.len();
        values.extend(tensor.iter().flat_map(|value| value.to_le_bytes()));
        let entry = serde_json::json!({
            "dtype": "F32", "shape": shape, "data_offsets": [start, values.len()]
        });
        header.insert(name.clone(), entry);
    }
    let header = serde_json::Value::Object(header).to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.append(&mut values);
    std::fs::write(path, bytes).unwrap();
}

/// Opens a backbone with these weights.
fn open_with(kind: BackboneKind, weights: &Weights) -> Result<Backbone, oddframe_models::Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    write_weights(&path, weights);
    Backbone::open(kind, Some(&WeightsSource::File(path)))
}

fn open_random(kind: BackboneKind, seed: u64) -> Backbone {
    Backbone::open(kind, Some(&WeightsSource::Random { seed })).unwrap()
}

/// The script's image, and other ones.
fn image(number: usize) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(SIDE * SIDE * 3);
    for y in 0..SIDE {
        for x in 0..SIDE {
            for color in 0..3 {
                let value = 7 * y + 3 * x + 5 * (y * x / 64) + 89 * color + 31 * number;
                pixels.push((value % 256) as u8);
            }
        }
    }
    pixels
}

/// The maps of some layers.
fn maps_of<B: Kernels>(
    backbone: Backbone,
    layers: &[BackboneLayer],
    images: &[u8],
) -> Vec<Vec<f32>> {
    let mut features: BackboneFeatures<B> =
        backbone.into_features(layers, &Default::default()).unwrap();
    let mut maps = vec![Vec::new(); layers.len()];
    features.extract(images, &mut maps).unwrap();
    for (map, shape) in maps.iter().zip(features.maps()) {
        let values = shape.height * shape.width * shape.channels;
        assert_eq!(map.len(), images.len() / image(0).len() * values);
    }
    maps
}

/// Compares all maps with those that the script wrote.
fn assert_as_in_pytorch(file: &str, maps: &[Vec<f32>]) {
    let bytes = std::fs::read(golden(file)).unwrap();
    let mut expected = bytes
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
    for (number, map) in maps.iter().enumerate() {
        let step = map.len().div_ceil(2048) | 1;
        let kept: Vec<f32> = map.iter().step_by(step).copied().collect();
        let expected: Vec<f32> = expected.by_ref().take(kept.len()).collect();
        assert_close(
            &format!("{file}, map {number}"),
            &kept,
            &expected,
            TOLERANCE,
        );
        let largest = expected
            .iter()
            .fold(0_f32, |most, value| most.max(value.abs()));
        let errors = kept
            .iter()
            .zip(&expected)
            .map(|(a, b)| (a - b).abs() / largest);
        let worst = errors.fold(0_f32, f32::max);
        println!("{file}, map {number}: {worst:.1e} of the largest value, {largest}");
    }
    assert_eq!(expected.next(), None);
}

/// On the native kernels as PyTorch; on Burn's operations the same.
fn check_kind(kind: BackboneKind) {
    let weights = weights_of(kind);
    let maps = maps_of::<Flex>(
        open_with(kind, &weights).unwrap(),
        &BackboneLayer::ALL,
        &image(0),
    );
    assert_as_in_pytorch(&format!("{kind}.out"), &maps);
    let generic = without_kernels(|| {
        let backbone = open_with(kind, &weights).unwrap();
        maps_of::<Flex>(backbone, &BackboneLayer::ALL, &image(0))
    });
    for (map, generic) in maps.iter().zip(&generic) {
        assert_close(kind.name(), map, generic, 2e-5);
    }
}

#[test]
fn resnet18_is_pytorchs() {
    check_kind(BackboneKind::ResNet18);
}

#[test]
fn mobilenet_v2_is_pytorchs() {
    check_kind(BackboneKind::MobileNetV2);
}

#[test]
fn efficientnet_lite0_is_pytorchs() {
    check_kind(BackboneKind::EfficientNetLite0);
}

#[test]
fn clip_rn101_is_pytorchs() {
    check_kind(BackboneKind::ClipRn101);
}

#[test]
fn pretrained_weights_give_pytorchs_features() {
    let root = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    for (kind, file) in [
        (BackboneKind::MobileNetV2, "mobilenetv2_imagenet.pt"),
        (
            BackboneKind::MobileNetV2,
            "mobilenetv2_imagenet.safetensors",
        ),
        (
            BackboneKind::EfficientNetLite0,
            "efficientnet_lite0_imagenet.safetensors",
        ),
    ] {
        let path = root.join("weights").join(file);
        if !path.exists() {
            eprintln!(
                "skipped: {} is not here (set ODDFRAME_DATA)",
                path.display()
            );
            continue;
        }
        let backbone = Backbone::open(kind, Some(&WeightsSource::File(path))).unwrap();
        let digests = [
            "mobilenet_v2 sha256:e84e7d5a54a695d05ec73aae76fc987bc98a0dbf5bd90afbab97e01746e9574e",
            "mobilenet_v2 sha256:fd76c30dd48b4cec73b9984bc673479c8c75127d32a64bcbf19640174d4230c9",
            "efficientnet_lite0 sha256:0c677c314df2a69239bef9609a095a957201d5092462c5ace5d8bf3e0201bbd7",
        ];
        assert!(
            digests.contains(&backbone.identity()),
            "{}",
            backbone.identity()
        );
        let maps = maps_of::<Flex>(backbone, &BackboneLayer::ALL, &image(0));
        assert_as_in_pytorch(&format!("{kind}_imagenet.out"), &maps);
    }
}

#[test]
fn images_of_a_batch_do_not_influence_each_other() {
    for kind in [BackboneKind::MobileNetV2, BackboneKind::EfficientNetLite0] {
        let mut features: BackboneFeatures<Flex> = open_random(kind, 3)
            .into_features(&BackboneLayer::ALL, &Default::default())
            .unwrap();
        let images = [image(0), image(1), image(2)];
        let [mut all, mut one] = [(); 2].map(|()| vec![Vec::new(); 3]);
        features.extract(&images.concat(), &mut all).unwrap();
        for (number, image) in images.iter().enumerate() {
            features.extract(image, &mut one).unwrap();
            for (all, one) in all.iter().zip(&one) {
                assert!(all[number * one.len()..][..one.len()] == one[..], "{kind}");
            }
        }
        // No image, no values.
        features.extract(&[], &mut all).unwrap();
        assert!(all.iter().all(Vec::is_empty));
    }
}

#[test]
fn a_layer_alone_is_the_same_as_among_others() {
    let kind = BackboneKind::MobileNetV2;
    let all = maps_of::<Flex>(open_random(kind, 3), &BackboneLayer::ALL, &image(0));
    for (layer, map) in BackboneLayer::ALL.into_iter().zip(&all) {
        let alone = maps_of::<Flex>(open_random(kind, 3), &[layer], &image(0));
        assert!(alone[0] == *map, "{layer:?}");
    }
    let twice = [
        BackboneLayer::Pooled,
        BackboneLayer::Stride8,
        BackboneLayer::Pooled,
    ];
    let twice = maps_of::<Flex>(open_random(kind, 3), &twice, &image(0));
    assert!(twice[0] == all[2] && twice[1] == all[0] && twice[2] == all[2]);
    let error = open_random(kind, 3).into_features::<Flex>(&[], &Default::default());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("at least one output"), "{error}");
}

#[test]
fn random_weights_follow_their_seed_and_keep_the_size_of_values() {
    for kind in BackboneKind::ALL {
        let backbone = open_random(kind, 3);
        assert!(backbone.is_random() && backbone.kind() == kind);
        assert_eq!(backbone.identity(), format!("{kind} random seed 3"));
        let maps = maps_of::<Flex>(backbone, &BackboneLayer::ALL, &image(0));
        for map in &maps {
            let square = map
                .iter()
                .map(|value| f64::from(*value).powi(2))
                .sum::<f64>();
            let size = (square / map.len() as f64).sqrt();
            assert!((0.02..20.0).contains(&size), "{kind}: {size}");
        }
        if kind == BackboneKind::MobileNetV2 {
            let again = maps_of::<Flex>(open_random(kind, 3), &BackboneLayer::ALL, &image(0));
            assert!(maps == again);
            let other = maps_of::<Flex>(open_random(kind, 4), &BackboneLayer::ALL, &image(0));
            assert!(maps != other);
        }
    }
}

/// The features of the pooled layer with these weights.
fn pooled(kind: BackboneKind, weights: &Weights) -> Vec<f32> {
    let backbone = open_with(kind, weights).unwrap();
    maps_of::<Flex>(backbone, &[BackboneLayer::Pooled], &image(0)).remove(0)
}

#[test]
fn flat_names_of_mobilenet_are_understood() {
    let kind = BackboneKind::MobileNetV2;
    let nested = weights_of(kind);
    let flat = nested.iter().map(|(name, tensor)| {
        let rules = [
            (".conv.0.0.", ".conv.0."),
            (".conv.0.1.", ".conv.1."),
            (".conv.1.0.", ".conv.3."),
            (".conv.1.1.", ".conv.4."),
            (".conv.1.", ".conv.3."),
            (".conv.2.", ".conv.4."),
            (".conv.3.", ".conv.7."),
        ];
        let rule = |(from, _): &&(&str, &str)| name.contains(from);
        let flat = match rules.iter().find(rule) {
            // The projection of all blocks but the first, which has no expansion before it.
            Some((".conv.2.", _)) if !name.starts_with("features.1.") => {
                name.replace(".conv.2.", ".conv.6.")
            }
            Some((from, to)) => name.replace(from, to),
            None => name.clone(),
        };
        (flat, tensor.clone())
    });
    let flat: Weights = flat.collect();
    assert_eq!(flat.len(), nested.len());
    assert!(pooled(kind, &flat) == pooled(kind, &nested));
}

#[test]
fn classifiers_counters_and_wrappers_are_left_out() {
    let kind = BackboneKind::MobileNetV2;
    let plain = weights_of(kind);
    let mut wrapped: Weights = plain
        .iter()
        .map(|(name, tensor)| (format!("state_dict.module.{name}"), tensor.clone()))
        .collect();
    for name in ["classifier.1.bias", "features.0.1.num_batches_tracked"] {
        wrapped.insert(format!("state_dict.module.{name}"), (vec![1], vec![1.0]));
    }
    wrapped.insert("epoch".into(), (vec![1], vec![90.0]));
    assert!(pooled(kind, &wrapped) == pooled(kind, &plain));
}

#[test]
fn the_image_half_of_a_whole_clip_is_taken() {
    let kind = BackboneKind::ClipRn101;
    let mut whole: Weights = weights_of(kind)
        .into_iter()
        .map(|(name, tensor)| (format!("visual.{name}"), tensor))
        .collect();
    whole.insert(
        "transformer.resblocks.0.ln_1.bias".into(),
        (vec![1], vec![1.0]),
    );
    whole.insert("logit_scale".into(), (vec![1], vec![1.0]));
    let backbone = open_with(kind, &whole).unwrap();
    let maps = maps_of::<Flex>(backbone, &BackboneLayer::ALL, &image(0));
    assert_as_in_pytorch("clip_rn101.out", &maps);
}

#[test]
fn weights_that_do_not_fit_are_refused_and_all_listed() {
    let kind = BackboneKind::MobileNetV2;
    let mut weights = weights_of(kind);
    weights.remove("features.3.conv.0.0.weight");
    weights.remove("features.18.1.running_var");
    weights.insert("features.19.weight".into(), (vec![2], vec![0.0; 2]));
    weights.insert("features.0.0.weight".into(), (vec![1, 2], vec![0.0; 2]));
    weights.insert("features.0.1.bias".into(), (vec![32], vec![f32::NAN; 32]));
    let error = open_with(kind, &weights).unwrap_err().to_string();
    for line in [
        "mobilenet_v2: ",
        "features.3.conv.0.0.weight: missing in the file",
        "features.18.1.running_var: missing in the file",
        "features.19.weight: the model has no such weights",
        "features.0.0.weight: the model has the shape [32, 3, 3, 3], the file [1, 2]",
        "features.0.1.bias: 32 of 32 values are NaN or infinite",
    ] {
        assert!(error.contains(line), "{error}\nlacks {line}");
    }
    assert_eq!(error.lines().count(), 6, "{error}");

    let mut weights = weights_of(kind);
    let (_, variance) = weights.get_mut("features.0.1.running_var").unwrap();
    variance[5] = -0.1;
    let error = open_with(kind, &weights).unwrap_err().to_string();
    assert!(
        error.contains("features.0.1.running_var has a negative value"),
        "{error}"
    );
}

/// The error for a file that holds no weights of `MobileNet`.
fn open_error(path: PathBuf) -> String {
    let source = WeightsSource::File(path);
    let opened = Backbone::open(BackboneKind::MobileNetV2, Some(&source));
    opened.unwrap_err().to_string()
}

#[test]
fn files_that_are_missing_cut_short_or_of_another_kind_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = open_error(folder.path().join("missing.pth"));
    assert!(missing.contains("missing.pth"), "{missing}");
    let format = open_error(folder.path().join("weights.onnx"));
    assert!(format.contains("weights.onnx: it must end in"), "{format}");
    let burn = open_error(folder.path().join("weights.bpk"));
    assert!(
        burn.contains("must end in .safetensors, .pt or .pth"),
        "{burn}"
    );

    let path = folder.path().join("weights.safetensors");
    write_weights(&path, &weights_of(BackboneKind::MobileNetV2));
    let bytes = std::fs::read(&path).unwrap();
    for len in [0, 7, 1000, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..len]).unwrap();
        let cut = open_error(path.clone());
        assert!(cut.contains("cut short or damaged"), "{len}: {cut}");
    }

    let program = open_error(golden("program.pt"));
    assert!(program.contains("is a TorchScript program"), "{program}");

    for kind in BackboneKind::ALL {
        let error = Backbone::open(kind, None).unwrap_err().to_string();
        assert!(error.contains(kind.weights_origin()), "{error}");
    }
}

#[test]
fn wrong_images_and_maps_are_refused() {
    let kind = BackboneKind::MobileNetV2;
    let mut features: BackboneFeatures<Flex> = open_random(kind, 0)
        .into_features(&[BackboneLayer::Stride8], &Default::default())
        .unwrap();
    assert_eq!(features.image_size(), (SIDE, SIDE));
    let mut maps = vec![Vec::new(); 2];
    let error = features
        .extract(&[0; 100], &mut maps[..1])
        .unwrap_err()
        .to_string();
    assert!(error.contains("100 bytes are not whole images"), "{error}");
    let error = features
        .extract(&image(0), &mut maps)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("2 vectors are given for 1 feature maps"),
        "{error}"
    );
}

#[cfg(feature = "ndarray")]
#[test]
fn ndarray_and_flex_agree() {
    let kind = BackboneKind::MobileNetV2;
    let native = maps_of::<Flex>(open_random(kind, 3), &BackboneLayer::ALL, &image(0));
    let generic =
        maps_of::<burn::backend::NdArray>(open_random(kind, 3), &BackboneLayer::ALL, &image(0));
    for (native, generic) in native.iter().zip(&generic) {
        assert_close("ndarray", native, generic, 2e-5);
    }
}

/// Run by `scripts/wgpu.sh`, which finds out first whether there is a driver.
#[cfg(feature = "wgpu")]
#[test]
fn wgpu_and_flex_agree() {
    for kind in BackboneKind::ALL {
        let native = maps_of::<Flex>(open_random(kind, 3), &BackboneLayer::ALL, &image(0));
        let generic =
            maps_of::<burn::backend::Wgpu>(open_random(kind, 3), &BackboneLayer::ALL, &image(0));
        for (native, generic) in native.iter().zip(&generic) {
            assert_close(kind.name(), native, generic, 1e-4);
        }
    }
}
