use super::fusion::fuse_blocks;
use super::node::Graph;
use super::stage::{Destination, Scratch, Stage, cut_stages};
use crate::error::Error;

/// Most images between two stages, so that memory does not grow with the batch.
const MOST_IMAGES: usize = 32;

/// A graph on the native kernels: channels last throughout, weights packed, buffers kept from call to call.
#[derive(Debug)]
pub(super) struct KernelGraph {
    stages: Vec<Stage>,
    scratch: Scratch,
    /// The values that a stage reads, and those that the next one will read.
    held: [Vec<f32>; 2],
}

impl KernelGraph {
    pub(super) fn new(graph: Graph) -> Result<Self, Error> {
        let (nodes, outputs) = fuse_blocks(graph);
        let stages = cut_stages(nodes, &outputs)?;
        let buffers = stages.iter().map(|stage| stage.buffers).max();
        let mut scratch = Scratch::default();
        scratch
            .buffers
            .resize(buffers.unwrap_or_default(), Vec::new());
        Ok(Self {
            stages,
            scratch,
            held: [const { Vec::new() }; 2],
        })
    }

    pub(super) fn run(
        &mut self,
        images: &[f32],
        batch: usize,
        outputs: &mut [Vec<f32>],
    ) -> Result<(), Error> {
        outputs.iter_mut().for_each(Vec::clear);
        let image = images.len() / batch;
        for some in images.chunks(image * MOST_IMAGES) {
            self.run_stages(some, some.len() / image, outputs)?;
        }
        Ok(())
    }

    /// Runs some images of a batch, stage by stage, and appends their outputs.
    fn run_stages(
        &mut self,
        images: &[f32],
        batch: usize,
        outputs: &mut [Vec<f32>],
    ) -> Result<(), Error> {
        let [from, to] = &mut self.held;
        for (number, stage) in self.stages.iter_mut().enumerate() {
            to.clear();
            let x = if number == 0 { images } else { &from[..] };
            let image = x.len() / batch;
            let mut destination = Destination { outputs, next: to };
            for group in x.chunks(image * stage.group) {
                let count = group.len() / image;
                stage.run_group(group, count, &mut self.scratch, &mut destination)?;
            }
            std::mem::swap(from, to);
        }
        Ok(())
    }
}
