use oddframe_boxes::HeightProfile;
use oddframe_core::{FrameShape, PixelFormat};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use crate::calibration::Cue;
use crate::camera::Camera;
use crate::color::{self, Colors};
use crate::direction::Directions;
use crate::dwell::Dwell;
use crate::frame_gaps::numbers_with_gaps;
use crate::grid::{CELL, Grid};
use crate::hog;
use crate::image::{Plane, Shrinker};
use crate::local_tail::{DIRECTIONS, LocalTail, Measure, SPEEDS, SpeedScale, Switch, TailCounts};
use crate::look::{COMPONENTS, Look};
use crate::model::{NormalValues, ObjectModel};
use crate::shape::{MEASURES, Shapes};
use crate::usual::UsualDistances;

/// The widest possible spread, as the settings allow it.
const LARGEST_SPREAD: f64 = 10.0;

/// Reads the parts of a model and checks each.
pub(super) struct ModelReader<'a> {
    pub(super) tensors: &'a SafeTensors<'a>,
    pub(super) metadata: &'a Value,
}

impl ModelReader<'_> {
    pub(super) fn read_model(&self) -> Result<ObjectModel, String> {
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
            directions: self.directions(grid)?,
            look: Look {
                mean: self.floats("look.mean", &[hog::LENGTH])?,
                axes: self.floats("look.axes", &[COMPONENTS, hog::LENGTH])?,
                rows: self.floats("look.rows", &[rows, COMPONENTS])?,
            },
            usual_looks: self.usual_distances("look", grid)?,
            shapes: self.shapes()?,
            usual_shapes: self.usual_distances("shape", grid)?,
            colors: Colors {
                counts: self.counts("color.counts", &color::SHAPE)?,
            },
            dwell: Dwell {
                columns: dwell_shape[1],
                longest: self.counts("dwell.longest", &dwell_shape)?,
                usual: positive("usual_dwell", &self.metadata["usual_dwell"])?,
            },
            normal: self.normal_values()?,
            normal_objects: self.by_video(&self.counts("normal.objects", &[self.frames()?])?)?,
            numbers: self.frame_numbers()?,
        })
    }

    fn directions(&self, grid: Grid) -> Result<Directions, String> {
        let values = &self.metadata["directions"];
        let slow = number("directions.slow", &values["slow"])?;
        let spread = positive("directions.spread", &values["spread"])?;
        // A picture has no more cells than this in a row, and the reach costs time.
        if slow < 0.0 || spread > grid.columns.max(grid.rows) as f64 {
            return Err(format!("directions has the values {slow} and {spread}"));
        }
        Ok(Directions {
            grid,
            slow,
            spread,
            counts: self.counts("direction.counts", &[grid.len(), DIRECTIONS])?,
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
            values.videos = self.by_video(&all)?;
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
    fn by_video(&self, all: &[f32]) -> Result<Vec<Vec<f32>>, String> {
        let mut rest = all;
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
