//! A gather or a spread as sums over taps.
//!
//! A task has up to 32 blocks of output positions of one pass, and some panels of output channels. Its loops are ordered
//! for the caches. The outermost loop splits the sum into parts whose weights fit the second-level cache. The next loop
//! goes over the panels, and the innermost loop over the blocks, which all use the same weights. A tile whose sum has several parts
//! is stored and loaded again between them.
#![allow(unsafe_code)]

use std::ops::Range;

use super::micro::{Epilogue, Kernels, ROWS, SumTile};
use super::panels::Panels;
use super::pass::list_passes;
use super::scratch::EngineScratch;
use super::source::{Source, pad_rows};
use super::tables::{Blocks, TablesCapacity};
use crate::geometry::{Direction, Geometry};
use crate::partition::part_range;
use crate::simd::Simd;
use crate::threads::run_parallel;
use crate::volumes::Volumes;
use crate::writer::Writer;

/// Rows of a panel in one part of a sum: so many rows stay in the second-level cache while the blocks of a task pass over
/// them. Under Miri parts are small, so that a small layer has several.
const PART_ROWS: usize = if cfg!(miri) { 16 } else { 1024 };
/// Blocks of a task: their input stays in the second-level cache while the task goes from panel to panel.
const TASK_BLOCKS: usize = 32;
/// Least number of tasks of a large operation, so that many threads find work. A constant: the cut must not depend on the
/// number of threads.
const TASKS: usize = 16;

