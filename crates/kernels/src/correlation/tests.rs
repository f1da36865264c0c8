use crate::testing::{assert_length_error, assert_parameter_error, noise, run_guarded};
use crate::{Correlation, Simd, Workspace, set_threads};

/// The correlation of a position with a place of one level, by the definition in double precision: the level averages
/// products, and the place is interpolated between positions.
fn reference(
    first: &[f32],
    second: &[f32],
    [height, width]: [usize; 2],
    channels: usize,
    centres: &[f32],
) -> Vec<f64> {
    let mut values = Vec::new();
    for (position, centre) in centres.chunks_exact(2).enumerate() {
        let one = &first[position * channels..][..channels];
        let products: Vec<f64> = second
            .chunks_exact(channels)
            .map(|other| {
                let products = one.iter().zip(other);
                let sum: f64 = products.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                sum / (channels as f64).sqrt()
            })
            .collect();
        for level in 0..4 {
            let side = 1 << level;
            let (tall, wide) = (height >> level, width >> level);
            let value_at = |x: isize, y: isize| {
                if x < 0 || y < 0 || x >= wide as isize || y >= tall as isize {
                    return 0.0;
                }
                let (x, y) = (x as usize * side, y as usize * side);
                let mut sum = 0.0;
                for row in y..y + side {
                    sum += products[row * width + x..][..side].iter().sum::<f64>();
                }
                sum / (side * side) as f64
            };
            for right in -4..=4 {
                for down in -4..=4 {
                    let x = f64::from(centre[0]) / side as f64 + f64::from(right);
                    let y = f64::from(centre[1]) / side as f64 + f64::from(down);
                    let (x0, y0) = (x.floor(), y.floor());
                    let (fx, fy) = (x - x0, y - y0);
                    let (x0, y0) = (x0 as isize, y0 as isize);
                    values.push(
                        value_at(x0, y0) * (1.0 - fx) * (1.0 - fy)
                            + value_at(x0 + 1, y0) * fx * (1.0 - fy)
                            + value_at(x0, y0 + 1) * (1.0 - fx) * fy
                            + value_at(x0 + 1, y0 + 1) * fx * fy,
                    );
                }
            }
        }
    }
    values
}

/// Centres on, around and far from the map.
fn centres([height, width]: [usize; 2]) -> Vec<f32> {
    let offsets = noise(height * width * 2, 9);
    let mut centres = Vec::new();
    for (at, offset) in offsets.chunks_exact(2).enumerate() {
        let reach = if at % 7 == 0 { 60.0 } else { 5.0 };
        centres.push((at % width) as f32 + offset[0] * reach);
        centres.push((at / width) as f32 + offset[1] * reach);
    }
    centres
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn both_ways_agree_with_the_definition() {
    for (size, channels) in [([16, 16], 3), ([17, 21], 64), ([19, 34], 100)] {
        let positions = size[0] * size[1];
        let (first, second) = (
            noise(positions * channels, 1),
            noise(positions * channels, 2),
        );
        let centres = centres(size);
        let expected = reference(&first, &second, size, channels, &centres);
        for &simd in Simd::available() {
            let correlation = Correlation::new(size, channels).unwrap().with_simd(simd);
            let empty = vec![f32::NAN; positions * Correlation::VALUES];

            let mut volume = vec![f32::NAN; correlation.volume_len()];
            correlation
                .fill_volume(&first, &second, &mut volume, &mut Workspace::new())
                .unwrap();
            let (values, done) =
                run_guarded(&empty, |to| correlation.look_up(&volume, &centres, to));
            done.unwrap();

            let mut pooled = vec![f32::NAN; correlation.pooled_len()];
            correlation.pool_features(&second, &mut pooled).unwrap();
            let (on_demand, done) = run_guarded(&empty, |to| {
                correlation.look_up_on_demand(&first, &pooled, &centres, to)
            });
            done.unwrap();

            for (at, expected) in expected.iter().enumerate() {
                // Rounding of the centre, at most 2e-6 positions there, is part of the difference.
                for found in [values[at], on_demand[at]] {
                    assert!(
                        (f64::from(found) - expected).abs() < 2e-5,
                        "value {at} is {found}, should be {expected}"
                    );
                }
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_lookup_is_the_same_on_any_number_of_threads() {
    let (size, channels) = ([18, 23], 32);
    let positions = size[0] * size[1];
    let (first, second) = (
        noise(positions * channels, 1),
        noise(positions * channels, 2),
    );
    let correlation = Correlation::new(size, channels).unwrap();
    let run = || {
        let mut volume = vec![0.0; correlation.volume_len()];
        correlation
            .fill_volume(&first, &second, &mut volume, &mut Workspace::new())
            .unwrap();
        let mut values = vec![0.0; positions * Correlation::VALUES];
        correlation
            .look_up(&volume, &centres(size), &mut values)
            .unwrap();
        values
    };
    set_threads(1);
    let one = run();
    set_threads(usize::MAX);
    assert_eq!(one, run());
}

#[test]
fn small_maps_and_wrong_lengths_are_refused() {
    assert_parameter_error(
        Correlation::new([15, 40], 4),
        "the size of feature maps to correlate",
    );
    let correlation = Correlation::new([16, 16], 1).unwrap();
    let (map, mut volume) = (vec![0.0; 256], vec![0.0; correlation.volume_len()]);
    let workspace = &mut Workspace::new();
    assert_length_error(
        correlation.fill_volume(&map[1..], &map, &mut volume, workspace),
        "the first map",
    );
    assert_length_error(
        correlation.fill_volume(&map, &map[1..], &mut volume, workspace),
        "the second map",
    );
    assert_length_error(
        correlation.fill_volume(&map, &map, &mut volume[1..], workspace),
        "the volume",
    );
    let mut values = vec![0.0; 256 * Correlation::VALUES];
    assert_length_error(
        correlation.look_up(&volume, &[0.0; 511], &mut values),
        "the centres",
    );
    assert_length_error(
        correlation.look_up(&volume, &[0.0; 512], &mut values[1..]),
        "the values",
    );
    assert_length_error(
        correlation.pool_features(&map, &mut [0.0; 3]),
        "the pooled features",
    );
}
