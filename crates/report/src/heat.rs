//! Heat maps: the error map of a frame, made coarse, to be laid over its picture.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use oddframe_core::{FrameNumber, ScoreMap, SharedError, VideoId};
use oddframe_pipeline::RunFolder;

use crate::Error;

/// The longer side of a heat map in cells: where something is matters, not each pixel of it.
const CELLS: usize = 40;
/// So few that nobody is recognised by an outline.
const BLURRED_CELLS: usize = 16;
/// The most maps that the scale is computed from.
const SCALE_MAPS: usize = 400;
/// The error from which on a cell is hot, as a share of all cells. The median has no heat.
const HOT: f64 = 0.995;
/// Steps of heat in the picture. Few of them compress well.
const STEPS: f32 = 15.0;

/// The error maps of one system, on one scale, so that the heat of two frames can be compared.
#[derive(Debug)]
pub(crate) struct HeatMaps<'a> {
    folder: &'a RunFolder,
    /// The first fused system that gives maps.
    pub(crate) system: String,
    /// The errors without heat and with the most.
    scale: (f32, f32),
    cells: usize,
}

/// The heat of a frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HeatMap {
    width: usize,
    /// From 0 to 1, row by row.
    heat: Vec<f32>,
}

impl<'a> HeatMaps<'a> {
    /// Looks for maps of these frames; none where the run keeps none.
    pub(crate) fn find(
        folder: &'a RunFolder,
        frames: &[(&VideoId, FrameNumber)],
        blur: bool,
    ) -> Result<Option<Self>, Error> {
        if !folder.maps_folder().exists() {
            return Ok(None);
        }
        let cells = if blur { BLURRED_CELLS } else { CELLS };
        let step = frames.len().div_ceil(SCALE_MAPS).max(1);
        for system in folder.recipe().fused_systems() {
            let mut values = Vec::new();
            for (video, frame) in frames.iter().step_by(step) {
                if let Some(map) = folder.read_map(&system.name, 0, video, *frame)? {
                    values.extend(coarsen(&map, cells).heat);
                }
            }
            if !values.is_empty() {
                return Ok(Some(Self {
                    folder,
                    system: system.name.clone(),
                    scale: scale_of(values),
                    cells,
                }));
            }
        }
        Ok(None)
    }

    /// The heat of a frame; none where the system gave no map.
    pub(crate) fn read(
        &self,
        video: &VideoId,
        frame: FrameNumber,
    ) -> Result<Option<HeatMap>, Error> {
        let map = self.folder.read_map(&self.system, 0, video, frame)?;
        Ok(map.map(|map| {
            let mut coarse = coarsen(&map, self.cells);
            let (low, high) = self.scale;
            for value in &mut coarse.heat {
                *value = ((*value - low) / (high - low)).clamp(0.0, 1.0);
            }
            coarse
        }))
    }
}

impl HeatMap {
    /// The heat at a place, given as shares of the width and the height, between the centres of the cells.
    pub(crate) fn sample(&self, x: f32, y: f32) -> f32 {
        let height = self.heat.len() / self.width;
        let place = |share: f32, cells: usize| {
            let at = (share * cells as f32 - 0.5).clamp(0.0, cells as f32 - 1.0);
            let low = at.floor() as usize;
            (low, (low + 1).min(cells - 1), at - at.floor())
        };
        let ((left, right, u), (top, bottom, v)) = (place(x, self.width), place(y, height));
        let row = |y: usize| {
            let row = &self.heat[y * self.width..];
            row[left] + u * (row[right] - row[left])
        };
        row(top) + v * (row(bottom) - row(top))
    }

    /// A PNG file, transparent where there is no heat.
    pub(crate) fn encode_png(&self) -> Result<Vec<u8>, SharedError> {
        let mut pixels = Vec::with_capacity(4 * self.heat.len());
        for heat in &self.heat {
            let heat = (heat * STEPS).round() / STEPS;
            let [red, green, blue] = colour_of(heat);
            pixels.extend([red, green, blue, (255.0 * opacity_of(heat)) as u8]);
        }
        let mut png = Vec::new();
        let height = self.heat.len() / self.width;
        PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter)
            .write_image(
                &pixels,
                self.width as u32,
                height as u32,
                ExtendedColorType::Rgba8,
            )?;
        Ok(png)
    }
}

