use oddframe_kernels::{Correlation, Error, Volumes, Workspace};

use super::conv::{PackedConv, grow_to, join_channels};
use crate::raft::fused::FusedConv;
use crate::raft::parts::MotionEncoder;

/// The motion encoder on native kernels.
#[derive(Debug)]
pub(super) struct KernelMotion {
    parts: MotionEncoder<PackedConv>,
    here: Vec<f32>,
    there: Vec<f32>,
    joined: Vec<f32>,
}

impl KernelMotion {
    pub(super) fn new(parts: &MotionEncoder<FusedConv>) -> Result<Self, Error> {
        let ([first, second], [third, fourth]) = (&parts.correlation, &parts.flow);
        Ok(Self {
            parts: MotionEncoder {
                correlation: [PackedConv::new(first)?, PackedConv::new(second)?],
                flow: [PackedConv::new(third)?, PackedConv::new(fourth)?],
                output: PackedConv::new(&parts.output)?,
            },
            here: Vec::new(),
            there: Vec::new(),
            joined: Vec::new(),
        })
    }

    /// Writes the motion features of correlations and flow. `images` is the shape of the result.
    pub(super) fn run(
        &mut self,
        images: Volumes,
        values: &[f32],
        flow: &[f32],
        motion: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let Self {
            parts,
            here,
            there,
            joined,
        } = self;
        let (batch, [_, height, width]) = (images.batch(), images.size());

        // correlation ──▶ conv ──▶ conv ──┐
        //                                 ├─ joined ──▶ conv ──┐
        // flow ─────────▶ conv ──▶ conv ──┘                    ├─ motion
        //   └──────────────────────────────────────────────────┘
        let input = Volumes::images(batch, height, width, Correlation::VALUES)?;
        let wide = parts.correlation[0].run(input, &values[..input.len()], here, workspace)?;
        let narrow = parts.correlation[1].run(wide, &here[..wide.len()], there, workspace)?;
        let of_flow = Volumes::images(batch, height, width, 2)?;
        let wide = parts.flow[0].run(of_flow, flow, here, workspace)?;
        let small = parts.flow[1].run(wide, &here[..wide.len()], joined, workspace)?;
        let both = Volumes::images(batch, height, width, narrow.channels() + small.channels())?;
        let to = grow_to(here, both.len());
        join_channels(
            (&there[..narrow.len()], narrow.channels()),
            (&joined[..small.len()], small.channels()),
            to,
        );
        let output = parts
            .output
            .run(both, &here[..both.len()], there, workspace)?;
        join_channels(
            (&there[..output.len()], output.channels()),
            (flow, 2),
            motion,
        );
        Ok(())
    }
}
