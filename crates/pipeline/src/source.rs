//! A video as a run reads it: as it is, or mended.

use oddframe_core::{Error, Frame, FrameSource, Video};
use oddframe_frames::Mended;

use crate::Mend;

/// A video whose unreadable frames are what the recipe says.
pub(crate) enum Source<'a> {
    AsIs(&'a dyn FrameSource),
    Mended(Mended<&'a dyn FrameSource>),
}

impl<'a> Source<'a> {
    pub(crate) fn all(videos: &[&'a dyn FrameSource], mend: Mend) -> Vec<Self> {
        let source = |video: &&'a dyn FrameSource| match mend {
            Mend::Error => Self::AsIs(*video),
            Mend::Nearest => Self::Mended(Mended::new(*video)),
        };
        videos.iter().map(source).collect()
    }

    /// A sentence for each frame that another one stands in for.
    pub(crate) fn substitutes(&self) -> Vec<String> {
        let Self::Mended(mended) = self else { return Vec::new() };
        let substitute = |s: oddframe_frames::Substitute| {
            format!("video {}: frame {} stands in for frame {}: {}", self.id(), s.donor, s.frame, s.error)
        };
        mended.substitutes().into_iter().map(substitute).collect()
    }

    fn inner(&self) -> &dyn FrameSource {
        match self {
            Self::AsIs(video) => *video,
            Self::Mended(video) => video,
        }
    }
}

impl FrameSource for Source<'_> {
    fn video(&self) -> &Video {
        self.inner().video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.inner().read_into(index, out)
    }
}

/// The sources as what everything that reads takes.
pub(crate) fn borrowed<S: FrameSource>(sources: &[S]) -> Vec<&dyn FrameSource> {
    sources.iter().map(|source| source as &dyn FrameSource).collect()
}
