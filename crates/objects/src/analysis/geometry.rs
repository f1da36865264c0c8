use oddframe_boxes::HeightProfile;
use oddframe_core::{FrameShape, PixelFormat};

use crate::Error;
use crate::camera::Camera;
use crate::dwell::PersonCells;
use crate::grid::{CELL, Grid};
use crate::statistics::median_f64;

/// The size of the analysed pictures and the heights of people in them.
#[derive(Debug, Clone)]
pub(crate) struct Geometry {
    pub(crate) shape: FrameShape,
    pub(crate) heights: HeightProfile,
    /// For each row, the height of a person whose centre lies there.
    pub(crate) by_centre: Vec<f64>,
}

impl Geometry {
    pub(crate) fn new(camera: &Camera) -> Result<Self, Error> {
        Ok(Self {
            shape: FrameShape::new(camera.width(), camera.height(), PixelFormat::Gray)?,
            heights: camera.heights,
            by_centre: camera.heights_by_centre(),
        })
    }

    /// The cells of the picture.
    pub(crate) fn grid(&self) -> Grid {
        Grid::of_picture(self.shape.width(), self.shape.height())
    }

    /// The size of a person whose centre is in each row of cells.
    pub(super) fn people_by_cell(&self) -> Vec<PersonCells> {
        let centres = self.by_centre.iter().skip(CELL / 2).step_by(CELL);
        centres
            .map(|height| PersonCells::of_height(*height))
            .collect()
    }

    /// The median height of a person over all rows.
    pub(crate) fn usual_height(&self) -> f64 {
        median_f64(&mut self.by_centre.clone())
    }
}
