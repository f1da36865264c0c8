use super::Finish;
use super::fold::FoldPlan;
use super::outer::{OuterPlan, outer};
use super::pack::{Panels, pack};
use super::pass::Direction;
use super::product::ProductPlan;
use super::sums::{SumPlan, sums};
use crate::geometry::Geometry;
use crate::simd::Simd;
use crate::workspace::Workspace;

/// The way a gather or a spread is carried out, chosen by its shape alone.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    geometry: Geometry,
    direction: Direction,
    simd: Simd,
    plan: Plan,
}

#[derive(Debug, Clone)]
enum Plan {
    Sums(SumPlan),
    Fold(FoldPlan),
}

impl Way {
    pub(crate) fn new(geometry: &Geometry, direction: Direction, simd: Simd) -> Self {
        let plan = match FoldPlan::new(geometry, direction, simd) {
            Some(plan) => Plan::Fold(plan),
            None => Plan::Sums(SumPlan::new(geometry, direction, simd)),
        };
        Self { geometry: *geometry, direction, simd, plan }
    }

    /// Packs `[small, big, taps]`, in memory that is reused.
    pub(crate) fn pack(&self, weights: &[f32], panels: Panels) -> Panels {
        match &self.plan {
            Plan::Sums(_) => pack(&self.geometry, self.direction, weights, self.simd, panels),
            Plan::Fold(plan) => plan.pack(weights, panels),
        }
    }

    pub(crate) fn run(
        &self,
        x: &[f32],
        panels: &Panels,
        finish: Finish<'_>,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) {
        match &self.plan {
            Plan::Sums(plan) => sums(plan, x, panels, finish, y, workspace),
            Plan::Fold(plan) => plan.run(x, panels, finish, y, workspace),
        }
    }
}

/// The way the gradient of the weights is made.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // a layer has one
pub(crate) enum WeightsWay {
    Product(ProductPlan),
    Outer(OuterPlan),
}

impl WeightsWay {
    pub(crate) fn new(geometry: &Geometry, simd: Simd) -> Self {
        match ProductPlan::new(geometry, simd) {
            Some(plan) => Self::Product(plan),
            None => Self::Outer(OuterPlan::new(geometry, simd)),
        }
    }

    /// `dw[small][big][tap]` from the big and the small side.
    pub(crate) fn run(&self, big: &[f32], small: &[f32], dw: &mut [f32], workspace: &mut Workspace) {
        match self {
            Self::Product(plan) => plan.run(big, small, dw, workspace),
            Self::Outer(plan) => outer(plan, big, small, dw, workspace),
        }
    }
}
