//! Connected regions of a mask.

/// The bounding box of a region in whole pixels, and how many pixels it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// First column to the right.
    pub right: usize,
    /// First row below.
    pub bottom: usize,
    /// The pixels of the region.
    pub pixels: usize,
}

impl Region {
    fn of_pixel(x: usize, y: usize) -> Self {
        Self {
            left: x,
            top: y,
            right: x + 1,
            bottom: y + 1,
            pixels: 1,
        }
    }

    fn include(&mut self, other: Self) {
        self.left = self.left.min(other.left);
        self.top = self.top.min(other.top);
        self.right = self.right.max(other.right);
        self.bottom = self.bottom.max(other.bottom);
        self.pixels += other.pixels;
    }

    /// Columns from the first to the last pixel.
    pub fn width(self) -> usize {
        self.right - self.left
    }

    /// Rows from the first to the last pixel.
    pub fn height(self) -> usize {
        self.bottom - self.top
    }
}

/// Finds the connected regions of a mask; pixels that touch at a corner are connected. Buffers are reused from mask to mask.
///
/// ```
/// use oddframe_boxes::Labeller;
/// let mut labeller = Labeller::default();
/// // Two rows of four pixels.
/// labeller.label(&[1, 0, 0, 1, 0, 1, 0, 0], 4);
/// assert_eq!(labeller.labels(), [1, 0, 0, 2, 0, 1, 0, 0]);
/// assert_eq!((labeller.regions()[0].width(), labeller.regions()[0].pixels), (2, 2));
/// ```
#[derive(Debug, Default)]
pub struct Labeller {
    /// The region of each pixel, from 1; 0 outside the mask.
    pub(super) labels: Vec<u32>,
    /// The parent of each provisional label in the forest of the union-find; a root is its own parent.
    parents: Vec<u32>,
    /// The regions of the last mask, by the first pixel in reading order. Region `i` has the label `i + 1`.
    pub(super) regions: Vec<Region>,
}

impl Labeller {
    /// The region of each pixel of the last mask, from 1; 0 outside the mask.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The regions of the last mask, in the order of their first pixels. Region `i` has the label `i + 1`.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// Labels the regions of a mask with `width` pixels in a row in two passes. Pixels other than 0 are marked.
    ///
    /// The first pass gives each pixel the label of a neighbour that was already visited, or a new one, and notes which
    /// labels meet. The second pass replaces each label by that of its region.
    pub fn label(&mut self, mask: &[u8], width: usize) {
        self.labels.clear();
        self.labels.resize(mask.len(), 0);
        self.parents.clear();
        self.parents.push(0);
        for place in (0..mask.len()).filter(|place| mask[*place] != 0) {
            let (x, y) = (place % width, place / width);
            // The visited neighbours: the pixel to the left and three in the row above.
            let mut label = 0;
            if x > 0 {
                label = self.join(label, self.labels[place - 1]);
            }
            if y > 0 {
                let above = place - width;
                let from = above - usize::from(x > 0);
                let to = above + usize::from(x + 1 < width);
                for neighbour in from..=to {
                    label = self.join(label, self.labels[neighbour]);
                }
            }
            if label == 0 {
                label = self.parents.len() as u32;
                self.parents.push(label);
            }
            self.labels[place] = label;
        }
        self.collect_regions(width);
    }

    /// Joins the trees of two labels and returns the root; 0 is no label.
    fn join(&mut self, label: u32, other: u32) -> u32 {
        if label == 0 || other == 0 {
            return label.max(other);
        }
        let (a, b) = (self.find_root(label), self.find_root(other));
        // The older label stays the root, so that regions are numbered in reading order.
        let (root, child) = (a.min(b), a.max(b));
        self.parents[child as usize] = root;
        root
    }

    fn find_root(&mut self, mut label: u32) -> u32 {
        while self.parents[label as usize] != label {
            // Halves the path on the way, which keeps the trees flat.
            let grandparent = self.parents[self.parents[label as usize] as usize];
            self.parents[label as usize] = grandparent;
            label = grandparent;
        }
        label
    }

    fn collect_regions(&mut self, width: usize) {
        self.regions.clear();
        // The number of the region of each root, given at its first pixel.
        let mut numbers = vec![0_u32; self.parents.len()];
        for place in 0..self.labels.len() {
            if self.labels[place] == 0 {
                continue;
            }
            let root = self.find_root(self.labels[place]) as usize;
            let pixel = Region::of_pixel(place % width, place / width);
            if numbers[root] == 0 {
                self.regions.push(pixel);
                numbers[root] = self.regions.len() as u32;
            } else {
                self.regions[numbers[root] as usize - 1].include(pixel);
            }
            self.labels[place] = numbers[root];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(rows: &[&str]) -> Labeller {
        let mask: Vec<u8> = rows
            .iter()
            .flat_map(|row| row.bytes().map(|byte| u8::from(byte == b'#')))
            .collect();
        let mut labeller = Labeller::default();
        labeller.label(&mask, rows[0].len());
        labeller
    }

    #[test]
    fn corners_connect_and_gaps_separate() {
        let found = label(&["#..#", ".#..", "...#"]);
        assert_eq!(found.labels, [1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 3]);
        let first = Region {
            left: 0,
            top: 0,
            right: 2,
            bottom: 2,
            pixels: 2,
        };
        assert_eq!(found.regions[0], first);
    }

    #[test]
    fn arms_that_meet_below_are_one_region() {
        let found = label(&["#.#.#", "#.#.#", "#####"]);
        assert_eq!(found.regions.len(), 1);
        assert_eq!(found.regions[0].pixels, 11);
        // The last arm meets the others only from the right.
        assert_eq!(label(&["..#", "..#", "##."]).regions.len(), 1);
    }

    #[test]
    fn a_full_row_does_not_continue_in_the_next() {
        assert_eq!(label(&["..#", "...", "#.."]).regions.len(), 2);
        assert_eq!(label(&["..#", "#.."]).regions.len(), 2);
    }
}
