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
//! dwell.longest                             [rows, columns]              F32   frames
//! normal.motion, .body, .appearance, …      [frames]                     F32   values of the cues in normal video
//! normal.objects                            [frames]                     F32   how many objects there are
//! __metadata__   oddframe_objects                                        JSON: everything else
//! ```
//!
//! The metadata is one JSON text and not one entry for each value: safetensors writes entries in random order, and equal models
//! are equal files.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use oddframe_boxes::HeightProfile;
use oddframe_core::{FrameShape, PixelFormat, write_atomically};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

use crate::Error;
use crate::calibration::Cue;
use crate::camera::Camera;
use crate::dwell::Dwell;
use crate::frame_gaps::{gaps_of, numbers_with_gaps};
use crate::grid::{CELL, Grid};
use crate::hog;
use crate::image::{Plane, Shrinker};
use crate::local_tail::{DIRECTIONS, LocalTail, Measure, SPEEDS, SpeedScale, Switch, TailCounts};
use crate::look::{COMPONENTS, Look};
use crate::model::{NormalValues, ObjectModel};
use crate::shape::{MEASURES, Shapes};
use crate::usual::UsualDistances;

/// The model in the model folder.
pub(crate) const MODEL_FILE: &str = "objects.safetensors";

/// Version of the format, raised by every change that older releases cannot read.
const SCHEMA: u64 = 2;

/// The widest possible spread, as the settings allow it.
const LARGEST_SPREAD: f64 = 10.0;

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

/// Reads the parts of a model and checks each.
struct ModelReader<'a> {
    tensors: &'a SafeTensors<'a>,
    metadata: &'a Value,
}

