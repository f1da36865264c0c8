use crate::distance::mean_of_largest;
use crate::{Bank, Neighbour};

/// How far the rows of a frame or a clip are from a memory of normal ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemoryDistance {
    /// The mean distance of the most unusual rows, raised to a power.
    pub(crate) score: f64,
    /// The nearest neighbour of the most unusual row.
    pub(crate) farthest: Neighbour,
}

impl MemoryDistance {
    /// From the nearest neighbours of all rows: the `count` largest distances are averaged and raised to `power`.
    pub(crate) fn from_neighbours(neighbours: &[Neighbour], count: usize, power: f64) -> Self {
        let farthest = neighbours
            .iter()
            .max_by(|a, b| a.distance.total_cmp(&b.distance));
        let mut distances: Vec<f32> = neighbours.iter().map(|n| n.distance).collect();
        Self {
            score: mean_of_largest(&mut distances, count).powf(power),
            farthest: farthest.copied().unwrap_or_default(),
        }
    }

    /// Names the row of the bank that is nearest to the most unusual row, and compares the distance with the usual one.
    /// `unit` says what the origin of the row stands for, such as "the clip from ".
    pub(crate) fn describe_nearest(&self, bank: &Bank, unit: &str) -> String {
        let nearest = bank.origin(self.farthest.row);
        match bank.typical_distance() {
            Some(typical) => format!(
                "nearest normal: {unit}{nearest}, distance {:.1} times the usual",
                self.farthest.distance / typical
            ),
            None => format!("nearest normal: {unit}{nearest}"),
        }
    }
}
