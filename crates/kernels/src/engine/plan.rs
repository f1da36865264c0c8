use super::fold::FoldPlan;
use super::micro::Epilogue;
use super::outer::OuterPlan;
use super::pack::{Panels, pack_panels};
use super::product::ProductPlan;
use super::scratch::EngineScratch;
use super::sums::SumPlan;
use crate::geometry::{Direction, Geometry};
use crate::simd::Simd;

/// How a gather or a spread runs; selected by the shape of the layer alone.
#[derive(Debug, Clone)]
pub(crate) struct ConvPlan {
    geometry: Geometry,
    direction: Direction,
    simd: Simd,
    method: Method,
}

#[derive(Debug, Clone)]
enum Method {
    Sums(SumPlan),
    Fold(FoldPlan),
}

impl ConvPlan {
    pub(crate) fn new(geometry: &Geometry, direction: Direction, simd: Simd) -> Self {
        // A fold fills the vectors of a spread to few channels; every other layer sums tap by tap.
        let method = match FoldPlan::new(geometry, direction, simd) {
            Some(plan) => Method::Fold(plan),
            None => Method::Sums(SumPlan::new(geometry, direction, simd)),
        };
        Self {
            geometry: *geometry,
            direction,
            simd,
            method,
        }
    }

    /// Packs weights `[small, big, taps]` into the memory of `panels`.
    pub(crate) fn pack(&self, weights: &[f32], panels: Panels) -> Panels {
        match &self.method {
            Method::Sums(_) => {
                pack_panels(&self.geometry, self.direction, weights, self.simd, panels)
            }
            Method::Fold(plan) => plan.pack(weights, panels),
        }
    }

    /// Runs the plan with weights that this plan has packed.
    pub(crate) fn run(
        &self,
        x: &[f32],
        panels: &Panels,
        epilogue: Epilogue<'_>,
        y: &mut [f32],
        scratch: &mut EngineScratch,
    ) {
        match &self.method {
            Method::Sums(plan) => plan.sum_taps(x, panels, epilogue, y, scratch),
            Method::Fold(plan) => plan.fold_rows(x, panels, epilogue, y, scratch),
        }
    }
}

/// How the gradient of the weights is computed.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // a layer has only one
pub(crate) enum WeightGradientPlan {
    Product(ProductPlan),
    Outer(OuterPlan),
}

impl WeightGradientPlan {
    pub(crate) fn new(geometry: &Geometry, simd: Simd) -> Self {
        // A linear layer needs no intermediate sums; every other layer sums outer products tap by tap.
        match ProductPlan::new(geometry, simd) {
            Some(plan) => Self::Product(plan),
            None => Self::Outer(OuterPlan::new(geometry, simd)),
        }
    }

    /// Writes `dw[small][big][tap]` from the values on the big and on the small grid.
    pub(crate) fn run(
        &self,
        big: &[f32],
        small: &[f32],
        dw: &mut [f32],
        scratch: &mut EngineScratch,
    ) {
        match self {
            Self::Product(plan) => plan.multiply_rows(big, small, dw, scratch),
            Self::Outer(plan) => plan.sum_products(big, small, dw, scratch),
        }
    }
}