impl ModelReader<'_> {
    fn read_model(&self) -> Result<ObjectModel, String> {
        let &[source_width, source_height] =
            numbers("source", &self.metadata["source"])?.as_slice()
        else {
            return Err("source is not a width and a height".to_owned());
        };
        let source = FrameShape::new(
            source_width as usize,
            source_height as usize,
            PixelFormat::Gray,
        )
        .map_err(|error| error.to_string())?;
        let (width, height) = Shrinker::size(source.width(), source.height());
        let grid = Grid::of_picture(width, height);
        let dwell_shape = [height / CELL, width / CELL];
        let rows = self.rows_of("look.rows")?;
        Ok(ObjectModel {
            source: (source.width(), source.height()),
            camera: Camera {
                reference: self.picture("camera.reference", width, height)?,
                background: self.picture("camera.background", width, height)?,
                heights: self.heights()?,
            },
            parts: self.tail("parts", Measure::Part, grid)?,
            bodies: self.tail("bodies", Measure::Body, grid)?,
            look: Look {
                mean: self.floats("look.mean", &[hog::LENGTH])?,
                axes: self.floats("look.axes", &[COMPONENTS, hog::LENGTH])?,
                rows: self.floats("look.rows", &[rows, COMPONENTS])?,
            },
            usual_looks: self.usual_distances("look", grid)?,
            shapes: self.shapes()?,
            usual_shapes: self.usual_distances("shape", grid)?,
            dwell: Dwell {
                columns: dwell_shape[1],
                longest: self.counts("dwell.longest", &dwell_shape)?,
                usual: positive("usual_dwell", &self.metadata["usual_dwell"])?,
            },
            normal: self.normal_values()?,
            normal_objects: self.by_video(self.counts("normal.objects", &[self.frames()?])?)?,
            numbers: self.frame_numbers()?,
        })
    }

    fn shapes(&self) -> Result<Shapes, String> {
        let rows = self.floats("shape.rows", &[self.rows_of("shape.rows")?, MEASURES])?;
        Ok(Shapes {
            means: first_measures(&self.floats("shape.mean", &[MEASURES])?),
            deviations: first_measures(&self.deviations("shape.deviation", MEASURES)?),
            rows: rows.as_chunks().0.to_vec(),
        })
    }

    fn usual_distances(&self, name: &str, grid: Grid) -> Result<UsualDistances, String> {
        Ok(UsualDistances {
            grid,
            means: self.floats(&format!("{name}.usual"), &[grid.len()])?,
            deviations: self.deviations(&format!("{name}.usual_deviation"), grid.len())?,
        })
    }

    /// Finite numbers above 0.
    fn deviations(&self, name: &str, count: usize) -> Result<Vec<f32>, String> {
        let values = self.floats(name, &[count])?;
        match values.iter().find(|value| **value <= 0.0) {
            Some(value) => Err(format!("{name} has the value {value}")),
            None => Ok(values),
        }
    }

    /// The length of the first dimension of a tensor.
    fn rows_of(&self, name: &str) -> Result<usize, String> {
        let tensor = self.tensors.tensor(name).map_err(|_| missing(name))?;
        Ok(tensor.shape().first().copied().unwrap_or(0))
    }

    fn picture(&self, name: &str, width: usize, height: usize) -> Result<Plane<f32>, String> {
        Ok(Plane::from_values(
            width,
            self.floats(name, &[height, width])?,
        ))
    }

    fn heights(&self) -> Result<HeightProfile, String> {
        let line = numbers("heights", &self.metadata["heights"])?;
        let &[offset, slope, low, high] = line.as_slice() else {
            return Err("heights are not four numbers".to_owned());
        };
        HeightProfile::from_line(offset, slope, low, high)
            .ok_or_else(|| "its heights are not possible".to_owned())
    }

    fn tail(&self, name: &str, measure: Measure, grid: Grid) -> Result<LocalTail, String> {
        let values = &self.metadata[name];
        let switch = Switch {
            slow: number(&format!("{name}.slow"), &values["slow"])?,
            spread: positive(&format!("{name}.spread"), &values["spread"])?,
        };
        if switch.spread > LARGEST_SPREAD {
            return Err(format!("{name}.spread is {}", switch.spread));
        }
        let scale = SpeedScale::new(
            positive(&format!("{name}.usual_height"), &values["usual_height"])?,
            positive(&format!("{name}.unit"), &values["unit"])?,
        );
        if scale.usual_height > FrameShape::MAX_SIDE as f64 {
            return Err(format!("{name}.usual_height is {}", scale.usual_height));
        }
        let total = TailCounts {
            cells: self.counts(&format!("{name}.cells"), &[grid.len(), SPEEDS, DIRECTIONS])?,
            overall: self.doubles(&format!("{name}.overall"), &[SPEEDS, DIRECTIONS])?,
        };
        if total.overall.iter().any(|count| *count < 0.0) {
            return Err(format!("{name}.overall has negative counts"));
        }
        Ok(LocalTail::from_counts(measure, switch, scale, grid, total))
    }

    /// The numbers of the normal frames. Called when the lengths of the videos are known to be possible.
    fn frame_numbers(&self) -> Result<Vec<Vec<u64>>, String> {
        let lengths = self.video_lengths()?;
        // Models without this entry are of videos without gaps.
        let gaps = self.metadata["video_gaps"].as_array();
        let mut gaps = gaps.into_iter().flatten();
        let videos = lengths.iter().map(|length| {
            numbers_with_gaps(*length, gaps.next())
                .ok_or_else(|| "a gap of video_gaps is not two numbers".to_owned())
        });
        videos.collect()
    }

    fn normal_values(&self) -> Result<[NormalValues; Cue::ALL.len()], String> {
        let missing = numbers("missing", &self.metadata["missing"])?;
        if missing.len() != Cue::ALL.len() {
            return Err("missing has not one number for each cue".to_owned());
        }
        let mut normal: [NormalValues; Cue::ALL.len()] = Default::default();
        for ((cue, values), missing) in Cue::ALL.iter().zip(&mut normal).zip(missing) {
            let all = self.floats(&format!("normal.{}", cue.name()), &[self.frames()?])?;
            values.missing = missing as f32;
            values.videos = self.by_video(all)?;
        }
        Ok(normal)
    }

    /// The number of frames of each training video.
    fn video_lengths(&self) -> Result<Vec<usize>, String> {
        let lengths = numbers("video_lengths", &self.metadata["video_lengths"])?;
        Ok(lengths.iter().map(|length| *length as usize).collect())
    }

    /// The number of training frames.
    fn frames(&self) -> Result<usize, String> {
        let lengths = self.video_lengths()?;
        let sum = lengths
            .iter()
            .try_fold(0_usize, |sum, length| sum.checked_add(*length));
        sum.ok_or_else(|| "video_lengths are too large".to_owned())
    }

    /// Values of all frames, divided into videos.
    fn by_video(&self, all: Vec<f32>) -> Result<Vec<Vec<f32>>, String> {
        let mut rest = all.as_slice();
        let videos = self.video_lengths()?.into_iter().map(|length| {
            let (video, others) = rest.split_at(length);
            rest = others;
            video.to_vec()
        });
        Ok(videos.collect())
    }

    /// Finite numbers.
    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let bytes = self.bytes(name, Dtype::F32, shape)?;
        let (chunks, _) = bytes.as_chunks::<4>();
        let values: Vec<f32> = chunks.iter().copied().map(f32::from_le_bytes).collect();
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(format!("{name} has the value {value}")),
            None => Ok(values),
        }
    }

    /// Finite numbers that are not negative.
    fn counts(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let values = self.floats(name, shape)?;
        match values.iter().find(|value| **value < 0.0) {
            Some(value) => Err(format!("{name} has the value {value}")),
            None => Ok(values),
        }
    }

    fn doubles(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>, String> {
        let bytes = self.bytes(name, Dtype::F64, shape)?;
        let (chunks, _) = bytes.as_chunks::<8>();
        let values: Vec<f64> = chunks.iter().copied().map(f64::from_le_bytes).collect();
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(format!("{name} has the value {value}")),
            None => Ok(values),
        }
    }

    fn bytes(&self, name: &str, dtype: Dtype, shape: &[usize]) -> Result<&[u8], String> {
        let tensor = self.tensors.tensor(name).map_err(|_| missing(name))?;
        if tensor.dtype() != dtype || tensor.shape() != shape {
            return Err(format!(
                "{name} is {:?} {:?}, not {dtype:?} {shape:?}",
                tensor.dtype(),
                tensor.shape()
            ));
        }
        Ok(tensor.data())
    }
}

/// One object's measures, from as many values.
fn first_measures(values: &[f32]) -> [f32; MEASURES] {
    std::array::from_fn(|at| values[at])
}

fn missing(name: &str) -> String {
    format!("it has no tensor {name}")
}

/// A finite number of the metadata.
fn number(name: &str, value: &Value) -> Result<f64, String> {
    let number = value.as_f64().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("its metadata has no number {name}"))
}

/// A number above 0.
fn positive(name: &str, value: &Value) -> Result<f64, String> {
    let number = number(name, value)?;
    if number > 0.0 {
        Ok(number)
    } else {
        Err(format!("{name} is {number}, not above 0"))
    }
}

/// A list of finite numbers.
fn numbers(name: &str, value: &Value) -> Result<Vec<f64>, String> {
    let list = value
        .as_array()
        .ok_or_else(|| format!("its metadata has no list {name}"))?;
    list.iter().map(|value| number(name, value)).collect()
}
