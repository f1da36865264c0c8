//! The CSV tables that describe a data set.

use std::io::{self, Write};
use std::path::Path;

use oddframe_core::{FrameNumber, FrameSource, Track, VideoLabels, write_atomically};

use crate::error::MARKER;
use crate::{Error, Scene, SceneVideo};

/// Writes the preset and the seed of the scene. A folder with this file may be replaced.
pub(crate) fn write_marker(scene: &Scene, dir: &Path) -> Result<(), Error> {
    write_table(dir, MARKER, |out| {
        writeln!(
            out,
            "preset = \"{}\"\nseed = {}",
            scene.preset(),
            scene.seed()
        )
    })
}

/// Writes the tables that describe the test videos into a folder.
pub(crate) fn write_tables(scene: &Scene, dir: &Path) -> Result<(), Error> {
    let mut labels: Vec<VideoLabels> = Vec::new();
    for video in scene.test() {
        labels.push(video.labels()?);
    }
    write_table(dir, "labels.csv", |out| {
        writeln!(out, "video,frame,label")?;
        for video in &labels {
            for (frame, abnormal) in video.numbers().iter().zip(video.abnormal()) {
                writeln!(out, "{},{frame},{}", video.id(), u8::from(*abnormal))?;
            }
        }
        Ok(())
    })?;
    write_table(dir, "tracks.csv", |out| {
        writeln!(out, "video,track,frame,left,top,right,bottom")?;
        for Track { video, id, boxes } in scene.test().iter().flat_map(SceneVideo::tracks) {
            for (frame, b) in boxes {
                writeln!(
                    out,
                    "{video},{id},{frame},{},{},{},{}",
                    b.left, b.top, b.right, b.bottom
                )?;
            }
        }
        Ok(())
    })?;
    write_table(dir, "events.csv", |out| {
        writeln!(out, "video,track,kind,first,last")?;
        for video in scene.test() {
            for event in video.events() {
                let (id, first, last) = (video.id(), event.first, event.last);
                writeln!(out, "{id},{},{},{first},{last}", event.track, event.kind)?;
            }
        }
        Ok(())
    })?;
    write_flags(scene, dir, "noise.csv", "noisy", |video, index| {
        video.damage(index).noisy
    })?;
    write_flags(scene, dir, "flips.csv", "flipped", |video, index| {
        video.damage(index).flipped
    })
}

/// Writes a table with one row for each test frame: 1 where the flag is set.
fn write_flags(
    scene: &Scene,
    dir: &Path,
    name: &str,
    column: &str,
    flag: impl Fn(&SceneVideo, usize) -> bool,
) -> Result<(), Error> {
    write_table(dir, name, |out| {
        writeln!(out, "video,frame,{column}")?;
        for video in scene.test() {
            for (index, FrameNumber(frame)) in video.numbers().iter().enumerate() {
                writeln!(
                    out,
                    "{},{frame},{}",
                    video.id(),
                    u8::from(flag(video, index))
                )?;
            }
        }
        Ok(())
    })
}

/// Writes one file of the data set.
fn write_table(
    dir: &Path,
    name: &str,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let path = dir.join(name);
    write_atomically(&path, fill).map_err(Error::io(&path))
}
