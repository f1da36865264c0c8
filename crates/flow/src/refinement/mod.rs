//! Variational refinement: moves a flow towards the minimum of an energy of three terms, as OpenCV's
//! `VariationalRefinement` does (Brox et al., "High Accuracy Optical Flow Estimation Based on a Theory for Warping",
//! ECCV 2004).
//!
//! The terms are: a pixel keeps its brightness, it keeps its gradient, and neighbours move alike. Each is penalised by
//! a rounded absolute value, which makes the equations nonlinear. The outer iterations hold the weights fixed that make
//! them linear; the inner ones solve the linear system by successive over-relaxation, red and black pixels in turn.

mod checkerboard;
mod derivatives;
mod relaxation;
mod system;

use self::checkerboard::Checkerboard;
use self::derivatives::Derivatives;
use self::relaxation::relax;
use self::system::System;
use crate::Flow;

/// Sweeps over the linear system for each set of weights.
const SWEEPS: usize = 5;

/// The parameters of the refinement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefinementOptions {
    /// Outer iterations.
    pub(crate) iterations: usize,
    /// The weights of smoothness, constant brightness, and constant gradients.
    pub(crate) alpha: f32,
    pub(crate) delta: f32,
    pub(crate) gamma: f32,
    /// Where the penalties become quadratic.
    pub(crate) epsilon: f32,
}

/// Refines flows of one size.
#[derive(Debug)]
pub(crate) struct Refinement {
    iterations: usize,
    derivatives: Derivatives,
    system: System,
    /// The flow that is refined.
    start: Checkerboard<2>,
    /// The change of the flow so far.
    change: Checkerboard<2>,
    /// Their sum.
    now: Checkerboard<2>,
}

impl Refinement {
    pub(crate) fn new(width: usize, height: usize, options: &RefinementOptions) -> Self {
        Self {
            iterations: options.iterations,
            derivatives: Derivatives::new(width, height),
            system: System::new(
                (width, height),
                [options.alpha, options.delta, options.gamma],
                options.epsilon,
            ),
            start: Checkerboard::new(width, height),
            change: Checkerboard::new(width, height),
            now: Checkerboard::new(width, height),
        }
    }

    /// Refines the flow between two frames.
    pub(crate) fn run(&mut self, previous: &[f32], next: &[f32], flow: &mut Flow) {
        self.derivatives.compute(previous, next, flow);
        self.start.split([flow.dx(), flow.dy()]);
        self.now.clone_from(&self.start);
        self.change.clear();
        // The frame is warped once, by the start. An outer iteration renews the weights of the penalties for the change
        // so far and then improves the change with these weights fixed.
        for _ in 0..self.iterations {
            self.system.weigh_smoothness(&self.now);
            self.system
                .set_up(self.derivatives.board(), &self.start, &self.change);
            for _ in 0..SWEEPS {
                relax(&self.system, &mut self.change);
            }
            self.now.set_sum(&self.start, &self.change);
        }
        let (dx, dy) = flow.planes_mut();
        self.now.merge([dx, dy]);
    }
}
