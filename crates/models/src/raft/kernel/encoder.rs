use oddframe_kernels::{Activation, Error, InstanceNorm, Volumes, Workspace, add_residual};

use super::conv::{PackedConv, grow_to};
use crate::raft::fused::FusedConv;
use crate::raft::parts::{Encoder, FACTOR, FEATURES};
use crate::raft::spec::EPSILON;

/// An encoder on native kernels.
#[derive(Debug)]
pub(super) struct KernelEncoder {
    parts: Encoder<NormConv>,
}

/// A convolution and the instance normalisation behind it, if there is one.
#[derive(Debug)]
struct NormConv {
    conv: PackedConv,
    /// The activation behind the normalisation.
    norm: Option<Activation>,
}

/// Feature maps that the layers of all encoders share.
#[derive(Debug, Default)]
pub(super) struct Maps {
    /// The input of a block.
    here: Vec<f32>,
    /// The output of its first convolution, then its shortcut.
    there: Vec<f32>,
    /// Its output.
    next: Vec<f32>,
    /// Sums that a normalisation reads.
    sums: Vec<f32>,
}

impl KernelEncoder {
    /// `instance_norm` says whether the layers are normalised while they run; batch normalisation is in their weights.
    pub(super) fn new(parts: Encoder<FusedConv>, instance_norm: bool) -> Result<Self, Error> {
        let mut convert = |conv: FusedConv| NormConv::new(&conv, instance_norm);
        Ok(Self {
            parts: parts.try_map(&mut convert)?,
        })
    }

    /// Writes the features of a batch of images, `[images, height / 8, width / 8, 256]`.
    ///
    /// Images run one after the other: the maps of one image stay in the cache, and take the memory of one image.
    pub(super) fn run(
        &mut self,
        images: Volumes,
        pixels: &[f32],
        features: &mut [f32],
        maps: &mut Maps,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let [_, height, width] = images.size();
        let one = Volumes::images(1, height, width, images.channels())?;
        let each = (height / FACTOR) * (width / FACTOR) * FEATURES;
        let to = features.chunks_exact_mut(each);
        for (pixels, features) in pixels.chunks_exact(one.len()).zip(to) {
            self.run_image(one, pixels, features, maps, workspace)?;
        }
        Ok(())
    }

    fn run_image(
        &mut self,
        image: Volumes,
        pixels: &[f32],
        features: &mut [f32],
        maps: &mut Maps,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let Maps {
            here,
            there,
            next,
            sums,
        } = maps;
        let Encoder {
            stem,
            blocks,
            output,
        } = &mut self.parts;
        let mut size = stem.run(image, pixels, here, sums, workspace)?;
        for block in blocks {
            let x = &here[..size.len()];
            let middle = block.first.run(size, x, there, sums, workspace)?;
            let y = &there[..middle.len()];
            let after = block.second.run(middle, y, next, sums, workspace)?;
            let shortcut = match &mut block.shortcut {
                Some(conv) => {
                    conv.run(size, x, there, sums, workspace)?;
                    &there[..after.len()]
                }
                None => x,
            };
            add_residual(shortcut, &mut next[..after.len()], Activation::Relu)?;
            std::mem::swap(here, next);
            size = after;
        }
        let x = &here[..size.len()];
        output.conv.run_into(size, x, features, workspace)
    }
}

impl NormConv {
    fn new(conv: &FusedConv, instance_norm: bool) -> Result<Self, Error> {
        let packed = PackedConv::new(conv)?;
        Ok(if instance_norm {
            Self {
                conv: packed.with_activation(Activation::Identity),
                norm: Some(conv.activation),
            }
        } else {
            Self {
                conv: packed,
                norm: None,
            }
        })
    }

    fn run(
        &mut self,
        images: Volumes,
        x: &[f32],
        y: &mut Vec<f32>,
        sums: &mut Vec<f32>,
        workspace: &mut Workspace,
    ) -> Result<Volumes, Error> {
        // Without instance normalisation nothing is left to do after the convolution: batch normalisation is part of its
        // weights, and it applies the activation itself.
        let Some(activation) = self.norm else {
            return self.conv.run(images, x, y, workspace);
        };
        let output = self.conv.run(images, x, sums, workspace)?;
        let positions = output.positions() / output.batch();
        InstanceNorm::new(output.batch(), positions, output.channels(), EPSILON)?
            .with_activation(activation)?
            .forward(&sums[..output.len()], grow_to(y, output.len()))?;
        Ok(output)
    }
}
