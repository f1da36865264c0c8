/// Sums over rectangles of a plane, in constant time each.
#[derive(Debug, Default)]
pub(crate) struct SummedArea {
    width: usize,
    /// The sum of all values above and to the left of each corner; a row and a column more than the plane.
    sums: Vec<f64>,
}

impl SummedArea {
    /// Sums the values of a plane with `width` values in a row.
    pub(crate) fn fill<T: Copy + Into<f64>>(&mut self, values: &[T], width: usize) {
        self.width = width + 1;
        let rows = values.len().checked_div(width).unwrap_or(0);
        self.sums.resize(self.width * (rows + 1), 0.0);
        self.sums[..self.width].fill(0.0);
        for (row, values) in values.chunks_exact(width.max(1)).enumerate() {
            let (above, below) = self.sums.split_at_mut((row + 1) * self.width);
            let above = &above[row * self.width + 1..];
            let (first, below) = below[..self.width].split_at_mut(1);
            first[0] = 0.0;
            let mut sum = 0.0;
            for ((out, above), value) in below.iter_mut().zip(above).zip(values) {
                sum += (*value).into();
                *out = above + sum;
            }
        }
    }

    /// The sum over columns `left..right` and rows `top..bottom`.
    pub(crate) fn sum(&self, left: usize, top: usize, right: usize, bottom: usize) -> f64 {
        self.corner(right, bottom) - self.corner(right, top) - self.corner(left, bottom)
            + self.corner(left, top)
    }

    fn corner(&self, x: usize, y: usize) -> f64 {
        self.sums[y * self.width + x]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_rectangles() {
        let mut area = SummedArea::default();
        area.fill(&[1_u8, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 4);
        assert_eq!(area.sum(0, 0, 4, 3), 78.0);
        assert_eq!(area.sum(1, 1, 3, 2), 13.0);
        assert_eq!(area.sum(2, 2, 2, 3), 0.0);
        // A smaller plane afterwards does not see the one before.
        area.fill(&[1.5_f32, 2.0], 1);
        assert_eq!(area.sum(0, 0, 1, 2), 3.5);
    }
}
