//! Feature maps before they are compared: averaged over their neighbours, brought to one size, joined, with fewer channels.

mod join;
mod neighbourhood;
mod resize;

use oddframe_core::{FrameNumber, VideoId};

pub(crate) use self::join::JoinMaps;
use crate::feature_rows::find_invalid;
use crate::{Error, ExtractFeatures, ExtractorFactory};

/// Runs a backbone over batches of images and checks its maps.
pub(crate) struct MapReader {
    extractor: Box<dyn ExtractFeatures>,
    maps: Vec<Vec<f32>>,
}

impl MapReader {
    /// Opens the backbone.
    pub(crate) fn open(factory: &ExtractorFactory) -> Result<Self, Error> {
        let extractor = factory().map_err(|source| Error::OpenBackbone { source })?;
        let shapes = extractor.maps();
        if let Some(map) = shapes.iter().position(|shape| shape.values() == 0) {
            return Err(Error::EmptyMap { map });
        }
        let maps = vec![Vec::new(); shapes.len()];
        Ok(Self { extractor, maps })
    }

    pub(crate) fn extractor(&self) -> &dyn ExtractFeatures {
        &*self.extractor
    }

    /// The maps of images of one video; `first` is the number of the first of them, for errors.
    ///
    /// # Shapes
    /// `images`: `[batch, height, width, 3]` of the backbone's image size.
    pub(crate) fn read_maps(
        &mut self,
        images: &[u8],
        video: &VideoId,
        first: FrameNumber,
    ) -> Result<&[Vec<f32>], Error> {
        let (width, height) = self.extractor.image_size();
        let batch = images.len() / (width * height * 3);
        self.extractor
            .extract(images, &mut self.maps)
            .map_err(|source| Error::Extract {
                video: video.clone(),
                frame: first,
                source,
            })?;
        for (map, (values, shape)) in self.maps.iter().zip(self.extractor.maps()).enumerate() {
            let expected = batch * shape.values();
            if values.len() != expected {
                return Err(Error::MapLength {
                    map,
                    expected,
                    found: values.len(),
                });
            }
        }
        Ok(&self.maps)
    }
}

/// Refuses features that cannot be compared, not finite or too large, and names the frame that they come from.
pub(crate) fn check_features(
    features: &[f32],
    video: &VideoId,
    frame: FrameNumber,
) -> Result<(), Error> {
    match find_invalid(features) {
        None => Ok(()),
        Some(place) => Err(Error::FeatureValue {
            video: video.clone(),
            frame,
            value: features[place],
        }),
    }
}
