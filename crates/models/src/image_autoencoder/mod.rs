//! The autoencoder of images that `conv_ae`, `cuboid_ae` and `denoising_ae` are made of.

pub(crate) mod inference;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_nn::{
    Activation, ChannelDropout, Conv2dConfig, ConvTranspose2dConfig, Error, Kernels, WeightNames,
};

use crate::blocks::{ConvBlock2d, Latent, UpBlock2d};
use crate::weight_names::Sequential;

/// Parameters of an [`ImageAutoencoder`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImageAutoencoderConfig {
    /// Channels, height and width of an image; each layer halves the sides.
    pub(crate) image: [usize; 3],
    /// The number of channels of each encoder layer.
    pub(crate) channels: Vec<usize>,
    /// The side of the kernels: 4, or 3 with output padding in the decoder.
    pub(crate) kernel: usize,
    /// The number of features of the dense bottleneck; 0 for none.
    pub(crate) latent: usize,
    /// Whether every layer but the last has batch normalisation.
    pub(crate) norm: bool,
    /// The share of channels dropped after every encoder layer but the last, in training.
    pub(crate) dropout: f64,
    /// The activation of the encoder.
    pub(crate) encoder: Activation,
    /// The activation of the decoder.
    pub(crate) decoder: Activation,
    /// The activation of the output.
    pub(crate) last: Activation,
}

/// A convolutional autoencoder of images: convolutions of stride 2, an optional dense bottleneck, and transposed
/// convolutions of stride 2.
#[derive(Module, Debug)]
pub(crate) struct ImageAutoencoder<B: Backend> {
    /// The encoder.
    pub(crate) down: Vec<ConvBlock2d<B>>,
    /// The channel dropout between the encoder's layers.
    pub(crate) dropout: ChannelDropout,
    /// The dense bottleneck.
    pub(crate) latent: Option<Latent<B>>,
    /// The decoder.
    pub(crate) up: Vec<UpBlock2d<B>>,
    #[module(skip)]
    image: [usize; 3],
}

impl ImageAutoencoderConfig {
    /// Builds an autoencoder with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a layer cannot be built.
    pub(crate) fn init<B: Backend>(
        &self,
        device: &B::Device,
    ) -> Result<ImageAutoencoder<B>, Error> {
        let (kernel, stride, padding) = ([self.kernel; 2], [2, 2], [1, 1]);
        let widths: Vec<usize> = std::iter::once(self.image[0])
            .chain(self.channels.iter().copied())
            .collect();
        let down = widths.windows(2).map(|pair| {
            let conv = Conv2dConfig::new([pair[0], pair[1]], kernel)
                .with_stride(stride)
                .with_padding(padding);
            ConvBlock2d::new(&conv, self.norm, self.encoder, device)
        });
        // The decoder mirrors the encoder: the same pairs of channels in reverse order, with transposed convolutions.
        let up = widths.windows(2).enumerate().rev().map(|(place, pair)| {
            let conv = ConvTranspose2dConfig::new([pair[1], pair[0]], kernel)
                .with_stride(stride)
                .with_padding(padding)
                // A kernel of 3 outputs 2n - 1 rows and columns; output padding makes that 2n.
                .with_output_padding([kernel[0] % 2; 2]);
            let last = place == 0;
            UpBlock2d::new(
                &conv,
                self.norm && !last,
                if last { self.last } else { self.decoder },
                device,
            )
        });
        let (down, up) = (
            down.collect::<Result<_, _>>()?,
            up.collect::<Result<_, _>>()?,
        );
        // The bottleneck has a weight for every value of the innermost image: it fixes the size of the images.
        let latent = (self.latent > 0)
            .then(|| Latent::new(self.innermost_shape().iter().product(), self.latent, device));
        let dropout = ChannelDropout {
            share: self.dropout,
        };
        Ok(ImageAutoencoder {
            down,
            dropout,
            latent: latent.transpose()?,
            up,
            image: self.image,
        })
    }

    /// Channels, height and width of the innermost image.
    fn innermost_shape(&self) -> [usize; 3] {
        let [channels, height, width] = self.image;
        let innermost = self.channels.last().copied().unwrap_or(channels);
        [
            innermost,
            height >> self.channels.len(),
            width >> self.channels.len(),
        ]
    }

    /// Maps PyTorch's parameter names to the layers in this field of a network. PyTorch's module may have `encoder`,
    /// `squeeze`, `expand` and `decoder`, or be one `Sequential`, called `net` or the module itself.
    pub(crate) fn weight_names(&self, field: &str) -> WeightNames {
        let mut names = WeightNames::new();
        for layer in ["squeeze", "expand"] {
            names = names.with(layer, format!("{field}.latent.{layer}"));
        }
        names = self
            .name_encoder(field, Sequential::new("encoder.", names))
            .into_names();
        names = self
            .name_decoder(field, Sequential::new("decoder.", names))
            .into_names();
        // A single `Sequential` numbers all layers, with or without the prefix `net.`.
        for prefix in ["net.", ""] {
            let mut all = self.name_encoder(field, Sequential::new(prefix, names));
            if self.latent > 0 {
                // `Flatten` and `Unflatten` around the two linear layers have no weights, but are numbered.
                all = all.skip_layer();
                all = all
                    .add_layer(&format!("{field}.latent.squeeze"))
                    .add_layer(&format!("{field}.latent.expand"))
                    .skip_layer();
            }
            names = self.name_decoder(field, all).into_names();
        }
        names
    }

    fn name_encoder(&self, field: &str, to: Sequential) -> Sequential {
        let count = self.channels.len();
        (0..count).fold(to, |to, place| {
            let to = to.add_block(&format!("{field}.down.{place}"), self.norm);
            if self.dropout > 0.0 && place + 1 < count {
                to.skip_layer()
            } else {
                to
            }
        })
    }

    fn name_decoder(&self, field: &str, to: Sequential) -> Sequential {
        let count = self.channels.len();
        (0..count).fold(to, |to, place| {
            to.add_block(
                &format!("{field}.up.{place}"),
                self.norm && place + 1 < count,
            )
        })
    }
}

impl<B: Kernels> ImageAutoencoder<B> {
    /// Reconstructs images.
    ///
    /// # Shapes
    /// `[batch, channels, height, width]`, the same out.
    ///
    /// # Panics
    /// When the images do not have the shape that the autoencoder was built for.
    pub(crate) fn forward(&self, images: Tensor<B, 4>) -> Tensor<B, 4> {
        let mut inner = images;
        for (place, block) in self.down.iter().enumerate() {
            inner = block.forward(inner);
            // No dropout after the innermost layer: its channels are the code.
            if place + 1 < self.down.len() {
                inner = self.dropout.forward(inner);
            }
        }
        if let Some(latent) = &self.latent {
            inner = latent.forward(inner);
        }
        self.up
            .iter()
            .fold(inner, |inner, block| block.forward(inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequential_numbers_the_layers_around_the_bottleneck() {
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
                assert_eq!(
                    names.apply(&format!("{prefix}{theirs}.bias")),
                    format!("layers.{ours}.bias")
                );
            }
        }
        assert_eq!(names.apply("expand.weight"), "layers.latent.expand.weight");
        assert_eq!(names.apply("decoder.3.weight"), "layers.up.1.conv.weight");
    }
}
