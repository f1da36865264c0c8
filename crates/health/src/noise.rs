use crate::gradients::WIDTH;

/// The largest value of the filter: 8 times the range of a byte.
const LARGEST: usize = 8 * 255;

/// The mean of the smaller half of the absolute values of a normal distribution with standard deviation 1, times 6, which is
/// the gain of the filter for noise.
const GAIN: f64 = 6.0 * 0.324_66;

/// Estimates the standard deviation of the noise of a picture, in gray levels, from pixels that are `spacing` apart. Pixels with
/// a zero in `counted` are left out.
///
/// The filter (1 -2 1) along both axes is zero wherever brightness changes evenly (Immerkær, 1996). What is left at edges is
/// large, and so only the smaller half of all values is averaged. The wider spacing is for frames that were enlarged:
/// neighbouring pixels of those share their noise.
pub(crate) fn noise_level(pixels: &[u8], counted: &[u8], spacing: usize) -> f64 {
    let mut histogram = vec![0_u32; LARGEST + 1];
    let height = pixels.len() / WIDTH;
    // Every second row is enough: there are thousands of values.
    for row in (spacing..height - spacing).step_by(2) {
        let row_of = |row: usize| &pixels[row * WIDTH..][..WIDTH];
        let (above, own, below) = (row_of(row - spacing), row_of(row), row_of(row + spacing));
        let counted = &counted[row * WIDTH..][..WIDTH];
        // Along the column first, then along the row.
        let mut columns = [0_i32; WIDTH];
        for (x, column) in columns.iter_mut().enumerate() {
            *column = i32::from(above[x]) - 2 * i32::from(own[x]) + i32::from(below[x]);
        }
        for x in spacing..WIDTH - spacing {
            let value = columns[x - spacing] - 2 * columns[x] + columns[x + spacing];
            histogram[value.unsigned_abs() as usize] += u32::from(counted[x]);
        }
    }
    // The mean of the smaller half, read off the histogram from its low end: sorting thousands of values would cost more than the
    // filter.
    let half = histogram.iter().sum::<u32>() / 2;
    let (mut seen, mut sum) = (0, 0.0);
    for (value, count) in histogram.iter().enumerate() {
        let taken = (*count).min(half - seen);
        sum += value as f64 * f64::from(taken);
        seen += taken;
        if seen == half {
            break;
        }
    }
    sum / f64::from(half.max(1)) / GAIN
}
