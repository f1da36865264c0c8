/// Resizes maps to one size, bilinearly: the centre of the first position lies at 0.5, as PyTorch's `interpolate` with
/// `align_corners=False` places it.
#[derive(Debug, Clone)]
pub(super) struct ResizeMap {
    rows: Vec<Tap>,
    columns: Vec<Tap>,
    width: usize,
}

/// The two input positions around an output position, and the weight of the second.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tap {
    first: usize,
    second: usize,
    weight: f32,
}

impl ResizeMap {
    /// From maps of one size to another, each (height, width).
    pub(super) fn new(from: (usize, usize), to: (usize, usize)) -> Self {
        Self {
            rows: place_taps(from.0, to.0),
            columns: place_taps(from.1, to.1),
            width: from.1,
        }
    }

    /// Adds the resized map to a part of the channels of `out`.
    ///
    /// # Shapes
    /// `map`: `[height, width, channels]`; `out`: `[new height, new width, out_channels]`, of which the channels from
    /// `first` on are changed.
    pub(super) fn add_resized(
        &self,
        map: &[f32],
        channels: usize,
        out: &mut [f32],
        out_channels: usize,
        first: usize,
    ) {
        let positions = out.chunks_exact_mut(out_channels);
        let taps = self
            .rows
            .iter()
            .flat_map(|row| self.columns.iter().map(move |column| (row, column)));
        for (out, (row, column)) in positions.zip(taps) {
            let corners = [
                (row.first, column.first),
                (row.first, column.second),
                (row.second, column.first),
                (row.second, column.second),
            ]
            .map(|(y, x)| &map[(y * self.width + x) * channels..][..channels]);
            let weights = [
                (1.0 - row.weight) * (1.0 - column.weight),
                (1.0 - row.weight) * column.weight,
                row.weight * (1.0 - column.weight),
                row.weight * column.weight,
            ];
            for (channel, out) in out[first..first + channels].iter_mut().enumerate() {
                let [a, b, c, d] = corners.map(|corner| corner[channel]);
                *out += weights[0] * a + weights[1] * b + weights[2] * c + weights[3] * d;
            }
        }
    }
}

fn place_taps(from: usize, to: usize) -> Vec<Tap> {
    let scale = from as f32 / to as f32;
    (0..to)
        .map(|place| {
            // Positions are aligned by their centres; what lies before the first centre takes its value.
            let at = ((place as f32 + 0.5) * scale - 0.5).max(0.0);
            let first = (at as usize).min(from - 1);
            Tap {
                first,
                second: (first + 1).min(from - 1),
                weight: at - first as f32,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_centres() {
        // [0, 4] to four positions at -0.25, 0.25, 0.75, 1.25.
        let mut out = vec![0.0; 4];
        ResizeMap::new((1, 2), (1, 4)).add_resized(&[0.0, 4.0], 1, &mut out, 1, 0);
        assert_eq!(out, [0.0, 1.0, 3.0, 4.0]);
        // And back: at 0.5 and 2.5.
        let mut small = vec![0.0; 2];
        ResizeMap::new((1, 4), (1, 2)).add_resized(&out, 1, &mut small, 1, 0);
        assert_eq!(small, [0.5, 3.5]);
    }

    #[test]
    fn the_same_size_copies_and_other_channels_stay() {
        let map: Vec<f32> = (0..12).map(|v| v as f32).collect();
        let mut out = vec![0.0; 18];
        ResizeMap::new((2, 3), (2, 3)).add_resized(&map, 2, &mut out, 3, 1);
        let copied: Vec<f32> = out.chunks(3).flat_map(|c| [c[1], c[2]]).collect();
        assert_eq!(copied, map);
        assert!(out.chunks(3).all(|c| c[0] == 0.0));
    }
}
