use oddframe_core::{Frame, Random};

use super::cut_out::{FullCutOut, mix_pixel, pixel_at};

/// A scrambled object is cut into so many tiles across and down.
const TILES: (usize, usize) = (4, 6);

/// How the look of an object changes while it moves on.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum LookChange {
    /// Bright becomes dark and dark bright.
    Inverted,
    /// Tile `i` shows what tile `order[i]` showed.
    Scrambled { order: Vec<usize> },
}

impl LookChange {
    /// Every other change is of the same kind.
    pub(super) fn draw_random(number: usize, random: &mut Random) -> Self {
        if number.is_multiple_of(2) {
            return Self::Inverted;
        }
        let mut order: Vec<usize> = (0..TILES.0 * TILES.1).collect();
        random.shuffle(&mut order);
        Self::Scrambled { order }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Inverted => "inverted",
            Self::Scrambled { .. } => "scrambled",
        }
    }

    /// Changes an object in the frame that it was cut out of.
    pub(super) fn apply(&self, object: &FullCutOut, frame: &mut Frame) {
        let format = frame.shape().format();
        for y in object.rows() {
            for x in object.columns() {
                let opacity = object.opacity(x, y);
                if opacity <= 0.0 {
                    continue;
                }
                let colour = match self {
                    Self::Inverted => {
                        pixel_at(&object.picture, (x, y), format).map(|value| 255.0 - value)
                    }
                    Self::Scrambled { order } => {
                        let from = scrambled_from(order, object, (x, y));
                        pixel_at(&object.picture, from, format)
                    }
                };
                mix_pixel(frame, (x, y), colour, opacity);
            }
        }
    }
}

/// The pixel whose value a pixel gets when tiles change their places.
fn scrambled_from(order: &[usize], object: &FullCutOut, (x, y): (i64, i64)) -> (i64, i64) {
    let (columns, rows) = (object.columns(), object.rows());
    let wide = ((columns.end - columns.start) / TILES.0 as i64).max(1);
    let high = ((rows.end - rows.start) / TILES.1 as i64).max(1);
    // Tiles have whole pixels; what is left over at the right and below belongs to the last ones.
    let column = ((x - columns.start) / wide).min(TILES.0 as i64 - 1);
    let row = ((y - rows.start) / high).min(TILES.1 as i64 - 1);
    let from = order[row as usize * TILES.0 + column as usize];
    let (from_column, from_row) = ((from % TILES.0) as i64, (from / TILES.0) as i64);
    (
        (x + (from_column - column) * wide).clamp(columns.start, columns.end - 1),
        (y + (from_row - row) * high).clamp(rows.start, rows.end - 1),
    )
}
