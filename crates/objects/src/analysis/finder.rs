use std::ops::Range;

use oddframe_boxes::Labeller;
use oddframe_core::{Filter, Frame, FrameShape, PixelFormat};
use oddframe_frames::Resizer;

use super::geometry::Geometry;
use crate::color::Palette;
use crate::direction::ObjectMotion;
use crate::found::FrameFindings;
use crate::hog;
use crate::motion::{MeanMotion, Motion};
use crate::objects::{FoundObject, clean_mask, find_objects};
use crate::shape::Foreground;
use crate::windows::WindowFinder;

/// The picture of an object reaches this far from its foot and its centre, in heights of a person.
const ABOVE_FOOT: f64 = 1.44;
const BELOW_FOOT: f64 = 0.18;
const BESIDE: f64 = 0.54;

/// A frame until those after it are known.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) picture: Frame,
    pub(super) motion: Motion,
    pub(super) dwell: Vec<f32>,
    pub(super) covered: Vec<u8>,
    pub(super) differences: Vec<f32>,
    pub(super) blurred: Vec<u8>,
    pub(super) colors: Vec<u16>,
}

/// Finds windows and objects in one frame.
#[derive(Debug, Default)]
pub(super) struct Finder {
    labeller: Labeller,
    motion: MeanMotion,
    windows: WindowFinder,
    crop: Frame,
    small: Frame,
}

impl Finder {
    pub(super) fn find(
        &mut self,
        frame: &Waiting,
        window: &[Waiting],
        geometry: &Geometry,
        describe_looks: bool,
    ) -> FrameFindings {
        let width = geometry.shape.width();
        let mask = clean_mask(&frame.motion.moving, width);
        let (objects, any) = find_objects(&mask, width, &geometry.heights, &mut self.labeller);
        let mut findings = FrameFindings {
            number: frame.picture.number().0,
            dwell: frame.dwell.clone(),
            ..FrameFindings::default()
        };
        // Where no region is large enough for an object, what moves is noise.
        if !any {
            return findings;
        }
        let motions: Vec<&Motion> = window.iter().map(|frame| &frame.motion).collect();
        self.motion.fill(&motions, &mask);
        findings.windows = self
            .windows
            .find(&mask, width, &self.motion, &geometry.by_centre);
        if describe_looks {
            let foreground = Foreground {
                width,
                covered: &frame.covered,
                differences: &frame.differences,
                blurred: &frame.blurred,
            };
            for (position, object) in objects.iter().enumerate() {
                let person = geometry.heights.height_at(object.foot());
                findings.shapes.push(foreground.measure(*object, person));
                self.cut_out(&frame.picture, *object, geometry);
                hog::describe(self.small.pixels(), &mut findings.looks);
                findings.palettes.push(Palette::of_object(
                    *object,
                    width,
                    &frame.covered,
                    &frame.colors,
                ));
                let windows = findings.windows.iter();
                let inside = windows.filter(|w| object.contains(w.x.into(), w.y.into()));
                let inside = inside.map(|window| (window.dx, window.dy));
                findings
                    .motions
                    .extend(ObjectMotion::of_windows(position, *object, person, inside));
            }
        }
        findings.objects = objects;
        findings
    }

    /// Cuts the picture of an object out of a frame, in the size that histograms are made of.
    fn cut_out(&mut self, picture: &Frame, object: FoundObject, geometry: &Geometry) {
        let (width, height) = (picture.shape().width(), picture.shape().height());
        let (centre, foot) = (object.centre(), object.foot());
        let person = geometry.heights.height_at(foot);
        let rows = span(
            foot - ABOVE_FOOT * person,
            foot + BELOW_FOOT * person,
            height,
        );
        let columns = span(centre - BESIDE * person, centre + BESIDE * person, width);
        let shape = FrameShape::new(columns.len(), rows.len(), PixelFormat::Gray);
        self.crop
            .reset(shape.unwrap_or(FrameShape::SMALLEST), picture.number());
        let crop_rows = self.crop.pixels_mut().chunks_exact_mut(columns.len());
        for (out, row) in crop_rows.zip(rows) {
            out.copy_from_slice(&picture.row(row)[columns.clone()]);
        }
        // The size is fixed and possible.
        if let Ok(mut resizer) = Resizer::new(hog::WIDTH, hog::HEIGHT, Filter::OpenCv) {
            resizer.resize_into(&self.crop, &mut self.small);
        }
    }
}

/// The pixels between two places of an axis of `len` pixels: at least one.
fn span(from: f64, to: f64, len: usize) -> Range<usize> {
    let start = (from.max(0.0) as usize).min(len - 1);
    start..((to.max(0.0) as usize) + 1).clamp(start + 1, len)
}
