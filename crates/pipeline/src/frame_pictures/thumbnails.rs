//! The thumbnails of the videos of a pass.

use std::collections::BTreeMap;

use oddframe_core::{Event, FrameSource, Observer, RepairAction};
use oddframe_frames::{VideoRepairs, flip_vertically};

use super::encode::write_jpeg;
use super::thumbnail_source::{Thumbnail, ThumbnailSource};
use crate::run_folder::{FramePicture, RepairRecord};
use crate::{Error, RunFolder};

/// Keeps thumbnails of the videos that have none yet.
pub(crate) struct Thumbnails<'a> {
    folder: &'a RunFolder,
    /// For each video of the pass, where thumbnails are wanted.
    sources: Vec<Option<ThumbnailSource<'a>>>,
}

impl<'a> Thumbnails<'a> {
    /// Keeps thumbnails of the selected videos whose pictures are not in the folder yet; of none where the recipe keeps no
    /// pictures.
    pub(crate) fn new(
        videos: &[&'a dyn FrameSource],
        selected: &[bool],
        folder: &'a RunFolder,
    ) -> Self {
        let wanted = folder.recipe().report.pictures;
        let sources = videos.iter().zip(selected).map(|(video, selected)| {
            let missing = wanted && *selected && !folder.has_pictures(video.id());
            missing.then(|| ThumbnailSource::new(*video))
        });
        Self {
            folder,
            sources: sources.collect(),
        }
    }

    /// The videos as the pass has to read them.
    pub(crate) fn wrap<'s>(&'s self, videos: &[&'s dyn FrameSource]) -> Vec<&'s dyn FrameSource> {
        let pairs = self.sources.iter().zip(videos);
        pairs
            .map(|(source, video)| source.as_ref().map_or(*video, |source| source as _))
            .collect()
    }

    /// Writes the thumbnails of a video whose frames were all read, upright as the systems saw them.
    pub(crate) fn write(&self, repairs: &VideoRepairs) -> Result<(), Error> {
        let Some(Some(source)) = self.sources.get(repairs.video) else {
            return Ok(());
        };
        let decisions = repairs.numbers.iter().zip(&repairs.decisions);
        let flipped = decisions
            .filter(|(_, decision)| decision.action == RepairAction::FlipVertically)
            .map(|(number, _)| number.0);
        self.write_thumbnails(
            source,
            source.take_thumbnails(),
            &flipped.collect::<Vec<_>>(),
        )
    }

    /// Reads the frames of thumbnails that are still missing: those of videos that an earlier session scored without them.
    pub(crate) fn complete(&self, observer: &mut dyn Observer) -> Result<(), Error> {
        let missing = self.sources.iter().flatten();
        let missing: Vec<_> = missing
            .filter(|source| !self.folder.has_pictures(source.id()))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let repairs = self.folder.read_repairs()?;
        observer.tell(Event::Started {
            task: "keeping pictures",
            total: Some(missing.len() as u64),
        })?;
        for (place, source) in missing.iter().enumerate() {
            let flipped = RepairRecord::flipped_frames(&repairs, source.id());
            self.write_thumbnails(source, source.read_thumbnails(), &flipped)?;
            observer.tell(Event::Advanced {
                done: place as u64 + 1,
            })?;
        }
        Ok(observer.tell(Event::Finished)?)
    }

    fn write_thumbnails(
        &self,
        source: &ThumbnailSource<'_>,
        thumbnails: BTreeMap<usize, Thumbnail>,
        flipped: &[u64],
    ) -> Result<(), Error> {
        let mut pictures = Vec::with_capacity(thumbnails.len());
        for thumbnail in thumbnails.into_values() {
            pictures.push(write_thumbnail(
                self.folder,
                source.id(),
                thumbnail,
                flipped,
                false,
            )?);
        }
        self.folder.write_picture_list(source.id(), pictures)
    }
}

/// Writes one picture and returns its entry for the list.
pub(super) fn write_thumbnail(
    folder: &RunFolder,
    video: &oddframe_core::VideoId,
    mut thumbnail: Thumbnail,
    flipped: &[u64],
    large: bool,
) -> Result<FramePicture, Error> {
    let frame = thumbnail.frame.number();
    if flipped.contains(&frame.0) {
        flip_vertically(&mut thumbnail.frame);
    }
    let path = folder.picture_file(video, frame);
    write_jpeg(&thumbnail.frame, &path)?;
    Ok(FramePicture {
        frame: frame.0,
        seconds: thumbnail.seconds,
        width: thumbnail.width,
        height: thumbnail.height,
        large,
    })
}
