use super::backend_graph::BackendGraph;
#[cfg(feature = "flex")]
use super::kernel_graph::KernelGraph;
use super::node::Graph;
use crate::error::{Error, check_length};
use crate::kernels::Kernels;

/// The graph's name in errors.
const LAYER: &str = "the inference graph";

impl Graph {
    /// Packs the weights for a device, or uploads them to it.
    ///
    /// # Errors
    /// When a layer is too large to address.
    pub fn into_inference<B: Kernels>(
        self,
        device: &B::Device,
    ) -> Result<GraphInference<B>, Error> {
        let input = self.nodes[0].len();
        let outputs = self.outputs.len();
        #[cfg(feature = "flex")]
        if crate::kernels::device_has_native_kernels::<B>(device) {
            let path = Path::Kernel(Box::new(KernelGraph::new(self)?));
            return Ok(GraphInference {
                input,
                outputs,
                path,
            });
        }
        let path = Path::Backend(BackendGraph::new(self, device));
        Ok(GraphInference {
            input,
            outputs,
            path,
        })
    }
}

/// A [`Graph`] that is ready to run: with packed weights and buffers on a backend with native kernels, with Burn's
/// operations on any other.
///
/// See [`GraphBuilder`](crate::GraphBuilder) for an example.
#[derive(Debug)]
pub struct GraphInference<B: Kernels> {
    /// Number of values of one image.
    input: usize,
    outputs: usize,
    path: Path<B>,
}

#[derive(Debug)]
enum Path<B: Kernels> {
    #[cfg(feature = "flex")]
    Kernel(Box<KernelGraph>),
    Backend(BackendGraph<B>),
}

impl<B: Kernels> GraphInference<B> {
    /// Runs the graph on a batch of images.
    ///
    /// # Shapes
    /// `images`: `[batch, height, width, channels]`; `outputs`: one vector for each output, cleared and filled with
    /// `[batch, height, width, channels]`.
    ///
    /// # Errors
    /// When the number of values or of outputs is wrong, `batch` is zero, or the device fails.
    pub fn run(
        &mut self,
        images: &[f32],
        batch: usize,
        outputs: &mut [Vec<f32>],
    ) -> Result<(), Error> {
        let axes = [("the batch", batch)];
        check_length(LAYER, "the images", images.len(), &axes, self.input)?;
        check_length(LAYER, "the outputs", outputs.len(), &[], self.outputs)?;
        match &mut self.path {
            #[cfg(feature = "flex")]
            Path::Kernel(graph) => graph.run(images, batch, outputs),
            Path::Backend(graph) => graph.run(images, batch, outputs),
        }
    }
}
