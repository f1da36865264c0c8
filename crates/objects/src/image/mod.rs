//! Operations on gray pictures, with the values of OpenCV 5.0, NumPy and SciPy.

mod area;
mod blur;
mod gradient;
mod mirror;
mod morphology;
mod plane;
mod sums;
mod translate;

pub(crate) use self::area::{Shrinker, average_blocks};
pub(crate) use self::blur::{ByteBlur, blur_plane};
pub(crate) use self::gradient::gradient_magnitude;
pub(crate) use self::morphology::{Rectangle, close_mask, dilate_map, dilate_mask, open_mask};
pub(crate) use self::plane::Plane;
pub(crate) use self::sums::SummedArea;
pub(crate) use self::translate::translate;
