//! Adding normal footage to a model without fitting it again.
//!
//! The camera, the scale of speeds, the axes of appearance, the usual distances and the switch stay. What was seen is added: the
//! windows to the histograms, the objects to those that are remembered, the dwell times to the longest known ones. How unusual the frames
//! were before joins the values of normal frames, as those of a fold that the model was not fitted on.

use std::sync::Arc;

use oddframe_core::{Event, NormalPart, Observer};
use rayon::prelude::*;

use crate::Error;
use crate::analysis::{Analysis, Geometry};
use crate::calibration::Cue;
use crate::dwell::Dwell;
use crate::fit::{analyse_video, check_size, view_of};
use crate::found::FrameFindings;
use crate::hog;
use crate::image::dilate_map;
use crate::judge::{Findings, Judge};
use crate::look::{COMPONENTS, Look};
use crate::model::ObjectModel;
use crate::remembered::forget_surplus;

/// Adds footage to a model.
pub(crate) fn learn_footage(
    model: ObjectModel,
    normal: &[NormalPart<'_>],
    observer: &mut dyn Observer,
) -> Result<ObjectModel, Error> {
    if normal.is_empty() {
        return Err(oddframe_core::Error::Nothing {
            what: "video to learn from",
        }
        .into());
    }
    for part in normal {
        check_part(&model, part)?;
    }
    if model.look.rows.is_empty() {
        return Err(Error::NothingKnown);
    }
    let lengths = normal
        .iter()
        .map(|part| part.video().numbers().len() as u64);
    observer.tell(Event::Started {
        task: "learning more normal frames",
        total: Some(lengths.sum()),
    })?;
    // All footage is scored by the model as it was: parts of one scene must not make each other usual.
    let judge = Judge::new(Arc::new(model.clone()))?;
    let mut analysis = Analysis::new(Arc::clone(judge.geometry()), true);
    let (mut model, mut done) = (model, 0);
    for part in normal {
        let video = part.video();
        let view = view_of(video, &model.camera, judge.geometry().shape)?;
        let mut findings = analyse_video(video, &view, &mut analysis, &mut done, observer)?;
        // Frames outside the range have done their part: in the median, and for the dwell clock.
        findings.truncate(part.positions().end);
        findings.drain(..part.positions().start);
        add_values(&mut model, &judge, &findings);
        add_findings(&mut model, judge.geometry(), &findings);
    }
    observer.tell(Event::Finished)?;
    Ok(model)
}

fn check_part(model: &ObjectModel, part: &NormalPart<'_>) -> Result<(), Error> {
    let video = part.video();
    check_size(model.source, video)?;
    let numbers = video.numbers();
    match (numbers.first(), numbers.last()) {
        (Some(first), Some(last)) if part.positions().is_empty() => Err(Error::EmptyRange {
            video: video.id().clone(),
            first: *first,
            last: *last,
        }),
        _ => Ok(()),
    }
}

/// Adds how unusual each frame is to the values of normal frames.
fn add_values(model: &mut ObjectModel, judge: &Judge, frames: &[FrameFindings]) {
    let examined: Vec<Findings> = frames
        .par_iter()
        .map(|frame| judge.examine(frame))
        .collect();
    for cue in Cue::ALL {
        let normal = &mut model.normal[cue as usize];
        let missing = normal.missing;
        let values = examined.iter().map(|findings| {
            let finding = findings[cue as usize].as_ref();
            finding.map_or(missing, |finding| finding.value as f32)
        });
        normal.videos.push(values.collect());
    }
    let objects = frames.iter().map(|frame| frame.objects.len() as f32);
    model.normal_objects.push(objects.collect());
    let numbers = frames.iter().map(|frame| frame.number);
    model.numbers.push(numbers.collect());
}

/// Adds what the frames show.
fn add_findings(model: &mut ObjectModel, geometry: &Geometry, frames: &[FrameFindings]) {
    for tail in [&mut model.parts, &mut model.bodies] {
        let windows = frames.iter().flat_map(|frame| &frame.windows);
        tail.add_windows(windows, &geometry.by_centre);
    }
    let motions = frames.iter().flat_map(|frame| &frame.motions);
    model.directions.add_objects(motions);
    let palettes = frames.iter().flat_map(|frame| &frame.palettes);
    model.colors.add(palettes);
    remember_looks(&mut model.look, frames);
    let shapes = frames.iter().flat_map(|frame| &frame.shapes);
    model.shapes.remember(shapes.copied());
    raise_dwell(&mut model.dwell, frames);
}

/// Remembers how the objects of the frames look. Of too many objects, old and new, some are forgotten at random.
fn remember_looks(look: &mut Look, frames: &[FrameFindings]) {
    let objects: Vec<[f32; COMPONENTS]> = frames
        .par_iter()
        .flat_map_iter(|frame| frame.looks.chunks_exact(hog::LENGTH))
        .map(|object| look.project(object))
        .collect();
    let (known, _) = look.rows.as_chunks::<COMPONENTS>();
    let mut rows = [known, &objects].concat();
    forget_surplus(&mut rows);
    look.rows = rows.into_flattened();
}

/// Raises the longest normal dwell times to those of the frames.
fn raise_dwell(dwell: &mut Dwell, frames: &[FrameFindings]) {
    let mut longest = vec![0.0_f32; dwell.longest.len()];
    for frame in frames {
        for (longest, time) in longest.iter_mut().zip(&frame.dwell) {
            *longest = longest.max(*time);
        }
    }
    if dwell.columns == 0 {
        return;
    }
    for (known, time) in dwell
        .longest
        .iter_mut()
        .zip(dilate_map(&longest, dwell.columns))
    {
        *known = known.max(time);
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;
    use crate::remembered::MOST;

    #[test]
    fn remembered_objects_stay_within_the_limit() {
        let object = |level: usize| vec![f16::from_f64(level as f64 / 1e4); hog::LENGTH];
        let known = object(1);
        let (mut look, _) = Look::learn(&[vec![&known]], 1);
        let frames: Vec<FrameFindings> = (0..MOST / 100 + 20)
            .map(|frame| FrameFindings {
                looks: (0..100).flat_map(|at| object(frame + at)).collect(),
                ..FrameFindings::default()
            })
            .collect();
        remember_looks(&mut look, &frames[..2]);
        assert_eq!(look.rows.len(), 201 * COMPONENTS);
        remember_looks(&mut look, &frames);
        assert_eq!(look.rows.len(), MOST * COMPONENTS);
    }

    #[test]
    fn longer_dwell_times_are_known_afterwards() {
        let mut dwell = Dwell::learn(3, std::iter::once(&[40.0, 0.0, 0.0][..]));
        let frame = |times: &[f32]| FrameFindings {
            dwell: times.to_vec(),
            ..FrameFindings::default()
        };
        raise_dwell(&mut dwell, &[frame(&[0.0, 0.0, 90.0]), frame(&[0.0; 3])]);
        assert_eq!(dwell.longest, [40.0, 90.0, 90.0]);
    }
}
