use super::layout::Strips;
use super::panel_rows::PART_ROWS;
use super::plan::WinogradPlan;
use super::strip::{StripJob, TileSource};
use super::tile::TileKernels;
use crate::aligned::Aligned;
use crate::engine::micro::Epilogue;
use crate::engine::panels::Panels;
use crate::engine::scratch::{StripScratch, WinogradScratch};
use crate::partition::part_range;
use crate::threads::{all_threads, run_parallel};
use crate::writer::Writer;

/// Number of tasks for each step of a shared strip.
const TASKS: usize = 16;

impl WinogradPlan {
    /// Runs the plan with weights that it has packed.
    pub(crate) fn run(
        &self,
        x: &[f32],
        panels: &Panels,
        epilogue: Epilogue<'_>,
        y: &mut [f32],
        scratch: &mut WinogradScratch,
    ) {
        // The tiles read and write through pointers; the lengths that they rely on are checked here, once.
        let (input, output) = (self.layout.input.volumes, self.layout.output.volumes);
        assert!(
            x.len() == input.len() && y.len() == output.len(),
            "slices must be as long as their shapes"
        );
        let Strips {
            count,
            shared,
            plane,
            ..
        } = self.strips;
        let (slots, frequencies) = (if shared { 1 } else { all_threads() }, self.frequencies());
        scratch.reserve(slots, frequencies * plane[0], frequencies * plane[1]);
        scratch.reserve_weights(panels.buffer_len(PART_ROWS));
        scratch.zeros.resize(input.channels()).fill(0.0);
        let padded_bias = scratch
            .bias
            .resize(output.channels().next_multiple_of(self.simd.lanes()));
        padded_bias.fill(0.0);
        if let Some(bias) = epilogue.bias {
            padded_bias[..bias.len()].copy_from_slice(bias);
        }
        let scratch = &*scratch;
        let kernels = TileKernels::new(self.filter, self.simd);
        let job = StripJob {
            plan: self,
            kernels,
            source: TileSource {
                layout: &self.layout,
                side: self.layout.input,
                reach: self.reach,
                transform: kernels.load_pixels,
                frequencies,
                points: &self.input_points,
                pixels: x,
                zeros: &scratch.zeros,
            },
            panels,
            bias: &scratch.bias,
            epilogue,
            y: Writer::new(y),
        };
        if shared {
            let mut slot = scratch.lock(0);
            (0..count).for_each(|strip| self.run_shared_strip(&job, strip, &mut slot, scratch));
        } else {
            // A strip goes through all three steps before the next one begins, so that each step finds what it reads in
            // the cache.
            run_parallel(count, &|strip, thread| {
                let (mut slot, mut buffer) = (scratch.lock(thread), scratch.lock_weights(thread));
                self.run_strip(&job, strip, &mut slot, &mut buffer);
            });
        }
    }

    /// Runs a strip on this thread.
    fn run_strip(
        &self,
        job: &StripJob<'_>,
        strip: usize,
        slot: &mut StripScratch,
        buffer: &mut Aligned,
    ) {
        let first = strip * self.strips.tiles;
        let tiles = first..(first + self.strips.tiles).min(self.layout.tile_count());
        job.load_tiles(tiles.clone(), first, &Writer::new(&mut slot.values));
        let sums = Writer::new(&mut slot.sums);
        job.multiply(
            0..job.product_count(),
            tiles.len(),
            &slot.values,
            &sums,
            buffer,
        );
        job.store_tiles(tiles, first, &slot.sums);
    }

    /// Runs a strip on all threads together, one step after the other. Small images have too few tiles to give each thread a
    /// strip of its own, and a shared strip reads the weights only once.
    fn run_shared_strip(
        &self,
        job: &StripJob<'_>,
        strip: usize,
        slot: &mut StripScratch,
        scratch: &WinogradScratch,
    ) {
        let first = strip * self.strips.tiles;
        let count = self.strips.tiles.min(self.layout.tile_count() - first);
        let tasks = TASKS.min(count);
        let values = Writer::new(&mut slot.values);
        run_parallel(tasks, &|task, _| {
            let tiles = part_range(count, tasks, task);
            job.load_tiles(first + tiles.start..first + tiles.end, first, &values);
        });
        let sums = Writer::new(&mut slot.sums);
        let products = job.product_count();
        run_parallel(products, &|product, thread| {
            let mut buffer = scratch.lock_weights(thread);
            job.multiply(
                product..product + 1,
                count,
                &slot.values,
                &sums,
                &mut buffer,
            );
        });
        let sums = &slot.sums;
        run_parallel(tasks, &|task, _| {
            let tiles = part_range(count, tasks, task);
            job.store_tiles(first + tiles.start..first + tiles.end, first, sums);
        });
    }
}
