//! A model as a safetensors file.
//!
//! ```text
//! camera.reference, camera.background       [height, width]              F32
//! parts.cells, bodies.cells                 [cells, 23, 8]               F32   windows around a cell, by speed and direction
//! parts.overall, bodies.overall             [23, 8]                      F64   the same in the whole picture
//! look.mean, look.axes, look.rows           [540] [64, 540] [rows, 64]   F32
//! look.usual, look.usual_deviation          [cells]                      F32   logarithms of normal distances around a cell
//! shape.mean, shape.deviation, shape.rows   [8] [8] [rows, 8]            F32
//! shape.usual, shape.usual_deviation        [cells]                      F32   as those of the look
//! direction.counts                          [cells, 8]                   F32   objects around a cell, by direction
//! color.counts                              [6, 24, 24]                  F32   objects by brightness, blue and red
//! dwell.longest                             [rows, columns]              F32   frames
//! normal.motion, .body, .appearance, …      [frames]                     F32   values of the cues in normal video
//! normal.objects                            [frames]                     F32   how many objects there are
//! __metadata__   oddframe_objects                                        JSON: everything else
//! ```
//!
//! The metadata is one JSON text and not one entry for each value: safetensors writes entries in random order, and equal models
//! are equal files.

mod reader;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use oddframe_core::write_atomically;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

use self::reader::ModelReader;
use crate::Error;
use crate::calibration::Cue;
use crate::color;
use crate::frame_gaps::gaps_of;
use crate::hog;
use crate::local_tail::{DIRECTIONS, LocalTail, SPEEDS};
use crate::look::COMPONENTS;
use crate::model::ObjectModel;
use crate::shape::MEASURES;

/// The model in the model folder.
pub(crate) const MODEL_FILE: &str = "objects.safetensors";

/// Version of the format, raised by every change that older releases cannot read.
const SCHEMA: u64 = 3;

/// Key of the metadata.
const METADATA: &str = "oddframe_objects";

/// Writes a model. An existing file is replaced when the new one is complete.
pub(crate) fn save_model(model: &ObjectModel, path: &Path) -> Result<(), Error> {
    serialize(model)
        .map_err(io::Error::other)
        .and_then(|bytes| write_atomically(path, |writer| writer.write_all(&bytes)))
        .map_err(|source| Error::Write {
            path: path.to_path_buf(),
            source,
        })
}

/// Reads a model.
pub(crate) fn load_model(path: &Path) -> Result<ObjectModel, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source,
    })?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|source| damaged(path, source))?;
    let metadata = read_metadata(path, &bytes)?;
    let found = metadata["schema"]
        .as_u64()
        .ok_or_else(|| invalid(path, "its metadata has no number schema".to_owned()))?;
    if found != SCHEMA {
        return Err(Error::Schema {
            path: path.to_path_buf(),
            found,
            supported: SCHEMA,
        });
    }
    let reader = ModelReader {
        tensors: &tensors,
        metadata: &metadata,
    };
    reader
        .read_model()
        .map_err(|problem| invalid(path, problem))
}

fn read_metadata(path: &Path, bytes: &[u8]) -> Result<Value, Error> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|source| damaged(path, source))?;
    let text = header
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get(METADATA))
        .ok_or_else(|| invalid(path, format!("its metadata has no {METADATA}")))?;
    serde_json::from_str(text)
        .map_err(|error| invalid(path, format!("its metadata is not JSON ({error})")))
}

fn damaged(path: &Path, source: safetensors::SafeTensorError) -> Error {
    Error::Damaged {
        path: path.to_path_buf(),
        source,
    }
}

fn invalid(path: &Path, problem: String) -> Error {
    Error::Invalid {
        path: path.to_path_buf(),
        problem,
    }
}

/// A tensor to be written.
struct Tensor {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    fn floats(name: impl Into<String>, shape: Vec<usize>, values: &[f32]) -> Self {
        Self {
            name: name.into(),
            dtype: Dtype::F32,
            shape,
            bytes: values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        }
    }

    fn doubles(name: impl Into<String>, shape: Vec<usize>, values: &[f64]) -> Self {
        Self {
            name: name.into(),
            dtype: Dtype::F64,
            shape,
            bytes: values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        }
    }
}

