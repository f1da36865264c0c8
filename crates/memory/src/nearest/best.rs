/// A row of a bank and its distance to a query.
///
/// ```
/// use oddframe_memory::Neighbour;
///
/// let usual = 2.0;
/// let neighbour = Neighbour { distance: 6.2, row: 17 };
/// assert_eq!(format!("{:.1} times the usual distance", neighbour.distance / usual), "3.1 times the usual distance");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Neighbour {
    /// The Euclidean distance.
    pub distance: f32,
    /// The row of the bank.
    pub row: usize,
}

/// The nearest rows so far of one query, the nearest first, with *squared* distances. Of equally near rows the first comes first,
/// in whatever order rows are offered.
pub(super) struct Best<'a> {
    neighbours: &'a mut [Neighbour],
}

impl<'a> Best<'a> {
    /// Continues with the rows that an earlier search left in `neighbours`, which must not be empty.
    pub(super) fn resume(neighbours: &'a mut [Neighbour]) -> Self {
        Self { neighbours }
    }

    /// A list of no rows yet, in this memory.
    pub(super) fn clear(neighbours: &mut [Neighbour]) {
        neighbours.fill(Neighbour {
            distance: f32::INFINITY,
            row: usize::MAX,
        });
    }

    /// The squared distance above which a row is not among the nearest; infinite while there are too few rows.
    pub(super) fn limit(&self) -> f32 {
        self.neighbours[self.neighbours.len() - 1].distance
    }

    /// Takes a row if it is among the nearest.
    pub(super) fn offer(&mut self, squared_distance: f32, row: usize) {
        let is_before = |other: &Neighbour| (other.distance, other.row) < (squared_distance, row);
        let place = self.neighbours.partition_point(is_before);
        if place < self.neighbours.len() {
            self.neighbours[place..].rotate_right(1);
            self.neighbours[place] = Neighbour {
                distance: squared_distance,
                row,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_stay_in_order_and_of_equal_ones_the_first_row_does() {
        let mut neighbours = [Neighbour::default(); 3];
        Best::clear(&mut neighbours);
        let mut best = Best::resume(&mut neighbours);
        for (distance, row) in [(4.0, 5), (9.0, 0), (4.0, 1), (1.0, 2), (4.0, 3)] {
            best.offer(distance, row);
        }
        assert_eq!(best.limit(), 4.0);
        let found = neighbours.map(|n| (n.distance, n.row));
        assert_eq!(found, [(1.0, 2), (4.0, 1), (4.0, 3)]);
    }
}
