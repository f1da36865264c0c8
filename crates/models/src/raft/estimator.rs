use oddframe_core::{Frame, PixelFormat};
use oddframe_flow::{EstimateFlow, Flow};
use oddframe_nn::Kernels;

use super::network::Raft;
use super::options::{KIND, RaftOptions};
use super::pairs::check_size;
use super::parts::FACTOR;
use crate::error::Error;
use crate::weights_source::WeightsSource;

/// Optical flow by RAFT-Large, for RGB frames of any size from 121 pixels on.
///
/// Frames whose sides are no multiples of eight are padded by repeating their edges, equally on both sides, as the `sintel`
/// mode of the original implementation does; the flow is cut to the size of the frames. The padded sides must have at least
/// 128 pixels.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_core::{Frame, FrameShape, PixelFormat};
/// use oddframe_flow::{EstimateFlow, Flow};
/// use oddframe_models::{RaftFlow, RaftOptions, WeightsSource};
///
/// let options = RaftOptions::default().with_updates(1);
/// // Or `WeightsSource::File` of torchvision's raft_large_C_T_SKHT_V2-ff5fadd5.pth.
/// let weights = WeightsSource::Random { seed: 0 };
/// let mut estimator = RaftFlow::<Flex>::open(Some(&weights), options, &Default::default())?;
///
/// let frame = Frame::new(FrameShape::new(130, 125, PixelFormat::Rgb)?);
/// let mut flow = Flow::default();
/// estimator.estimate(&frame, &frame, &mut flow)?;
/// assert_eq!((flow.width(), flow.height()), (130, 125));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RaftFlow<B: Kernels> {
    network: Raft<B>,
    /// Both frames, padded.
    previous: Vec<u8>,
    next: Vec<u8>,
    flow: Vec<f32>,
}

impl<B: Kernels> RaftFlow<B> {
    /// Opens the network; see [`Raft::open`].
    ///
    /// # Errors
    /// Those of [`Raft::open`].
    pub fn open(
        weights: Option<&WeightsSource>,
        options: RaftOptions,
        device: &B::Device,
    ) -> Result<Self, Error> {
        Ok(Self::new(Raft::open(weights, options, device)?))
    }

    /// An estimator with this network.
    pub fn new(network: Raft<B>) -> Self {
        Self {
            network,
            previous: Vec::new(),
            next: Vec::new(),
            flow: Vec::new(),
        }
    }

    /// Whether the weights are random, so that the flow means nothing.
    pub fn is_random(&self) -> bool {
        self.network.is_random()
    }

    fn estimate_padded(
        &mut self,
        previous: &Frame,
        next: &Frame,
        flow: &mut Flow,
    ) -> Result<(), Error> {
        let shape = previous.shape();
        let padding = Padding::new([shape.height(), shape.width()]);
        // Errors name the size of the frames where padding does not help.
        let [height, width] = padding.padded();
        check_size([height, width]).map_err(|error| match error {
            Error::TooSmall { kind, least, .. } => Error::TooSmall {
                kind,
                height: shape.height(),
                width: shape.width(),
                least,
            },
            other => other,
        })?;
        padding.pad_pixels(previous.pixels(), &mut self.previous);
        padding.pad_pixels(next.pixels(), &mut self.next);
        self.flow.resize(2 * height * width, 0.0);
        self.network.run(
            1,
            [height, width],
            &self.previous,
            &self.next,
            &mut self.flow,
        )?;
        flow.reset(shape.width(), shape.height());
        let (dx, dy) = flow.planes_mut();
        for (to, from) in [dx, dy]
            .into_iter()
            .zip(self.flow.chunks_exact(height * width))
        {
            padding.cut_plane(from, to);
        }
        Ok(())
    }
}

impl<B: Kernels> EstimateFlow for RaftFlow<B> {
    fn format(&self) -> PixelFormat {
        PixelFormat::Rgb
    }

    fn estimate(
        &mut self,
        previous: &Frame,
        next: &Frame,
        flow: &mut Flow,
    ) -> Result<(), oddframe_flow::Error> {
        let (one, other) = (previous.shape(), next.shape());
        if one != other {
            return Err(oddframe_flow::Error::DifferentShapes {
                previous: one,
                next: other,
            });
        }
        if one.format() != PixelFormat::Rgb {
            return Err(oddframe_flow::Error::Method {
                method: KIND,
                source: format!("the frames are {one}; it takes RGB frames").into(),
            });
        }
        self.estimate_padded(previous, next, flow)
            .map_err(|error| oddframe_flow::Error::Method {
                method: KIND,
                source: error.into(),
            })
    }
}

/// How a frame lies in one whose sides are multiples of eight: the rows above and the columns to the left.
#[derive(Debug, Clone, Copy)]
struct Padding {
    size: [usize; 2],
    before: [usize; 2],
    after: [usize; 2],
}

impl Padding {
    fn new(size: [usize; 2]) -> Self {
        let missing = size.map(|side| side.next_multiple_of(FACTOR) - side);
        let before = missing.map(|side| side / 2);
        Self {
            size,
            before,
            after: [0, 1].map(|axis| missing[axis] - before[axis]),
        }
    }

    /// Height and width of the padded frame.
    fn padded(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.before[axis] + self.size[axis] + self.after[axis])
    }

    /// The frame with its edges repeated.
    fn pad_pixels(&self, pixels: &[u8], padded: &mut Vec<u8>) {
        let [height, width] = self.size;
        padded.clear();
        for row in 0..self.padded()[0] {
            let inside = row.saturating_sub(self.before[0]).min(height - 1);
            let row = &pixels[inside * width * 3..][..width * 3];
            let (first, last) = (&row[..3], &row[row.len() - 3..]);
            for _ in 0..self.before[1] {
                padded.extend_from_slice(first);
            }
            padded.extend_from_slice(row);
            for _ in 0..self.after[1] {
                padded.extend_from_slice(last);
            }
        }
    }

    /// The part of a padded plane that the frame covers.
    fn cut_plane(&self, padded: &[f32], plane: &mut [f32]) {
        let width = self.padded()[1];
        let rows = padded.chunks_exact(width).skip(self.before[0]);
        for (to, from) in plane.chunks_exact_mut(self.size[1]).zip(rows) {
            to.copy_from_slice(&from[self.before[1]..][..self.size[1]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_repeated_equally_and_cut_again() {
        // 14 missing of 5 x 6: one and two rows, one column on each side.
        let padding = Padding::new([5, 6]);
        assert_eq!(padding.padded(), [8, 8]);
        assert_eq!((padding.before, padding.after), ([1, 1], [2, 1]));
        let pixels: Vec<u8> = (0..5 * 6 * 3).collect();
        let mut padded = Vec::new();
        padding.pad_pixels(&pixels, &mut padded);
        assert_eq!(padded.len(), 8 * 8 * 3);
        assert_eq!(padded[..9], [0, 1, 2, 0, 1, 2, 3, 4, 5]);
        assert_eq!(padded[8 * 3..][..24], padded[..24]);
        assert_eq!(padded[7 * 24 + 18..], [87, 88, 89, 87, 88, 89][..]);

        let planes: Vec<f32> = (0..64).map(|at| at as f32).collect();
        let mut cut = vec![0.0; 30];
        padding.cut_plane(&planes, &mut cut);
        assert_eq!((cut[0], cut[5], cut[6], cut[29]), (9.0, 14.0, 17.0, 46.0));
        assert_eq!(Padding::new([128, 136]).padded(), [128, 136]);
    }
}
