//! Saving and loading weights, PyTorch's files, and files that do not fit.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::noise;
use burn::backend::{Autodiff, Flex};
use burn::module::{Module, Param, RunningState};
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor};
use burn_store::{
    BurnToPyTorchAdapter, HalfPrecisionAdapter, ModuleAdapter, ModuleSnapshot, SafetensorsStore,
};
use oddframe_nn::{
    BatchNorm, BatchNormConfig, Conv2d, Conv2dConfig, Error, Linear, LinearConfig, WeightNames,
    WeightProblem, load_weights, save_weights, tensor_to_values,
};

#[derive(Module, Debug)]
struct Net<B: Backend> {
    first: Conv2d<B>,
    norm: BatchNorm<B>,
    last: Linear<B>,
}

/// Nets of two seeds have no value in common.
fn net<B: Backend>(seed: u64) -> Net<B> {
    let device = Default::default();
    let mut norm: BatchNorm<B> = BatchNormConfig::new(4).init(&device).unwrap();
    norm.gamma = Param::from_tensor(noise([4], seed));
    norm.running_mean = RunningState::new(noise([4], seed + 1));
    norm.running_var = RunningState::new(noise([4], seed + 2) + 2.0);
    let mut first = Conv2dConfig::new([2, 4], [3, 3]).init(&device).unwrap();
    first.weight = Param::from_tensor(noise([4, 2, 3, 3], seed + 3));
    first.bias = Some(Param::from_tensor(noise([4], seed + 4)));
    let mut last = LinearConfig::new(4, 2).init(&device).unwrap();
    last.weight = Param::from_tensor(noise([4, 2], seed + 5));
    last.bias = Some(Param::from_tensor(noise([2], seed + 6)));
    Net { first, norm, last }
}

fn values<B: Backend>(net: &Net<B>) -> Vec<Vec<f32>> {
    vec![
        tensor_to_values(net.first.weight.val()).unwrap(),
        tensor_to_values(net.first.bias.as_ref().unwrap().val()).unwrap(),
        tensor_to_values(net.norm.gamma.val()).unwrap(),
        tensor_to_values(net.norm.beta.val()).unwrap(),
        tensor_to_values(net.norm.running_mean.value()).unwrap(),
        tensor_to_values(net.norm.running_var.value()).unwrap(),
        tensor_to_values(net.last.weight.val()).unwrap(),
        tensor_to_values(net.last.bias.as_ref().unwrap().val()).unwrap(),
    ]
}

fn problems<T>(result: Result<T, Error>) -> Vec<WeightProblem> {
    match result.map(|_| ()).unwrap_err() {
        Error::WeightsDiffer { problems, .. } => problems,
        other => panic!("{other}"),
    }
}

fn load_own<M: Module<Flex>>(module: M, path: &Path) -> Result<M, Error> {
    load_weights(module, path, &WeightNames::new())
}

