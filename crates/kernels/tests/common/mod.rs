//! What several tests share: numbers, comparisons, and a recurrent cell as it is defined.
#![allow(dead_code)] // each test uses some of it

pub(crate) mod cell;

/// Numbers in -1 to 1 that differ from place to place.
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

/// The numbers that golden/make.py gives to PyTorch.
pub(crate) fn values(len: usize, seed: usize, scale: f64) -> Vec<f32> {
    (0..len).map(|i| (((i * 37 + seed * 11) % 101) as f64 - 50.0) / 50.0 * scale).map(|v| v as f32).collect()
}

/// One line of a golden file.
pub(crate) fn golden(file: &str, name: &str) -> Vec<f64> {
    let line = file.lines().find(|line| line.split(' ').next() == Some(name)).unwrap();
    line.split(' ').skip(1).map(|v| v.parse().unwrap()).collect()
}

pub(crate) fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

/// Fails where a value is further from the expected one than `bound`, relative to it where it is above 1.
#[track_caller]
pub(crate) fn assert_close(name: &str, found: &[f32], expected: &[f64], bound: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (at, (f, e)) in found.iter().zip(expected).enumerate() {
        let off = (f64::from(*f) - e).abs();
        assert!(off <= bound * e.abs().max(1.0), "{name}[{at}] is {f}, should be {e}");
    }
}