/// From yellow to red: both show on gray, on dark and on bright pictures.
pub(crate) fn colour_of(heat: f32) -> [u8; 3] {
    [255, (225.0 * (1.0 - heat)) as u8, (60.0 * heat) as u8]
}

/// How much of the picture the heat hides: what is there stays visible in the hottest places.
pub(crate) fn opacity_of(heat: f32) -> f32 {
    (0.8 * heat).min(0.65)
}

/// The means of the cells of a map, of which the longer side has at most `cells`.
fn coarsen(map: &ScoreMap, cells: usize) -> HeatMap {
    let (width, height) = (map.width, map.values.len() / map.width);
    let longer = width.max(height).max(1);
    let shrink = |side: usize| {
        if longer <= cells {
            side
        } else {
            (side * cells).div_ceil(longer).max(1)
        }
    };
    let (columns, rows) = (shrink(width), shrink(height));
    let mut heat = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        let lines = row * height / rows..(row + 1) * height / rows;
        for column in 0..columns {
            let span = column * width / columns..(column + 1) * width / columns;
            let count = lines.len() * span.len();
            let values = lines
                .clone()
                .flat_map(|y| &map.values[y * width..][span.clone()]);
            let sum: f32 = values.filter(|value| value.is_finite()).sum();
            heat.push(sum / count.max(1) as f32);
        }
    }
    HeatMap {
        width: columns,
        heat,
    }
}

/// The median, and the error that few cells reach.
fn scale_of(mut values: Vec<f32>) -> (f32, f32) {
    values.sort_by(f32::total_cmp);
    let last = values.len() - 1;
    let low = values[last / 2];
    let high = values[(last as f64 * HOT) as usize];
    if high > low {
        (low, high)
    } else {
        // Nearly all cells are equal: what differs is hot.
        (low, values[last].max(low.next_up()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(width: usize, values: Vec<f32>) -> ScoreMap {
        ScoreMap {
            number: FrameNumber(0),
            width,
            values,
        }
    }

    #[test]
    fn a_map_is_made_coarse_by_the_means_of_its_cells() {
        let values = [[1.0, 3.0, 0.0, 0.0], [1.0, 3.0, 0.0, 8.0]].concat();
        let coarse = coarsen(&map(4, values.clone()), 2);
        assert_eq!((coarse.width, &coarse.heat[..]), (2, &[2.0, 2.0][..]));
        let whole = coarsen(&map(4, values.clone()), 4);
        assert_eq!((whole.width, whole.heat), (4, values));
        // 100 columns become 40: no pixel is left out or counted twice.
        let wide = coarsen(&map(100, (0..100).map(|x| x as f32).collect()), 40);
        assert_eq!(wide.width, 40);
        assert_eq!((wide.heat[0], wide.heat[39]), (0.5, 98.0));
    }

    #[test]
    fn heat_between_cells_is_interpolated() {
        let heat = HeatMap {
            width: 2,
            heat: vec![0.0, 1.0, 0.0, 1.0],
        };
        let sampled = [0.0, 0.25, 0.5, 0.75, 1.0].map(|x| heat.sample(x, 0.5));
        assert_eq!(sampled, [0.0, 0.0, 0.5, 1.0, 1.0]);
    }

    #[test]
    fn the_png_is_transparent_where_nothing_is_odd() {
        let heat = HeatMap {
            width: 2,
            heat: vec![0.0, 1.0],
        };
        let png = image::load_from_memory(&heat.encode_png().unwrap()).unwrap();
        let pixels = png.to_rgba8().into_raw();
        assert_eq!(pixels[3], 0);
        assert_eq!(pixels[4..], [255, 0, 60, 165]);
    }

    #[test]
    fn the_scale_begins_at_the_median_and_equal_maps_have_no_heat() {
        let values: Vec<f32> = (0..=1000).map(|value| value as f32).collect();
        assert_eq!(scale_of(values), (500.0, 995.0));
        let (low, high) = scale_of(vec![2.0; 9]);
        assert!(low == 2.0 && high > low);
    }
}
