#![allow(unsafe_code)]

/// A vector register of `f32`.
///
/// # Safety
/// Methods may only be called on a machine that has the instruction set; `load` and `store` need `LANES` values at their
/// pointer, in any alignment.
pub(crate) trait Vector: Copy {
    const LANES: usize;
    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// `self * by + plus`, fused where the instruction set has a fused multiply-add.
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    /// The larger of the two; `other` where either is NaN.
    unsafe fn max(self, other: Self) -> Self;
    /// The smaller of the two; `other` where either is NaN.
    unsafe fn min(self, other: Self) -> Self;
    /// The square root.
    unsafe fn sqrt(self) -> Self;
    /// `yes` where `self` is above zero, `no` elsewhere and for NaN.
    unsafe fn select_positive(self, yes: Self, no: Self) -> Self;
    /// `2^self` for whole numbers between -126 and 127.
    unsafe fn power_of_two(self) -> Self;
    /// The nearest whole number, for values below 2^22.
    #[inline(always)]
    unsafe fn round(self) -> Self {
        // At 1.5 * 2^23 neighbouring floats differ by one: the addition rounds to a whole number.
        // SAFETY: as for the trait.
        unsafe {
            let large = Self::splat(12_582_912.0);
            self.add(large).sub(large)
        }
    }
}
