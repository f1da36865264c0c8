//! Drawings in SVG.

mod chart;
mod score_curve;

pub(crate) use self::chart::{Chart, Layer};
pub(crate) use self::score_curve::{CurvePoint, STATES, ScoreCurve};
