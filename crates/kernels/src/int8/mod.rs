//! Convolutions in 8-bit integers, for scoring.
//!
//! A value x is stored as the byte `round(x / scale + zero)`: scale and zero are those of the layer's [`ByteRange`]. A
//! weight w of output channel c is stored as `round(w / scale_c)`, between -127 and 127. Products are summed exactly in
//! 32-bit integers, four to an instruction, and the sum becomes a float again by one multiplication:
//!
//! ```text
//! y_c = scale · scale_c · Σ (byte - zero) · weight + bias_c
//!                       = Σ byte · weight - zero · Σ weight        the second sum is known beforehand
//! ```
//!
//! The bytes of a layer's input lie channels last in images with a border: padding is made of bytes that stand for zero,
//! so that the innermost loop has no case for the edge. A layer writes the bytes of the next one at their place in its
//! bordered images; only the first layer reads floats and only the last one writes them.
//!
//! ```text
//! floats ──▶ bytes with border ──layer 1──▶ bytes with border ──layer 2──▶ … ──▶ floats
//! ```
//!
//! A transposed convolution is one plain convolution for each place within a step of its stride ([`grid`]): with a window
//! of 4 by 4 and stride 2, four convolutions of 2 by 2.

mod bytes;
mod dot;
mod grid;
mod range;
mod run;
#[cfg(test)]
mod tests;
mod weights;

pub use range::ByteRange;
pub use run::{Int8Conv, Int8Target, int8_is_fast};
pub use weights::Int8Weights;
