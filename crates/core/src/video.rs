use crate::{Error, FrameNumber, FrameShape, VideoId};

/// What is known of a video before a frame is read: its name, its shape and which frames exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    id: VideoId,
    shape: FrameShape,
    numbers: Vec<FrameNumber>,
}

impl Video {
    /// Describes a video.
    ///
    /// # Errors
    /// When there is no frame, or the numbers do not rise strictly.
    pub fn new(id: VideoId, shape: FrameShape, numbers: Vec<FrameNumber>) -> Result<Self, Error> {
        check_numbers(&id, &numbers)?;
        Ok(Self { id, shape, numbers })
    }

    /// The same frames with another shape, for sources that resize.
    #[must_use]
    pub fn with_shape(&self, shape: FrameShape) -> Self {
        Self {
            shape,
            ..self.clone()
        }
    }

    /// The name.
    pub fn id(&self) -> &VideoId {
        &self.id
    }

    /// Size and pixel format of every frame.
    pub fn shape(&self) -> FrameShape {
        self.shape
    }

    /// Which frames exist, in order.
    pub fn numbers(&self) -> &[FrameNumber] {
        &self.numbers
    }

    /// How many frames exist.
    #[expect(clippy::len_without_is_empty, reason = "a video is never empty")]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// Refuses an empty list and numbers that do not rise strictly.
pub(crate) fn check_numbers(id: &VideoId, numbers: &[FrameNumber]) -> Result<(), Error> {
    if numbers.is_empty() {
        return Err(Error::EmptyVideo { video: id.clone() });
    }
    match numbers.windows(2).find(|w| w[0] >= w[1]) {
        Some(w) => Err(Error::FrameOrder {
            video: id.clone(),
            before: w[0],
            after: w[1],
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PixelFormat;

    #[test]
    fn numbers_must_rise() {
        let shape = FrameShape::new(4, 4, PixelFormat::Gray).unwrap();
        let video = |n: &[u64]| {
            Video::new(
                "1".into(),
                shape,
                n.iter().copied().map(FrameNumber).collect(),
            )
        };
        assert!(video(&[3, 4, 9]).is_ok());
        assert!(matches!(video(&[]), Err(Error::EmptyVideo { .. })));
        assert!(matches!(video(&[3, 3]), Err(Error::FrameOrder { .. })));
        assert!(matches!(video(&[3, 2]), Err(Error::FrameOrder { .. })));
    }
}
