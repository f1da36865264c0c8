//! Helpers that several tests share: noise, comparisons, and the reference implementation of a recurrent cell.

pub(crate) mod cell;

/// Deterministic noise between -1 and 1.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut state = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
        })
        .collect()
}

/// The inputs that golden/make.py passes to PyTorch.
pub(crate) fn values(len: usize, seed: usize, scale: f64) -> Vec<f32> {
    (0..len)
        .map(|i| (((i * 37 + seed * 11) % 101) as f64 - 50.0) / 50.0 * scale)
        .map(|v| v as f32)
        .collect()
}

/// The values of one line of a golden file.
pub(crate) fn golden_values(file: &str, name: &str) -> Vec<f64> {
    let line = file
        .lines()
        .find(|line| line.split(' ').next() == Some(name))
        .unwrap();
    line.split(' ')
        .skip(1)
        .map(|v| v.parse().unwrap())
        .collect()
}

/// A slice that a layer still has to write.
pub(crate) fn not_written(len: usize) -> Vec<f32> {
    vec![f32::NAN; len]
}

/// The same values in double precision.
pub(crate) fn to_f64(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

/// Fails where an error exceeds `bound`: the absolute error of values below 1, the relative error of larger ones.
#[track_caller]
pub(crate) fn assert_close(name: &str, found: &[f32], expected: &[f64], bound: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (at, (f, e)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*f) - e).abs();
        assert!(
            error <= bound * e.abs().max(1.0),
            "{name}[{at}] is {f}, should be {e}"
        );
    }
}
