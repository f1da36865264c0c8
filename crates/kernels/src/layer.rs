//! What convolutions and transposed convolutions share: the same three operations, in other roles.

use crate::engine::{Direction, Finish, Panels, Way, WeightsWay};
use crate::error::check_length;
use crate::geometry::Geometry;
use crate::packed::{Packed, Weights};
use crate::simd::Simd;
use crate::{Activation, Error, Volumes, Workspace, plain};

#[derive(Debug, Clone)]
pub(crate) struct Layer {
    geometry: Geometry,
    /// From input to output.
    direction: Direction,
    simd: Simd,
    plans: Option<Plans>,
}

/// A fast layer's taps and strides along the axes multiply to no more than this. Plans name each of them, and a huge
/// one shall cost time when it runs, not memory when it is built.
const MANY: usize = 1 << 14;

/// Absent for layers with groups and for windows out of all proportion, which take the plain path.
#[derive(Debug, Clone)]
struct Plans {
    forward: Way,
    backward: Way,
    weights: WeightsWay,
}

impl Layer {
    pub(crate) fn new(geometry: Geometry, direction: Direction, simd: Simd) -> Self {
        let plans = fast(&geometry).then(|| Plans {
            forward: Way::new(&geometry, direction, simd),
            backward: Way::new(&geometry, direction.back(), simd),
            weights: WeightsWay::new(&geometry, simd),
        });
        Self { geometry, direction, simd, plans }
    }

    pub(crate) fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        if !Simd::available().contains(&simd) {
            return Err(Error::Parameter {
                what: "the instruction set",
                value: format!("{simd:?}"),
                must: "one that this machine has: see Simd::available",
            });
        }
        Ok(Self::new(self.geometry, self.direction, simd))
    }

    pub(crate) fn input(&self) -> Volumes {
        self.direction.ends(&self.geometry).0
    }

    pub(crate) fn output(&self) -> Volumes {
        self.direction.ends(&self.geometry).1
    }

    pub(crate) fn weights_len(&self) -> usize {
        self.geometry.weights_len()
    }

    pub(crate) fn pack(&self, weights: &[f32]) -> Result<Packed, Error> {
        check_length("the weights", weights.len(), self.weights_len())?;
        let weights = match &self.plans {
            Some(plans) => Weights::Panels(plans.forward.pack(weights, Panels::default())),
            None => Weights::Plain(weights.to_vec()),
        };
        Ok(Packed { geometry: self.geometry, direction: self.direction, simd: self.simd, weights })
    }

    pub(crate) fn forward(
        &self,
        x: &[f32],
        packed: &Packed,
        bias: Option<&[f32]>,
        activation: Activation,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let (input, output) = (self.input(), self.output());
        self.check_forward(x, bias, y)?;
        let same_weights = packed.geometry.window == self.geometry.window
            && packed.geometry.big.channels() == self.geometry.big.channels()
            && packed.geometry.small.channels() == self.geometry.small.channels();
        if !same_weights || packed.direction != self.direction || packed.simd != self.simd {
            return Err(Error::OtherLayer { input, output });
        }
        match (&self.plans, &packed.weights) {
            (Some(plans), Weights::Panels(panels)) => {
                plans.forward.run(x, panels, Finish { bias, activation }, y, workspace);
            }
            (None, Weights::Plain(weights)) => {
                plain::sums(&self.geometry, self.direction, x, weights, y);
                plain::finish(y, bias, activation);
            }
            _ => return Err(Error::OtherLayer { input, output }),
        }
        Ok(())
    }

    /// Forward with weights that change from call to call: they are packed in the workspace.
    pub(crate) fn forward_unpacked(
        &self,
        x: &[f32],
        weights: &[f32],
        bias: Option<&[f32]>,
        activation: Activation,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.check_forward(x, bias, y)?;
        check_length("the weights", weights.len(), self.weights_len())?;
        if let Some(plans) = &self.plans {
            let panels = plans.forward.pack(weights, std::mem::take(&mut workspace.panels));
            plans.forward.run(x, &panels, Finish { bias, activation }, y, workspace);
            workspace.panels = panels;
        } else {
            plain::sums(&self.geometry, self.direction, x, weights, y);
            plain::finish(y, bias, activation);
        }
        Ok(())
    }

    fn check_forward(&self, x: &[f32], bias: Option<&[f32]>, y: &[f32]) -> Result<(), Error> {
        check_length("the input", x.len(), self.input().len())?;
        check_length("the output", y.len(), self.output().len())?;
        bias.map_or(Ok(()), |bias| check_length("the bias", bias.len(), self.output().channels()))
    }

    pub(crate) fn input_gradient(
        &self,
        dy: &[f32],
        weights: &[f32],
        dx: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        check_length("the output's gradient", dy.len(), self.output().len())?;
        check_length("the weights", weights.len(), self.weights_len())?;
        check_length("the input's gradient", dx.len(), self.input().len())?;
        let back = self.direction.back();
        match &self.plans {
            Some(plans) => {
                let panels = plans.backward.pack(weights, std::mem::take(&mut workspace.panels));
                plans.backward.run(dy, &panels, Finish::default(), dx, workspace);
                workspace.panels = panels;
            }
            None => plain::sums(&self.geometry, back, dy, weights, dx),
        }
        Ok(())
    }

    pub(crate) fn weight_gradient(
        &self,
        x: &[f32],
        dy: &[f32],
        dw: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        check_length("the input", x.len(), self.input().len())?;
        check_length("the output's gradient", dy.len(), self.output().len())?;
        check_length("the weights' gradient", dw.len(), self.weights_len())?;
        let (big, small) = match self.direction {
            Direction::Gather => (x, dy),
            Direction::Spread => (dy, x),
        };
        match &self.plans {
            Some(plans) => plans.weights.run(big, small, dw, workspace),
            None => plain::outer(&self.geometry, big, small, dw),
        }
        Ok(())
    }
}

fn fast(geometry: &Geometry) -> bool {
    let within = |sizes: [usize; 3]| {
        sizes.iter().try_fold(1_usize, |all, &n| all.checked_mul(n)).is_some_and(|all| all <= MANY)
    };
    let window = &geometry.window;
    let both = std::array::from_fn(|axis| window.kernel[axis].saturating_mul(window.stride[axis]));
    window.groups == 1 && within(both)
}
