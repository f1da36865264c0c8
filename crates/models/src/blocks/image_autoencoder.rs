use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_nn::{Activation, Conv2dConfig, ConvTranspose2dConfig, Error, Freezer, Kernels, WeightNames};

use super::{ChannelDropout, ConvBlock2d, Latent, UpBlock2d};
use crate::weight_names::Sequential;

/// Parameters of an [`ImageAutoencoder`].
#[derive(Debug, Clone, PartialEq)]
pub struct ImageAutoencoderConfig {
    /// Channels, height and width of an image; each layer halves the sides.
    pub image: [usize; 3],
    /// Channels of each layer on the way down.
    pub channels: Vec<usize>,
    /// 4, or 3: then the way up pads its outputs.
    pub kernel: usize,
    /// Numbers in the dense bottleneck; 0: none.
    pub latent: usize,
    /// Whether every layer but the last is normalised.
    pub norm: bool,
    /// The share of channels dropped behind every layer on the way down but the last.
    pub dropout: f64,
    /// The activation on the way down.
    pub encoder: Activation,
    /// The activation on the way up.
    pub decoder: Activation,
    /// The activation of the output.
    pub last: Activation,
}

/// Convolutions of stride 2 that halve an image, a dense bottleneck where one is wanted, and their mirror.
#[derive(Module, Debug)]
pub struct ImageAutoencoder<B: Backend> {
    /// The way down.
    pub down: Vec<ConvBlock2d<B>>,
    /// What is dropped on it.
    pub dropout: ChannelDropout,
    /// The bottleneck.
    pub latent: Option<Latent<B>>,
    /// The way up.
    pub up: Vec<UpBlock2d<B>>,
    #[module(skip)]
    image: [usize; 3],
}

impl ImageAutoencoderConfig {
    /// An autoencoder with PyTorch's default weights.
    ///
    /// # Errors
    /// When a layer cannot be built.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<ImageAutoencoder<B>, Error> {
        let (kernel, stride, padding) = ([self.kernel; 2], [2, 2], [1, 1]);
        let widths: Vec<usize> =
            std::iter::once(self.image[0]).chain(self.channels.iter().copied()).collect();
        let down = widths.windows(2).map(|pair| {
            let conv =
                Conv2dConfig::new([pair[0], pair[1]], kernel).with_stride(stride).with_padding(padding);
            ConvBlock2d::new(&conv, self.norm, self.encoder, device)
        });
        let up = widths.windows(2).enumerate().rev().map(|(place, pair)| {
            let conv = ConvTranspose2dConfig::new([pair[1], pair[0]], kernel)
                .with_stride(stride)
                .with_padding(padding)
                // A kernel of 3 leaves one row and one column too few.
                .with_output_padding([kernel[0] % 2; 2]);
            let last = place == 0;
            UpBlock2d::new(&conv, self.norm && !last, if last { self.last } else { self.decoder }, device)
        });
        let (down, up) = (down.collect::<Result<_, _>>()?, up.collect::<Result<_, _>>()?);
        let latent =
            (self.latent > 0).then(|| Latent::new(self.bottom().iter().product(), self.latent, device));
        let dropout = ChannelDropout { share: self.dropout };
        Ok(ImageAutoencoder { down, dropout, latent: latent.transpose()?, up, image: self.image })
    }

    /// Channels, height and width of the innermost image.
    fn bottom(&self) -> [usize; 3] {
        let [channels, height, width] = self.image;
        let innermost = self.channels.last().copied().unwrap_or(channels);
        [innermost, height >> self.channels.len(), width >> self.channels.len()]
    }

    /// PyTorch's names for its layers, which are ours under this field: `encoder`, `squeeze`, `expand` and `decoder`, or
    /// one `Sequential`, called `net` or the whole module.
    pub(crate) fn weight_names(&self, field: &str) -> WeightNames {
        let mut names = WeightNames::new();
        for layer in ["squeeze", "expand"] {
            names = names.with(layer, format!("{field}.latent.{layer}"));
        }
        names = self.name_down(field, Sequential::new("encoder.", names)).names();
        names = self.name_up(field, Sequential::new("decoder.", names)).names();
        for prefix in ["net.", ""] {
            let mut all = self.name_down(field, Sequential::new(prefix, names));
            if self.latent > 0 {
                // Around the two lie `Flatten` and `Unflatten`.
                all = all.skip();
                all = all
                    .layer(&format!("{field}.latent.squeeze"))
                    .layer(&format!("{field}.latent.expand"))
                    .skip();
            }
            names = self.name_up(field, all).names();
        }
        names
    }

    fn name_down(&self, field: &str, to: Sequential) -> Sequential {
        let count = self.channels.len();
        (0..count).fold(to, |to, place| {
            let to = to.block(&format!("{field}.down.{place}"), self.norm);
            if self.dropout > 0.0 && place + 1 < count { to.skip() } else { to }
        })
    }

    fn name_up(&self, field: &str, to: Sequential) -> Sequential {
        let count = self.channels.len();
        (0..count)
            .fold(to, |to, place| to.block(&format!("{field}.up.{place}"), self.norm && place + 1 < count))
    }
}

