/// Sums over rectangles of a plane, in constant time each.
#[derive(Debug, Default)]
pub(crate) struct SummedArea {
    width: usize,
    /// The sum of all values above and to the left of each corner; a row and a column more than the plane.
    sums: Vec<f64>,
}

impl SummedArea {
    /// Sums the values of a plane with `width` values in a row.
    pub(crate) fn fill(&mut self, values: impl Iterator<Item = f32>, width: usize, height: usize) {
        self.width = width + 1;
        self.sums.clear();
        self.sums.resize((width + 1) * (height + 1), 0.0);
        let (mut x, mut y, mut row) = (0, 1, 0.0);
        for value in values {
            row += f64::from(value);
            x += 1;
            let at = y * self.width + x;
            self.sums[at] = self.sums[at - self.width] + row;
            if x == width {
                (x, y, row) = (0, y + 1, 0.0);
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
        area.fill((1..=12).map(|v| v as f32), 4, 3);
        assert_eq!(area.sum(0, 0, 4, 3), 78.0);
        assert_eq!(area.sum(1, 1, 3, 2), 13.0);
        assert_eq!(area.sum(2, 2, 2, 3), 0.0);
    }
}
