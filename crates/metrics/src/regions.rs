use oddframe_core::{Mask, Rect};

/// Boxes around the connected parts of a mask, pixels touching at a side or a corner; parts of fewer than
/// `min_area` pixels are left out. Ordered by each part's first pixel, row by row.
///
/// ```
/// use oddframe_core::{Mask, Rect};
/// let mask = Mask::from_pixels(4, 2, &[1, 0, 0, 1, 0, 1, 0, 0])?;
/// let found = oddframe_metrics::regions(&mask, 2);
/// assert_eq!(found, [Rect { left: 0.0, top: 0.0, right: 2.0, bottom: 2.0 }]);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
pub fn regions(mask: &Mask, min_area: usize) -> Vec<Rect> {
    let segments = segments(mask);
    let mut parents: Vec<usize> = (0..segments.len()).collect();
    let mut above = 0;
    for (index, here) in segments.iter().enumerate() {
        // Segments that end too early to touch this one touch no later one either.
        while segments[above].row + 1 < here.row
            || (segments[above].row + 1 == here.row && segments[above].end < here.start)
        {
            above += 1;
        }
        let touching = segments[above..].iter().take_while(|s| s.row + 1 == here.row && s.start <= here.end);
        for other in above..above + touching.count() {
            join(&mut parents, other, index);
        }
    }
    let mut parts: Vec<Option<Part>> = vec![None; segments.len()];
    for (index, segment) in segments.iter().enumerate() {
        let part = parts[root(&mut parents, index)].get_or_insert(Part::of(*segment));
        part.grow(*segment);
    }
    parts.into_iter().flatten().filter(|p| p.area >= min_area).map(Part::rect).collect()
}

/// Set pixels side by side in one row, up to but not including `end`.
#[derive(Debug, Clone, Copy)]
struct Segment {
    row: usize,
    start: usize,
    end: usize,
}

/// Cuts the runs of a mask at the ends of rows.
fn segments(mask: &Mask) -> Vec<Segment> {
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

#[derive(Debug, Clone, Copy)]
struct Part {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
    area: usize,
}

impl Part {
    fn of(segment: Segment) -> Self {
        Self { left: segment.start, top: segment.row, right: segment.end, bottom: segment.row + 1, area: 0 }
    }

    fn grow(&mut self, segment: Segment) {
        self.left = self.left.min(segment.start);
        self.right = self.right.max(segment.end);
        self.bottom = segment.row + 1;
        self.area += segment.end - segment.start;
    }

    fn rect(self) -> Rect {
        Rect {
            left: self.left as f64,
            top: self.top as f64,
            right: self.right as f64,
            bottom: self.bottom as f64,
        }
    }
}

/// The first segment of the part that a segment belongs to.
fn root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}

fn join(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b)] = a.min(b);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rect(left: f64, top: f64, right: f64, bottom: f64) -> Rect {
        Rect { left, top, right, bottom }
    }

    fn mask(rows: &[&str]) -> Mask {
        let pixels: Vec<u8> = rows.concat().bytes().map(|b| u8::from(b == b'#')).collect();
        Mask::from_pixels(rows[0].len(), rows.len(), &pixels).unwrap()
    }

    #[test]
    fn parts_join_at_corners_and_late() {
        let shape = mask(&["#...#.", ".#.#..", "..#...", "#....#"]);
        assert_eq!(regions(&shape, 0), [rect(0., 0., 5., 3.), rect(0., 3., 1., 4.), rect(5., 3., 6., 4.)]);
        assert_eq!(regions(&shape, 2), [rect(0., 0., 5., 3.)]);
        assert_eq!(regions(&shape, 6), []);
    }

    #[test]
    fn runs_over_the_end_of_a_row_are_cut() {
        // One run of the mask, yet its ends lie at opposite sides.
        assert_eq!(regions(&mask(&["...#", "#..."]), 0), [rect(3., 0., 4., 1.), rect(0., 1., 1., 2.)]);
        assert_eq!(regions(&mask(&["##", "##", "##"]), 6), [rect(0., 0., 2., 3.)]);
        assert_eq!(regions(&Mask::empty(0, 0), 0), []);
    }

    /// The same by flooding from every pixel.
    fn flooded(width: usize, pixels: &[u8], min_area: usize) -> Vec<Rect> {
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
                    stack.extend((x.saturating_sub(1)..=(x + 1).min(width - 1)).map(|nx| ny * width + nx));
                }
            }
            if !members.is_empty() && members.len() >= min_area {
                let xs = || members.iter().map(|m| m.0 as f64);
                let ys = || members.iter().map(|m| m.1 as f64);
                found.push(rect(
                    xs().fold(f64::MAX, f64::min),
                    ys().fold(f64::MAX, f64::min),
                    xs().fold(0.0, f64::max) + 1.0,
                    ys().fold(0.0, f64::max) + 1.0,
                ));
            }
        }
        found
    }

    proptest! {
        #[test]
        fn as_flooding(width in 1_usize..9, pixels in prop::collection::vec(0_u8..2, 9..90), area in 0_usize..6) {
            let height = pixels.len() / width;
            let pixels = &pixels[..width * height];
            let mask = Mask::from_pixels(width, height, pixels).unwrap();
            prop_assert_eq!(regions(&mask, area), flooded(width, pixels, area));
        }
    }
}
