use std::cell::Cell;
use std::sync::OnceLock;

/// With the value `burn`, flex runs Burn's own operations everywhere.
const VARIABLE: &str = "ODDFRAME_KERNELS";

static ENABLED: OnceLock<bool> = OnceLock::new();

thread_local! {
    static OFF: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread runs the native kernels.
pub(super) fn kernels_enabled() -> bool {
    !OFF.get()
        && *ENABLED.get_or_init(|| std::env::var_os(VARIABLE).is_none_or(|value| value != "burn"))
}

/// Calls `run` with Burn's own operations in place of the native kernels, on this thread: for comparisons.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::{LinearConfig, without_kernels};
///
/// let device = Default::default();
/// let layer = LinearConfig::new(8, 3).init::<Flex>(&device)?;
/// let input = Tensor::<Flex, 2>::ones([2, 8], &device);
/// let native = layer.forward(input.clone());
/// let reference = without_kernels(|| layer.forward(input));
/// assert!((native - reference).abs().max().into_scalar() < 1e-5);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
pub fn without_kernels<T>(run: impl FnOnce() -> T) -> T {
    /// Restores the old value even when `run` panics.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            OFF.set(self.0);
        }
    }
    let _restore = Restore(OFF.replace(true));
    run()
}