#[test]
fn saved_weights_load_and_leave_no_other_files() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["net.bpk", "net.safetensors", "again.SAFETENSORS"] {
        let path = folder.path().join(name);
        save_weights(&net::<Flex>(9), &path).unwrap();
        save_weights(&net::<Flex>(1), &path).unwrap();
        let loaded = load_own(net::<Flex>(5), &path).unwrap();
        assert_eq!(values(&loaded), values(&net::<Flex>(1)), "{name}");
        let training: Net<Autodiff<Flex>> =
            load_weights(net(5), &path, &WeightNames::new()).unwrap();
        assert_eq!(values(&training), values(&net::<Flex>(1)), "{name}");
        assert!(training.first.weight.val().is_require_grad());

        let bytes = fs::read(&path).unwrap();
        save_weights(&load_own(net::<Flex>(5), &path).unwrap(), &path).unwrap();
        assert!(
            fs::read(&path).unwrap() == bytes,
            "{name}: equal weights, other bytes"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_failed_save_is_an_error_and_keeps_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let message = |name: &str| {
        save_weights(&net::<Flex>(1), folder.path().join(name))
            .unwrap_err()
            .to_string()
    };
    assert!(message("no/such/net.bpk").contains("no/such/net.bpk: "));
    assert!(message("net.pth").ends_with(
        "PyTorch's own format can only be read; save as .bpk, or as .safetensors, which PyTorch reads too"
    ));
    assert!(message("net").ends_with("net: it must end in .bpk, .safetensors, .pt or .pth"));
    let path = folder.path().join("net.bpk");
    fs::write(&path, "old").unwrap();
    let mut rights = fs::metadata(&path).unwrap().permissions();
    rights.set_readonly(true);
    fs::set_permissions(&path, rights).unwrap();
    assert!(message("net.bpk").contains("read-only"));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn invalid_files_are_errors_that_name_the_path() {
    let folder = tempfile::tempdir().unwrap();
    for extension in ["bpk", "safetensors", "pth"] {
        let path = folder.path().join("net").with_extension(extension);
        let refused = |what: &str| {
            let error = load_own(net::<Flex>(5), &path).unwrap_err();
            assert!(
                matches!(
                    error,
                    Error::WeightsFile { .. }
                        | Error::WeightsDamaged { .. }
                        | Error::WeightsDiffer { .. }
                ),
                "{what}: {error}"
            );
            assert!(
                error.to_string().contains(&format!("net.{extension}: ")),
                "{what}: {error}"
            );
        };
        refused("nothing there");
        let whole = if extension == "pth" {
            fs::read(checkpoint()).unwrap()
        } else {
            save_weights(&net::<Flex>(1), &path).unwrap();
            fs::read(&path).unwrap()
        };
        for len in [0, 1, 9, 64, whole.len() / 2, whole.len() - 40] {
            fs::write(&path, &whole[..len]).unwrap();
            refused(&format!("{len} bytes"));
            let message = load_own(net::<Flex>(5), &path).unwrap_err().to_string();
            assert!(
                message.contains(&format!(
                    "the weights file is cut short or damaged ({len} bytes"
                )),
                "{message}"
            );
            assert!(
                message.ends_with("copy it again, or train it again"),
                "{message}"
            );
        }
        fs::write(&path, "frame,score\n1,0.5\n".repeat(50)).unwrap();
        refused("text");
        fs::write(&path, [0xFF; 4096]).unwrap();
        refused("noise");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        refused("a folder");
    }
}

#[derive(Module, Debug)]
struct Other<B: Backend> {
    first: Conv2d<B>,
    second: Conv2d<B>,
    last: Linear<B>,
}

#[test]
fn every_difference_to_the_model_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let device = Default::default();
    let conv = |window| {
        Conv2dConfig::new([3, 4], window)
            .with_bias(false)
            .init::<Flex>(&device)
            .unwrap()
    };
    let other = Other {
        first: conv([3, 3]),
        second: conv([1, 1]),
        last: LinearConfig::new(6, 2).init(&device).unwrap(),
    };
    let shape = |name: &str, expected: &[usize], found: &[usize]| WeightProblem::Shape {
        name: name.into(),
        expected: expected.to_vec(),
        found: found.to_vec(),
    };
    let missing = |name: &str| WeightProblem::Missing { name: name.into() };
    let unexpected = |name: &str| WeightProblem::Unexpected { name: name.into() };
    for (name, [gamma, beta], model, file) in [
        ("net.bpk", ["norm.gamma", "norm.beta"], [4, 2], [6, 2]),
        (
            "net.safetensors",
            ["norm.weight", "norm.bias"],
            [2, 4],
            [2, 6],
        ),
    ] {
        let path = folder.path().join(name);
        save_weights(&other, &path).unwrap();
        let mut found = problems(load_own(net::<Flex>(1), &path));
        let mut expected = vec![
            shape("first.weight", &[4, 2, 3, 3], &[4, 3, 3, 3]),
            shape("last.weight", &model, &file),
            unexpected("second.weight"),
            missing("first.bias"),
            missing(gamma),
            missing(beta),
            missing("norm.running_mean"),
            missing("norm.running_var"),
        ];
        found.sort_by_key(ToString::to_string);
        expected.sort_by_key(ToString::to_string);
        assert_eq!(found, expected, "{name}");
    }
    let message = load_own(net::<Flex>(1), &folder.path().join("net.bpk"))
        .unwrap_err()
        .to_string();
    let line = "\n  first.weight: the model has the shape [4, 2, 3, 3], the file [4, 3, 3, 3]\n";
    assert!(
        message.contains("net.bpk: these weights do not fit the model:\n")
            && message.contains(line)
    );
}

#[test]
fn weights_that_are_not_finite_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.bpk");
    let mut broken = net::<Flex>(1);
    broken.last.weight = Param::from_tensor(Tensor::full([4, 2], f32::NAN, &Default::default()));
    broken.first.bias = Some(Param::from_tensor(Tensor::from_data(
        [0.0, f32::INFINITY, 0.0, 1.0],
        &Default::default(),
    )));
    save_weights(&broken, &path).unwrap();
    let found = problems(load_own(net::<Flex>(5), &path));
    let not_finite = |name: &str, count, of| WeightProblem::NotFinite {
        name: name.into(),
        count,
        of,
    };
    assert_eq!(
        found,
        [
            not_finite("first.bias", 1, 4),
            not_finite("last.weight", 8, 8)
        ]
    );
}

#[derive(Module, Debug)]
struct Inside<B: Backend> {
    net: Vec<Conv2d<B>>,
}

#[derive(Module, Debug)]
struct Outside<B: Backend> {
    model_state_dict: Inside<B>,
    optimizer: Linear<B>,
}

