//! A bank as a safetensors file.
//!
//! ```text
//! rows           [rows, dimensions]  F32 or F16   the features
//! origin.video   [rows]              U32          number of the video in the list of names
//! origin.frame   [rows]              U64          frame number
//! origin.boxed   [rows]              U8           1 where the row comes from a box
//! origin.box     [rows, 4]           F64          left, top, right, bottom; zeros without a box
//! __metadata__   oddframe_memory                  JSON: schema, identity, videos, options, radius, typical distance
//! ```
//!
//! The metadata is one JSON text and not one entry for each value: safetensors writes entries in random order, and equal banks
//! are equal files.

use std::collections::HashMap;
use std::path::Path;

use half::f16;
use oddframe_core::{FrameNumber, Rect, VideoId, write_atomically};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

use super::{Bank, BankOptions};
use crate::feature_rows::check_rows;
use crate::nearest::SearchRows;
use crate::stored_rows::{StoredRows, StoredValues};
use crate::{Error, RowOrigin, Storage};

/// Version of the format, raised by every change that older releases cannot read.
const SCHEMA: u32 = 1;

/// Key of the metadata.
const METADATA: &str = "oddframe_memory";

impl Bank {
    /// Writes the bank to a safetensors file. An existing file is replaced when the new one is complete.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let write_error = |source| Error::Write {
            path: path.to_path_buf(),
            source,
        };
        let bytes = self
            .serialize()
            .map_err(|source| write_error(std::io::Error::other(source)))?;
        write_atomically(path, |writer| writer.write_all(&bytes)).map_err(write_error)
    }

    /// Reads a bank. `identity` names the backbone whose features will be compared with it.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, is no bank or one of a later release, belongs to another backbone, or has
    /// values that no bank has.
    pub fn load(path: &Path, identity: &str) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|source| Error::Read {
            path: path.to_path_buf(),
            source,
        })?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|source| Error::Damaged {
            path: path.to_path_buf(),
            source,
        })?;
        let metadata = read_metadata(path, &bytes)?;
        let found = text(&metadata, "identity").map_err(|problem| invalid(path, problem))?;
        if found != identity {
            return Err(Error::Identity {
                path: path.to_path_buf(),
                found: found.to_owned(),
                expected: identity.to_owned(),
            });
        }
        read_bank(&tensors, &metadata).map_err(|problem| invalid(path, problem))
    }

    fn serialize(&self) -> Result<Vec<u8>, safetensors::SafeTensorError> {
        let rows = self.len();
        let (dtype, values): (_, Vec<u8>) = match self.rows.stored().values() {
            StoredValues::F32(values) => (
                Dtype::F32,
                values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ),
            StoredValues::F16(values) => (
                Dtype::F16,
                values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ),
        };
        // Rows refer to the names of their videos by number: a bank has many rows of each video, and tensors hold numbers only.
        let (videos, numbers) = number_videos(&self.origins);
        let videos_of_rows = to_bytes(&numbers, |number| number.to_le_bytes());
        let frames = to_bytes(&self.origins, |origin| origin.frame.0.to_le_bytes());
        let boxed = to_bytes(&self.origins, |origin| [u8::from(origin.region.is_some())]);
        let boxes: Vec<u8> = self
            .origins
            .iter()
            .flat_map(|origin| {
                origin
                    .region
                    .map_or([0.0; 4], |r| [r.left, r.top, r.right, r.bottom])
            })
            .flat_map(f64::to_le_bytes)
            .collect();
        let tensors = [
            (
                "rows",
                TensorView::new(dtype, vec![rows, self.dimensions()], &values)?,
            ),
            (
                "origin.video",
                TensorView::new(Dtype::U32, vec![rows], &videos_of_rows)?,
            ),
            (
                "origin.frame",
                TensorView::new(Dtype::U64, vec![rows], &frames)?,
            ),
            (
                "origin.boxed",
                TensorView::new(Dtype::U8, vec![rows], &boxed)?,
            ),
            (
                "origin.box",
                TensorView::new(Dtype::F64, vec![rows, 4], &boxes)?,
            ),
        ];
        let metadata = HashMap::from([(METADATA.to_owned(), self.metadata(&videos).to_string())]);
        safetensors::serialize(tensors, Some(metadata))
    }

    fn metadata(&self, videos: &[&str]) -> Value {
        json!({
            "schema": SCHEMA,
            "identity": self.identity,
            "videos": videos,
            "size": self.options.size,
            "seed": self.options.seed,
            "prefilter": self.options.prefilter,
            "projection": self.options.projection,
            "memory_limit": self.options.memory_limit,
            "radius": self.radius,
            "typical_distance": self.typical_distance,
        })
    }
}

