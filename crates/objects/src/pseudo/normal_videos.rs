use std::sync::Arc;

use oddframe_boxes::Labeller;
use oddframe_core::{Event, Frame, FrameSource, Observer, PixelFormat};
use oddframe_frames::{Prepare, Prepared};
use rayon::prelude::*;

use crate::Error;
use crate::analysis::Geometry;
use crate::fit::{check_size, learn_camera, measure_heights};
use crate::found::FrameFindings;
use crate::image::{Plane, translate};
use crate::masks::{Masker, View};
use crate::objects::{clean_mask, find_objects};
use crate::reading::{analysed_shape, read_shrunk};
use crate::registration::SteadyBlur;

/// Frames whose objects are found at a time.
const BATCH: usize = 64;

/// The normal videos of one camera, and what was learned from them: the background, the height of people, and where objects
/// are.
pub(super) struct NormalVideos {
    pub(super) sources: Vec<Arc<dyn FrameSource>>,
    /// The same videos in gray, as objects are found in them.
    gray: Vec<Prepared<Arc<dyn FrameSource>>>,
    views: Vec<View>,
    pub(super) geometry: Geometry,
    /// The objects of each frame of each video; the other findings are empty.
    pub(super) found: Vec<Vec<FrameFindings>>,
}

impl NormalVideos {
    /// Learns the background and finds the objects of every frame.
    pub(super) fn learn(
        sources: &[Arc<dyn FrameSource>],
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        let Some(first) = sources.first().map(FrameSource::shape) else {
            return Err(oddframe_core::Error::Nothing {
                what: "normal video",
            }
            .into());
        };
        let (width, height) = (first.width(), first.height());
        let prepare = Prepare::new(width, height)?.with_format(PixelFormat::Gray);
        let mut gray = Vec::with_capacity(sources.len());
        for source in sources {
            check_size((width, height), source)?;
            gray.push(prepare.of(Arc::clone(source)));
        }
        let videos: Vec<&dyn FrameSource> = gray.iter().map(|video| video as _).collect();
        let shape = analysed_shape(videos[0])?;
        let (mut camera, views) = learn_camera(&videos, shape, observer)?;
        measure_heights(&videos, shape, &mut camera, &views, observer)?;
        let geometry = Geometry::new(&camera)?;
        let mut learned = Self {
            sources: sources.to_vec(),
            gray,
            views,
            geometry,
            found: Vec::new(),
        };
        learned.found = learned.find_all(observer)?;
        Ok(learned)
    }

    /// The size of the frames, in pixels.
    pub(super) fn frame_size(&self) -> (usize, usize) {
        let shape = self.gray[0].shape();
        (shape.width(), shape.height())
    }

    /// How many pixels of a frame are in a column and in a row of the analysed picture.
    pub(super) fn scale(&self) -> (f64, f64) {
        let (width, height) = self.frame_size();
        (
            width as f64 / self.geometry.shape.width() as f64,
            height as f64 / self.geometry.shape.height() as f64,
        )
    }

    /// The moving pixels of a frame, in the size of the analysed picture.
    pub(super) fn moving_pixels(&self, video: usize, frame: usize) -> Result<Vec<u8>, Error> {
        let mut blurred = Vec::new();
        let mut picture = read_shrunk(&self.gray[video], frame, self.geometry.shape)?;
        let (view, width) = (&self.views[video], picture.shape().width());
        let moved = SteadyBlur::default().blur_into(
            picture.pixels_mut(),
            width,
            &view.landmarks,
            &mut blurred,
        );
        let (mut moving, mut any) = (Vec::new(), Vec::new());
        Masker::default().mark(&blurred, view, &mut moving, &mut any);
        let Some((dx, dy)) = moved else {
            return Ok(moving);
        };
        // Objects are cut out of the recorded frame, so the mask is moved to where they are there: by whole pixels, which keeps its
        // values 0 and 1.
        let mask = Plane::from_values(width, moving.iter().copied().map(f32::from).collect());
        let mask = translate(&mask, (dx.round(), dy.round()));
        Ok(mask.values.iter().map(|value| *value as u8).collect())
    }

    /// A frame as it is recorded; none where it has another size than the others.
    pub(super) fn read(&self, video: usize, frame: usize) -> Result<Option<Frame>, Error> {
        let frame = self.sources[video].read(frame)?;
        Ok(self.fits(&frame).then_some(frame))
    }

    /// Whether a frame has the size of the videos.
    pub(super) fn fits(&self, frame: &Frame) -> bool {
        (frame.shape().width(), frame.shape().height()) == self.frame_size()
    }

    fn find_all(&self, observer: &mut dyn Observer) -> Result<Vec<Vec<FrameFindings>>, Error> {
        let total: usize = self.gray.iter().map(|video| video.numbers().len()).sum();
        observer.tell(Event::Started {
            task: "finding objects",
            total: Some(total as u64),
        })?;
        let (mut all, mut done) = (Vec::new(), 0);
        for (video, source) in self.gray.iter().enumerate() {
            let places: Vec<usize> = (0..source.numbers().len()).collect();
            let mut found = Vec::with_capacity(places.len());
            for places in places.chunks(BATCH) {
                let frames: Vec<FrameFindings> = places
                    .par_iter()
                    .map_init(Labeller::default, |labeller, place| {
                        self.find_objects(video, *place, labeller)
                    })
                    .collect::<Result<_, Error>>()?;
                done += frames.len() as u64;
                found.extend(frames);
                observer.tell(Event::Advanced { done })?;
            }
            all.push(found);
        }
        observer.tell(Event::Finished)?;
        Ok(all)
    }

    fn find_objects(
        &self,
        video: usize,
        frame: usize,
        labeller: &mut Labeller,
    ) -> Result<FrameFindings, Error> {
        let width = self.geometry.shape.width();
        let mask = clean_mask(&self.moving_pixels(video, frame)?, width);
        let (objects, _) = find_objects(&mask, width, &self.geometry.heights, labeller);
        Ok(FrameFindings {
            objects,
            ..FrameFindings::default()
        })
    }
}
