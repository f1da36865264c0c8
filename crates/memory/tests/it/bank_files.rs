use std::collections::HashMap;
use std::path::PathBuf;

use oddframe_core::Silent;
use oddframe_memory::{Bank, BankOptions, Error, Storage};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use tempfile::TempDir;

use crate::data::{clustered_features, origins_of};

fn bank(options: &BankOptions) -> Bank {
    let features = clustered_features(1, 60, 6, 5);
    Bank::build(
        &features,
        &origins_of(60),
        "net-1 0123abcd",
        options,
        &mut Silent,
    )
    .unwrap()
}

fn small() -> BankOptions {
    BankOptions {
        size: 10,
        ..BankOptions::default()
    }
}

/// A saved bank, and a folder that must outlive it.
fn saved() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.safetensors");
    bank(&small()).save(&path).unwrap();
    (folder, path)
}

fn load_error(path: &std::path::Path) -> Error {
    Bank::load(path, "net-1 0123abcd").unwrap_err()
}

/// The tensors of a file as type, shape and bytes, and its metadata.
type Parts = (
    HashMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
    HashMap<String, String>,
);

/// Changes the tensors or the metadata of a saved bank, and returns the message of loading the result.
fn message_after(change: impl Fn(&mut Parts)) -> String {
    let (_folder, path) = saved();
    let bytes = std::fs::read(&path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let mut parts: Parts = (
        tensors
            .iter()
            .map(|(name, view)| {
                let parts = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
                (name.to_owned(), parts)
            })
            .collect(),
        header.metadata().clone().unwrap(),
    );
    change(&mut parts);
    let (tensors, metadata) = parts;
    let views = tensors.iter().map(|(name, (dtype, shape, data))| {
        (name, TensorView::new(*dtype, shape.clone(), data).unwrap())
    });
    std::fs::write(
        &path,
        safetensors::serialize(views, Some(metadata)).unwrap(),
    )
    .unwrap();
    load_error(&path).to_string()
}

/// Replaces a piece of the metadata's JSON.
fn message_after_replacing(old: &str, new: &str) -> String {
    message_after(|(_, metadata)| {
        let text = metadata.get_mut("oddframe_memory").unwrap();
        assert!(text.contains(old), "{old} is not in {text}");
        *text = text.replace(old, new);
    })
}

#[test]
fn a_saved_bank_loads_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.safetensors");
    for options in [
        small(),
        BankOptions {
            storage: Storage::F16,
            prefilter: Some(30),
            ..small()
        },
        BankOptions {
            projection: Some(3),
            seed: u64::MAX,
            memory_limit: u64::MAX,
            ..small()
        },
    ] {
        let bank = bank(&options);
        bank.save(&path).unwrap();
        let loaded = Bank::load(&path, "net-1 0123abcd").unwrap();
        assert_eq!(loaded, bank);
        assert_eq!(loaded.options(), &options);
        assert!(loaded.typical_distance().is_some());
    }
}

#[test]
fn a_loaded_bank_can_be_appended_to() {
    let (_folder, path) = saved();
    let mut loaded = Bank::load(&path, "net-1 0123abcd").unwrap();
    let mut built = bank(&small());
    let new = clustered_features(2, 40, 6, 5);
    for bank in [&mut loaded, &mut built] {
        bank.append(&new, &origins_of(40), 100, &mut Silent)
            .unwrap();
    }
    assert!(loaded.len() > 10);
    assert_eq!(loaded, built);
}

#[test]
fn equal_banks_are_equal_files() {
    let (_first, first) = saved();
    let (_second, second) = saved();
    assert_eq!(
        std::fs::read(first).unwrap(),
        std::fs::read(second).unwrap()
    );
}

#[test]
fn a_truncated_file_is_an_error_wherever_it_ends() {
    let (_folder, path) = saved();
    let bytes = std::fs::read(&path).unwrap();
    for len in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..len]).unwrap();
        let error = load_error(&path);
        assert!(matches!(error, Error::Damaged { .. }), "{len}: {error}");
        assert!(error.to_string().contains("bank.safetensors"));
    }
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(load_error(&path), Error::Read { .. }));
}

