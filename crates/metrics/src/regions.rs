use oddframe_core::{Mask, Rect};

/// The bounding boxes of the connected parts of a mask. Pixels are connected if they share a side or a
/// corner. Parts of fewer than `min_area` pixels are left out. The boxes are ordered by the first pixel of
/// their parts, row by row.
///
/// ```
/// use oddframe_core::{Mask, Rect};
/// let mask = Mask::from_pixels(4, 2, &[1, 0, 0, 1, 0, 1, 0, 0])?;
/// let found = oddframe_metrics::regions(&mask, 2);
/// assert_eq!(found, [Rect { left: 0.0, top: 0.0, right: 2.0, bottom: 2.0 }]);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
pub fn regions(mask: &Mask, min_area: usize) -> Vec<Rect> {
    // Union-find over the runs of each row: a run joins every run of the row above that it touches.
    let segments = row_segments(mask);
    let mut parents: Vec<usize> = (0..segments.len()).collect();
    let mut above = 0;
    for (index, here) in segments.iter().enumerate() {
        // A segment that ends before this one touches no later segment either.
        while segments[above].row + 1 < here.row
            || (segments[above].row + 1 == here.row && segments[above].end < here.start)
        {
            above += 1;
        }
        let touching = segments[above..]
            .iter()
            .take_while(|s| s.row + 1 == here.row && s.start <= here.end);
        for other in above..above + touching.count() {
            join_parts(&mut parents, other, index);
        }
    }
    // Every part is collected at its first segment, so the parts are ordered by their first pixel.
    let mut parts: Vec<Option<Part>> = vec![None; segments.len()];
    for (index, segment) in segments.iter().enumerate() {
        let part = parts[find_root(&mut parents, index)].get_or_insert(Part::at_segment(*segment));
        part.add_segment(*segment);
    }
    parts
        .into_iter()
        .flatten()
        .filter(|p| p.area >= min_area)
        .map(Part::bounding_box)
        .collect()
}

/// Adjacent set pixels in one row, from `start` up to but not including `end`.
#[derive(Debug, Clone, Copy)]
struct Segment {
    row: usize,
    start: usize,
    end: usize,
}

/// The runs of a mask, split at the ends of rows.
fn row_segments(mask: &Mask) -> Vec<Segment> {
    let width = mask.width();
    let mut segments = Vec::with_capacity(mask.runs().len());
    for (first, length) in mask.runs() {
        let mut at = first;
        while at < first + length {
            let (row, start) = (at / width, at % width);
            let end = width.min(start + first + length - at);
            segments.push(Segment { row, start, end });
            at += end - start;
        }
    }
    segments
}

/// A connected part of the mask: its bounding box and its number of pixels.
#[derive(Debug, Clone, Copy)]
struct Part {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
    area: usize,
}

impl Part {
    fn at_segment(segment: Segment) -> Self {
        Self {
            left: segment.start,
            top: segment.row,
            right: segment.end,
            bottom: segment.row + 1,
            area: 0,
        }
    }

    fn add_segment(&mut self, segment: Segment) {
        self.left = self.left.min(segment.start);
        self.right = self.right.max(segment.end);
        self.bottom = segment.row + 1;
        self.area += segment.end - segment.start;
    }

    fn bounding_box(self) -> Rect {
        Rect {
            left: self.left as f64,
            top: self.top as f64,
            right: self.right as f64,
            bottom: self.bottom as f64,
        }
    }
}

/// The first segment of the part that contains a segment. Paths are halved on the way (path compression).
fn find_root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}

/// Merges the parts of two segments.
fn join_parts(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (find_root(parents, a), find_root(parents, b));
    parents[a.max(b)] = a.min(b);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rect(left: f64, top: f64, right: f64, bottom: f64) -> Rect {
        Rect {
            left,
            top,
            right,
            bottom,
        }
    }

    fn mask(rows: &[&str]) -> Mask {
        let pixels: Vec<u8> = rows.concat().bytes().map(|b| u8::from(b == b'#')).collect();
        Mask::from_pixels(rows[0].len(), rows.len(), &pixels).unwrap()
    }

    #[test]
    fn parts_are_joined_at_corners_and_by_later_rows() {
        let shape = mask(&["#...#.", ".#.#..", "..#...", "#....#"]);
        assert_eq!(
            regions(&shape, 0),
            [
                rect(0., 0., 5., 3.),
                rect(0., 3., 1., 4.),
                rect(5., 3., 6., 4.)
            ]
        );
        assert_eq!(regions(&shape, 2), [rect(0., 0., 5., 3.)]);
        assert_eq!(regions(&shape, 6), []);
    }

    #[test]
    fn runs_are_split_at_the_ends_of_rows() {
        // One run of the mask spans two rows; its halves are not connected.
        assert_eq!(
            regions(&mask(&["...#", "#..."]), 0),
            [rect(3., 0., 4., 1.), rect(0., 1., 1., 2.)]
        );
        assert_eq!(
            regions(&mask(&["##", "##", "##"]), 6),
            [rect(0., 0., 2., 3.)]
        );
        assert_eq!(regions(&Mask::empty(0, 0), 0), []);
    }

    /// The boxes by flood fill from every pixel.
    fn flood_fill(width: usize, pixels: &[u8], min_area: usize) -> Vec<Rect> {
        let mut left = pixels.to_vec();
        let mut found = Vec::new();
        for first in 0..pixels.len() {
            let (mut stack, mut members) = (vec![first], Vec::new());
            while let Some(at) = stack.pop() {
                if std::mem::take(&mut left[at]) == 0 {
                    continue;
                }
                let (x, y) = (at % width, at / width);
                members.push((x, y));
                for ny in y.saturating_sub(1)..=(y + 1).min(pixels.len() / width - 1) {
                    stack.extend(
                        (x.saturating_sub(1)..=(x + 1).min(width - 1)).map(|nx| ny * width + nx),
                    );
                }
            }
            if !members.is_empty() && members.len() >= min_area {
                let (xs, ys): (Vec<f64>, Vec<f64>) =
                    members.iter().map(|m| (m.0 as f64, m.1 as f64)).unzip();
                found.push(rect(
                    xs.iter().copied().fold(f64::MAX, f64::min),
                    ys.iter().copied().fold(f64::MAX, f64::min),
                    xs.iter().copied().fold(0.0, f64::max) + 1.0,
                    ys.iter().copied().fold(0.0, f64::max) + 1.0,
                ));
            }
        }
        found
    }

    proptest! {
        #[test]
        fn regions_equal_a_flood_fill(width in 1_usize..9, pixels in prop::collection::vec(0_u8..2, 9..90), area in 0_usize..6) {
            let height = pixels.len() / width;
            let pixels = &pixels[..width * height];
            let mask = Mask::from_pixels(width, height, pixels).unwrap();
            prop_assert_eq!(regions(&mask, area), flood_fill(width, pixels, area));
        }
    }
}
