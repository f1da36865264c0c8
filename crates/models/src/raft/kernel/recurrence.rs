use oddframe_kernels::{Error, GruStep, Volumes, Workspace};

use super::conv::{PackedConv, grow_to};
use crate::raft::fused::FusedConv;
use crate::raft::parts::{CONTEXT, Gru, HIDDEN, MOTION};

/// Both GRUs on native kernels: first along the rows, then along the columns.
///
/// A convolution over `[hidden, context, motion]` is the sum of three. The context does not change from update to update,
/// so that its part is computed once for a pair, which saves a third of the work of every update.
#[derive(Debug)]
pub(super) struct Recurrence {
    units: [Unit; 2],
    /// `[hidden, motion]` at every position.
    state: Vec<f32>,
    /// The same with the reset hidden state.
    reset: Vec<f32>,
    gates: Vec<f32>,
    candidate: Vec<f32>,
    /// The shape of `state`.
    images: Option<Volumes>,
}

#[derive(Debug)]
struct Unit {
    /// Update and reset gate, of hidden state and motion.
    gates: PackedConv,
    candidate: PackedConv,
    /// Update gate, reset gate and candidate, of the context; with the bias.
    shared: PackedConv,
    sums: Vec<f32>,
}

impl Recurrence {
    pub(super) fn new(grus: &[Gru<FusedConv>; 2]) -> Result<Self, Error> {
        let [rows, columns] = grus;
        Ok(Self {
            units: [Unit::new(rows)?, Unit::new(columns)?],
            state: Vec::new(),
            reset: Vec::new(),
            gates: Vec::new(),
            candidate: Vec::new(),
            images: None,
        })
    }

    /// Starts from a hidden state, with the context of all updates. `images` is the shape of the context.
    pub(super) fn start(
        &mut self,
        images: Volumes,
        hidden: &[f32],
        context: &[f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        for unit in &mut self.units {
            unit.shared
                .run(images, context, &mut unit.sums, workspace)?;
        }
        let [_, height, width] = images.size();
        let state = Volumes::images(images.batch(), height, width, HIDDEN + MOTION)?;
        let rows = grow_to(&mut self.state, state.len()).chunks_exact_mut(HIDDEN + MOTION);
        for (row, hidden) in rows.zip(hidden.chunks_exact(HIDDEN)) {
            row[..HIDDEN].copy_from_slice(hidden);
        }
        self.images = Some(state);
        Ok(())
    }

    /// One update by the motion features; writes the new hidden state.
    pub(super) fn run(
        &mut self,
        motion: &[f32],
        hidden: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        // `start` has run: there is a shape.
        let Some(images) = self.images else {
            return Ok(());
        };
        let positions = images.positions();
        let step = GruStep::new(positions, HIDDEN, MOTION)?;
        let state = &mut self.state[..images.len()];
        let rows = state.chunks_exact_mut(HIDDEN + MOTION);
        for (row, motion) in rows.zip(motion.chunks_exact(MOTION)) {
            row[HIDDEN..].copy_from_slice(motion);
        }
        let reset = grow_to(&mut self.reset, images.len());
        for unit in &mut self.units {
            // `update` replaces the hidden values in the state, so that the second unit continues from those of the
            // first.
            let gates = unit.gates.run(images, state, &mut self.gates, workspace)?;
            let gates = &self.gates[..gates.len()];
            let sums = &unit.sums[..positions * 3 * HIDDEN];
            step.reset(gates, sums, state, reset)?;
            let candidate = unit
                .candidate
                .run(images, reset, &mut self.candidate, workspace)?;
            step.update(gates, &self.candidate[..candidate.len()], sums, state)?;
        }
        for (hidden, row) in hidden
            .chunks_exact_mut(HIDDEN)
            .zip(state.chunks_exact(HIDDEN + MOTION))
        {
            hidden.copy_from_slice(&row[..HIDDEN]);
        }
        Ok(())
    }
}

impl Unit {
    fn new(gru: &Gru<FusedConv>) -> Result<Self, Error> {
        // The inputs lie in the order hidden, context, motion.
        let (hidden, context, motion) = (
            0..HIDDEN,
            HIDDEN..HIDDEN + CONTEXT,
            HIDDEN + CONTEXT..HIDDEN + CONTEXT + MOTION,
        );
        let changing = [hidden, motion];
        let [update, reset, candidate] =
            [&gru.update, &gru.reset, &gru.candidate].map(|conv| conv.select_inputs(&changing));
        let shared = [&gru.update, &gru.reset, &gru.candidate].map(|conv| FusedConv {
            bias: conv.bias.clone(),
            ..conv.select_inputs(std::slice::from_ref(&context))
        });
        let [first, second, third] = &shared;
        Ok(Self {
            gates: PackedConv::new(&FusedConv::stack(&[&update, &reset]))?,
            candidate: PackedConv::new(&candidate)?,
            shared: PackedConv::new(&FusedConv::stack(&[first, second, third]))?,
            sums: Vec::new(),
        })
    }
}
