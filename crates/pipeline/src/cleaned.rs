//! The repaired test videos as a data set of their own.

use oddframe_core::{FrameSource, Observer};
use oddframe_flip::{Decisions, Upright, WriteOptions, write_cleaned};
use oddframe_frames::{BadFrameReplacer, BadFrames};

use crate::{Error, RunFolder};

/// Writes the repaired test videos where the recipe asks for them and they are not there yet.
///
/// The frames are read once more for it, this time at random access, by the threads that encode them.
pub(crate) fn write_cleaned_videos(
    videos: &[&dyn FrameSource],
    folder: &RunFolder,
    observer: &mut dyn Observer,
) -> Result<(), Error> {
    // The target folder is renamed into place when it is complete, so its existence means that it is done.
    let wanted = folder
        .recipe()
        .repair
        .flip
        .as_ref()
        .is_some_and(|flip| flip.write_cleaned);
    let target = folder.cleaned_folder();
    if !wanted || target.exists() {
        return Ok(());
    }
    let repairs = folder.read_repairs()?;
    let mut upright = Vec::new();
    for video in videos {
        let record = repairs
            .iter()
            .find(|record| *video.id() == record.video.as_str().into());
        let Some(record) = record else { continue };
        let decisions =
            Decisions::from_labels(video.video(), &record.flip_labels()?).map_err(Error::flip)?;
        // The same substitutes as in scoring, so that the written frames are the ones that were scored.
        let source: Box<dyn FrameSource> = match folder.recipe().repair.mend {
            BadFrames::Error => Box::new(*video),
            BadFrames::Nearest => Box::new(BadFrameReplacer::new(*video)),
        };
        upright.push(Upright::with_decisions(source, decisions).map_err(Error::flip)?);
    }
    let sources: Vec<&dyn FrameSource> = upright
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    write_cleaned(&sources, &target, WriteOptions::new(), observer).map_err(Error::flip)?;
    Ok(())
}
