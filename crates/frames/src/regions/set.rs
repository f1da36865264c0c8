use oddframe_core::{FrameShape, Mask, Rect, Track, Video, VideoId};

use super::polygon::fill_polygon;
use super::region::Region;
use crate::Error;

/// The parts of the picture that count: all of it without those in `ignore`, or only those in `only`.
///
/// With both lists, a pixel counts when it is in a region of `only` and in none of `ignore`. Regions may overlap. A video that no
/// region of `only` [applies to](Region::applies_to) counts as a whole.
///
/// ```
/// use oddframe_frames::{Region, Regions};
///
/// let left = Region::new("road", vec![[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]);
/// let regions = Regions::new(vec![left], Vec::new())?;
/// let ignored = regions.ignored(&"01".into(), 8, 2)?;
/// assert_eq!(ignored.to_pixels(), [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]);
/// # Ok::<(), oddframe_frames::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Regions {
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    ignore: Vec<Region>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    only: Vec<Region>,
    #[cfg_attr(feature = "serde", serde(skip))]
    mirrored: bool,
}

impl Regions {
    /// Regions to ignore, and the only ones to look at.
    ///
    /// # Errors
    /// When a region cannot be used: see [`Region::check`].
    pub fn new(ignore: Vec<Region>, only: Vec<Region>) -> Result<Self, Error> {
        ignore.iter().chain(&only).try_for_each(Region::check)?;
        Ok(Self {
            ignore,
            only,
            mirrored: false,
        })
    }

    /// Also ignores the mirror image, top to bottom, of what is ignored.
    ///
    /// For videos some of whose frames are upside down: what is ignored is then the same in both.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self {
            mirrored: true,
            ..self
        }
    }

    /// The regions to ignore.
    pub fn ignore(&self) -> &[Region] {
        &self.ignore
    }

    /// The only regions to look at; empty when the whole picture counts.
    pub fn only(&self) -> &[Region] {
        &self.only
    }

    /// Whether the whole picture of every video counts.
    pub fn is_empty(&self) -> bool {
        self.ignore.is_empty() && self.only.is_empty()
    }

    /// Whether some part of a video may be ignored.
    pub fn apply_to(&self, video: &VideoId) -> bool {
        self.of_video(video).next().is_some()
    }

    /// The pixels of a video that are ignored, in frames of this size.
    ///
    /// # Errors
    /// When no frame can have this size.
    pub fn ignored(&self, video: &VideoId, width: usize, height: usize) -> Result<Mask, Error> {
        self.ignored_when_shown(video, (width, height), (width, height))
    }

    /// The ignored pixels of a picture of the size `shown`, such as an error map, which shows frames of the size `frame`.
    ///
    /// # Errors
    /// When no frame can have one of the sizes.
    pub fn ignored_when_shown(
        &self,
        video: &VideoId,
        frame: (usize, usize),
        shown: (usize, usize),
    ) -> Result<Mask, Error> {
        for (width, height) in [frame, shown] {
            FrameShape::new(width, height, oddframe_core::PixelFormat::Gray)?;
        }
        if !self.apply_to(video) {
            return Ok(Mask::empty(shown.0, shown.1));
        }
        let mut only = self
            .only
            .iter()
            .filter(|region| region.applies_to(video))
            .peekable();
        let mut pixels = vec![0; shown.0 * shown.1];
        if only.peek().is_some() {
            for region in only {
                fill_polygon(&region.corners(frame, shown), shown.0, &mut pixels);
            }
            for pixel in &mut pixels {
                *pixel = 1 - *pixel;
            }
        }
        for region in self.ignore.iter().filter(|region| region.applies_to(video)) {
            let mut inside = vec![0; pixels.len()];
            fill_polygon(&region.corners(frame, shown), shown.0, &mut inside);
            join_pixels(&mut pixels, &inside);
        }
        if self.mirrored {
            let rows = pixels.chunks_exact(shown.0).rev();
            let mirror: Vec<u8> = rows.flatten().copied().collect();
            join_pixels(&mut pixels, &mirror);
        }
        Ok(Mask::from_pixels(shown.0, shown.1, &pixels)?)
    }

    /// Leaves out the boxes of tracks that lie wholly inside ignored parts, and tracks without any other box. `videos` tells
    /// the sizes of frames; tracks of other videos stay as they are.
    ///
    /// # Errors
    /// As [`Self::ignored`].
    pub fn visible_tracks(&self, tracks: &[Track], videos: &[&Video]) -> Result<Vec<Track>, Error> {
        let mut visible = Vec::new();
        for track in tracks {
            let video = videos.iter().find(|video| *video.id() == track.video);
            let Some(video) = video.filter(|_| self.apply_to(&track.video)) else {
                visible.push(track.clone());
                continue;
            };
            let shape = video.shape();
            let ignored = self.ignored(&track.video, shape.width(), shape.height())?;
            let pixels = ignored.to_pixels();
            let mut track = track.clone();
            track
                .boxes
                .retain(|(_, area)| !lies_within(*area, &pixels, shape));
            if !track.boxes.is_empty() {
                visible.push(track);
            }
        }
        Ok(visible)
    }

    /// A sentence for each region that no video has, or that covers no pixel of any of them: it is probably misspelt.
    ///
    /// # Errors
    /// As [`Self::ignored`].
    pub fn without_effect(&self, videos: &[&Video]) -> Result<Vec<String>, Error> {
        let mut sentences = Vec::new();
        for region in self.ignore.iter().chain(&self.only) {
            let mut having = videos
                .iter()
                .filter(|video| region.applies_to(video.id()))
                .peekable();
            if having.peek().is_none() {
                sentences.push(format!(
                    "region {}: no video has a name like {}",
                    region.name,
                    region.cameras.join(" or ")
                ));
                continue;
            }
            let mut covers_any = false;
            for video in having {
                let size = (video.shape().width(), video.shape().height());
                let mut inside = vec![0; size.0 * size.1];
                fill_polygon(&region.corners(size, size), size.0, &mut inside);
                covers_any |= inside.contains(&1);
            }
            if !covers_any {
                sentences.push(format!("region {} covers no pixel", region.name));
            }
        }
        Ok(sentences)
    }

    pub(super) fn is_mirrored(&self) -> bool {
        self.mirrored
    }

    /// The regions of a video.
    pub(super) fn of_video<'a>(&'a self, video: &'a VideoId) -> impl Iterator<Item = &'a Region> {
        let all = self.ignore.iter().chain(&self.only);
        all.filter(|region| region.applies_to(video))
    }
}

/// Sets the pixels that are set in the other list.
fn join_pixels(pixels: &mut [u8], others: &[u8]) {
    for (pixel, other) in pixels.iter_mut().zip(others) {
        *pixel |= other;
    }
}

/// Whether all pixels of a frame that a box touches are set, and there are any.
fn lies_within(area: Rect, pixels: &[u8], shape: FrameShape) -> bool {
    // The conversions cut off at 0.
    let (left, top) = (area.left.floor() as usize, area.top.floor() as usize);
    let right = (area.right.ceil() as usize).min(shape.width());
    let bottom = (area.bottom.ceil() as usize).min(shape.height());
    if left >= right || top >= bottom {
        return false;
    }
    let mut rows = pixels.chunks_exact(shape.width());
    let mut rows = rows.by_ref().skip(top).take(bottom - top);
    rows.all(|row| row[left..right].iter().all(|pixel| *pixel == 1))
}
