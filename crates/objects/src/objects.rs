use oddframe_boxes::{HeightProfile, Labeller};

use crate::image::{Rectangle, close_mask, open_mask};
use oddframe_core::Rect;

/// An object: a region of moving pixels, or a part of one with the size of a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FoundObject {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl FoundObject {
    /// The column of the centre.
    pub(crate) fn centre(self) -> f64 {
        self.left + self.width / 2.0
    }

    /// The row of the feet.
    pub(crate) fn foot(self) -> f64 {
        self.top + self.height
    }

    /// The pixel under its feet.
    pub(crate) fn standing_on(self) -> (usize, usize) {
        // `as` turns negative coordinates into 0.
        (self.centre() as usize, self.foot() as usize)
    }

    pub(crate) fn contains(self, x: f64, y: f64) -> bool {
        (self.left..self.left + self.width).contains(&x) && (self.top..self.foot()).contains(&y)
    }

    pub(crate) fn area(self) -> Rect {
        Rect {
            left: self.left,
            top: self.top,
            right: self.left + self.width,
            bottom: self.foot(),
        }
    }
}

/// A smaller region is no object, in squared heights of a person at its foot.
const SMALLEST_AREA: f64 = 0.06;

/// A lower region is no object, in heights of a person.
const LOWEST: f64 = 0.3;

/// The extent of one object, in heights of a person: larger regions are people beside or behind each other.
const OBJECT_WIDTH: f64 = 0.65;
const OBJECT_HEIGHT: f64 = 1.2;

/// The fewest moving pixels in a part of a region.
const PIXELS_IN_PART: usize = 5;

/// Removes specks from a mask of moving pixels and fills its smallest gaps.
pub(crate) fn clean_mask(moving: &[u8], width: usize) -> Vec<u8> {
    let mut mask = moving.to_vec();
    open_mask(
        &mut mask,
        width,
        Rectangle {
            rows: 2,
            columns: 2,
        },
    );
    close_mask(
        &mut mask,
        width,
        Rectangle {
            rows: 3,
            columns: 3,
        },
    );
    mask
}

/// The objects of a cleaned mask, and whether any region is large enough to be one.
///
/// A region is large enough by its area and its height. One that is larger than a person is cut into equal parts, each the
/// size of a person; parts in which hardly anything moves are dropped.
pub(crate) fn find_objects(
    mask: &[u8],
    width: usize,
    heights: &HeightProfile,
    labeller: &mut Labeller,
) -> (Vec<FoundObject>, bool) {
    labeller.label(mask, width);
    let (mut objects, mut any) = (Vec::new(), false);
    for region in labeller.regions() {
        let (wide, high) = (region.width() as f64, region.height() as f64);
        let person = heights.height_at(region.bottom as f64);
        if (region.pixels as f64) < SMALLEST_AREA * person * person || high < LOWEST * person {
            continue;
        }
        any = true;
        let columns = (wide / (OBJECT_WIDTH * person)).round_ties_even().max(1.0);
        let rows = (high / (OBJECT_HEIGHT * person)).round_ties_even().max(1.0);
        for column in 0..columns as usize {
            for row in 0..rows as usize {
                let part = FoundObject {
                    left: region.left as f64 + column as f64 * wide / columns,
                    top: region.top as f64 + row as f64 * high / rows,
                    width: wide / columns,
                    height: high / rows,
                };
                if count_pixels(part, mask, width) >= PIXELS_IN_PART {
                    objects.push(part);
                }
            }
        }
    }
    (objects, any)
}

/// The marked pixels of a mask that a part of a region touches.
fn count_pixels(part: FoundObject, mask: &[u8], width: usize) -> usize {
    let columns = part.left as usize..((part.left + part.width) as usize + 1).min(width);
    let bottom = (part.foot() as usize + 1).min(mask.len() / width);
    (part.top as usize..bottom)
        .map(|y| {
            let row = &mask[y * width..][..width][columns.clone()];
            row.iter().map(|pixel| usize::from(*pixel)).sum::<usize>()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(mask: &[u8], width: usize, person: f64) -> (Vec<FoundObject>, bool) {
        find_objects(
            mask,
            width,
            &HeightProfile::constant(person),
            &mut Labeller::default(),
        )
    }

    fn block(width: usize, height: usize, columns: usize, rows: usize) -> Vec<u8> {
        let mut mask = vec![0; width * height];
        for row in mask.chunks_exact_mut(width).take(rows) {
            row[..columns].fill(1);
        }
        mask
    }

    #[test]
    fn two_people_side_by_side_are_cut_apart() {
        // 13 wide at a height of 10: two people of 6.5.
        let (objects, _) = find(&block(20, 12, 13, 10), 20, 10.0);
        assert_eq!(objects.len(), 2);
        assert_eq!(
            (objects[1].left, objects[1].width, objects[1].foot()),
            (6.5, 6.5, 10.0)
        );
        assert!(objects[0].contains(3.0, 9.0) && !objects[1].contains(3.0, 9.0));
    }

    #[test]
    fn small_and_low_regions_are_no_objects() {
        assert_eq!(find(&block(20, 12, 2, 2), 20, 10.0), (Vec::new(), false));
        assert_eq!(find(&block(20, 12, 18, 2), 20, 10.0), (Vec::new(), false));
        assert!(find(&block(20, 12, 3, 3), 20, 10.0).1);
    }
}
