use crate::analysis::Geometry;
use crate::found::FrameFindings;
use crate::grid::{CELL, Grid};
use crate::image::{Rectangle, dilate_mask};

/// Cells around a place that must be free too.
const MARGIN: Rectangle = Rectangle {
    rows: 5,
    columns: 5,
};

/// A place has room for a person above it, in heights of a person.
const ROOM: f64 = 1.1;

/// The distance of a place from the lower edge and from the sides of the picture, in pixels.
const FROM_BELOW: usize = 6;
const FROM_SIDE: usize = 20;

/// Places where no object of these videos stood: column and foot row of a person who would.
pub(crate) fn free_places(videos: &[Vec<FrameFindings>], geometry: &Geometry) -> Vec<(f64, f64)> {
    let (width, height) = (geometry.shape.width(), geometry.shape.height());
    let grid = Grid::of_picture(width, height);
    let mut taken = vec![0; grid.len()];
    for object in videos.iter().flatten().flat_map(|frame| &frame.objects) {
        let row = (object.foot() as usize / CELL).min(grid.rows - 1);
        let column = (object.centre() as usize / CELL).min(grid.columns - 1);
        taken[row * grid.columns + column] = 1;
    }
    dilate_mask(&mut taken, grid.columns, MARGIN);
    let mut places = Vec::new();
    for (cell, taken) in taken.iter().enumerate() {
        let (x, y) = (cell % grid.columns * CELL, cell / grid.columns * CELL);
        let has_room = ROOM * geometry.heights.height_at(y as f64) < y as f64;
        let inside = y + FROM_BELOW < height && x > FROM_SIDE && x + FROM_SIDE < width;
        if *taken == 0 && has_room && inside {
            places.push(((x + CELL / 2) as f64, y as f64));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use oddframe_boxes::HeightProfile;
    use oddframe_core::{FrameShape, PixelFormat};

    use super::*;
    use crate::objects::FoundObject;

    #[test]
    fn places_are_away_from_people_and_edges() {
        let geometry = Geometry {
            shape: FrameShape::new(160, 96, PixelFormat::Gray).unwrap(),
            heights: HeightProfile::constant(20.0),
            by_centre: vec![20.0; 96],
        };
        let frame = FrameFindings {
            objects: vec![FoundObject {
                left: 36.0,
                top: 20.0,
                width: 8.0,
                height: 20.0,
            }],
            ..FrameFindings::default()
        };
        let places = free_places(&[vec![frame]], &geometry);
        // The object stands in column 5 and row 5 of the cells: columns and rows 3 to 7 are taken.
        assert!(
            !places
                .iter()
                .any(|(x, y)| (24.0..64.0).contains(x) && (24.0..64.0).contains(y))
        );
        assert!(places.contains(&(68.0, 40.0)) && places.contains(&(44.0, 64.0)));
        assert!(
            places
                .iter()
                .all(|(x, y)| *y > 22.0 && *y < 90.0 && *x > 24.0 && *x < 144.0)
        );
    }
}
