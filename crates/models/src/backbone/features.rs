use oddframe_core::SharedError;
use oddframe_memory::{ExtractFeatures, MapShape};
use oddframe_nn::{Graph, GraphInference, Kernels};

use super::kind::{BackboneKind, Normalisation, SIDE};
use crate::error::Error;

/// Color channels of an image.
const COLORS: usize = 3;

/// A backbone on a device, which turns images into feature maps.
///
/// [`Backbone::into_features`](crate::Backbone::into_features) makes one; see [`Backbone`](crate::Backbone) for an example.
#[derive(Debug)]
pub struct BackboneFeatures<B: Kernels> {
    kind: BackboneKind,
    identity: String,
    maps: Vec<MapShape>,
    inference: GraphInference<B>,
    /// The normalised value of each byte, for each color.
    normalised: [Vec<f32>; COLORS],
    images: Vec<f32>,
}

impl<B: Kernels> BackboneFeatures<B> {
    pub(super) fn new(
        kind: BackboneKind,
        identity: String,
        graph: Graph,
        device: &B::Device,
    ) -> Result<Self, Error> {
        let shapes = graph.output_shapes().into_iter();
        let maps = shapes.map(|[height, width, channels]| MapShape {
            height,
            width,
            channels,
        });
        Ok(Self {
            kind,
            identity,
            maps: maps.collect(),
            inference: graph
                .into_inference(device)
                .map_err(Error::layer(kind.name()))?,
            normalised: tabulate(kind.normalisation()),
            images: Vec::new(),
        })
    }

    /// Which network it is.
    pub fn kind(&self) -> BackboneKind {
        self.kind
    }

    fn compute_maps(&mut self, images: &[u8], maps: &mut [Vec<f32>]) -> Result<(), Error> {
        let image = SIDE * SIDE * COLORS;
        if !images.len().is_multiple_of(image) {
            return Err(Error::Images {
                kind: self.kind.name(),
                found: images.len(),
                image,
            });
        }
        if maps.len() != self.maps.len() {
            return Err(Error::Maps {
                kind: self.kind.name(),
                found: maps.len(),
                expected: self.maps.len(),
            });
        }
        maps.iter_mut().for_each(Vec::clear);
        if images.is_empty() {
            return Ok(());
        }
        let [red, green, blue] = &self.normalised;
        self.images.clear();
        self.images.reserve(images.len());
        // A byte has 256 values, so that a table replaces a subtraction and a division for each of them.
        for pixel in images.chunks_exact(COLORS) {
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(usize::from);
            self.images.extend_from_slice(&[red[r], green[g], blue[b]]);
        }
        self.inference
            .run(&self.images, images.len() / image, maps)
            .map_err(Error::layer(self.kind.name()))
    }
}

impl<B: Kernels> ExtractFeatures for BackboneFeatures<B> {
    fn image_size(&self) -> (usize, usize) {
        (SIDE, SIDE)
    }

    fn maps(&self) -> &[MapShape] {
        &self.maps
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn extract(&mut self, images: &[u8], maps: &mut [Vec<f32>]) -> Result<(), SharedError> {
        Ok(self.compute_maps(images, maps)?)
    }
}

/// The normalised value of every byte.
fn tabulate(Normalisation { mean, deviation }: Normalisation) -> [Vec<f32>; COLORS] {
    [0, 1, 2].map(|color| {
        let value = |byte: u8| ((f64::from(byte) - mean[color]) / deviation[color]) as f32;
        (0..=u8::MAX).map(value).collect()
    })
}