fn serialize(model: &ObjectModel) -> Result<Vec<u8>, safetensors::SafeTensorError> {
    let (camera, look, dwell) = (&model.camera, &model.look, &model.dwell);
    let shapes = &model.shapes;
    let picture = vec![camera.height(), camera.width()];
    let mut tensors = vec![
        Tensor::floats(
            "camera.reference",
            picture.clone(),
            &camera.reference.values,
        ),
        Tensor::floats("camera.background", picture, &camera.background.values),
        Tensor::floats("look.mean", vec![look.mean.len()], &look.mean),
        Tensor::floats("look.axes", vec![COMPONENTS, hog::LENGTH], &look.axes),
        Tensor::floats(
            "look.rows",
            vec![look.rows.len() / COMPONENTS, COMPONENTS],
            &look.rows,
        ),
        Tensor::floats("shape.mean", vec![MEASURES], &shapes.means),
        Tensor::floats("shape.deviation", vec![MEASURES], &shapes.deviations),
        Tensor::floats(
            "shape.rows",
            vec![shapes.rows.len(), MEASURES],
            shapes.rows.as_flattened(),
        ),
        Tensor::floats(
            "direction.counts",
            vec![model.directions.grid.len(), DIRECTIONS],
            &model.directions.counts,
        ),
        Tensor::floats("color.counts", color::SHAPE.to_vec(), &model.colors.counts),
        Tensor::floats(
            "dwell.longest",
            vec![dwell.longest.len() / dwell.columns.max(1), dwell.columns],
            &dwell.longest,
        ),
    ];
    for (name, tail) in [("parts", &model.parts), ("bodies", &model.bodies)] {
        tensors.push(Tensor::floats(
            format!("{name}.cells"),
            vec![tail.grid.len(), SPEEDS, DIRECTIONS],
            &tail.total.cells,
        ));
        tensors.push(Tensor::doubles(
            format!("{name}.overall"),
            vec![SPEEDS, DIRECTIONS],
            &tail.total.overall,
        ));
    }
    for (name, usual) in [("look", &model.usual_looks), ("shape", &model.usual_shapes)] {
        let cells = vec![usual.means.len()];
        tensors.push(Tensor::floats(
            format!("{name}.usual"),
            cells.clone(),
            &usual.means,
        ));
        tensors.push(Tensor::floats(
            format!("{name}.usual_deviation"),
            cells,
            &usual.deviations,
        ));
    }
    for cue in Cue::ALL {
        let values = model.normal_values(cue).videos.concat();
        let name = format!("normal.{}", cue.name());
        tensors.push(Tensor::floats(name, vec![values.len()], &values));
    }
    let objects = model.normal_objects.concat();
    tensors.push(Tensor::floats(
        "normal.objects",
        vec![objects.len()],
        &objects,
    ));
    let views = tensors
        .iter()
        .map(|tensor| {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes)?;
            Ok((tensor.name.as_str(), view))
        })
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
    let metadata = HashMap::from([(METADATA.to_owned(), metadata_of(model).to_string())]);
    safetensors::serialize(views, Some(metadata))
}

fn metadata_of(model: &ObjectModel) -> Value {
    let lengths: Vec<usize> = model.numbers.iter().map(Vec::len).collect();
    let gaps: Vec<Vec<[u64; 2]>> = model.numbers.iter().map(|video| gaps_of(video)).collect();
    json!({
        "schema": SCHEMA,
        "source": [model.source.0, model.source.1],
        "heights": model.camera.heights.line(),
        "parts": metadata_of_tail(&model.parts),
        "bodies": metadata_of_tail(&model.bodies),
        "directions": { "slow": model.directions.slow, "spread": model.directions.spread },
        "usual_dwell": model.dwell.usual,
        "missing": Cue::ALL.map(|cue| model.normal_values(cue).missing),
        "video_lengths": lengths,
        "video_gaps": gaps,
    })
}

fn metadata_of_tail(tail: &LocalTail) -> Value {
    json!({
        "slow": tail.switch.slow,
        "spread": tail.switch.spread,
        "usual_height": tail.scale.usual_height,
        "unit": tail.scale.unit,
    })
}