#[test]
fn a_bank_of_another_backbone_is_an_error_that_names_both() {
    let (_folder, path) = saved();
    let error = Bank::load(&path, "net-2 ffff").unwrap_err();
    assert!(matches!(error, Error::Identity { .. }));
    let message = error.to_string();
    assert!(
        message.contains(
            "features of `net-1 0123abcd`, which cannot be compared with those of `net-2 ffff`"
        ),
        "{message}"
    );
}

#[test]
fn a_later_schema_is_an_error() {
    let message = message_after_replacing("\"schema\":1", "\"schema\":2");
    assert!(
        message.contains("schema version 2") && message.contains("newer release"),
        "{message}"
    );
}

#[test]
fn a_file_of_other_contents_is_an_error() {
    let message = message_after(|(_, metadata)| metadata.clear());
    assert!(message.contains("no oddframe_memory"), "{message}");
    let message = message_after_replacing("{", "[");
    assert!(message.contains("not JSON"), "{message}");
    let message = message_after_replacing("\"size\":10", "\"size\":0");
    assert!(message.contains("size is 0"), "{message}");
    let message = message_after_replacing("\"identity\"", "\"name\"");
    assert!(message.contains("no text identity"), "{message}");
    let message = message_after_replacing("\"radius\":", "\"radius\":-");
    assert!(message.contains("no distance radius"), "{message}");
    let message = message_after_replacing("\"videos\"", "\"films\"");
    assert!(message.contains("no list of videos"), "{message}");
    let message = message_after_replacing("\"Straße 3\"", "3");
    assert!(message.contains("not a text"), "{message}");
}

#[test]
fn wrong_shapes_and_types_are_errors() {
    for name in [
        "rows",
        "origin.video",
        "origin.frame",
        "origin.boxed",
        "origin.box",
    ] {
        let message = message_after(|(tensors, _)| {
            tensors.remove(name);
        });
        assert!(message.contains(&format!("no tensor {name}")), "{message}");
        let message = message_after(|(tensors, _)| {
            // One row fewer than the other tensors have.
            let (_, shape, data) = tensors.get_mut(name).unwrap();
            data.truncate(data.len() / shape[0] * (shape[0] - 1));
            shape[0] -= 1;
        });
        assert!(
            message.contains("[10]") || message.contains("[9"),
            "{name}: {message}"
        );
    }
    let message = message_after(|(tensors, _)| tensors.get_mut("rows").unwrap().1 = vec![60]);
    assert!(message.contains("[rows, dimensions]"), "{message}");
    let message = message_after(|(tensors, _)| {
        tensors.insert("rows".to_owned(), (Dtype::F32, vec![0, 6], Vec::new()));
    });
    assert!(message.contains("[0, 6]"), "{message}");
    let message = message_after(|(tensors, _)| tensors.get_mut("rows").unwrap().0 = Dtype::I32);
    assert!(message.contains("I32"), "{message}");
}

#[test]
fn values_that_no_bank_has_are_errors() {
    let message = message_after(|(tensors, _)| {
        tensors.get_mut("rows").unwrap().2[(2 * 6 + 3) * 4..][..4]
            .copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert!(
        message.contains("row 2, column 3: the feature is NaN"),
        "{message}"
    );
    let message = message_after(|(tensors, _)| {
        tensors.get_mut("origin.video").unwrap().2[4..8].copy_from_slice(&7_u32.to_le_bytes());
    });
    assert!(
        message.contains("row 1 comes from video number 7, of 3"),
        "{message}"
    );
    let message = message_after(|(tensors, _)| {
        tensors.get_mut("origin.box").unwrap().2[..8].copy_from_slice(&f64::NAN.to_le_bytes());
    });
    assert!(message.contains("box of row 0"), "{message}");
}

#[test]
fn a_bank_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = bank(&small())
        .save(&folder.path().join("no/such/folder/bank"))
        .unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error}");
}
