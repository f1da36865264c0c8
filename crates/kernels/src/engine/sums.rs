#![allow(unsafe_code)]

use std::ops::Range;

use super::Finish;
use super::micro::{Kernels, ROWS, SumTile};
use super::pack::Panels;
use super::pass::{Direction, passes};
use super::source::{Source, pad_width};
use super::tables::{Blocks, Room};
use crate::Volumes;
use crate::geometry::Geometry;
use crate::share::share;
use crate::simd::Simd;
use crate::threads::parallel;
use crate::workspace::Workspace;
use crate::writer::Writer;

/// Rows of a panel that one part of a sum covers: a panel of that many rows stays in the second-level cache while the
/// blocks of a task pass over it. Miri sees several parts in a small layer.
const PART_ROWS: usize = if cfg!(miri) { 16 } else { 1024 };
/// Blocks of a task: their input stays in the second-level cache while the panels pass over it.
const TASK_BLOCKS: usize = 32;
/// Tasks that an operation is cut into where it is large enough, so that many threads find work.
const TASKS: usize = 16;

/// How a gather or a spread is carried out; made once for a layer.
#[derive(Debug, Clone)]
pub(crate) struct SumPlan {
    source: Source,
    merged: bool,
    input: Volumes,
    output: Volumes,
    kernel: [usize; 3],
    passes: Vec<Blocks>,
    /// Channels in one part, and how many parts they make; more than one only where a part holds a single tap.
    part_depth: usize,
    depth_parts: usize,
    /// Panels, and the groups they go to tasks in.
    panels: usize,
    groups: usize,
    simd: Simd,
}

#[derive(Debug, Clone)]
struct Task {
    pass: usize,
    blocks: Range<usize>,
    panels: Range<usize>,
}

impl SumPlan {
    pub(crate) fn new(geometry: &Geometry, direction: Direction, simd: Simd) -> Self {
        let (input, output) = direction.ends(geometry);
        let mut kernel = geometry.window.kernel;
        let mut all = passes(geometry, direction);
        let merged = if direction == Direction::Gather { Source::merged(geometry) } else { None };
        let source = merged.unwrap_or(Source::plain(input));
        if merged.is_some() {
            all.iter_mut().for_each(Source::merge);
            kernel[2] = 1;
        }
        let group = (PART_ROWS / source.depth).max(1);
        let depth_parts = source.depth.div_ceil(PART_ROWS);
        let passes: Vec<_> = all.into_iter().map(|pass| Blocks::new(pass, input.batch(), group)).collect();
        let panels = output.channels().div_ceil(simd.panel_width(output.channels()));
        let chunks = passes.iter().map(chunks).sum::<usize>();
        let groups = TASKS.div_ceil(chunks.max(1)).min(panels);
        Self {
            source,
            merged: merged.is_some(),
            input,
            output,
            kernel,
            part_depth: source.depth.div_ceil(depth_parts),
            depth_parts,
            passes,
            panels,
            groups,
            simd,
        }
    }
}

impl SumPlan {
    /// How many tasks there are.
    fn tasks(&self) -> usize {
        self.passes.iter().map(chunks).sum::<usize>() * self.groups
    }

    /// A task, of those that follow each other pass by pass and chunk by chunk. None is kept: a shape may be huge.
    fn task(&self, task: usize) -> Option<Task> {
        let (mut chunk, group) = (task / self.groups, task % self.groups);
        for (number, pass) in self.passes.iter().enumerate() {
            let chunks = chunks(pass);
            if chunk < chunks {
                let panels = share(self.panels, self.groups, group);
                return Some(Task { pass: number, blocks: share(pass.count, chunks, chunk), panels });
            }
            chunk -= chunks;
        }
        None
    }

    /// What the tables of the largest task hold.
    fn room(&self) -> Room {
        self.passes.iter().fold(Room::default(), |room, pass| {
            let blocks = TASK_BLOCKS.min(pass.count);
            Room {
                blocks: room.blocks.max(blocks),
                taps: room.taps.max(blocks * pass.taps()),
                starts: room.starts.max(blocks * (pass.groups + 1)),
                ..room
            }
        })
    }
}

/// How many tasks a pass is cut into.
fn chunks(pass: &Blocks) -> usize {
    pass.count.div_ceil(TASK_BLOCKS)
}

/// Every output position sums over its taps.
pub(crate) fn sums(
    plan: &SumPlan,
    x: &[f32],
    panels: &Panels,
    finish: Finish<'_>,
    y: &mut [f32],
    workspace: &mut Workspace,
) {
    // The tiles write through pointers: what they rely on is checked here, once.
    assert!(
        x.len() == plan.input.len() && y.len() == plan.output.len(),
        "slices are not as long as their shapes"
    );
    let Workspace { padded, padded_bias, zeros, tables, .. } = workspace;
    let channels = plan.output.channels();
    let lanes = plan.simd.lanes();
    let padded_bias = padded_bias.resize(channels.div_ceil(lanes) * lanes);
    padded_bias.fill(0.0);
    if let Some(bias) = finish.bias {
        padded_bias[..channels].copy_from_slice(bias);
    }
    let padded_bias = &*padded_bias;
    let x = if plan.merged {
        pad_width(x, plan.input, plan.source.grid, padded);
        &**padded
    } else {
        x
    };
    let zeros = zeros.resize(plan.source.depth);
    zeros.fill(0.0);
    let zeros = &*zeros;
    let kernels = Kernels::of(plan.simd);
    let tables = &*tables;
    tables.reserve(&plan.room());
    let writer = Writer::new(y);
    parallel(plan.tasks(), &|task, thread| {
        let Some(task) = plan.task(task) else { return };
        let blocks = &plan.passes[task.pass];
        let mut table = tables.of(thread);
        let start = writer.pointer(0, plan.output.len());
        table.fill(blocks, task.blocks, (x, plan.source, zeros), (start, plan.output), plan.kernel);
        let last = (blocks.groups - 1, plan.depth_parts - 1);
        for group in 0..blocks.groups {
            for part in 0..plan.depth_parts {
                let first_channel = part * plan.part_depth;
                let depth = plan.part_depth.min(plan.source.depth - first_channel);
                for panel in task.panels.clone() {
                    let panel = panels.panel(panel);
                    for block in 0..table.blocks() {
                        let taps = table.taps(block, group);
                        let (outs, rows) = table.outs(block);
                        let tile = SumTile {
                            taps: taps.as_ptr(),
                            count: taps.len(),
                            depth,
                            start: first_channel,
                            panel: panel.values.as_ptr(),
                            // SAFETY: every out is a position of y, which has `start + valid` channels or more.
                            out: std::array::from_fn::<_, ROWS, _>(|m| unsafe { outs[m].add(panel.start) }),
                            valid: panel.valid,
                            resume: (group, part) != (0, 0),
                            finish: ((group, part) == last)
                                .then(|| (padded_bias[panel.start..].as_ptr(), finish.activation)),
                        };
                        // SAFETY: `simd` was detected; the tables point to positions of x with `depth` channels from
                        // `first_channel` on (or to as many zeros), the panel has a row for each of them, and no two
                        // tasks share an output position and a panel.
                        unsafe { kernels.sum[rows - 1][panel.vectors - 1](&tile) };
                    }
                }
            }
        }
    });
}
