use oddframe_nn::{Kernels, device_has_native_kernels};

use super::generic::GenericRaft;
use super::kernel::KernelRaft;
use super::options::{KIND, RaftOptions};
use super::pairs::{Pairs, check_size};
use super::weights::open_parts;
use crate::error::Error;
use crate::weights_source::WeightsSource;

/// RAFT-Large: dense optical flow between pairs of RGB frames, as torchvision's `raft_large` computes it.
///
/// [`RaftFlow`](crate::RaftFlow) runs it on frames of any size. This type takes batches of pairs whose height and width are
/// multiples of eight, of at least 128 pixels each.
///
/// On flex it runs on the native kernels with packed weights and buffers that are kept from call to call; on any other
/// backend, on Burn's operations.
///
/// # Weights
/// They are those of torchvision: `raft_large_C_T_SKHT_V2-ff5fadd5.pth` (its default) or
/// `raft_large_C_T_V2-1bb1363a.pth`, which `torchvision.models.optical_flow` downloads; the digits before the extension are
/// the first ones of the file's SHA-256. [`WeightsSource::Random`] takes the same time and memory and estimates nothing:
/// [`is_random`](Self::is_random) is for a warning beside every result.
///
/// # Memory
/// The weights take 21 MB in the file and more once they are packed. The correlations of a pair take
/// `4/3 * 4 * (height * width / 64)²` bytes unless [`memory_limit`](RaftOptions::memory_limit) is less, and the feature maps
/// about 300 bytes for each pixel of a pair.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_models::{Raft, RaftOptions, WeightsSource};
///
/// let options = RaftOptions::default().with_updates(1);
/// let weights = WeightsSource::Random { seed: 0 };
/// let mut raft = Raft::<Flex>::open(Some(&weights), options, &Default::default())?;
/// assert!(raft.is_random()); // say so wherever the flow is shown
///
/// let (size, frame) = ([128, 128], vec![90; 128 * 128 * 3]);
/// let mut flow = vec![0.0; 2 * 128 * 128];
/// raft.run(1, size, &frame, &frame, &mut flow)?;
/// assert!(flow.iter().all(|value| value.is_finite()));
///
/// // Without weights the error names the file to download.
/// let error = Raft::<Flex>::open(None, options, &Default::default()).unwrap_err();
/// assert!(error.to_string().contains("raft_large_C_T_SKHT_V2-ff5fadd5.pth"));
/// # Ok::<(), oddframe_models::Error>(())
/// ```
#[derive(Debug)]
pub struct Raft<B: Kernels> {
    form: Form<B>,
    random: bool,
    options: RaftOptions,
    /// `[2 * pairs, height, width, 3]`
    pixels: Vec<f32>,
    /// Size and bytes of the second frame of the pair that ran last; empty if that was no single pair.
    last: ([usize; 2], Vec<u8>),
}

#[derive(Debug)]
enum Form<B: Kernels> {
    Kernel(Box<KernelRaft>),
    Generic(Box<GenericRaft<B>>),
}

impl<B: Kernels> Raft<B> {
    /// Opens the network with these weights, on this device.
    ///
    /// # Errors
    /// When no weights are given, the file cannot be read or does not hold exactly the weights of the network (the error
    /// lists all that are missing, unexpected or have another shape), or there are no updates.
    pub fn open(
        weights: Option<&WeightsSource>,
        options: RaftOptions,
        device: &B::Device,
    ) -> Result<Self, Error> {
        if options.updates == 0 {
            let what = "`updates`";
            return Err(Error::Zero { kind: KIND, what });
        }
        let parts = open_parts(weights)?;
        let form = if device_has_native_kernels::<B>(device) {
            let network = KernelRaft::new(parts, options).map_err(kernel_error)?;
            Form::Kernel(Box::new(network))
        } else {
            let network = GenericRaft::new(parts, options, device).map_err(Error::layer(KIND))?;
            Form::Generic(Box::new(network))
        };
        Ok(Self {
            form,
            random: weights.is_some_and(WeightsSource::is_random),
            options,
            pixels: Vec::new(),
            last: ([0; 2], Vec::new()),
        })
    }

    /// Whether the weights are random, so that the flow means nothing.
    pub fn is_random(&self) -> bool {
        self.random
    }

    /// The options it was opened with.
    pub fn options(&self) -> RaftOptions {
        self.options
    }

    /// Estimates the motion from `previous` to `next` for a batch of pairs, in pixels.
    ///
    /// Pairs of neighbouring frames that run one by one, in the order of a video, take less time: the features of a frame are
    /// computed once.
    ///
    /// # Shapes
    /// - `size`: height and width
    /// - `previous`, `next`: `[pairs, height, width, 3]`, RGB bytes
    /// - `flow`: `[pairs, 2, height, width]`, motion to the right, then downwards
    ///
    /// # Errors
    /// When there are no pairs, a side is below 128 or no multiple of eight, the length of a slice is not that of its
    /// shape, or the device fails.
    pub fn run(
        &mut self,
        pairs: usize,
        size: [usize; 2],
        previous: &[u8],
        next: &[u8],
        flow: &mut [f32],
    ) -> Result<(), Error> {
        if pairs == 0 {
            let what = "the number of pairs";
            return Err(Error::Zero { kind: KIND, what });
        }
        check_size(size)?;
        let frames = size[0].saturating_mul(size[1]).saturating_mul(pairs);
        for (what, found, values) in [
            ("the first frames", previous.len(), 3),
            ("the second frames", next.len(), 3),
            ("the flow", flow.len(), 2),
        ] {
            let expected = frames.saturating_mul(values);
            if found != expected {
                return Err(Error::Length {
                    kind: KIND,
                    what,
                    expected,
                    found,
                });
            }
        }
        self.pixels.clear();
        let bytes = previous.iter().chain(next);
        self.pixels.extend(bytes.map(|byte| scale_byte(*byte)));
        let (last_size, last) = &mut self.last;
        // The frames are compared byte by byte: a caller may skip frames or change to another video of the same size.
        let input = Pairs {
            count: pairs,
            size,
            pixels: &self.pixels,
            continues: pairs == 1 && *last_size == size && last == previous,
        };
        // Should this call fail, the next one starts anew.
        last.clear();
        match &mut self.form {
            Form::Kernel(network) => network.run(&input, flow).map_err(kernel_error)?,
            Form::Generic(network) => network.run(&input, flow).map_err(Error::layer(KIND))?,
        }
        if pairs == 1 {
            *last_size = size;
            last.extend_from_slice(next);
        }
        Ok(())
    }
}

/// From 0..=255 to -1..=1, by torchvision's steps.
fn scale_byte(byte: u8) -> f32 {
    (f32::from(byte) / 255.0 - 0.5) / 0.5
}

fn kernel_error(source: oddframe_kernels::Error) -> Error {
    Error::Kernel { kind: KIND, source }
}
