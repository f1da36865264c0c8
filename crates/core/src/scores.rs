use crate::video::check_numbers;
use crate::{EdgeFiller, EdgePolicy, Error, FrameNumber, FrameScore, Origin, Video, VideoId};

/// The scores of one video: one finite number for each frame that exists, with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoScores {
    id: VideoId,
    numbers: Vec<FrameNumber>,
    values: Vec<f64>,
    origins: Vec<Origin>,
}

impl VideoScores {
    /// Scores computed for every frame of a video.
    ///
    /// # Errors
    /// When their number is not the video's number of frames, or one is not finite.
    pub fn computed(video: &Video, values: Vec<f64>) -> Result<Self, Error> {
        let origins = vec![Origin::Computed; values.len()];
        Self::from_parts(
            video.id().clone(),
            video.numbers().to_vec(),
            values,
            origins,
        )
    }

    /// Scores computed for some frames of a video, as (index, score). A policy gives the others their scores.
    ///
    /// # Errors
    /// When an index does not exist or occurs twice, a score is not finite, or a frame remains without a score.
    pub fn complete(
        video: &Video,
        computed: impl IntoIterator<Item = (usize, f64)>,
        policy: EdgePolicy,
    ) -> Result<Self, Error> {
        let (id, numbers) = (video.id(), video.numbers());
        // Scores may arrive in any order, such as from windows scored in parallel. The table by index finds
        // duplicates and restores the order that the filler needs.
        let mut scores = vec![None; numbers.len()];
        for (index, value) in computed {
            let slot = scores.get_mut(index).ok_or_else(|| Error::NoSuchIndex {
                video: id.clone(),
                index,
                len: numbers.len(),
            })?;
            if slot.replace(value).is_some() {
                return Err(Error::ScoredTwice {
                    video: id.clone(),
                    frame: numbers[index],
                });
            }
        }
        let mut filled: Vec<FrameScore> = Vec::with_capacity(numbers.len());
        let mut filler = EdgeFiller::new(policy);
        for (number, score) in numbers.iter().zip(scores) {
            let own = score.map(|value| FrameScore::new(value, Origin::Computed));
            filler.push(*number, own, |score| filled.push(score));
        }
        filler.finish(id, |score| filled.push(score))?;
        let (values, origins) = filled
            .into_iter()
            .map(|score| (score.value, score.origin))
            .unzip();
        Self::from_parts(id.clone(), numbers.to_vec(), values, origins)
    }

    /// Scores from their parts, such as the columns of a file, without the video itself.
    ///
    /// # Errors
    /// When there are no frames, frame numbers do not rise, lengths differ or a score is not finite.
    pub fn from_parts(
        id: VideoId,
        numbers: Vec<FrameNumber>,
        values: Vec<f64>,
        origins: Vec<Origin>,
    ) -> Result<Self, Error> {
        // All constructors end here, so that no value of this type has a missing, unordered or non-finite
        // score.
        check_numbers(&id, &numbers)?;
        for found in [values.len(), origins.len()] {
            Error::check_length("scores of a video", numbers.len(), found)?;
        }
        let scores = Self {
            id,
            numbers,
            values,
            origins,
        };
        scores.check_finite(&scores.values)?;
        Ok(scores)
    }

    /// The video.
    pub fn id(&self) -> &VideoId {
        &self.id
    }

    /// Which frames exist, in order.
    pub fn numbers(&self) -> &[FrameNumber] {
        &self.numbers
    }

    /// The scores, in the order of the frames.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Where each score comes from.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// How many frames there are.
    #[expect(clippy::len_without_is_empty, reason = "a video is never empty")]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Replaces the values; the caller has checked them.
    pub(crate) fn set_values(&mut self, values: &[f64]) {
        self.values.copy_from_slice(values);
    }

    pub(crate) fn check_finite(&self, values: &[f64]) -> Result<(), Error> {
        match values.iter().position(|v| !v.is_finite()) {
            Some(i) => Err(Error::NotFinite {
                video: self.id.clone(),
                frame: self.numbers[i],
                value: values[i],
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FrameShape, PixelFormat};

    fn video(numbers: &[u64]) -> Video {
        let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
        Video::new(
            "01".into(),
            shape,
            numbers.iter().copied().map(FrameNumber).collect(),
        )
        .unwrap()
    }

    #[test]
    fn a_lost_first_frame_is_borrowed_or_an_error() {
        let video = video(&[939, 940, 942]);
        let computed = [(1, 0.5), (2, 0.25)];
        let scores = VideoScores::complete(&video, computed, EdgePolicy::Nearest).unwrap();
        assert_eq!(scores.values(), [0.5, 0.5, 0.25]);
        let borrowed = Origin::Borrowed {
            from: FrameNumber(940),
        };
        assert_eq!(
            scores.origins(),
            [borrowed, Origin::Computed, Origin::Computed]
        );
        let zero = VideoScores::complete(&video, computed, EdgePolicy::Constant(0.0)).unwrap();
        assert_eq!(
            (zero.values()[0], zero.origins()[0]),
            (0.0, Origin::Constant)
        );
        let error = VideoScores::complete(&video, computed, EdgePolicy::Error).unwrap_err();
        assert_eq!(
            error.to_string(),
            "video 01: frame 939 has no score (1 frames of this video have none)"
        );
        assert!(VideoScores::computed(&video, vec![0.5, 0.25]).is_err());
    }

    #[test]
    fn doubles_strangers_and_nan_are_refused() {
        let video = video(&[1, 2]);
        let complete = |computed: &[(usize, f64)]| {
            VideoScores::complete(&video, computed.iter().copied(), EdgePolicy::Nearest)
        };
        assert!(matches!(
            complete(&[(0, 1.0), (0, 1.0)]),
            Err(Error::ScoredTwice {
                frame: FrameNumber(1),
                ..
            })
        ));
        assert!(matches!(
            complete(&[(2, 1.0)]),
            Err(Error::NoSuchIndex { index: 2, .. })
        ));
        assert!(matches!(
            complete(&[]),
            Err(Error::Unscored { missing: 2, .. })
        ));
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(matches!(
                complete(&[(1, bad)]),
                Err(Error::NotFinite { .. })
            ));
        }
    }
}
