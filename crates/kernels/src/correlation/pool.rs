use crate::partition::{PART_LEN, for_each_part};

/// Averages squares of two by two positions of each image, `[height, width, channels]`; an odd last row or column is left
/// out.
pub(super) fn halve_images(
    from: &[f32],
    to: &mut [f32],
    [height, width]: [usize; 2],
    channels: usize,
) {
    let (image, small) = (
        height * width * channels,
        (height / 2) * (width / 2) * channels,
    );
    // Small images are joined to one task, so that a task is long enough to be worth a thread.
    let together = (PART_LEN / image).max(1);
    for_each_part(
        from.chunks(together * image)
            .zip(to.chunks_mut(together * small)),
        |(from, to)| {
            for (from, to) in from.chunks_exact(image).zip(to.chunks_exact_mut(small)) {
                let rows = from
                    .chunks_exact(2 * width * channels)
                    .zip(to.chunks_exact_mut(width / 2 * channels));
                for (two, to) in rows {
                    halve_row(two, to, width * channels, channels);
                }
            }
        },
    );
}

/// Averages two rows of `row` values each.
fn halve_row(two: &[f32], to: &mut [f32], row: usize, channels: usize) {
    let (upper, lower) = two.split_at(row);
    let squares = upper
        .chunks_exact(2 * channels)
        .zip(lower.chunks_exact(2 * channels));
    for (to, (upper, lower)) in to.chunks_exact_mut(channels).zip(squares) {
        for (at, to) in to.iter_mut().enumerate() {
            let sum = upper[at] + upper[channels + at] + lower[at] + lower[channels + at];
            *to = sum * 0.25;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sides_lose_their_last_row_and_column() {
        // Two images of 3 x 5 with two channels; the value is 100 image + 10 row + column, the second channel negative.
        let mut from = Vec::new();
        for image in 0..2 {
            for row in 0..3 {
                for column in 0..5 {
                    let value = (100 * image + 10 * row + column) as f32;
                    from.extend([value, -value]);
                }
            }
        }
        let mut to = [0.0; 8];
        halve_images(&from, &mut to, [3, 5], 2);
        assert_eq!(to, [5.5, -5.5, 7.5, -7.5, 105.5, -105.5, 107.5, -107.5]);
    }
}
