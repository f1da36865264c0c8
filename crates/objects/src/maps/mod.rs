//! What is usual where: pictures of a model over the background of its camera.

mod canvas;
mod colours;
mod font;

use std::f64::consts::TAU;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use oddframe_core::ModelPicture;

use self::canvas::{Canvas, Colour, TEXT_HEIGHT, WHITE, text_width};
use self::colours::{Scale, ramp, short_number, wheel};
use crate::Error;
use crate::analysis::Geometry;
use crate::grid::CELL;
use crate::local_tail::DIRECTIONS;
use crate::model::ObjectModel;
use crate::statistics::percentile;

/// Pictures are enlarged by a whole number, to about this width.
const WIDTH: usize = 720;

/// The brightness of the background.
const DIMMED: f32 = 0.55;

/// The share of a colour where something is known.
const COVER: f32 = 0.6;

/// The space around text.
const MARGIN: usize = 8;

/// The grid points in a cell along each side, at each of which a frame has at most one window.
const POINTS_IN_CELL: f64 = 4.0;

/// The colours end at this percentile of the values, so that a few extreme cells do not darken all others.
const HIGHEST: f64 = 98.0;

/// Draws all maps of a model.
pub(crate) fn draw_maps(model: &ObjectModel) -> Result<Vec<ModelPicture>, Error> {
    let heights = Geometry::new(&model.camera)?.by_centre;
    [
        draw_speed(model, &heights),
        draw_direction(model),
        draw_activity(model),
        draw_dwelling(model),
    ]
    .into_iter()
    .map(|(name, caption, canvas)| {
        let mut png = Vec::new();
        PngEncoder::new(&mut png)
            .write_image(
                &canvas.pixels,
                canvas.width as u32,
                canvas.height as u32,
                ExtendedColorType::Rgb8,
            )
            .map_err(|source| Error::Picture { source })?;
        Ok(ModelPicture {
            name: name.to_owned(),
            caption: caption.to_owned(),
            png,
        })
    })
    .collect()
}

/// The name, the caption and the picture of a map.
type Map = (&'static str, &'static str, Canvas);

/// The median speed in each cell, in pixels of the original frames. `heights` are those of people by the row of their centre.
fn draw_speed(model: &ObjectModel, heights: &[f64]) -> Map {
    let tail = &model.parts;
    let enlarged = model.source.0 as f64 / model.camera.width() as f64;
    let speeds: Vec<Option<f64>> = (0..tail.grid.len())
        .map(|cell| {
            // The last cells of a column may begin below the picture.
            let row = (cell / tail.grid.columns * CELL + CELL / 2).min(heights.len() - 1);
            tail.usual_speed(cell, heights[row])
                .map(|speed| enlarged * speed)
        })
        .collect();
    let scale = Scale::Linear(highest(&speeds));
    let title = "USUAL SPEED, PIXELS PER FRAME";
    (
        "speed",
        "the median speed of what moves here, in pixels per frame",
        draw_values(model, &speeds, tail.grid.columns, scale, title),
    )
}

/// The most frequent direction in each cell.
fn draw_direction(model: &ObjectModel) -> Map {
    let tail = &model.parts;
    let columns = tail.grid.columns;
    let (mut canvas, zoom) = draw_background(model, "MAIN DIRECTION");
    let shares: Vec<Option<(usize, f64)>> = (0..tail.grid.len())
        .map(|cell| tail.main_direction(cell))
        .collect();
    for (cell, main) in shares.iter().enumerate() {
        let Some((direction, share)) = main else {
            continue;
        };
        // Where all directions are equally frequent, no colour is left.
        let even = 1.0 / DIRECTIONS as f64;
        let share = ((share - even) / (1.0 - even)).clamp(0.0, 1.0);
        let cover = COVER * (0.25 + 0.75 * share as f32);
        fill_cell(
            &mut canvas,
            model,
            zoom,
            (cell, columns),
            wheel(*direction, DIRECTIONS),
            cover,
        );
    }
    // An arrow in every second cell of every second row.
    for (cell, main) in shares.iter().enumerate() {
        let (column, row) = (cell % columns, cell / columns);
        let (Some((direction, _)), 0, 0) = (main, column % 2, row % 2) else {
            continue;
        };
        let side = (zoom * CELL) as f64;
        let centre = (
            (column as f64 + 0.5) * side,
            title_height() as f64 + (row as f64 + 0.5) * side,
        );
        if centre.1 < (title_height() + zoom * model.camera.height()) as f64 {
            let angle = TAU * *direction as f64 / DIRECTIONS as f64;
            canvas.arrow(centre, 1.2 * side, angle, WHITE);
        }
    }
    draw_directions_legend(&mut canvas);
    (
        "direction",
        "the most frequent direction of what moves here; the paler, the more directions there are",
        canvas,
    )
}

