use super::fold::FoldPlan;
use super::method::{ConvMethod, Packing};
use super::micro::Epilogue;
use super::outer::OuterPlan;
use super::pack::pack_panels;
use super::panels::Panels;
use super::product::ProductPlan;
use super::scratch::EngineScratch;
use super::sums::SumPlan;
use super::winograd::{WinogradGradientPlan, WinogradPlan};
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
#[allow(clippy::large_enum_variant)] // a layer has only one
enum Method {
    Sums(SumPlan),
    Fold(FoldPlan),
    Winograd(WinogradPlan),
}

impl ConvPlan {
    /// A plan with the given method, or with the fastest one.
    pub(crate) fn new(
        geometry: &Geometry,
        direction: Direction,
        simd: Simd,
        packing: Packing,
        method: Option<ConvMethod>,
    ) -> Self {
        let method =
            method.unwrap_or_else(|| ConvMethod::fastest(geometry, direction, simd, packing));
        // A fold fills the vectors of a spread to few channels; every other direct layer sums tap by tap.
        let method = if let Some(plan) = method.winograd_plan(geometry, direction, simd) {
            Method::Winograd(plan)
        } else if let Some(plan) = FoldPlan::new(geometry, direction, simd) {
            Method::Fold(plan)
        } else {
            Method::Sums(SumPlan::new(geometry, direction, simd))
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
            Method::Winograd(plan) => plan.pack(weights, panels),
        }
    }

    /// How the plan multiplies.
    pub(crate) fn method(&self) -> ConvMethod {
        match &self.method {
            Method::Sums(_) | Method::Fold(_) => ConvMethod::Direct,
            Method::Winograd(plan) => ConvMethod::Winograd(plan.tile()),
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
            Method::Winograd(plan) => plan.run(x, panels, epilogue, y, &mut scratch.winograd),
        }
    }
}

/// How the gradient of the weights is computed.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // a layer has only one
pub(crate) enum WeightGradientPlan {
    Product(ProductPlan),
    Outer(OuterPlan),
    Winograd(WinogradGradientPlan),
}

impl WeightGradientPlan {
    /// A plan with the given method, or with the fastest one.
    pub(crate) fn new(geometry: &Geometry, simd: Simd, method: Option<ConvMethod>) -> Self {
        let method = method.unwrap_or_else(|| ConvMethod::fastest_gradient(geometry));
        // A linear layer needs no intermediate sums; every other direct layer sums outer products tap by tap.
        if let Some(plan) = method.gradient_plan(geometry, simd) {
            Self::Winograd(plan)
        } else if let Some(plan) = ProductPlan::new(geometry, simd) {
            Self::Product(plan)
        } else {
            Self::Outer(OuterPlan::new(geometry, simd))
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
            Self::Winograd(plan) => plan.sum_products(big, small, dw, scratch),
        }
    }
}