impl<B: Backend> ImageAutoencoder<B> {
    /// The whole as a chain to freeze.
    ///
    /// # Errors
    /// When a weight cannot be read.
    pub fn chain(&self) -> Result<Freezer, Error> {
        let [channels, height, width] = self.image;
        let innermost = self.up.first().map_or(channels, |up| up.conv.weight.val().dims()[0]);
        let bottom = [innermost, height >> self.down.len(), width >> self.down.len()];
        let mut chain = Freezer::new(&self.image);
        for block in &self.down {
            chain = block.freeze(chain)?;
        }
        if let Some(latent) = &self.latent {
            chain = latent.freeze(chain, &bottom)?;
        }
        self.up.iter().try_fold(chain, |chain, block| block.freeze(chain))
    }
}

impl<B: Kernels> ImageAutoencoder<B> {
    /// Its version of images.
    ///
    /// # Shapes
    /// `[batch, channels, height, width]`, the same out.
    ///
    /// # Panics
    /// When the images have another shape than it was made for.
    pub fn forward(&self, images: Tensor<B, 4>) -> Tensor<B, 4> {
        let mut inner = images;
        for (place, block) in self.down.iter().enumerate() {
            inner = block.forward(inner);
            if place + 1 < self.down.len() {
                inner = self.dropout.forward(inner);
            }
        }
        if let Some(latent) = &self.latent {
            inner = latent.forward(inner);
        }
        self.up.iter().fold(inner, |inner, block| block.forward(inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sequential_counts_what_lies_around_the_bottleneck() {
        let config = ImageAutoencoderConfig {
            image: [3, 8, 8],
            channels: vec![4, 5],
            kernel: 4,
            latent: 6,
            norm: true,
            dropout: 0.0,
            encoder: Activation::Relu,
            decoder: Activation::Relu,
            last: Activation::Tanh,
        };
        let names = config.weight_names("layers");
        // Two blocks of three, `Flatten`, two `Linear`, `Unflatten`.
        for (theirs, ours) in [
            ("0", "down.0.conv"),
            ("4", "down.1.norm"),
            ("7", "latent.squeeze"),
            ("8", "latent.expand"),
            ("10", "up.0.conv"),
            ("11", "up.0.norm"),
            ("13", "up.1.conv"),
        ] {
            for prefix in ["", "net."] {
                assert_eq!(names.apply(&format!("{prefix}{theirs}.bias")), format!("layers.{ours}.bias"));
            }
        }
        assert_eq!(names.apply("expand.weight"), "layers.latent.expand.weight");
        assert_eq!(names.apply("decoder.3.weight"), "layers.up.1.conv.weight");
    }
}