#[derive(Module, Debug)]
struct Two<B: Backend> {
    first: Conv2d<B>,
    second: Conv2d<B>,
}

#[test]
fn weight_names_map_the_file_to_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.safetensors");
    let device = Default::default();
    let conv = || {
        Conv2dConfig::new([2, 2], [3, 3])
            .init::<Flex>(&device)
            .unwrap()
    };
    let saved = Outside {
        model_state_dict: Inside {
            net: vec![conv(), conv()],
        },
        optimizer: LinearConfig::new(2, 2).init(&device).unwrap(),
    };
    // Half precision on the way.
    let mut store = SafetensorsStore::from_file(&path)
        .with_to_adapter(BurnToPyTorchAdapter.chain(HalfPrecisionAdapter::new()));
    saved.save_into(&mut store).unwrap();
    let names = WeightNames::new()
        .with("net.0", "second")
        .with("net.1", "first");
    let two = load_weights(
        Two {
            first: conv(),
            second: conv(),
        },
        &path,
        &names,
    )
    .unwrap();
    let half = |layer: &Conv2d<Flex>| tensor_to_values(layer.weight.val()).unwrap();
    for (found, expected) in [(&two.second, 0), (&two.first, 1)] {
        for (found, expected) in half(found)
            .into_iter()
            .zip(half(&saved.model_state_dict.net[expected]))
        {
            assert!((found - expected).abs() < 1e-3, "{found} for {expected}");
        }
    }
    // Two of the file's for one of the model's.
    let twice = WeightNames::new()
        .with("net.0", "second")
        .with("net.1", "second");
    let found = problems(load_weights(
        Two {
            first: conv(),
            second: conv(),
        },
        &path,
        &twice,
    ));
    assert!(found.contains(&WeightProblem::Unexpected {
        name: "model_state_dict.net.1.bias".into()
    }));
    assert!(found.contains(&WeightProblem::Missing {
        name: "first.bias".into()
    }));
}

fn checkpoint() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/checkpoint.pth")
}

/// The file is `checkpoint.py`'s: an epoch, an optimizer, weights by `DataParallel`, some of other precision.
#[test]
fn a_checkpoint_of_pytorch_loads() {
    let loaded = load_own(net::<Flex>(1), &checkpoint()).unwrap();
    let ramp = |start: f32, len: u8| -> Vec<f32> {
        (0..len).map(|at| f32::from(at) / 16.0 + start).collect()
    };
    let linear: Vec<f32> = (0..4_u8)
        .flat_map(|row| [0, 4].map(|column| f32::from(row + column) / 16.0 + 7.0))
        .collect();
    let expected = [
        ramp(0.0, 72),
        ramp(1.0, 4),
        ramp(2.0, 4),
        ramp(3.0, 4),
        ramp(4.0, 4),
        ramp(5.0, 4),
        linear,
        ramp(8.0, 2),
    ];
    assert_eq!(values(&loaded), expected);
    assert_eq!(loaded.last.weight.val().dtype(), DType::F32);
    assert_eq!(loaded.norm.running_mean.value().dtype(), DType::F32);
}

#[derive(Module, Debug)]
struct Flip<B: Backend> {
    convs: Vec<Conv2d<B>>,
    hidden: Linear<B>,
    last: Linear<B>,
}

#[test]
fn a_sequential_of_pytorch_loads() {
    let root = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join("parity/flipnet.pt");
    if !path.exists() {
        eprintln!(
            "skipped: {} is not here (set ODDFRAME_DATA)",
            path.display()
        );
        return;
    }
    let device = Default::default();
    let conv = |channels| {
        Conv2dConfig::new(channels, [3, 3])
            .init::<Flex>(&device)
            .unwrap()
    };
    let flip = Flip {
        convs: vec![conv([1, 16]), conv([16, 32]), conv([32, 64])],
        hidden: LinearConfig::new(64, 32).init(&device).unwrap(),
        last: LinearConfig::new(32, 2).init(&device).unwrap(),
    };
    let names = WeightNames::new()
        .with("net.0", "convs.0")
        .with("net.2", "convs.1")
        .with("net.4", "convs.2")
        .with("net.8", "hidden")
        .with("net.11", "last");
    let missed = problems(load_own(flip.clone(), &path));
    assert_eq!(missed.len(), 20);
    let flip = load_weights(flip, &path, &names).unwrap();
    let first = tensor_to_values(flip.convs[0].weight.val()).unwrap();
    let hidden = tensor_to_values(flip.hidden.weight.val()).unwrap();
    assert_eq!(first[16 * 9 - 1], -0.244_684_58);
    // PyTorch's row 3, column 5.
    assert_eq!(hidden[5 * 32 + 3], -0.002_288_609_7);
    assert_eq!(
        tensor_to_values(flip.last.bias.as_ref().unwrap().val()).unwrap(),
        [-0.030_923_976, 0.158_455_98]
    );
}
