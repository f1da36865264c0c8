use oddframe_core::{Event, Frame, FrameInput, FrameSource, Observer, PixelFormat};

use crate::brightness::BrightnessJump;
use crate::gradients::{HEIGHT, WIDTH};
use crate::limits::{Limits, Usual};
use crate::measures::{Measures, mean_change};
use crate::range::Range;
use crate::reference::Reference;
use crate::{Error, HealthMonitor, HealthSettings};

/// With fewer seconds of normal video, the ranges are widened to defaults.
const FEWEST_SECONDS: usize = 3;

/// What is usual for one camera.
///
/// It is learned from normal video and [opened](Self::monitor) to watch other video of the same camera.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct HealthModel {
    settings: HealthSettings,
    usual: Usual,
    picture: Vec<u8>,
    counted: Vec<u8>,
}

/// A learned model, and what is to be told about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// The model.
    pub model: HealthModel,
    /// Warnings, such as that there was too little video.
    pub warnings: Vec<String>,
}

impl HealthModel {
    /// What is looked at of a frame: it is small and gray, whatever the size of the video.
    pub fn input() -> FrameInput {
        // The sides are constants within the limits.
        FrameInput::new(WIDTH, HEIGHT, PixelFormat::Gray)
            .unwrap_or(FrameInput::unresized(PixelFormat::Gray))
    }

    /// Learns what is usual from normal videos, prepared as [`Self::input`] asks.
    ///
    /// # Errors
    /// When there is no video, a setting is out of range, a frame cannot be read, or the observer cancels.
    pub fn learn(
        normal: &[&dyn FrameSource],
        settings: HealthSettings,
        observer: &mut dyn Observer,
    ) -> Result<Learned, Error> {
        settings.check()?;
        let frames: usize = normal.iter().map(|video| video.numbers().len()).sum();
        if frames == 0 {
            let what = "training video";
            return Err(oddframe_core::Error::Nothing { what }.into());
        }
        observer.tell(Event::Started {
            task: "learning what the camera shows",
            total: Some(frames as u64),
        })?;
        let reference = Reference::learn(normal)?;
        let mut seen = Seen::default();
        for video in normal {
            seen.add_video(*video, &reference, settings, observer)?;
        }
        observer.tell(Event::Finished)?;
        let mut usual = seen.usual();
        let mut warnings = Vec::new();
        if frames < FEWEST_SECONDS * settings.second() {
            usual = usual.with_few_frames();
            warnings.push(format!(
                "{frames} frames of normal video are fewer than {FEWEST_SECONDS} seconds: what is usual for the camera is partly assumed"
            ));
        }
        let Reference {
            picture, counted, ..
        } = reference;
        let model = Self {
            settings,
            usual,
            picture,
            counted,
        };
        Ok(Learned { model, warnings })
    }

    /// Opens the model to watch videos.
    ///
    /// # Errors
    /// When the model was read from a damaged file.
    pub fn monitor(&self) -> Result<HealthMonitor, Error> {
        self.settings.check()?;
        let damaged = |what| Err(Error::Damaged { what });
        if [&self.picture, &self.counted].map(Vec::len) != [WIDTH * HEIGHT; 2] {
            return damaged("its picture has another size");
        }
        if self.counted.iter().any(|counts| *counts > 1) {
            return damaged("its mask has other values than 0 and 1");
        }
        let Usual {
            brightness,
            noise: [near, far],
            agreement: [x, y],
            sharpness,
            flat,
            change,
            jump,
            longest_still: _,
        } = self.usual;
        let ranges = [brightness, near, far, x, y, sharpness, flat, change, jump];
        if !ranges.into_iter().all(Range::is_finite) {
            return damaged("a range is not finite");
        }
        let reference = Reference::new(self.picture.clone(), self.counted.clone());
        Ok(HealthMonitor::new(self.settings, self.usual, reference))
    }
}

/// The measures of all normal frames.
#[derive(Default)]
struct Seen {
    measures: Vec<Measures>,
    /// For each video the changes from frame to frame.
    changes: Vec<Vec<f64>>,
    jumps: Vec<f64>,
}

impl Seen {
    fn add_video(
        &mut self,
        video: &dyn FrameSource,
        reference: &Reference,
        settings: HealthSettings,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let (mut frame, mut before) = (Frame::default(), Vec::new());
        let mut jump = BrightnessJump::new(settings.second());
        let mut changes = Vec::new();
        for index in 0..video.numbers().len() {
            video.read_into(index, &mut frame)?;
            // Pixels of another frame say nothing about this one.
            if frame.borrowed_from().is_some() {
                continue;
            }
            let measures = Measures::new(frame.pixels(), reference);
            self.jumps
                .extend(jump.compare(measures.brightness).map(f64::abs));
            jump.push(measures.brightness);
            if !before.is_empty() {
                changes.push(mean_change(&before, frame.pixels()));
            }
            before.clear();
            before.extend_from_slice(frame.pixels());
            self.measures.push(measures);
            observer.tell(Event::Advanced {
                done: self.measures.len() as u64,
            })?;
        }
        self.changes.push(changes);
        Ok(())
    }

    fn usual(&self) -> Usual {
        let range = |of: fn(&Measures) -> f64| Range::new(self.measures.iter().map(of));
        let change = Range::new(self.changes.iter().flatten().copied());
        let least = Limits::least_change(change);
        let still = self.changes.iter().flat_map(|changes| {
            let runs = changes.chunk_by(|a, b| (*a < least) == (*b < least));
            runs.filter(|run| run[0] < least).map(<[f64]>::len)
        });
        Usual {
            brightness: range(|frame| frame.brightness),
            noise: [range(|frame| frame.noise[0]), range(|frame| frame.noise[1])],
            agreement: [
                range(|frame| frame.agreement[0]),
                range(|frame| frame.agreement[1]),
            ],
            sharpness: range(|frame| frame.sharpness),
            flat: range(|frame| frame.flat),
            change,
            jump: Range::new(self.jumps.iter().copied()),
            longest_still: still.max().unwrap_or(0),
        }
    }
}
