use oddframe_core::{FrameNumber, Rect, VideoId};

/// Which training frame, and which box in it, a feature comes from.
///
/// Clones of a [`VideoId`] share one name, so that the origins of a video's rows hold it once.
///
/// ```
/// use oddframe_core::{FrameNumber, VideoId};
/// use oddframe_memory::RowOrigin;
///
/// let video = VideoId::new("Train001");
/// let origins: Vec<_> = (0..200).map(|n| RowOrigin::of_frame(&video, FrameNumber(n))).collect();
/// assert_eq!(origins[7].to_string(), "frame 7 of video Train001");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RowOrigin {
    /// The training video.
    pub video: VideoId,
    /// The frame; of a clip, its first.
    pub frame: FrameNumber,
    /// The box in that frame; none when the feature stands for the whole frame.
    pub region: Option<Rect>,
}

impl RowOrigin {
    /// The origin of a feature of a whole frame.
    pub fn of_frame(video: &VideoId, frame: FrameNumber) -> Self {
        Self {
            video: video.clone(),
            frame,
            region: None,
        }
    }

    /// The origin of a feature of one box of a frame.
    pub fn of_region(video: &VideoId, frame: FrameNumber, region: Rect) -> Self {
        Self {
            video: video.clone(),
            frame,
            region: Some(region),
        }
    }
}

impl std::fmt::Display for RowOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "frame {} of video {}", self.frame, self.video)?;
        match self.region {
            None => Ok(()),
            Some(r) => write!(
                f,
                ", box ({:.0}, {:.0}) to ({:.0}, {:.0})",
                r.left, r.top, r.right, r.bottom
            ),
        }
    }
}