/// The names of the videos in the order of their first row, and for each row the number of its video.
fn number_videos(origins: &[RowOrigin]) -> (Vec<&str>, Vec<u32>) {
    let mut names = Vec::new();
    let mut numbers_of_names = HashMap::new();
    let numbers = origins
        .iter()
        .map(|origin| {
            let name = origin.video.name();
            *numbers_of_names.entry(name).or_insert_with(|| {
                names.push(name);
                names.len() as u32 - 1
            })
        })
        .collect();
    (names, numbers)
}

fn to_bytes<T, const N: usize>(items: &[T], bytes: impl Fn(&T) -> [u8; N]) -> Vec<u8> {
    items.iter().flat_map(bytes).collect()
}

fn invalid(path: &Path, problem: String) -> Error {
    Error::Invalid {
        path: path.to_path_buf(),
        problem,
    }
}

/// The metadata of a file whose schema this release can read.
fn read_metadata(path: &Path, bytes: &[u8]) -> Result<Value, Error> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|source| Error::Damaged {
        path: path.to_path_buf(),
        source,
    })?;
    let text = header
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get(METADATA))
        .ok_or_else(|| invalid(path, format!("its metadata has no {METADATA}")))?;
    let metadata: Value = serde_json::from_str(text)
        .map_err(|error| invalid(path, format!("its metadata is not JSON ({error})")))?;
    let found = number(&metadata, "schema").map_err(|problem| invalid(path, problem))?;
    match u32::try_from(found) {
        Ok(SCHEMA) => Ok(metadata),
        found => Err(Error::Schema {
            path: path.to_path_buf(),
            found: found.unwrap_or(u32::MAX),
            supported: SCHEMA,
        }),
    }
}

fn read_bank(tensors: &SafeTensors<'_>, metadata: &Value) -> Result<Bank, String> {
    let (rows, storage) = read_rows(tensors)?;
    let origins = read_origins(tensors, metadata, rows.len())?;
    let options = BankOptions {
        size: number(metadata, "size")? as usize,
        seed: number(metadata, "seed")?,
        storage,
        prefilter: optional_number(metadata, "prefilter")?,
        projection: optional_number(metadata, "projection")?,
        memory_limit: number(metadata, "memory_limit")?,
    };
    // Appending to a bank follows the options that it was built with. Here they come from a file, and are checked as those
    // of a caller are.
    options
        .check_settings(rows.dimensions())
        .map_err(|error| error.to_string())?;
    let typical_distance = match &metadata["typical_distance"] {
        Value::Null => None,
        _ => Some(distance(metadata, "typical_distance")?),
    };
    Ok(Bank {
        rows: SearchRows::new(rows),
        origins,
        identity: text(metadata, "identity")?.to_owned(),
        options,
        radius: distance(metadata, "radius")?,
        typical_distance: typical_distance.filter(|&distance| distance > 0.0),
    })
}

fn read_rows(tensors: &SafeTensors<'_>) -> Result<(StoredRows, Storage), String> {
    let tensor = tensors.tensor("rows").map_err(|_| missing_tensor("rows"))?;
    let &[rows, dimensions] = tensor.shape() else {
        return Err(format!(
            "rows has the shape {:?}, not [rows, dimensions]",
            tensor.shape()
        ));
    };
    if rows == 0 || dimensions == 0 {
        return Err(format!("rows has the shape [{rows}, {dimensions}]"));
    }
    let (values, storage) = match tensor.dtype() {
        Dtype::F32 => {
            let values = from_bytes(tensor.data(), f32::from_le_bytes);
            (StoredValues::F32(values), Storage::F32)
        }
        Dtype::F16 => {
            let values = from_bytes(tensor.data(), f16::from_le_bytes);
            (StoredValues::F16(values), Storage::F16)
        }
        other => return Err(format!("rows has the type {other:?}, not F32 or F16")),
    };
    let rows = StoredRows::new(dimensions, values);
    // A value that is not finite would make every distance to its row NaN, and a search would go wrong without a word. Only
    // single rows are converted to f32 for the check, so that a bank of 16-bit values does not need three times its memory.
    let mut buffer = Vec::new();
    for row in 0..rows.len() {
        check_rows(dimensions, rows.in_f32(row..row + 1, &mut buffer), row)
            .map_err(|error| error.to_string())?;
    }
    Ok((rows, storage))
}