/// For how much of the time something moves in each cell.
fn draw_activity(model: &ObjectModel) -> Map {
    let tail = &model.parts;
    let frames = model.frames().max(1) as f64;
    let shares: Vec<Option<f64>> = (0..tail.grid.len())
        .map(|cell| {
            let seen = tail.windows_in_cell(cell);
            let share = 100.0 * seen / (POINTS_IN_CELL * frames);
            tail.is_visited(cell).then_some(share.min(100.0))
        })
        .collect();
    let most = highest(&shares);
    let scale = Scale::Logarithmic(most / 100.0, most);
    let canvas = draw_values(
        model,
        &shares,
        tail.grid.columns,
        scale,
        "MOVING, PERCENT OF THE TIME",
    );
    (
        "activity",
        "for how much of the time something moves here, in percent",
        canvas,
    )
}

/// The longest time that something has stood in each cell.
fn draw_dwelling(model: &ObjectModel) -> Map {
    let longest = model.dwell.longest.iter().copied();
    // Times below half of the usual longest one are not kept apart.
    let floor = longest.clone().fold(f32::INFINITY, f32::min);
    let times: Vec<Option<f64>> = longest
        .map(|time| (time > floor).then_some(f64::from(time)))
        .collect();
    let most = highest(&times);
    let scale = Scale::Logarithmic(f64::from(floor).max(1.0).min(0.5 * most), most);
    let canvas = draw_values(
        model,
        &times,
        model.dwell.columns,
        scale,
        "LONGEST DWELLING, FRAMES",
    );
    (
        "dwelling",
        "the longest time that something has stood here, in frames",
        canvas,
    )
}

/// The value at which colours end: above 0.
fn highest(values: &[Option<f64>]) -> f64 {
    let mut known: Vec<f64> = values.iter().flatten().copied().collect();
    if known.is_empty() {
        return 1.0;
    }
    percentile(&mut known, HIGHEST).max(1e-3)
}

/// A map of values in cells, with its legend.
fn draw_values(
    model: &ObjectModel,
    values: &[Option<f64>],
    columns: usize,
    scale: Scale,
    title: &str,
) -> Canvas {
    let (mut canvas, zoom) = draw_background(model, title);
    for (cell, value) in values.iter().enumerate() {
        if let Some(value) = value {
            let colour = ramp(scale.share(*value));
            fill_cell(&mut canvas, model, zoom, (cell, columns), colour, COVER);
        }
    }
    draw_scale_legend(&mut canvas, scale);
    canvas
}

/// The background in gray, enlarged by the returned number, with a title above and room for a legend below.
fn draw_background(model: &ObjectModel, title: &str) -> (Canvas, usize) {
    let background = &model.camera.background;
    let zoom = (WIDTH / background.width).max(1);
    let mut canvas = Canvas::new(
        zoom * background.width,
        title_height() + zoom * background.height + legend_height(),
    );
    for y in 0..zoom * background.height {
        for x in 0..zoom * background.width {
            let level = (DIMMED * background.get(x / zoom, y / zoom)).clamp(0.0, 255.0) as u8;
            canvas.blend(x, title_height() + y, [level; 3], 1.0);
        }
    }
    canvas.write((MARGIN, MARGIN), title, WHITE);
    (canvas, zoom)
}

fn title_height() -> usize {
    TEXT_HEIGHT + 2 * MARGIN
}

fn legend_height() -> usize {
    2 * TEXT_HEIGHT + 3 * MARGIN
}

/// Colours a cell; the picture may end in the middle of it.
fn fill_cell(
    canvas: &mut Canvas,
    model: &ObjectModel,
    zoom: usize,
    (cell, columns): (usize, usize),
    colour: Colour,
    cover: f32,
) {
    let (left, top) = (cell % columns * CELL, cell / columns * CELL);
    let width = CELL.min(model.camera.width().saturating_sub(left));
    let height = CELL.min(model.camera.height().saturating_sub(top));
    canvas.fill(
        (zoom * left, title_height() + zoom * top),
        (zoom * width, zoom * height),
        colour,
        cover,
    );
}

/// The numbers below a scale of colours.
const TICKS: usize = 5;

fn draw_scale_legend(canvas: &mut Canvas, scale: Scale) {
    let top = canvas.height - legend_height() + MARGIN;
    let width = canvas.width - 2 * MARGIN;
    for x in 0..width {
        let colour = ramp(x as f64 / width as f64);
        canvas.fill((MARGIN + x, top), (1, TEXT_HEIGHT), colour, 1.0);
    }
    for tick in 0..TICKS {
        let share = tick as f64 / (TICKS - 1) as f64;
        let number = short_number(scale.value(share));
        let room = width.saturating_sub(text_width(&number));
        let left = MARGIN + (share * room as f64) as usize;
        canvas.write((left, top + TEXT_HEIGHT + MARGIN), &number, WHITE);
    }
}

fn draw_directions_legend(canvas: &mut Canvas) {
    let top = canvas.height - legend_height() + MARGIN;
    let step = (canvas.width - 2 * MARGIN) / DIRECTIONS;
    let height = 2 * TEXT_HEIGHT + MARGIN;
    for direction in 0..DIRECTIONS {
        let left = MARGIN + direction * step;
        canvas.fill(
            (left, top),
            (step.saturating_sub(2), height),
            wheel(direction, DIRECTIONS),
            COVER,
        );
        let centre = ((left + step / 2) as f64, top as f64 + height as f64 / 2.0);
        let angle = TAU * direction as f64 / DIRECTIONS as f64;
        canvas.arrow(centre, 0.7 * height as f64, angle, WHITE);
    }
}
