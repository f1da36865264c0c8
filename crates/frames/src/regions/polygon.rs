/// Sets every pixel whose centre lies inside a polygon (even-odd rule). `pixels` holds the picture row by row, `width` pixels each.
///
/// A row is cut at the places where edges cross the line through its centres. The pixels between the first and the second
/// cut are inside, those between the second and the third outside, and so on. A centre on a cut belongs to what is to its
/// right, and a corner on the line counts as below it, so that polygons with a common edge neither overlap nor leave a gap.
pub(super) fn fill_polygon(corners: &[[f64; 2]], width: usize, pixels: &mut [u8]) {
    let mut cuts = Vec::new();
    for (y, row) in pixels.chunks_exact_mut(width).enumerate() {
        let line = y as f64 + 0.5;
        cuts.clear();
        for (place, start) in corners.iter().enumerate() {
            let end = corners[(place + 1) % corners.len()];
            // From the upper to the lower corner, so that two polygons compute the same cut of an edge that they share.
            let (upper, lower) = if start[1] <= end[1] {
                (*start, end)
            } else {
                (end, *start)
            };
            if upper[1] <= line && line < lower[1] {
                let share = (line - upper[1]) / (lower[1] - upper[1]);
                cuts.push(upper[0] + share * (lower[0] - upper[0]));
            }
        }
        cuts.sort_by(f64::total_cmp);
        for inside in cuts.chunks_exact(2) {
            let [start, end] = [inside[0], inside[1]].map(|cut| first_centre(cut, width));
            row[start..end].fill(1);
        }
    }
}

/// The first pixel of a row whose centre is not to the left of `cut`.
fn first_centre(cut: f64, width: usize) -> usize {
    // The conversion cuts negative numbers off at 0.
    ((cut - 0.5).ceil() as usize).min(width)
}
