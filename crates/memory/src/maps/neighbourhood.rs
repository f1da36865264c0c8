/// Replaces the vector at each position by the mean of those in the 3x3 positions around it.
///
/// Positions outside the map count as zeros, so that the mean is always over nine: the average pooling of 3, stride 1 and
/// padding 1 with which PatchCore makes features of their surroundings.
///
/// # Shapes
/// `map`, `out`: `[height, width, channels]`; `out` is replaced. `sums` is memory for `[width, channels]`.
pub(super) fn average_neighbours(
    map: &[f32],
    width: usize,
    channels: usize,
    sums: &mut Vec<f32>,
    out: &mut Vec<f32>,
) {
    let row_values = width * channels;
    let rows: Vec<&[f32]> = map.chunks_exact(row_values).collect();
    out.clear();
    for y in 0..rows.len() {
        // First the sums of three rows, then of three columns: four additions a value instead of eight.
        sums.clear();
        sums.extend_from_slice(rows[y]);
        let above = y.checked_sub(1).map(|y| rows[y]);
        for row in above.into_iter().chain(rows.get(y + 1).copied()) {
            add_to(sums, row);
        }
        let start = out.len();
        out.extend_from_slice(sums);
        let means = &mut out[start..];
        add_to(&mut means[channels..], &sums[..row_values - channels]);
        add_to(&mut means[..row_values - channels], &sums[channels..]);
        for mean in means {
            *mean /= 9.0;
        }
    }
}

fn add_to(sums: &mut [f32], values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outside_counts_as_zeros() {
        // Two channels, the second with the opposite sign.
        let map: Vec<f32> = (1..=9).flat_map(|v| [v as f32, -(v as f32)]).collect();
        let (mut sums, mut out) = (Vec::new(), Vec::new());
        average_neighbours(&map, 3, 2, &mut sums, &mut out);
        let first: Vec<f32> = out.iter().step_by(2).map(|v| v * 9.0).collect();
        let expected = [12.0, 21.0, 16.0, 27.0, 45.0, 33.0, 24.0, 39.0, 28.0];
        assert!(
            first
                .iter()
                .zip(expected)
                .all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-5),
            "{first:?}"
        );
        assert!(out.chunks_exact(2).all(|pair| pair[0] == -pair[1]));
    }

    #[test]
    fn a_single_position_becomes_a_ninth() {
        let (mut sums, mut out) = (Vec::new(), Vec::new());
        average_neighbours(&[9.0], 1, 1, &mut sums, &mut out);
        assert_eq!(out, [1.0]);
    }
}
