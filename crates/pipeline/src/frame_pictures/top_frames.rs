//! Larger pictures of the moments that a report begins with.

use oddframe_core::{Event, Frame, FrameSource, Observer, ScoreTable};

use super::thumbnail_source::Thumbnail;
use super::thumbnails::write_thumbnail;
use crate::moments::top_moments;
use crate::run_folder::RepairRecord;
use crate::{Error, RunFolder};

/// The longer side of a large picture.
const SIDE_PX: usize = 480;

/// Reads the frames of the top moments and keeps them as larger pictures, where the recipe keeps pictures.
pub(crate) fn keep_top_frames(
    folder: &RunFolder,
    scores: &ScoreTable,
    videos: &[&dyn FrameSource],
    observer: &mut dyn Observer,
) -> Result<(), Error> {
    if !folder.recipe().report.pictures {
        return Ok(());
    }
    let repairs = folder.read_repairs()?;
    let moments = top_moments(folder, scores)?;
    observer.tell(Event::Started {
        task: "keeping pictures",
        total: Some(moments.len() as u64),
    })?;
    for (place, moment) in moments.iter().enumerate() {
        observer.tell(Event::Advanced { done: place as u64 })?;
        let Some(source) = videos.iter().find(|video| *video.id() == moment.video) else {
            continue;
        };
        let mut pictures = folder.read_pictures(&moment.video)?;
        let kept = pictures
            .iter()
            .any(|kept| kept.frame == moment.frame.0 && kept.large);
        let Ok(position) = source.numbers().binary_search(&moment.frame) else {
            continue;
        };
        let mut frame = Frame::default();
        // A frame that cannot be read has the score of another one, and no picture of its own.
        if kept || source.read_into(position, &mut frame).is_err() {
            continue;
        }
        let thumbnail = Thumbnail::of(&frame, SIDE_PX)?;
        let flipped = RepairRecord::flipped_frames(&repairs, &moment.video);
        let picture = write_thumbnail(folder, &moment.video, thumbnail, &flipped, true)?;
        pictures.retain(|kept| kept.frame != picture.frame);
        pictures.push(picture);
        folder.write_picture_list(&moment.video, pictures)?;
    }
    Ok(observer.tell(Event::Finished)?)
}
