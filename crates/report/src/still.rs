//! A picture of a frame with its boxes.

use std::fs;

use oddframe_core::{FrameNumber, ScoredBox};
use oddframe_pipeline::FramePicture;

use crate::Error;
use crate::base64::encode_base64;
use crate::blur::pixelate_jpeg;
use crate::contents::{Contents, VideoContents};
use crate::text::{count_of, escape, put};

/// The most boxes that are drawn: those with the highest scores. More would hide the picture.
const BOXES: usize = 3;

/// Appends a picture with the heat map and the boxes of its frame. They are laid over it by the page, so that boxes are sharp at
/// every size and heat maps can be switched off.
pub(crate) fn render_still(
    page: &mut String,
    contents: &Contents<'_>,
    video: &VideoContents,
    picture: &FramePicture,
) -> Result<(), Error> {
    let frame = FrameNumber(picture.frame);
    let path = contents.folder.picture_file(video.scores.id(), frame);
    let mut jpeg = fs::read(&path).map_err(Error::io("read", &path))?;
    let boxes = boxes_of(video, frame);
    let (width, height) = (picture.width, picture.height);
    if contents.blur {
        let hidden = video.hidden.get(&frame).map_or(&[][..], Vec::as_slice);
        jpeg = pixelate_jpeg(&jpeg, hidden, (width, height)).map_err(Error::picture(&path))?;
    }
    let marked = match boxes.len() {
        0 => String::new(),
        boxes => format!(", {} marked", count_of(boxes, "place")),
    };
    put!(
        page,
        "<span class=\"still\" style=\"--ratio:{ratio:.3}\"><img alt=\"frame {frame} of {id}{marked}\" width=\"{width}\" height=\"{height}\" \
         src=\"data:image/jpeg;base64,{data}\">",
        id = escape(&video.scores.id().to_string()),
        ratio = width as f64 / height.max(1) as f64,
        data = encode_base64(&jpeg),
    );
    let id = video.scores.id();
    if let Some(heat) = &contents.heat
        && let Some(heat) = heat.read(id, frame)?
    {
        let png = heat.encode_png().map_err(Error::picture(&path))?;
        put!(
            page,
            "<img class=\"heat\" alt=\"\" src=\"data:image/png;base64,{}\">",
            encode_base64(&png)
        );
    }
    if !boxes.is_empty() {
        render_boxes(page, &boxes, (width, height));
    }
    page.push_str("</span>");
    Ok(())
}

fn render_boxes(page: &mut String, boxes: &[ScoredBox], (width, height): (usize, usize)) {
    put!(
        page,
        "<svg viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    );
    // The oddest box comes last, on top of the others.
    for (place, found) in boxes.iter().enumerate().rev() {
        let (x, y) = (found.area.left.max(0.0), found.area.top.max(0.0));
        let (wide, high) = (
            found.area.right.min(width as f64) - x,
            found.area.bottom.min(height as f64) - y,
        );
        if wide <= 0.0 || high <= 0.0 {
            continue;
        }
        let class = if place == 0 { "box oddest" } else { "box" };
        // A dark edge below the bright one, so that a box shows on every picture.
        for class in ["edge", class] {
            put!(
                page,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\"/>"
            );
        }
    }
    page.push_str("</svg>");
}

/// The boxes of a frame with the highest scores, the highest first.
pub(crate) fn boxes_of(video: &VideoContents, frame: FrameNumber) -> Vec<ScoredBox> {
    let mut boxes = video
        .details
        .get(&frame)
        .map_or_else(Vec::new, |details| details.boxes.clone());
    boxes.sort_by(|a, b| b.score.total_cmp(&a.score));
    // Several cues may have judged the same object.
    let mut distinct: Vec<ScoredBox> = Vec::new();
    for found in boxes {
        if distinct.len() < BOXES && distinct.iter().all(|other| other.area != found.area) {
            distinct.push(found);
        }
    }
    distinct
}

/// The picture of a frame, or the nearest one within `within` frames.
pub(crate) fn nearest_picture(
    video: &VideoContents,
    frame: FrameNumber,
    within: u64,
) -> Option<&FramePicture> {
    let pictures = video.pictures.iter();
    pictures
        .min_by_key(|picture| picture.frame.abs_diff(frame.0))
        .filter(|picture| picture.frame.abs_diff(frame.0) <= within)
}