/// The plan of a gather or a spread, made once for a layer.
#[derive(Debug, Clone)]
pub(crate) struct SumPlan {
    source: Source,
    pads_rows: bool,
    input: Volumes,
    output: Volumes,
    kernel: [usize; 3],
    passes: Vec<Blocks>,
    /// Channels in one part of a sum, and the number of parts. There are several only where a group has a single tap.
    part_depth: usize,
    depth_parts: usize,
    panels: usize,
    /// Groups that the panels are distributed to tasks in.
    panel_groups: usize,
    /// Most rows of a panel that a part of a sum reads.
    most_rows: usize,
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
        let mut all = list_passes(geometry, direction);
        let padded = (direction == Direction::Gather)
            .then(|| Source::with_padded_rows(geometry))
            .flatten();
        let source = padded.unwrap_or(Source::unpadded(input));
        if padded.is_some() {
            all.iter_mut().for_each(Source::merge_row_taps);
            kernel[2] = 1;
        }
        // A part of a sum has at most PART_ROWS rows of a panel. With few channels it holds several taps; with more
        // channels than that, each tap is a group of its own, and its channels are cut as well.
        let group_taps = (PART_ROWS / source.depth).max(1);
        let depth_parts = source.depth.div_ceil(PART_ROWS);
        let passes: Vec<_> = all
            .into_iter()
            .map(|pass| Blocks::new(pass, input.batch(), group_taps))
            .collect();
        let panels = output
            .channels()
            .div_ceil(simd.panel_width(output.channels()));
        let chunks = passes.iter().map(count_chunks).sum::<usize>();
        // Few positions but many channels: the tasks divide the panels as well.
        let panel_groups = TASKS.div_ceil(chunks.max(1)).min(panels);
        let part_depth = source.depth.div_ceil(depth_parts);
        let groups = passes
            .iter()
            .flat_map(|pass| (0..pass.groups).map(|group| pass.tap_numbers(group, kernel).len()));
        let most_rows = groups.max().unwrap_or_default() * part_depth;
        Self {
            source,
            pads_rows: padded.is_some(),
            input,
            output,
            kernel,
            part_depth,
            depth_parts,
            passes,
            panels,
            panel_groups,
            most_rows,
            simd,
        }
    }

    fn task_count(&self) -> usize {
        self.passes.iter().map(count_chunks).sum::<usize>() * self.panel_groups
    }

    /// The task with this number; tasks are numbered pass by pass and chunk by chunk. They are computed, not stored:
    /// there may be millions.
    fn task_at(&self, task: usize) -> Option<Task> {
        let (mut chunk, group) = (task / self.panel_groups, task % self.panel_groups);
        for (number, pass) in self.passes.iter().enumerate() {
            let chunks = count_chunks(pass);
            if chunk < chunks {
                let panels = part_range(self.panels, self.panel_groups, group);
                let blocks = part_range(pass.count, chunks, chunk);
                return Some(Task {
                    pass: number,
                    blocks,
                    panels,
                });
            }
            chunk -= chunks;
        }
        None
    }

    /// The capacity that the tables of the largest task need with these weights.
    fn tables_capacity(&self, panels: &Panels) -> TablesCapacity {
        let weights = TablesCapacity {
            weights: panels.buffer_len(self.most_rows),
            ..TablesCapacity::default()
        };
        self.passes.iter().fold(weights, |most, pass| {
            let blocks = TASK_BLOCKS.min(pass.count);
            TablesCapacity {
                blocks: most.blocks.max(blocks),
                taps: most.taps.max(blocks * pass.tap_count()),
                starts: most.starts.max(blocks * (pass.groups + 1)),
                ..most
            }
        })
    }

    /// The range of panel rows that a part of a sum reads: those of the given channels for every tap of a group. With several
    /// taps, the range also contains the rows that lie between them.
    fn part_rows(&self, blocks: &Blocks, group: usize, channels: Range<usize>) -> Range<usize> {
        let taps = blocks.tap_numbers(group, self.kernel);
        if taps.is_empty() {
            return 0..0;
        }
        let depth = self.source.depth;
        taps.start * depth + channels.start..(taps.end - 1) * depth + channels.end
    }

    /// Sums over the taps of every output position.
    pub(crate) fn sum_taps(
        &self,
        x: &[f32],
        panels: &Panels,
        epilogue: Epilogue<'_>,
        y: &mut [f32],
        scratch: &mut EngineScratch,
    ) {
        // The tiles read and write through pointers; the lengths that they rely on are checked here, once.
        assert!(
            x.len() == self.input.len() && y.len() == self.output.len(),
            "slices must be as long as their shapes"
        );
        let EngineScratch {
            padded,
            padded_bias,
            zeros,
            tables,
            ..
        } = scratch;
        let channels = self.output.channels();
        let lanes = self.simd.lanes();
        let padded_bias = padded_bias.resize(channels.div_ceil(lanes) * lanes);
        // The bias is read as whole vectors: behind the last channel it is zero.
        padded_bias.fill(0.0);
        if let Some(bias) = epilogue.bias {
            padded_bias[..channels].copy_from_slice(bias);
        }
        let padded_bias = &*padded_bias;
        // Few channels: rows are copied with their padding, so that a row of taps is one run.
        let x = if self.pads_rows {
            pad_rows(x, self.input, self.source.grid, padded);
            &**padded
        } else {
            x
        };
        // Rows of a tile that lie in the padding read this run of zeros.
        let zeros = zeros.resize(self.source.depth);
        zeros.fill(0.0);
        let zeros = &*zeros;
        let kernels = Kernels::for_simd(self.simd);
        let tables = &*tables;
        tables.reserve(&self.tables_capacity(panels));
        let writer = Writer::new(y);
        run_parallel(self.task_count(), &|task, thread| {
            let Some(task) = self.task_at(task) else {
                return;
            };
            let blocks = &self.passes[task.pass];
            let mut table = tables.lock(thread);
            let start = writer.pointer(0, self.output.len());
            table.fill_blocks(
                blocks,
                task.blocks,
                (x, self.source, zeros),
                (start, self.output),
                self.kernel,
            );
            let mut buffer = std::mem::take(&mut table.weights);
            // The bias and the activation are applied with the last part of the sums, while they are in registers.
            let last = (blocks.groups - 1, self.depth_parts - 1);
            for group in 0..blocks.groups {
                for part in 0..self.depth_parts {
                    let first_channel = part * self.part_depth;
                    let depth = self.part_depth.min(self.source.depth - first_channel);
                    let rows = self.part_rows(blocks, group, first_channel..first_channel + depth);
                    for panel in task.panels.clone() {
                        let panel = panels.panel_at(panel);
                        let weights = panel.read_rows(rows.clone(), &mut buffer, self.simd);
                        for block in 0..table.block_count() {
                            let taps = table.group_taps(block, group);
                            let (outputs, count) = table.output_rows(block);
                            let tile = SumTile {
                                taps: taps.as_ptr(),
                                count: taps.len(),
                                depth,
                                start: first_channel,
                                panel: weights.as_ptr(),
                                first_row: rows.start,
                                // SAFETY: every output is a position of y, which has at least `start + valid` channels.
                                out: std::array::from_fn::<_, ROWS, _>(|m| unsafe {
                                    outputs[m].add(panel.start)
                                }),
                                valid: panel.valid,
                                resume: epilogue.adds || (group, part) != (0, 0),
                                epilogue: ((group, part) == last).then(|| {
                                    (padded_bias[panel.start..].as_ptr(), epilogue.activation)
                                }),
                            };
                            // SAFETY: the machine has `simd`; the tables point to positions of x with `depth` channels
                            // from `first_channel` on (or to as many zeros), the panel has a row for each of them, and
                            // no two tasks share an output position and a panel.
                            unsafe { kernels.sum[count - 1][panel.vectors - 1](&tile) };
                        }
                    }
                }
            }
            table.weights = buffer;
        });
    }
}

/// Number of chunks of blocks that a pass is cut into; each is a task of every group of panels.
fn count_chunks(pass: &Blocks) -> usize {
    pass.count.div_ceil(TASK_BLOCKS)
}
