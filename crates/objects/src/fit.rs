//! From normal videos to a model.
//!
//! Every video is read twice, a few frames of it for its median and all of them for the analysis. Pictures are never kept:
//! the memory is that of the findings, about 15 KiB for a frame with 15 objects.

use std::sync::Arc;

use oddframe_core::{Event, Frame, FrameShape, FrameSource, Observer};
use oddframe_frames::{ReadAhead, read_ahead};
use rayon::prelude::*;

use crate::analysis::{Analysis, Geometry};
use crate::camera::{Camera, MeasuredPerson, Ruler, VideoMedian, steady_median};
use crate::found::FrameFindings;
use crate::masks::View;
use crate::model::ObjectModel;
use crate::reading::{analysed_shape, check_frame, read_shrunk};
use crate::registration::SteadyBlur;
use crate::samples::{SampledFrames, median_stride, noise_stride};
use crate::switch::{Material, choose_switch};
use crate::training::Training;
use crate::{Error, ObjectSettings};

/// Frames that are analysed at a time.
const BATCH: usize = 16;

/// People are measured in every so many frames.
const MEASURED: usize = 5;

/// The smallest analysed picture: the optical flow needs room for its patches.
const SMALLEST: (usize, usize) = (12, 8);

/// Learns a model from the normal videos of one camera.
pub(crate) fn learn_model(
    normal: &[&dyn FrameSource],
    settings: &ObjectSettings,
    observer: &mut dyn Observer,
) -> Result<ObjectModel, Error> {
    let Some(first) = normal.first() else {
        return Err(oddframe_core::Error::Nothing {
            what: "training video",
        }
        .into());
    };
    let source = (first.shape().width(), first.shape().height());
    for video in normal {
        check_size(source, *video)?;
    }
    let shape = analysed_shape(*first)?;
    let (mut camera, views) = learn_camera(normal, shape, observer)?;
    measure_heights(normal, shape, &mut camera, &views, observer)?;
    let geometry = Arc::new(Geometry::new(&camera)?);
    let training = analyse(normal, &geometry, &views, observer)?;
    let switch = if let Some(switch) = settings.switch {
        switch
    } else {
        let material = Material {
            sources: normal,
            views: &views,
            training: &training,
            geometry,
        };
        choose_switch(&material, settings.seed, observer)?
    };
    ObjectModel::learn(source, camera, &training, switch, settings.seed)
}

/// Refuses videos of another size, and those that are too small.
pub(crate) fn check_size(
    (width, height): (usize, usize),
    video: &dyn FrameSource,
) -> Result<(), Error> {
    let found = video.shape();
    if (found.width(), found.height()) != (width, height) {
        return Err(Error::FrameSize {
            video: video.id().clone(),
            width,
            height,
            found_width: found.width(),
            found_height: found.height(),
        });
    }
    check_room(video.id(), found)
}

/// Refuses frames without room for the patches of the optical flow.
pub(crate) fn check_room(video: &oddframe_core::VideoId, shape: FrameShape) -> Result<(), Error> {
    let (width, height) = crate::image::Shrinker::size(shape.width(), shape.height());
    let (longer, shorter) = (width.max(height), width.min(height));
    if longer < SMALLEST.0 || shorter < SMALLEST.1 {
        return Err(Error::TooSmall {
            video: video.clone(),
            width: shape.width(),
            height: shape.height(),
        });
    }
    Ok(())
}

/// Learns the background from the medians of all videos, and what the frames of each are compared with.
pub(crate) fn learn_camera(
    normal: &[&dyn FrameSource],
    shape: FrameShape,
    observer: &mut dyn Observer,
) -> Result<(Camera, Vec<View>), Error> {
    observer.tell(Event::Started {
        task: "learning the background",
        total: Some(2 * normal.len() as u64),
    })?;
    let mut medians = Vec::with_capacity(normal.len());
    for video in normal {
        let samples = read_every(*video, median_stride(video.numbers().len()), shape)?;
        let pixels: Vec<&[u8]> = samples.iter().map(Frame::pixels).collect();
        medians.push(VideoMedian {
            video: video.id().clone(),
            frames: video.numbers().len(),
            picture: steady_median(&pixels, shape.width()),
        });
        observer.tell(Event::Advanced {
            done: medians.len() as u64,
        })?;
    }
    let camera = Camera::learn(&medians)?;
    let mut views = Vec::with_capacity(normal.len());
    for (video, median) in normal.iter().zip(&medians) {
        let samples = read_every(*video, noise_stride(video.numbers().len()), shape)?;
        let pixels: Vec<&[u8]> = samples.iter().map(Frame::pixels).collect();
        views.push(camera.view(&median.picture, &pixels, video.id())?);
        observer.tell(Event::Advanced {
            done: (normal.len() + views.len()) as u64,
        })?;
    }
    observer.tell(Event::Finished)?;
    Ok((camera, views))
}

