use crate::gradients::WIDTH;

/// The largest value of the filter: 8 times the range of a byte.
const LARGEST: usize = 8 * 255;

/// The mean of the smaller half of the absolute values of a normal distribution with standard deviation 1, times 6, which is
/// the gain of the filter for noise.
const GAIN: f64 = 6.0 * 0.324_66;

/// Estimates the standard deviation of the noise of a picture, in gray levels. Pixels with a zero in `counted` are left out.
///
/// The filter (1 -2 1) along both axes is zero wherever brightness changes evenly (Immerkær, 1996). What is left at edges is
/// large, and so only the smaller half of all values is averaged.
pub(crate) fn noise_level(pixels: &[u8], counted: &[u8]) -> f64 {
    let mut histogram = vec![0_u32; LARGEST + 1];
    let height = pixels.len() / WIDTH;
    // Every second row is enough: there are thousands of values.
    for row in (1..height - 1).step_by(2) {
        let start = row * WIDTH;
        let above = &pixels[start - WIDTH..start];
        let own = &pixels[start..start + WIDTH];
        let below = &pixels[start + WIDTH..start + 2 * WIDTH];
        let counted = &counted[start..start + WIDTH];
        // Column sums first: the filter is then a difference of three of them.
        let column = |x: usize| i32::from(above[x]) - 2 * i32::from(own[x]) + i32::from(below[x]);
        let (mut left, mut middle) = (column(0), column(1));
        for x in 1..WIDTH - 1 {
            let right = column(x + 1);
            let value = (left - 2 * middle + right).unsigned_abs() as usize;
            histogram[value] += u32::from(counted[x]);
            (left, middle) = (middle, right);
        }
    }
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
