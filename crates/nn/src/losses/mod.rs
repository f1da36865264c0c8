//! What images are compared by besides their squared error.

mod gradient_difference;
mod ssim;

pub use gradient_difference::gradient_difference;
pub use ssim::ssim;