/// What the frames of a video are compared with, given the camera it is of.
pub(crate) fn view_of(
    video: &dyn FrameSource,
    camera: &Camera,
    shape: FrameShape,
) -> Result<View, Error> {
    let frames = video.numbers().len();
    let samples = read_every(video, median_stride(frames), shape)?;
    let pixels: Vec<&[u8]> = samples.iter().map(Frame::pixels).collect();
    let median = steady_median(&pixels, shape.width());
    let samples = read_every(video, noise_stride(frames), shape)?;
    let pixels: Vec<&[u8]> = samples.iter().map(Frame::pixels).collect();
    camera.view(&median, &pixels, video.id())
}

/// Every so many frames of a video, shrunk.
fn read_every(
    video: &dyn FrameSource,
    stride: usize,
    shape: FrameShape,
) -> Result<Vec<Frame>, Error> {
    let places: Vec<usize> = (0..video.numbers().len()).step_by(stride).collect();
    places
        .par_iter()
        .map(|place| read_shrunk(video, *place, shape))
        .collect()
}

/// Measures people in every fifth frame.
pub(crate) fn measure_heights(
    normal: &[&dyn FrameSource],
    shape: FrameShape,
    camera: &mut Camera,
    views: &[View],
    observer: &mut dyn Observer,
) -> Result<(), Error> {
    observer.tell(Event::Started {
        task: "measuring people",
        total: Some(normal.len() as u64),
    })?;
    let mut people: Vec<MeasuredPerson> = Vec::new();
    for (done, (video, view)) in (1..).zip(normal.iter().zip(views)) {
        let places: Vec<usize> = (0..video.numbers().len()).step_by(MEASURED).collect();
        let found: Vec<Vec<MeasuredPerson>> = places
            .par_iter()
            .map_init(
                || (Ruler::default(), SteadyBlur::default(), Vec::new()),
                |(ruler, blur, blurred), place| {
                    let mut frame = read_shrunk(*video, *place, shape)?;
                    blur.blur_into(frame.pixels_mut(), shape.width(), &view.landmarks, blurred);
                    Ok(camera.measure_people(blurred, view, ruler))
                },
            )
            .collect::<Result<_, Error>>()?;
        people.extend(found.into_iter().flatten());
        observer.tell(Event::Advanced { done })?;
    }
    observer.tell(Event::Finished)?;
    camera.learn_heights(&people);
    Ok(())
}

/// Analyses all frames of all videos.
fn analyse(
    normal: &[&dyn FrameSource],
    geometry: &Arc<Geometry>,
    views: &[View],
    observer: &mut dyn Observer,
) -> Result<Training, Error> {
    let lengths: Vec<usize> = normal.iter().map(|video| video.numbers().len()).collect();
    observer.tell(Event::Started {
        task: "analysing normal frames",
        total: Some(lengths.iter().sum::<usize>() as u64),
    })?;
    let mut training = Training::new(&lengths);
    let mut analysis = Analysis::new(Arc::clone(geometry), true);
    let mut done = 0;
    for (video, view) in normal.iter().zip(views) {
        training.add_video(analyse_video(
            *video,
            view,
            &mut analysis,
            &mut done,
            observer,
        )?);
    }
    observer.tell(Event::Finished)?;
    Ok(training)
}

/// Analyses all frames of a video; `done` counts the frames of all videos.
pub(crate) fn analyse_video(
    video: &dyn FrameSource,
    view: &View,
    analysis: &mut Analysis,
    done: &mut u64,
    observer: &mut dyn Observer,
) -> Result<Vec<FrameFindings>, Error> {
    let size = (video.shape().width(), video.shape().height());
    let mut findings = Vec::with_capacity(video.numbers().len());
    read_ahead(video, ReadAhead::new(), |frames| {
        let mut batch = SampledFrames::default();
        while let Some(frame) = frames.next_frame() {
            let frame = frame?;
            check_frame(video.id(), frame, size)?;
            batch.push(frame);
            if batch.len() == BATCH || frames.remaining() == 0 {
                analysis.push(batch.frames(), view, &mut findings)?;
                *done += batch.len() as u64;
                batch.clear();
                observer.tell(Event::Advanced { done: *done })?;
            }
        }
        Ok::<_, Error>(())
    })?;
    analysis.finish(&mut findings);
    Ok(findings)
}

#[cfg(test)]
pub(crate) mod prototype;