fn read_origins(
    tensors: &SafeTensors<'_>,
    metadata: &Value,
    rows: usize,
) -> Result<Vec<RowOrigin>, String> {
    let names: Vec<VideoId> = metadata["videos"]
        .as_array()
        .ok_or("its metadata has no list of videos")?
        .iter()
        .map(|name| name.as_str().map(VideoId::new))
        .collect::<Option<_>>()
        .ok_or("a name of a video is not a text")?;
    let videos = read_tensor(
        tensors,
        "origin.video",
        Dtype::U32,
        &[rows],
        u32::from_le_bytes,
    )?;
    let frames = read_tensor(
        tensors,
        "origin.frame",
        Dtype::U64,
        &[rows],
        u64::from_le_bytes,
    )?;
    let boxed = read_tensor(
        tensors,
        "origin.boxed",
        Dtype::U8,
        &[rows],
        u8::from_le_bytes,
    )?;
    let boxes = read_tensor(
        tensors,
        "origin.box",
        Dtype::F64,
        &[rows, 4],
        f64::from_le_bytes,
    )?;
    let (boxes, _) = boxes.as_chunks::<4>();
    let mut origins = Vec::with_capacity(rows);
    for row in 0..rows {
        let video = names.get(videos[row] as usize).ok_or_else(|| {
            format!(
                "row {row} comes from video number {}, of {}",
                videos[row],
                names.len()
            )
        })?;
        let [left, top, right, bottom] = boxes[row];
        if !boxes[row].iter().all(|side| side.is_finite()) {
            return Err(format!("the box of row {row} is not finite"));
        }
        origins.push(RowOrigin {
            video: video.clone(),
            frame: FrameNumber(frames[row]),
            region: (boxed[row] != 0).then_some(Rect {
                left,
                top,
                right,
                bottom,
            }),
        });
    }
    Ok(origins)
}

fn missing_tensor(name: &str) -> String {
    format!("it has no tensor {name}")
}

/// The values of a tensor that must have this type and shape.
fn read_tensor<T, const N: usize>(
    tensors: &SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
    shape: &[usize],
    value: fn([u8; N]) -> T,
) -> Result<Vec<T>, String> {
    let tensor = tensors.tensor(name).map_err(|_| missing_tensor(name))?;
    if tensor.dtype() != dtype || tensor.shape() != shape {
        return Err(format!(
            "{name} is {:?} {:?}, not {dtype:?} {shape:?}",
            tensor.dtype(),
            tensor.shape()
        ));
    }
    Ok(from_bytes(tensor.data(), value))
}

fn from_bytes<T, const N: usize>(bytes: &[u8], value: fn([u8; N]) -> T) -> Vec<T> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().copied().map(value).collect()
}

fn text<'a>(metadata: &'a Value, key: &str) -> Result<&'a str, String> {
    metadata[key]
        .as_str()
        .ok_or_else(|| format!("its metadata has no text {key}"))
}

fn number(metadata: &Value, key: &str) -> Result<u64, String> {
    metadata[key]
        .as_u64()
        .ok_or_else(|| format!("its metadata has no number {key}"))
}

fn optional_number(metadata: &Value, key: &str) -> Result<Option<usize>, String> {
    match &metadata[key] {
        Value::Null => Ok(None),
        _ => number(metadata, key).map(|number| Some(number as usize)),
    }
}

/// A number that is finite and not negative.
fn distance(metadata: &Value, key: &str) -> Result<f32, String> {
    metadata[key]
        .as_f64()
        .map(|distance| distance as f32)
        .filter(|distance| distance.is_finite() && *distance >= 0.0)
        .ok_or_else(|| format!("its metadata has no distance {key}"))
}
